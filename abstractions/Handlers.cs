namespace PluginGateway;

/// <summary>Declaration of the message handler in a plugin. Once per assembly, with constant arguments.</summary>
/// <param name="name">Short name, for example <c>echo</c>.</param>
/// <param name="handlerType">The class that implements <see cref="IMessageHandler"/>.</param>
/// <param name="contract">Version of the contract for which the plugin is built. Leave it out: the compiler then writes the version against which it
/// compiles, and a gateway with another one refuses the plugin.</param>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class MessageHandlerAttribute(string name, Type handlerType, int contract = ContractVersion.Current) : Attribute
{
    /// <summary>Short name.</summary>
    public string Name { get; } = name;

    /// <summary>Class that implements <see cref="IMessageHandler"/>.</summary>
    public Type HandlerType { get; } = handlerType;

    /// <summary>Version of the contract for which the plugin was built.</summary>
    public int Contract { get; } = contract;

    /// <summary>Kinds of events that the handler receives beside new messages; its class then implements <see cref="IEventHandler"/>. The host
    /// discards every other kind as <c>unsupported</c>.</summary>
    public EventKinds Events { get; set; }

    /// <summary>Scope of the handler's sessions: who shares one in a group. The operator's <c>conversation.scope</c> overrides it.</summary>
    public SessionScope Scope { get; set; }

    /// <summary>Collect flag: true if messages that one sender writes within 700 ms of each other shall be one turn (an agent, for which each turn is
    /// expensive). The operator's <c>conversation.collectMilliseconds</c> overrides it. Messages that show that more is coming (an album, a part of a
    /// text that the client has split, a forward) are one turn in any case.</summary>
    public bool Collect { get; set; }
}

/// <summary>Scopes of sessions. The turns of one session run one after another, and those of different sessions side by side.</summary>
public enum SessionScope
{
    /// <summary>Scope by the kind of the chat: each sender of a group or channel has a session, and a direct chat is one.</summary>
    Default,

    /// <summary>Each sender has a session, in every chat and thread. What has no sender, or one that stands for several (a channel post, an anonymous
    /// administrator), belongs to the session of the chat.</summary>
    Sender,

    /// <summary>Each chat and thread is one session, whoever writes there (a relay, a game).</summary>
    Chat,
}

/// <summary>Message handler: the backend that answers messages (a bot, an agent, a bridge). The host guards it exactly like an adapter.</summary>
/// <remarks>
/// <para>The class is named by <see cref="MessageHandlerAttribute"/> and has one public constructor, which takes a <see cref="HandlerContext"/>. The
/// rules of <see cref="IChannelAdapter"/> about threads, blocking, cancellation tokens and process-wide state apply here too. The optional interfaces
/// are <see cref="IEventHandler"/>, <see cref="IValidateSettings"/>, <see cref="IStartHandler"/> and <see cref="IServeHttp"/>.</para>
/// </remarks>
public interface IMessageHandler
{
    /// <summary>Answers one message.</summary>
    /// <param name="turn">The turn: the message, its conversation, and the methods to reply.</param>
    /// <param name="cancellationToken">Cancelled at the deadline, when the turn is stopped and when the gateway stops
    /// (<see cref="Turn.CancelReason"/>).</param>
    /// <returns>A task whose successful completion marks the message as handled.</returns>
    /// <remarks>Deadline: <c>timeouts.turnSeconds</c>, 300 s by default. One turn at a time in a conversation; up to <c>concurrentTurns</c> (64 by
    /// default) at once. A turn that throws, exceeds its deadline or is interrupted runs again, at most 3 times in all; then the message is parked. A
    /// turn that throws <see cref="RetryLaterException"/> is postponed instead.</remarks>
    Task HandleAsync(Turn turn, CancellationToken cancellationToken);

    /// <summary>Releases all resources. Called last, once.</summary>
    /// <returns>A task that completes when no code of this instance runs any more.</returns>
    /// <remarks>Deadline: <c>timeouts.disconnectSeconds</c>, 5 s by default.</remarks>
    Task DisposeAsync() => Task.CompletedTask;
}

