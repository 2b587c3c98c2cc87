using System.Text.RegularExpressions;
using PluginGateway;
using PluginGateway.Plugins.Echo;

[assembly: MessageHandler("echo", typeof(EchoHandler), Events = EventKinds.All)]
[assembly: HandlerCommand("echo", "Answers with your text")]
[assembly: HandlerCommand("echo", "Antwortet mit deinem Text", Language = "de")]

namespace PluginGateway.Plugins.Echo;

/// <summary>Answers every message with its own text in its own format, and every other event with what it was: the handler to try the gateway with.
/// Labels in brackets at the end of a text become buttons; the answer to a text that begins with <c>only me:</c> is for its sender alone.</summary>
public sealed partial class EchoHandler : IMessageHandler, IEventHandler
{
    private const string OnlyMe = "only me:";

    /// <summary>Creates the handler.</summary>
    /// <param name="context">The services of the host; unused.</param>
    public EchoHandler(HandlerContext context) => ArgumentNullException.ThrowIfNull(context);

    /// <inheritdoc/>
    public Task HandleAsync(Turn turn, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(turn);
        return turn.Message.Attachments.Count > 0 && turn.Capabilities.HasFlag(MessageCapabilities.Fetch | MessageCapabilities.Attach)
            ? EchoFilesAsync(turn, cancellationToken)
            : AnswerAsync(turn, cancellationToken);
    }

    private static async Task AnswerAsync(Turn turn, CancellationToken cancellationToken)
    {
        var reply = new Reply(AnswerTo(turn.Message))
        {
            Format = turn.Message.Format,
            Buttons = ButtonsIn(turn.Message.Text),
            VisibleTo = turn.Message.Text.StartsWith(OnlyMe, StringComparison.OrdinalIgnoreCase) ? turn.Message.Sender : null,
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
            foreach (var attachment in turn.Message.Attachments)
            {
                var file = await turn.FetchAsync(attachment, cancellationToken);
                files.Add(new OutboundAttachment(file.Path, attachment.Kind) { Name = attachment.Name, ContentType = file.ContentType });
            }

            var text = Facts.Behind(turn.Message.Text, turn.Message);
            await turn.ReplyAsync(new Reply(text) { Format = turn.Message.Format, Attachments = files }, cancellationToken);
        }
        catch (Exception problem) when (problem is NotSupportedException or IOException)
        {
            var answer = AnswerTo(turn.Message, $" ({problem.Message})");
            await turn.ReplyAsync(new Reply(answer) { Format = turn.Message.Format }, cancellationToken);
        }
    }

    private static string AnswerTo(InboundMessage message, string problem = "")
    {
        var text = message switch
        {
            { Text.Length: > 0 } => message.Text,
            { Attachments.Count: 1 } => "(one attachment, no text)",
            { Attachments.Count: > 1 } => $"({message.Attachments.Count} attachments, no text)",
            _ => "(an empty message)",
        };
        return Facts.Behind(text, message) + Facts.InFormat(problem, message.Format);
    }
}
