namespace PluginGateway.Testing;

/// <summary>Edit that a handler has requested.</summary>
/// <param name="Target">Message.</param>
/// <param name="Content">New content.</param>
public sealed record RequestedEdit(MessageTarget Target, Reply Content);

/// <summary>Reaction that a handler has requested.</summary>
/// <param name="Target">Message.</param>
/// <param name="Emoji">Emoji; null: the bot's reaction is cleared.</param>
public sealed record RequestedReaction(MessageTarget Target, string? Emoji);

/// <summary>Turn of a message or of another event, for <see cref="IMessageHandler"/> and <see cref="IEventHandler"/>: it keeps what the handler
/// requests, and refuses what the host refuses. Any thread.</summary>
/// <param name="received">The event, mostly an <see cref="InboundMessage"/>.</param>
/// <param name="adapterId">The adapter that received it.</param>
/// <param name="attempt">The number of the attempt.</param>
/// <param name="capabilities">The capabilities of the adapter.</param>
public partial class FakeTurn(
    InboundEvent received, string adapterId = "test", int attempt = 1,
    MessageCapabilities capabilities = MessageCapabilities.Edit | MessageCapabilities.Delete | MessageCapabilities.React
        | MessageCapabilities.Attach | MessageCapabilities.Fetch) : EventTurn
{
    private const int MaxText = 1_048_576;

    private readonly object _gate = new();
    private readonly List<Reply> _replies = [];
    private readonly List<RequestedEdit> _edits = [];
    private readonly List<MessageTarget> _deletions = [];
    private readonly List<RequestedReaction> _reactions = [];
    private bool _hasEnded;

    /// <summary>Creates the turn of a text in a direct chat.</summary>
    /// <param name="text">The text.</param>
    public FakeTurn(string text)
        : this(new InboundMessage("e1", new Chat("chat", ChatKind.Direct), new Sender("person", "Person"), text) { MessageId = "theirs" })
    {
    }

    /// <summary>Copy of the replies, in their order. The first is the message <c>m1</c>.</summary>
    public IReadOnlyList<Reply> Replies => Copy(_replies);

    /// <summary>Copy of the edits, in their order.</summary>
    public IReadOnlyList<RequestedEdit> Edits => Copy(_edits);

    /// <summary>Copy of the deletions, in their order.</summary>
    public IReadOnlyList<MessageTarget> Deletions => Copy(_deletions);

    /// <summary>Copy of the reactions, in their order.</summary>
    public IReadOnlyList<RequestedReaction> Reactions => Copy(_reactions);

    /// <summary>Fetch of an attachment; null: <see cref="FetchAsync"/> fails with an <see cref="IOException"/>.</summary>
    public Func<Attachment, Task<FetchedFile>>? Fetch { get; set; }

    /// <inheritdoc/>
    public override string Id => "t1";

    /// <inheritdoc/>
    public override string ReplyToken => "token";

    /// <inheritdoc/>
    public override InboundEvent Event => received;

    /// <inheritdoc/>
    public override IReadOnlyList<InboundMessage> Messages { get; } = received is InboundMessage message ? [message] : [];

    /// <inheritdoc/>
    /// <remarks>The conversation: the turns of a test share one session for each conversation.</remarks>
    public override string Session => Conversation;

    /// <inheritdoc/>
    public override string AdapterId => adapterId;

    /// <inheritdoc/>
    public override string Conversation => $"{adapterId}/{received.Chat.Id}{(received.Chat.Thread is { } thread ? $"/{thread}" : "")}";

    /// <inheritdoc/>
    public override int Attempt => attempt;

    /// <inheritdoc/>
    public override MessageCapabilities Capabilities => capabilities;

    /// <inheritdoc/>
    public override TurnCancelReason CancelReason => Cancelled;

    /// <summary>Value of <see cref="CancelReason"/>; a test sets it before it cancels the token of the turn.</summary>
    public TurnCancelReason Cancelled { get; set; }

    /// <summary>Ends the turn: what the handler requests afterwards is refused.</summary>
    public void End()
    {
        lock (_gate) _hasEnded = true;
    }

    /// <inheritdoc/>
    public override Task<MessageTarget> ReplyAsync(Reply reply, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reply);
        if (reply.Text.Length > MaxText) throw new ArgumentException($"The text has more than {MaxText} characters.", nameof(reply));
        if (reply.Attachments.Count > 0) Require(MessageCapabilities.Attach);
        return Task.FromResult(MessageTarget.Owed($"m{Add(_replies, reply)}"));
    }

    /// <inheritdoc/>
    public override Task EditAsync(MessageTarget message, Reply content, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(content);
        if (content.Text.Length == 0 || content.Attachments.Count > 0 || content.Buttons is not null || content.ReplyTo is not null)
            throw new ArgumentException("An edit has a text, and neither files, buttons nor ReplyTo.", nameof(content));
        Require(MessageCapabilities.Edit);
        Add(_edits, new RequestedEdit(message, content));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task DeleteAsync(MessageTarget message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        Require(MessageCapabilities.Delete);
        Add(_deletions, message);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task ReactAsync(MessageTarget message, string? emoji, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        Require(MessageCapabilities.React);
        Add(_reactions, new RequestedReaction(message, emoji));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task<FetchedFile> FetchAsync(Attachment attachment, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(attachment);
        Require(MessageCapabilities.Fetch);
        return received is ContentEvent content && content.Attachments.Contains(attachment)
            ? Fetch?.Invoke(attachment) ?? throw new IOException("The test gives no file.")
            : throw new ArgumentException($"The message has no attachment '{attachment.Reference}'.", nameof(attachment));
    }

    private void Require(MessageCapabilities capability)
    {
        if (!capabilities.HasFlag(capability)) throw new NotSupportedException($"The adapter cannot do this: {capability}.");
    }

    private int Add<T>(List<T> list, T item)
    {
        lock (_gate)
        {
            if (_hasEnded) throw new InvalidOperationException("The turn has ended.");
            list.Add(item);
            return list.Count;
        }
    }

    private IReadOnlyList<T> Copy<T>(List<T> list)
    {
        lock (_gate) return [.. list];
    }
}