/// <summary>Optional interface of a handler: it receives events beside new messages, in the order of the conversation. The kinds are declared by
/// <see cref="MessageHandlerAttribute.Events"/>.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Naming", "CA1711",
    Justification = "It handles events of chats, as IMessageHandler handles messages.")]
public interface IEventHandler
{
    /// <summary>Handles one event.</summary>
    /// <param name="turn">The turn: the event, its conversation, and the methods to reply.</param>
    /// <param name="cancellationToken">Cancelled at the deadline, when the turn is stopped and when the gateway stops
    /// (<see cref="Turn.CancelReason"/>).</param>
    /// <returns>A task whose successful completion marks the event as handled.</returns>
    /// <remarks>Deadline, order, attempts and parking as for <see cref="IMessageHandler.HandleAsync"/>.</remarks>
    Task HandleEventAsync(EventTurn turn, CancellationToken cancellationToken);
}

/// <summary>Services of the host for one generation of a handler, passed to its constructor. Any thread may use every member; no member
/// blocks.</summary>
/// <remarks>Derive from this class only to test a handler without the host. A virtual member that a test does not override throws
/// <see cref="NotSupportedException"/>.</remarks>
public abstract class HandlerContext
{
    /// <summary>Number of this instance, from 1.</summary>
    public abstract int Generation { get; }

    /// <summary>Settings of the handler: its <c>settings</c> object with resolved secrets, or an empty object.</summary>
    public abstract PluginSettings Settings { get; }

    /// <summary>Outbox for messages that answer no turn.</summary>
    public virtual IHandlerOutbox Outbox => throw new NotSupportedException("This context has no outbox.");

    /// <summary>Small durable key/value store of this handler, kept over restarts and generations. Not writable once the generation has
    /// ended.</summary>
    public virtual IAdapterState State => throw new NotSupportedException("This context has no state.");

    /// <summary>Log of the gateway. Never log a secret, nor the text of a message above debug level.</summary>
    public abstract IPluginLog Log { get; }

    /// <summary>Clock for all times and timers of the plugin.</summary>
    public abstract TimeProvider Clock { get; }

    /// <summary>Folder from which this plugin was loaded: read only.</summary>
    public virtual string PluginDirectory => throw new NotSupportedException();

    /// <summary>Folder for the files of the handler, mode 0700.</summary>
    public virtual string DataDirectory => throw new NotSupportedException();
}

/// <summary>Turn: one message or event being handled. Any thread may use its members until the turn ends.</summary>
/// <remarks>Derive from this class only to test a handler without the host. A virtual member that a test does not override throws
/// <see cref="NotSupportedException"/>.</remarks>
public abstract partial class Turn
{
    /// <summary>Id of the turn: the same at every attempt, unique over all turns and data directories. Use it as the idempotency key of a
    /// backend.</summary>
    public virtual string Id => throw new NotSupportedException();

    /// <summary>Token for replies to this conversation only, over <c>/api/messages</c> of the gateway: valid for 24 hours, also after the end of the
    /// turn. It is a secret.</summary>
    public virtual string ReplyToken => throw new NotSupportedException();

    /// <summary>Messages to answer, in their order, the newest last: usually one, or those that belong together (an album, a long text that the
    /// sender's client has split, messages that were collected). Empty for another event (<see cref="EventTurn"/>).</summary>
    public abstract IReadOnlyList<InboundMessage> Messages { get; }

    /// <summary>Newest of the <see cref="Messages"/>.</summary>
    /// <exception cref="InvalidOperationException">The turn is of another event (<see cref="EventTurn"/>).</exception>
    [Obsolete("A turn may have several messages: use Text or Messages.")]
    public InboundMessage Message => Messages.Count > 0 ? Messages[^1]
        : throw new InvalidOperationException("The turn is of an event that is no message; handle it in IEventHandler.");

    /// <summary>Texts of all messages that have one, joined by line feeds; parts of a text that the sender's client has split are joined by
    /// nothing.</summary>
    public string Text
    {
        get
        {
            var text = new System.Text.StringBuilder();
            var isSplit = true;
            foreach (var message in Messages.Where(static message => message.Text.Length > 0))
            {
                text.Append(isSplit ? "" : "\n").Append(message.Text);
                isSplit = message.IsSplit;
            }

            return text.ToString();
        }
    }

