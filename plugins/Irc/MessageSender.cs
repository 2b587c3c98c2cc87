using System.Text;

namespace PluginGateway.Plugins.Irc;

/// <summary>Says things: cuts a message into lines, sends as many as the flood limit allows, and learns from the PONG behind them how they
/// fared.</summary>
internal sealed class MessageSender(
    IrcSettings settings, IrcSocket ircSocket, Identity self, ServerFeatures features, Membership membership, Deliveries deliveries,
    FloodBucket bucket)
{
    private const int LeastBudget = 16;
    private static readonly TimeSpan DemandedWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan UnknownWait = TimeSpan.FromSeconds(10);

    private readonly string _verb = settings.SendNotices ? "NOTICE" : "PRIVMSG";

    public async Task<SendResult> SayAsync(OutboundMessage message, CancellationToken cancellationToken)
    {
        var target = message.Chat.Id;
        if (message.Attachments.Count > 0) return Never(SendErrorKind.InvalidMessage, "IRC carries no attachments.");
        if (!IsTarget(target)) return Never(SendErrorKind.NotFound, "That is no nick and no channel.");
        if (membership.Absence(target) is var (rejoin, reason))
            return SendResult.NotSent(new SendError(SendErrorKind.Forbidden, SendRetry.After(rejoin), $"We are not in {target}: {reason}"));
        var budget = features.LineLength - Encoding.UTF8.GetByteCount($": {_verb} {target} :\r\n") - self.PrefixBytes;
        if (budget < LeastBudget) return Never(SendErrorKind.TooLong, $"A line to a name of {target.Length} characters has no room for text.");
        var lines = MessageLines.Cut(message.Text, budget);
        if (lines.Count == 0) return Never(SendErrorKind.InvalidMessage, "The text holds nothing that IRC can carry.");
        // Two lines at least: one of text, and the PING that confirms it.
        var (granted, wait) = bucket.Take(2, lines.Count + 1);
        if (granted == 0)
            return SendResult.NotSent(
                SendError.RateLimited(wait, RateLimitScope.Account, $"The flood limit of {settings.LinesPerSecond:0.##} lines a second."));
        return await SayAsync(message, lines, granted - 1, cancellationToken);
    }

    private async Task<SendResult> SayAsync(OutboundMessage message, IReadOnlyList<MessageLine> lines, int count, CancellationToken cancellationToken)
    {
        var target = message.Chat.Id;
        PostedLines? posted = null;
        var delivery = deliveries.Add(target,
            token => posted = ircSocket.Post([.. lines.Take(count).Select(line => $"{_verb} {target} :{line.Text}"), IrcLine.Format("PING", token)]));
        if (posted is null) return Gone(mayHaveArrived: false);
        DeliveryEnd end;
        try
        {
            end = await delivery.Ended.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return Gone(mayHaveArrived: !posted.TryWithdraw());
        }

        if (!end.IsAnswered) return Gone(posted.HasLeft);
        // Lines are processed in order: of several the last ones were refused, after the bot was removed or was too fast.
        var arrived = Math.Max(0, count - end.Refusals);
        if (end.Refusals > 0 && arrived == 0) return SendResult.NotSent(Why(end.First, target));
        var receipt = new Receipt(end.MessageId ?? message.Key);
        if (arrived == lines.Count) return SendResult.Sent(receipt);
        var error = end.Refusals > 0
            ? Why(end.First, target)
            : SendError.RateLimited(bucket.WaitFor(lines.Count - count + 1), RateLimitScope.Account, "The flood limit: the rest follows.");
        return SendResult.Partial(receipt with { DeliveredLength = lines[arrived - 1].End }, error);
    }

    private static bool IsTarget(string target) =>
        target[0] is not (':' or '$') && !target.AsSpan().ContainsAny(" ,\u0007") && !target.Any(char.IsControl);

    private static SendResult Never(SendErrorKind kind, string why) => SendResult.NotSent(new SendError(kind, SendRetry.Never, why));

    private static SendResult Gone(bool mayHaveArrived) => mayHaveArrived
        ? SendResult.Unknown(new SendError(SendErrorKind.Transient, SendRetry.AfterReconnect, "The server did not say that it has the lines."))
        : SendResult.NotSent(new SendError(SendErrorKind.Transient, SendRetry.AfterReconnect, "The connection had ended before."));

    private SendError Why(Refusal refusal, string target)
    {
        var text = $"The IRC server refused it: {(refusal.Text.Length > 0 ? refusal.Text : refusal.Code)}";
        // The bot was removed from the channel while the line was on its way; it joins again.
        if (membership.Absence(target) is var (rejoin, _))
            return new SendError(SendErrorKind.Forbidden, SendRetry.After(rejoin), text) { PlatformCode = refusal.Code };
        var error = refusal.Code switch
        {
            "263" => SendError.RateLimited(DemandedWait, RateLimitScope.Account, text),
            "439" => SendError.RateLimited(DemandedWait, RateLimitScope.Chat, text),
            "401" or "403" or "407" or "411" or "413" or "414" => new SendError(SendErrorKind.NotFound, SendRetry.Never, text),
            "412" or "417" => new SendError(SendErrorKind.InvalidMessage, SendRetry.Never, text),
            "404" or "415" or "421" or "442" or "461" or "477" or "481" or "482" or "486" or "488" or "489" or "492" or "494" or "502" or "531"
                or "716" or "717" or "FAIL" =>
                new SendError(SendErrorKind.Forbidden, SendRetry.Never, text),
            // The fault behind an unknown numeric may be temporary.
            _ => new SendError(SendErrorKind.Transient, SendRetry.After(UnknownWait), text),
        };
        return error with { PlatformCode = refusal.Code };
    }
}
