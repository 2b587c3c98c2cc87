using System.Text;

namespace PluginGateway.Plugins.Irc;

/// <summary>Sender of messages: cuts a message into lines, and sends as many as the flood limit allows.</summary>
internal sealed class MessageSender(
    IrcSettings settings, Identity self, ServerFeatures features, ConfirmedLines confirmed, FloodBucket bucket)
{
    private const int LeastBudget = 16;

    private readonly string _verb = settings.SendNotices ? "NOTICE" : "PRIVMSG";

    public async Task<SendResult> SayAsync(OutboundMessage message, CancellationToken cancellationToken)
    {
        var target = message.VisibleTo is { } person ? NickOf(person) : message.Chat.Id;
        if (target is null || (message.VisibleTo is not null && features.IsChannel(target)))
            return ConfirmedLines.Never(
                SendErrorKind.InvalidMessage, $"The nick of '{message.VisibleTo!.Id}' is not known: nobody was shown the message.");
        if (message.Attachments.Count > 0) return ConfirmedLines.Never(SendErrorKind.InvalidMessage, "IRC carries no attachments.");
        if (confirmed.Refuse(target) is { } refusal) return refusal;
        var budget = features.LineLength - Encoding.UTF8.GetByteCount($": {_verb} {target} :\r\n") - self.PrefixBytes;
        if (budget < LeastBudget)
            return ConfirmedLines.Never(SendErrorKind.TooLong, $"A line to a name of {target.Length} characters has no room for text.");
        var isMarkup = message.Format == TextFormat.Markdown && settings.IsFormatted;
        var lines = (isMarkup ? Markup.Of(message.Text) : SentText.OfPlain(message.Text)).Cut(budget);
        if (lines.Count == 0) return ConfirmedLines.Never(SendErrorKind.InvalidMessage, "The text holds nothing that IRC can carry.");
        // Two lines at least: one of text, and the PING that confirms it.
        var (granted, wait) = bucket.Take(2, lines.Count + 1);
        if (granted == 0)
            return SendResult.NotSent(
                SendError.RateLimited(wait, RateLimitScope.Account, $"The flood limit of {settings.LinesPerSecond:0.##} lines a second."));
        var count = CountOf(lines, granted - 1);
        bucket.GiveBack(granted - 1 - count);
        return await SayAsync(message, target, lines, count, cancellationToken);
    }

    /// <summary>Returns the nick of a sender; null for an account, whose nick is not known without its name.</summary>
    private static string? NickOf(Sender person) =>
        person.Name is { Length: > 0 } name ? name
        : person.Id.StartsWith(Origins.AccountPrefix, StringComparison.Ordinal) ? null : person.Id.Split('!')[0];

    /// <summary>Returns the number of lines to send: the rest becomes a message of its own, so it begins outside the elements of the markup where one
    /// of the lines ends there.</summary>
    private static int CountOf(IReadOnlyList<MessageLine> lines, int most)
    {
        if (most >= lines.Count) return lines.Count;
        for (var count = most; count > 0; count--)
        {
            if (lines[count - 1].IsWhole) return count;
        }

        return most;
    }

    private async Task<SendResult> SayAsync(
        OutboundMessage message, string target, IReadOnlyList<MessageLine> lines, int count, CancellationToken cancellationToken)
    {
        var sent = lines.Take(count).Select(line => $"{_verb} {target} :{line.Text}");
        var (end, failure) = await confirmed.SendAsync(target, [.. sent], cancellationToken);
        if (failure is not null) return failure;
        // Lines are processed in order: of several the last ones were refused, after the bot was removed or was too fast.
        var arrived = Math.Max(0, count - end.Refusals);
        if (end.Refusals > 0 && arrived == 0) return SendResult.NotSent(confirmed.ErrorOf(end.First, target));
        var receipt = new Receipt(end.MessageId ?? message.Key);
        if (arrived == lines.Count) return SendResult.Sent(receipt);
        var error = end.Refusals > 0
            ? confirmed.ErrorOf(end.First, target)
            : SendError.RateLimited(bucket.WaitFor(lines.Count - count + 1), RateLimitScope.Account, "The flood limit: the rest follows.");
        return SendResult.Partial(receipt with { DeliveredLength = lines[arrived - 1].End }, error);
    }
}