    /// <summary>Id of the adapter that received the message.</summary>
    public abstract string AdapterId { get; }

    /// <summary>Conversation: adapter id, chat and thread in one stable string.</summary>
    public abstract string Conversation { get; }

    /// <summary>Session: the part of a conversation whose turns run one after another and share one memory; in groups usually that of one person. An
    /// opaque, stable string, another one after <c>/new</c>.</summary>
    public virtual string Session => throw new NotSupportedException();

    /// <summary>Number of the attempt, from 1. An attempt that a crash of the process interrupted counts; one that a power failure interrupted may
    /// not, because the begin of a turn does not wait for the disk.</summary>
    public abstract int Attempt { get; }

    /// <summary>Reason for which the token of this attempt was cancelled, set before that; <see cref="TurnCancelReason.None"/> while it is
    /// not.</summary>
    public virtual TurnCancelReason CancelReason => throw new NotSupportedException();

    /// <summary>Queues a reply to the conversation. Completes when the reply is durable; it is then delivered even if the turn fails.</summary>
    /// <param name="reply">The reply.</param>
    /// <param name="cancellationToken">Cancels the wait; the reply may still be queued.</param>
    /// <returns>A task that completes when the reply is durable. Its result names the reply for edits, deletions and reactions, also before the
    /// platform has the message.</returns>
    /// <remarks>The idempotency key of a reply is the turn plus its ordinal, so a turn that runs again does not send its first replies twice. Files
    /// are copied first.</remarks>
    /// <exception cref="ArgumentException">The text has more than 1,048,576 characters.</exception>
    /// <exception cref="RetryLaterException">The adapter has used its share of the queue (<c>gateway.outbox.maxOwed</c>): the turn runs again when
    /// there
    /// is room.</exception>
    /// <exception cref="InvalidOperationException">The turn has ended, exceeded its deadline or been cancelled: the reply is not sent.</exception>
    /// <exception cref="NotSupportedException">The reply has files and the adapter sends none, a file is over the adapter's limit, or the adapter
    /// cannot send what one person alone may see (<see cref="Reply.VisibleTo"/>).</exception>
    /// <exception cref="IOException">A file cannot be copied, or the reply cannot be stored.</exception>
    public abstract Task<MessageTarget> ReplyAsync(Reply reply, CancellationToken cancellationToken);

    /// <summary>Queues a plain text as a reply.</summary>
    /// <param name="text">The text.</param>
    /// <param name="cancellationToken">Cancels the wait; the reply may still be queued.</param>
    /// <returns>As for <see cref="ReplyAsync(Reply, CancellationToken)"/>.</returns>
    public Task<MessageTarget> ReplyAsync(string text, CancellationToken cancellationToken) => ReplyAsync(new Reply(text), cancellationToken);

    /// <summary>Capabilities of the adapter. Before its first connection after a start they are unknown: every request is then accepted, and decided
    /// at delivery.</summary>
    public virtual MessageCapabilities Capabilities => throw new NotSupportedException();

