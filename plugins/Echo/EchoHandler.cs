using PluginGateway;
using PluginGateway.Plugins.Echo;

[assembly: MessageHandler("echo", typeof(EchoHandler), Events = EventKinds.All)]

namespace PluginGateway.Plugins.Echo;

/// <summary>Answers every message with its own text, and every other event with what it was: the handler to try the gateway with.</summary>
public sealed class EchoHandler : IMessageHandler, IEventHandler
{
    /// <summary>Creates the handler.</summary>
    /// <param name="context">The services of the host; unused.</param>
    public EchoHandler(HandlerContext context) => ArgumentNullException.ThrowIfNull(context);

    /// <inheritdoc/>
    public Task HandleAsync(Turn turn, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(turn);
        return turn.Message.Attachments.Count > 0 && turn.Capabilities.HasFlag(MessageCapabilities.Fetch | MessageCapabilities.Attach)
            ? EchoFilesAsync(turn, cancellationToken)
            : turn.ReplyAsync(AnswerTo(turn.Message), cancellationToken);
    }

    /// <inheritdoc/>
    public Task HandleEventAsync(EventTurn turn, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(turn);
        // Nobody hears an answer to a chat that the bot has left.
        return turn.Event is MembersChanged { Change: MemberChange.BotRemoved }
            ? Task.CompletedTask
            : turn.ReplyAsync(Facts.Of(turn.Event), cancellationToken);
    }

    private static async Task EchoFilesAsync(Turn turn, CancellationToken cancellationToken)
    {
        var text = string.Join('\n', ((string[])[turn.Message.Text, .. Facts.Of(turn.Message)]).Where(static line => line.Length > 0));
        var files = new List<OutboundAttachment>();
        try
        {
            foreach (var attachment in turn.Message.Attachments)
            {
                var file = await turn.FetchAsync(attachment, cancellationToken);
                files.Add(new OutboundAttachment(file.Path, attachment.Kind) { Name = attachment.Name, ContentType = file.ContentType });
            }

            await turn.ReplyAsync(new Reply(text) { Attachments = files }, cancellationToken);
        }
        catch (Exception problem) when (problem is NotSupportedException or IOException)
        {
            await turn.ReplyAsync($"{AnswerTo(turn.Message)} ({problem.Message})", cancellationToken);
        }
    }

    private static string AnswerTo(InboundMessage message)
    {
        var text = message switch
        {
            { Text.Length: > 0 } => message.Text,
            { Attachments.Count: 1 } => "(one attachment, no text)",
            { Attachments.Count: > 1 } => $"({message.Attachments.Count} attachments, no text)",
            _ => "(an empty message)",
        };
        return string.Join('\n', [text, .. Facts.Of(message)]);
    }
}
