namespace PluginGateway.Plugins.Irc;

/// <summary>Lines to one target with a PING behind them: its PONG tells that the server has processed them, and what it refused. Any
/// thread.</summary>
internal sealed class ConfirmedLines(IrcSocket ircSocket, Membership membership, Deliveries deliveries)
{
    private static readonly TimeSpan DemandedWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan UnknownWait = TimeSpan.FromSeconds(10);

    public static SendResult Never(SendErrorKind kind, string why) => SendResult.NotSent(new SendError(kind, SendRetry.Never, why));

    /// <summary>Returns the refusal of a target: no nick and no channel, or a channel that the bot is not in. Null: lines may be sent.</summary>
    public SendResult? Refuse(string target)
    {
        if (!IsTarget(target)) return Never(SendErrorKind.NotFound, "That is no nick and no channel.");
        return membership.Absence(target) is var (rejoin, reason)
            ? SendResult.NotSent(new SendError(SendErrorKind.Forbidden, SendRetry.After(rejoin), $"We are not in {target}: {reason}"))
            : null;
    }

    /// <summary>Sends lines without waiting for the server. A refusal of them is not taken for one of other lines.</summary>
    public void Post(string target, string line) => deliveries.Add(target, token => ircSocket.Post(line, IrcLine.Format("PING", token)));

    /// <summary>Sends lines and waits for the PONG.</summary>
    /// <returns>The end of the delivery, which the server has confirmed; or the result, when it has not.</returns>
    public async Task<(DeliveryEnd End, SendResult? Failure)> SendAsync(
        string target, IReadOnlyList<string> lines, CancellationToken cancellationToken)
    {
        PostedLines? posted = null;
        var delivery = deliveries.Add(target, token => posted = ircSocket.Post([.. lines, IrcLine.Format("PING", token)]));
        if (posted is null) return (default, Gone(mayHaveArrived: false));
        try
        {
            var end = await delivery.Ended.WaitAsync(cancellationToken);
            return end.IsAnswered ? (end, null) : (end, Gone(posted.HasLeft));
        }
        catch (OperationCanceledException)
        {
            return (default, Gone(mayHaveArrived: !posted.TryWithdraw()));
        }
    }

    /// <summary>Returns the error of a refused line, with its retry rule.</summary>
    public SendError ErrorOf(Refusal refusal, string target)
    {
        var text = $"The IRC server refused it: {(refusal.Text.Length > 0 ? refusal.Text : refusal.Code)}";
        // The bot was removed from the channel while the line was on its way; it joins again.
        if (membership.Absence(target) is var (rejoin, _))
            return new SendError(SendErrorKind.Forbidden, SendRetry.After(rejoin), text) { PlatformCode = refusal.Code };
        var error = refusal.Code switch
        {
            "263" => SendError.RateLimited(DemandedWait, RateLimitScope.Account, text),
            "439" => SendError.RateLimited(DemandedWait, RateLimitScope.Chat, text),
            "401" or "403" or "407" or "411" or "413" or "414" => SendError.NotFound(text),
            "412" or "417" => SendError.InvalidMessage(text),
            "404" or "415" or "421" or "442" or "461" or "477" or "481" or "482" or "486" or "488" or "489" or "492" or "494" or "502" or "531"
                or "716" or "717" or "FAIL" =>
                SendError.Forbidden(text),
            // The fault behind an unknown numeric may be temporary.
            _ => new SendError(SendErrorKind.Transient, SendRetry.After(UnknownWait), text),
        };
        return error with { PlatformCode = refusal.Code };
    }

    private static bool IsTarget(string target) =>
        target[0] is not (':' or '$') && !target.AsSpan().ContainsAny(" ,\u0007") && !target.Any(char.IsControl);

    private static SendResult Gone(bool mayHaveArrived) => mayHaveArrived
        ? SendResult.Unknown(new SendError(SendErrorKind.Transient, SendRetry.AfterReconnect, "The server did not say that it has the lines."))
        : SendResult.NotSent(new SendError(SendErrorKind.Transient, SendRetry.AfterReconnect, "The connection had ended before."));
}
