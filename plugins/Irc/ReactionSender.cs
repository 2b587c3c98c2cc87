using System.Text;

namespace PluginGateway.Plugins.Irc;

/// <summary>Sender of reactions: TAGMSG with <c>+draft/react</c> or <c>+draft/unreact</c> and the id of the message in <c>+draft/reply</c> (IRCv3,
/// client tags <c>react</c> and <c>reply</c>), where the server has <c>message-tags</c>. Any thread.</summary>
internal sealed class ReactionSender(
    IrcSettings settings, ServerFeatures features, ConfirmedLines confirmed, FloodBucket bucket, OwnReactions own, bool hasTags)
{
    /// <summary>Largest number of bytes of tags in a line, by the specification of <c>message-tags</c>.</summary>
    private const int MostTagBytes = 4094;

    /// <summary>Sets the bot's reaction to a message, instead of an earlier one, or clears it.</summary>
    public async Task<SendResult> ReactAsync(ReactionUpdate reaction, CancellationToken cancellationToken)
    {
        var (target, id) = (reaction.Message.Chat.Id, reaction.Message.MessageId);
        if (!hasTags || !features.RelaysTag("draft/react"))
            return ConfirmedLines.Never(SendErrorKind.InvalidMessage, "This IRC server relays no reactions (message-tags with +draft/react).");
        if (confirmed.Refuse(target) is { } refusal) return refusal;
        var earlier = await own.FindAsync(target, id, cancellationToken);
        var lines = new List<string>();
        var takesBack = features.RelaysTag("draft/unreact");
        if (earlier is not null && earlier != reaction.Emoji && takesBack) lines.Add(Line(target, id, "+draft/unreact", earlier));
        if (reaction.Emoji is { } emoji) lines.Add(Line(target, id, "+draft/react", emoji));
        if (lines.Count == 0)
            return earlier is null ? SendResult.Sent(id)
                : ConfirmedLines.Never(SendErrorKind.InvalidMessage, "This IRC server does not relay that a reaction is taken back.");
        if (lines.Exists(static line => Encoding.UTF8.GetByteCount(line.AsSpan(0, line.IndexOf(' ', StringComparison.Ordinal))) > MostTagBytes))
            return ConfirmedLines.Never(SendErrorKind.TooLong, $"IRC carries at most {MostTagBytes} bytes of tags.");
        if (bucket.TakeTogether(lines.Count + 1) is { } wait)
            return SendResult.NotSent(
                SendError.RateLimited(wait, RateLimitScope.Account, $"The flood limit of {settings.LinesPerSecond:0.##} lines a second."));
        var (end, failure) = await confirmed.SendAsync(target, lines, cancellationToken);
        if (failure is not null) return failure;
        if (end.Refusals > 0) return SendResult.NotSent(confirmed.ErrorOf(end.First, target));
        await own.SetAsync(target, id, reaction.Emoji, cancellationToken);
        return SendResult.Sent(id);
    }

    /// <summary>Returns a TAGMSG about a message. Clients read one of the two names of the tag for the id.</summary>
    private static string Line(string target, string id, string tag, string emoji) =>
        $"@{tag}={IrcLine.Escape(emoji)};+draft/reply={IrcLine.Escape(id)};+reply={IrcLine.Escape(id)} {IrcLine.Format("TAGMSG", target)}";
}
