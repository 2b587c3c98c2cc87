using System.Text.Json;

namespace PluginGateway;

/// <summary>Names the message handler of a plugin. Once per assembly, with constant arguments.</summary>
/// <param name="name">A short name, for example <c>echo</c>.</param>
/// <param name="handlerType">The class that implements <see cref="IMessageHandler"/>.</param>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class MessageHandlerAttribute(string name, Type handlerType) : Attribute
{
    /// <summary>A short name.</summary>
    public string Name { get; } = name;

    /// <summary>The class that implements <see cref="IMessageHandler"/>.</summary>
    public Type HandlerType { get; } = handlerType;
}

/// <summary>The backend that answers messages: a bot, an agent, a bridge. Guarded exactly like an adapter.</summary>
/// <remarks>
/// <para>The class is named by <see cref="MessageHandlerAttribute"/> and has one public constructor, which takes a <see cref="HandlerContext"/>. The rules of
/// <see cref="IChannelAdapter"/> about threads, blocking, tokens and process-wide state hold here too.</para>
/// </remarks>
public interface IMessageHandler
{
    /// <summary>Answers one message.</summary>
    /// <param name="turn">The message, its conversation, and the way to reply.</param>
    /// <param name="cancellationToken">Cancelled at the deadline and when the gateway stops.</param>
    /// <returns>A task whose end marks the message as handled.</returns>
    /// <remarks>Deadline: <c>timeouts.turnSeconds</c>, 300 s by default. One turn at a time in a conversation; up to <c>concurrentTurns</c> (64 by default) at once. A turn
    /// that throws, overruns or is interrupted runs again, at most 3 times in all; then the message is parked. One that throws <see cref="NotNowException"/> is put off instead.</remarks>
    Task HandleAsync(Turn turn, CancellationToken cancellationToken);

    /// <summary>Releases everything. Called last, once.</summary>
    /// <returns>A task that ends when nothing of this instance runs any more.</returns>
    /// <remarks>Deadline: <c>timeouts.disconnectSeconds</c>, 5 s by default.</remarks>
    Task DisposeAsync() => Task.CompletedTask;
}

/// <summary>What the host gives to a handler, in its constructor. Every member may be used from any thread.</summary>
public abstract class HandlerContext
{
    /// <summary>The number of this instance, from 1.</summary>
    public abstract int Generation { get; }

    /// <summary>The handler's <c>settings</c> object, secrets already resolved. An empty object when nothing is configured.</summary>
    public abstract JsonElement Settings { get; }

    /// <summary>The gateway's log.</summary>
    public abstract IPluginLog Log { get; }

    /// <summary>The clock to use.</summary>
    public abstract TimeProvider Clock { get; }

    /// <summary>The folder this plugin was loaded from: read only.</summary>
    public abstract string PluginDirectory { get; }

    /// <summary>A folder for the handler's own files, mode 0700.</summary>
    public abstract string DataDirectory { get; }
}

/// <summary>One message being answered.</summary>
public abstract class Turn
{
    /// <summary>The turn's id: the same at every attempt, unique over all turns of all times. An idempotency key for a backend.</summary>
    public abstract string Id { get; }

    /// <summary>A token that allows replies to exactly this conversation over the gateway's <c>/api/messages</c>, for 24 hours, also after the turn's end. A secret.</summary>
    public abstract string ReplyToken { get; }

    /// <summary>The message.</summary>
    public abstract InboundMessage Message { get; }

    /// <summary>The adapter id it came through.</summary>
    public abstract string AdapterId { get; }

    /// <summary>The conversation: adapter id, chat and thread in one stable string.</summary>
    public abstract string Conversation { get; }

    /// <summary>The attempt at this turn, from 1.</summary>
    public abstract int Attempt { get; }

    /// <summary>Owes a reply to the conversation. Completes when the reply is durable; it is then delivered, whatever becomes of the turn.</summary>
    /// <param name="reply">The reply.</param>
    /// <param name="cancellationToken">Gives up waiting; the reply may still be owed.</param>
    /// <returns>Completes when the reply is durable, with a name for it that holds from then on, also before the platform has the message.</returns>
    /// <remarks>The reply's key is the turn plus its ordinal, so a turn that runs again does not send its first replies twice. Files are copied first.</remarks>
    /// <exception cref="InvalidOperationException">The turn is over (ended, overdue or cancelled): nothing is sent.</exception>
    /// <exception cref="NotSupportedException">The reply has files and the adapter sends none, or one is larger than it takes.</exception>
    /// <exception cref="IOException">A file cannot be copied, or the reply cannot be stored.</exception>
    public abstract Task<MessageTarget> ReplyAsync(Reply reply, CancellationToken cancellationToken);

    /// <summary>Owes a plain text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="cancellationToken">Gives up waiting; the reply may still be owed.</param>
    /// <returns>As for a <see cref="Reply"/>.</returns>
    public Task<MessageTarget> ReplyAsync(string text, CancellationToken cancellationToken) => ReplyAsync(new Reply(text), cancellationToken);

    /// <summary>What the adapter can do with messages, as far as is known: before its first connection after a start everything is taken, and decided at delivery.</summary>
    public abstract MessageCapabilities Capabilities { get; }