    /// <summary>Queues an edit of a message that was sent in this conversation. It is made in order with the replies, after the message itself has
    /// arrived.</summary>
    /// <param name="message">The message: the result of <see cref="ReplyAsync(Reply, CancellationToken)"/>, or the platform's id.</param>
    /// <param name="content">The new text, not empty and within the platform's limit; without files, buttons and
    /// <see cref="Reply.ReplyTo"/>. Buttons of the message that can still be pressed stay.</param>
    /// <param name="cancellationToken">Cancels the wait; the edit may still be queued.</param>
    /// <returns>A task that completes when the edit is durable; it is then made even if the turn fails.</returns>
    /// <remarks>An edit is queued, retried, delivered, rejected or parked like a message. It may be made twice: the repetition changes nothing. A
    /// message that was sent in several parts cannot be edited: the edit is rejected.</remarks>
    /// <exception cref="ArgumentException">The chat of this conversation has no such message, or the content is empty or too long, or has files,
    /// buttons or
    /// <see cref="Reply.ReplyTo"/>.</exception>
    /// <exception cref="NotSupportedException">The adapter does not implement <see cref="IEditMessages"/>.</exception>
    /// <exception cref="RetryLaterException">The adapter has used its share of the queue: the turn runs again when there is room.</exception>
    /// <exception cref="InvalidOperationException">The turn has ended, exceeded its deadline or been cancelled.</exception>
    /// <exception cref="IOException">The edit cannot be stored; the turn runs again.</exception>
    public virtual Task EditAsync(MessageTarget message, Reply content, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Queues the deletion of a message with all its parts. Otherwise as <see cref="EditAsync"/>.</summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Cancels the wait; the deletion may still be queued.</param>
    /// <returns>A task that completes when the deletion is durable.</returns>
    /// <exception cref="NotSupportedException">The adapter does not implement <see cref="IDeleteMessages"/>.</exception>
    public virtual Task DeleteAsync(MessageTarget message, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Queues a reaction to a message, to its last part if it has several. Otherwise as <see cref="EditAsync"/>.</summary>
    /// <param name="message">The message, for example <c>MessageTarget.OnPlatform(message.MessageId)</c>.</param>
    /// <param name="emoji">The emoji, or the platform's own name for it or <see cref="ReactionEmoji.CustomId"/>; null clears the bot's
    /// reaction.</param>
    /// <param name="cancellationToken">Cancels the wait; the reaction may still be queued.</param>
    /// <returns>A task that completes when the reaction is durable.</returns>
    /// <exception cref="NotSupportedException">The adapter does not implement <see cref="IReactToMessages"/>.</exception>
    public virtual Task ReactAsync(MessageTarget message, string? emoji, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Fetches the bytes of an attachment of one of the <see cref="Messages"/>, or of the event.</summary>
    /// <param name="attachment">One of <see cref="ContentEvent.Attachments"/>.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>A file in the host's media folder: read it only, and only while the turn runs.</returns>
    /// <remarks>Deadline: <c>timeouts.fetchSeconds</c> of the adapter, 60 s by default. The file is fetched once: a later call within a day returns
    /// the same file.</remarks>
    /// <exception cref="ArgumentException">No message of this turn has such an attachment.</exception>
    /// <exception cref="NotSupportedException">The adapter does not implement <see cref="IFetchAttachments"/>.</exception>
    /// <exception cref="IOException">The file could not be fetched; the exception's message has the reason.</exception>
    public virtual Task<FetchedFile> FetchAsync(Attachment attachment, CancellationToken cancellationToken) => throw new NotSupportedException();
}

/// <summary>Reason for which the token of a turn was cancelled.</summary>
public enum TurnCancelReason
{
    /// <summary>The token was not cancelled.</summary>
    None = 0,

    /// <summary>The deadline has passed (<c>timeouts.turnSeconds</c>): nothing more of this attempt is taken, and the turn may run again.</summary>
    Deadline = 1,

    /// <summary>The gateway, or this instance of the handler, stops: the turn runs again on the next one.</summary>
    Stopping = 2,

    /// <summary>A person (<c>/stop</c>, <c>/new</c>) or the operator has stopped the turn: nothing more of it is taken, and it does not run
    /// again.</summary>
    Stopped = 3,

    /// <summary>A newer message of the same session has interrupted the turn: nothing more of it is taken, and its messages belong to the next
    /// turn.</summary>
    Superseded = 4,
}

/// <summary>Turn of an event that is no new message.</summary>
public abstract class EventTurn : Turn
{
    /// <summary>Event to handle.</summary>
    public abstract InboundEvent Event { get; }
}

/// <summary>Reference to a message for an edit, a deletion or a reaction.</summary>
public sealed record MessageTarget
{
    private MessageTarget(string? id, string? messageId) => (Id, MessageId) = (id, messageId);

    /// <summary>Id of the gateway, for example <c>m12</c>: known before the platform has the message. Null if the reference has a
    /// <see cref="MessageId"/>.</summary>
    public string? Id { get; }

    /// <summary>Id of the platform, or null.</summary>
    public string? MessageId { get; }

    /// <summary>References a message that the gateway has queued or sent.</summary>
    /// <param name="id">The gateway's id of the message, for example <c>m12</c>.</param>
    /// <returns>The reference.</returns>
    public static MessageTarget Owed(string id) => new(Ensure.Token(id, nameof(id)), null);

    /// <summary>References any message by the platform's id.</summary>
    /// <param name="messageId">The platform's id, for example <see cref="ContentEvent.MessageId"/>.</param>
    /// <returns>The reference.</returns>
    public static MessageTarget OnPlatform(string messageId) => new(null, Ensure.Token(messageId, nameof(messageId)));
}

/// <summary>Capabilities of an adapter for messages.</summary>
[Flags]
public enum MessageCapabilities
{
    /// <summary>Text messages only.</summary>
    None = 0,

    /// <summary>Edits of sent messages (<see cref="IEditMessages"/>).</summary>
    Edit = 1,

    /// <summary>Deletion of sent messages (<see cref="IDeleteMessages"/>).</summary>
    Delete = 2,

    /// <summary>Reactions to messages (<see cref="IReactToMessages"/>).</summary>
    React = 4,

    /// <summary>Sending files (<see cref="ChannelAdapterAttribute.MaxAttachments"/>).</summary>
    Attach = 8,

    /// <summary>Fetching received files (<see cref="IFetchAttachments"/>).</summary>
    Fetch = 16,
}

/// <summary>Fetched file of an attachment.</summary>
/// <param name="Path">Path of the file; read it only.</param>
/// <param name="Size">Size in bytes.</param>
/// <param name="ContentType">Media type, or null.</param>
public sealed record FetchedFile(string Path, long Size, string? ContentType = null);

/// <summary>Reply to a conversation.</summary>
public sealed record Reply
{
    /// <summary>Creates a reply.</summary>
    /// <param name="text">The text, at most 1,048,576 characters; the host splits a text over the platform's limit.</param>
    public Reply(string text)
    {
        Text = text;
    }

    /// <summary>Text.</summary>
    public string Text { get; init => field = Ensure.NotNull(value, "text"); }

    /// <summary>Format of the text.</summary>
    public TextFormat Format { get; init => field = Ensure.Defined(value, nameof(Format)); }

    /// <summary>Platform's id of the message to answer, or null.</summary>
    public string? ReplyTo { get; init => field = Ensure.OptionalToken(value, nameof(ReplyTo)); }

    /// <summary>Silent delivery: true if the platform shall not notify people by sound. A platform without such messages delivers it as any
    /// other.</summary>
    public bool Silent { get; init; }

    /// <summary>Preview of links in the text: false if the platform shall show none, where it can.</summary>
    public bool LinkPreview { get; init; } = true;

    /// <summary>The only person who may see the reply, or null: everyone in the chat. The platform shows it to this person alone, or it goes to the
    /// direct chat with this person (<see cref="ChannelAdapterAttribute.PrivateDelivery"/>); there it answers no message, and is no message of this
    /// conversation for <see cref="Turn.EditAsync"/> and its like. It is never shown to others.</summary>
    public Sender? VisibleTo { get; init; }

    /// <summary>Place to send behind the text and the files, or null. For a platform without places it becomes text: name, address, coordinates and
    /// the address of a map.</summary>
    public Location? Location { get; init; }

    /// <summary>Platforms' own options of the message. A name has the platform before a dot, for example <c>telegram.protect_content</c>, so that one
    /// reply can have the options of several platforms; those of others are left out. A reply with an option that its platform does not have is
    /// rejected; <see cref="ChannelAdapterAttribute.Extras"/> lists them.</summary>
    /// <exception cref="ArgumentException">A name has no platform.</exception>
    public IReadOnlyDictionary<string, string> Extras { get; init => field = Ensure.Options(value); } = Ensure.Map([]);

    /// <summary>Buttons beneath the text, or null. An adapter without buttons gets them as a numbered list in the text.</summary>
    public ButtonSet? Buttons { get; init; }

    /// <summary>Files to send with the text, in any number: the host divides them as the adapter declares, and copies each before it queues the
    /// reply.</summary>
    public IReadOnlyList<OutboundAttachment> Attachments { get; init => field = Ensure.List(value); } = [];
}
