using System.Text.RegularExpressions;
using PluginGateway;
using PluginGateway.Plugins.Echo;

[assembly: MessageHandler("echo", typeof(EchoHandler), Events = EventKinds.All)]
[assembly: HandlerCommand("echo", "Answers with your text")]
[assembly: HandlerCommand("echo", "Antwortet mit deinem Text", Language = "de")]

namespace PluginGateway.Plugins.Echo;

/// <summary>Answers every message with its own text in its own format, and every other event with what it was: the handler to try the gateway with.
/// Labels in brackets at the end of a text become buttons; the answer to a text that begins with <c>only me:</c> is for its sender alone. What
/// follows <c>remember:</c> is kept in the memory of the session, and <c>recall</c> is answered with it.</summary>
public sealed partial class EchoHandler : IMessageHandler, IEventHandler
{
    private const string OnlyMe = "only me:";
    private const string Remember = "remember:";
    private const string Recall = "recall";
    private const string Remembered = "remembered";

    /// <summary>Creates the handler.</summary>
    /// <param name="context">The services of the host; unused.</param>
    public EchoHandler(HandlerContext context) => ArgumentNullException.ThrowIfNull(context);

    /// <inheritdoc/>
    public Task HandleAsync(Turn turn, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(turn);
        if (turn.Text.StartsWith(Remember, StringComparison.OrdinalIgnoreCase)) return RememberAsync(turn, cancellationToken);
        if (turn.Text.Equals(Recall, StringComparison.OrdinalIgnoreCase)) return RecallAsync(turn, cancellationToken);
        return turn.Capabilities.HasFlag(MessageCapabilities.Fetch | MessageCapabilities.Attach) && FilesOf(turn).Any()
            ? EchoFilesAsync(turn, cancellationToken)
            : AnswerAsync(turn, cancellationToken);
    }

    private static IEnumerable<Attachment> FilesOf(Turn turn) => turn.Messages.SelectMany(static message => message.Attachments);

    /// <summary>Keeps a text: the answer, the memory and the end of the turn are stored together.</summary>
    private static async Task RememberAsync(Turn turn, CancellationToken cancellationToken)
    {
        var answer = "(remembered)";
        try
        {
            turn.State.Set(Remembered, turn.Text[Remember.Length..].Trim());
        }
        catch (Exception refused) when (refused is ArgumentException or InvalidOperationException)
        {
            answer = $"({refused.Message})";
        }

        await turn.FinishAsync(new Reply(answer), cancellationToken);
    }

    private static async Task RecallAsync(Turn turn, CancellationToken cancellationToken) => await turn.FinishAsync(
        new Reply(await turn.State.GetAsync(Remembered, cancellationToken) ?? "(nothing is remembered)"), cancellationToken);

    private static async Task AnswerAsync(Turn turn, CancellationToken cancellationToken)
    {
        var message = turn.Messages[^1];
        var reply = new Reply(AnswerTo(turn))
        {
            Format = message.Format,
            Buttons = ButtonsIn(turn.Text),
            VisibleTo = turn.Text.StartsWith(OnlyMe, StringComparison.OrdinalIgnoreCase) ? message.Sender : null,
        };
        try
        {
            await turn.ReplyAsync(reply, cancellationToken);
        }
        catch (NotSupportedException problem) when (reply.VisibleTo is not null)
        {
            await turn.ReplyAsync($"({problem.Message})", cancellationToken);
        }
    }

    /// <summary>Returns the buttons that a message asks for by two or more labels in brackets at its end, as in <c>Shall I? [Yes] [No]</c>; null:
    /// none.</summary>
    private static ButtonSet? ButtonsIn(string text)
    {
        string[] labels = [.. Labels().Match(text).Groups["label"].Captures.Select(static label => label.Value).Distinct(StringComparer.Ordinal)];
        return labels.Length < 2 ? null : new ButtonSet(labels.Select(static label => new Button(label, label)));
    }

    [GeneratedRegex(@"(?:\[(?<label>[^\[\]\p{C}]{1,64})\]\s*){2,8}$")]
    private static partial Regex Labels();

    /// <inheritdoc/>
    public Task HandleEventAsync(EventTurn turn, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(turn);
        // Nobody hears an answer in a chat that the bot has left or where it is blocked.
        return turn.Event is MembersChanged { Change: MemberChange.BotRemoved or MemberChange.BotBlocked }
            ? Task.CompletedTask
            : turn.ReplyAsync(Facts.Of(turn.Event), cancellationToken);
    }

    private static async Task EchoFilesAsync(Turn turn, CancellationToken cancellationToken)
    {
        var files = new List<OutboundAttachment>();
        try
        {
            foreach (var attachment in FilesOf(turn))
            {
                var file = await turn.FetchAsync(attachment, cancellationToken);
                files.Add(new OutboundAttachment(file.Path, attachment.Kind) { Name = attachment.Name, ContentType = file.ContentType });
            }

            var text = Facts.Behind(turn.Text, turn.Messages[^1]);
            await turn.ReplyAsync(new Reply(text) { Format = turn.Messages[^1].Format, Attachments = files }, cancellationToken);
        }
        catch (Exception problem) when (problem is NotSupportedException or IOException)
        {
            var answer = AnswerTo(turn, $" ({problem.Message})");
            await turn.ReplyAsync(new Reply(answer) { Format = turn.Messages[^1].Format }, cancellationToken);
        }
    }

    private static string AnswerTo(Turn turn, string problem = "")
    {
        var message = turn.Messages[^1];
        var text = (turn.Text, FilesOf(turn).Count()) switch
        {
            ({ Length: > 0 } said, _) => said,
            (_, 1) => "(one attachment, no text)",
            (_, > 1 and var count) => $"({count} attachments, no text)",
            _ => "(an empty message)",
        };
        return Facts.Behind(text, message) + Facts.InFormat(problem, message.Format);
    }
}