    /// <summary>Owes a new text for a message that was sent in this conversation. It is done in order with the replies, after the message itself has arrived.</summary>
    /// <param name="message">Which message: what <see cref="ReplyAsync(Reply, CancellationToken)"/> answered, or the platform's id.</param>
    /// <param name="content">Its new text, within the platform's limit; without files.</param>
    /// <param name="cancellationToken">Gives up waiting; the edit may still be owed.</param>
    /// <returns>A task that completes when the edit is durable; it is then made, whatever becomes of the turn.</returns>
    /// <remarks>Counts as owed, delivered, rejected or parked like a message, is tried again like one, and may be made twice: the second time changes nothing. A message that went
    /// out in several parts cannot be edited: the edit is rejected.</remarks>
    /// <exception cref="ArgumentException">There is no such message in this conversation's chat, or the content has files or answers a message.</exception>
    /// <exception cref="NotSupportedException">The adapter does not implement <see cref="IEditMessages"/>.</exception>
    /// <exception cref="InvalidOperationException">The turn is over.</exception>
    public abstract Task EditAsync(MessageTarget message, Reply content, CancellationToken cancellationToken);

    /// <summary>Owes the deletion of a message, with all its parts. Otherwise as <see cref="EditAsync"/>.</summary>
    /// <param name="message">Which message.</param>
    /// <param name="cancellationToken">Gives up waiting; the deletion may still be owed.</param>
    /// <returns>A task that completes when the deletion is durable.</returns>
    /// <exception cref="NotSupportedException">The adapter does not implement <see cref="IDeleteMessages"/>.</exception>
    public abstract Task DeleteAsync(MessageTarget message, CancellationToken cancellationToken);

    /// <summary>Owes a reaction to a message, to its last part if it has several. Otherwise as <see cref="EditAsync"/>.</summary>
    /// <param name="message">Which message, for example <c>MessageTarget.OnPlatform(turn.Message.MessageId)</c>.</param>
    /// <param name="emoji">The emoji, or the platform's own name for it; null clears our reaction.</param>
    /// <param name="cancellationToken">Gives up waiting; the reaction may still be owed.</param>
    /// <returns>A task that completes when the reaction is durable.</returns>
    /// <exception cref="NotSupportedException">The adapter does not implement <see cref="IReactions"/>.</exception>
    public abstract Task ReactAsync(MessageTarget message, string? emoji, CancellationToken cancellationToken);

    /// <summary>Fetches the bytes behind an attachment of <see cref="Message"/>.</summary>
    /// <param name="attachment">One of <see cref="InboundMessage.Attachments"/>.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>A file in the host's media folder: to be read, for as long as the turn runs.</returns>
    /// <remarks>Deadline: <c>timeouts.fetchSeconds</c> of the adapter, 60 s by default. Fetched once: the next one who asks within a day gets the same file.</remarks>
    /// <exception cref="ArgumentException">The message has no such attachment.</exception>
    /// <exception cref="NotSupportedException">The adapter does not implement <see cref="IFetchAttachments"/>.</exception>
    /// <exception cref="IOException">It could not be fetched: the message says why.</exception>
    public abstract Task<FetchedFile> FetchAsync(Attachment attachment, CancellationToken cancellationToken);
}

/// <summary>Names a message for an edit, a deletion or a reaction.</summary>
public sealed record MessageTarget
{
    private MessageTarget(string? id, string? messageId) => (Id, MessageId) = (id, messageId);

    /// <summary>The gateway's own id, for example <c>m12</c>: known before the platform has the message. Null when it is named by <see cref="MessageId"/>.</summary>
    public string? Id { get; }

    /// <summary>The platform's id, or null.</summary>
    public string? MessageId { get; }

    /// <summary>A message that the gateway owes or has sent.</summary>
    /// <param name="id">Its id, for example <c>m12</c>.</param>
    /// <returns>The name.</returns>
    public static MessageTarget Owed(string id) => new(Ensure.Token(id, nameof(id)), null);

    /// <summary>Any message, by the platform's id.</summary>
    /// <param name="messageId">The platform's id, for example <see cref="InboundMessage.MessageId"/>.</param>
    /// <returns>The name.</returns>
    public static MessageTarget OnPlatform(string messageId) => new(null, Ensure.Token(messageId, nameof(messageId)));
}

/// <summary>What can be done with messages of one adapter.</summary>
[Flags]
public enum MessageCapabilities
{
    /// <summary>Text only.</summary>
    None = 0,

    /// <summary>Change what was sent.</summary>
    Edit = 1,

    /// <summary>Delete what was sent.</summary>
    Delete = 2,

    /// <summary>React to a message.</summary>
    React = 4,

    /// <summary>Send files.</summary>
    Attach = 8,

    /// <summary>Fetch the files that people send.</summary>
    Fetch = 16,
}

/// <summary>An attachment that was fetched.</summary>
/// <param name="Path">The file, to be read only.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="ContentType">The media type, or null.</param>
public sealed record FetchedFile(string Path, long Size, string? ContentType = null);

/// <summary>A reply to a conversation.</summary>
public sealed record Reply
{
    /// <summary>Creates a reply.</summary>
    /// <param name="text">The text; may be longer than the platform's limit, the host splits it.</param>
    public Reply(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Text = text;
    }

    /// <summary>The text.</summary>
    public string Text { get; }

    /// <summary>How the text is written.</summary>
    public TextFormat Format { get; init => field = Ensure.Defined(value, nameof(Format)); }

    /// <summary>The platform's id of the message to answer, or null.</summary>
    public string? ReplyTo { get; init => field = Ensure.OptionalToken(value, nameof(ReplyTo)); }

    /// <summary>Files to send with it: of any number, the host divides them as the adapter declares. Each is copied before the reply is owed.</summary>
    public IReadOnlyList<OutboundAttachment> Attachments { get; init => field = Ensure.List(value); } = [];
}
