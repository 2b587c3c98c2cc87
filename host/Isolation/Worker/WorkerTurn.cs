using PluginGateway.Guard;
using PluginGateway.Isolation.Protocol;
using PluginGateway.Threads;

namespace PluginGateway.Isolation.Worker;

/// <summary>Turn in a worker: its members are requests to the turn of the gateway, which decides. They leave in the order of the handler's calls,
/// because a reply has its key by its place in the turn: one whose files are still being copied holds those behind it.</summary>
/// <param name="order">The turn.</param>
/// <param name="workerChannel">Channel to the gateway.</param>
/// <param name="files">Copies the files of a reply.</param>
internal sealed class WorkerTurn(TurnOrder order, WorkerChannel workerChannel, Func<IReadOnlyList<OutboundAttachment>, ReplyFiles> files)
    : EventTurn, ICancellableTurn
{
    private readonly OrderedSteps _steps = new();
    private int _cancelReason;
    private readonly object _gate = new();
    private IReadOnlyDictionary<string, string> _notes = order.Notes;
    private TurnState? _state;

    public override string Id => order.Id;

    public override string ReplyToken => order.ReplyToken;

    public override InboundEvent Event => order.Events[^1];

    public override IReadOnlyList<InboundMessage> Messages { get; } = [.. order.Events.OfType<InboundMessage>()];

    public override string AdapterId => order.AdapterId;

    public override string Conversation => order.Conversation;

    public override string Session => order.Session;

    public override int Attempt => order.Attempt;

    public override MessageCapabilities Capabilities => order.Capabilities;

    public override TurnCancelReason CancelReason => (TurnCancelReason)Volatile.Read(ref _cancelReason);

    public void OnCancelling(TurnCancelReason reason) => Interlocked.CompareExchange(ref _cancelReason, (int)reason, (int)TurnCancelReason.None);

    public override ISessionState State => Changes;

    public override IReadOnlyList<EarlierReply> Earlier => order.Earlier;

    public override IReadOnlyDictionary<string, string> Notes => Volatile.Read(ref _notes);

    /// <summary>State with the changes of this turn.</summary>
    public TurnState Changes
    {
        get
        {
            using (UninterruptibleLock.Enter(_gate))
                return _state ??= new TurnState(order.Memory, (key, cancellationToken) => Ask(
                    RemoteOperation.TurnGetState, key, TurnMemories.Write, static (ref FrameReader from) => from.MaybeText(), cancellationToken));
        }
    }

    public override Task<MessageTarget> ReplyAsync(Reply reply, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reply);
        return reply.Attachments.Count == 0
            ? Ask(RemoteOperation.TurnReply, reply, Turns.Write, Turns.ReadTarget, cancellationToken)
            : WithFiles(reply, RemoteOperation.TurnReply, static taken => taken, Turns.Write, Turns.ReadTarget, cancellationToken);
    }

    public override Task<MessageTarget?> FinishAsync(Reply? last, CancellationToken cancellationToken)
    {
        // As the changes are when the end is sent: while the gateway may still refuse the reply, the turn goes on.
        TurnFinish End(Reply? taken) => new(taken, Changes.Snapshot());
        return last is null || last.Attachments.Count == 0
            ? Ask(RemoteOperation.TurnFinish, last, (to, request) => TurnMemories.Write(to, new TurnRequest<TurnFinish>(request.Turn, End(request.Value))), ReadEnd, cancellationToken)
            : WithFiles(last, RemoteOperation.TurnFinish, End, TurnMemories.Write, ReadEnd, cancellationToken);
    }

    public override Task NoteAsync(string key, string value, CancellationToken cancellationToken)
    {
        TurnState.CheckKey(key);
        ArgumentNullException.ThrowIfNull(value);
        return Ask(RemoteOperation.TurnNote, (key, value), TurnMemories.Write, (ref FrameReader _) => Note(key, value), cancellationToken);
    }

    public override Task EditAsync(MessageTarget message, Reply content, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(content);
        return Ask(RemoteOperation.TurnEdit, new TurnEdit(message, content), Turns.Write, Nothing, cancellationToken);
    }

    public override Task DeleteAsync(MessageTarget message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        return Ask(RemoteOperation.TurnDelete, message, Turns.Write, Nothing, cancellationToken);
    }

    public override Task ReactAsync(MessageTarget message, string? emoji, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        return Ask(RemoteOperation.TurnReact, new TurnReaction(message, emoji), Turns.Write, Nothing, cancellationToken);
    }

    public override Task<FetchedFile> FetchAsync(Attachment attachment, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(attachment);
        return Ask(RemoteOperation.TurnFetch, attachment, Turns.Write, Turns.ReadFetchedFile, cancellationToken);
    }

    /// <summary>Ends the turn after the handler has returned well. True: everything that it has requested has been sent; false:
    /// <paramref name="sent"/> runs when it has.</summary>
    public bool End(Action sent) => _steps.Close(sent);

    /// <summary>Ends the turn; what has not been sent is not sent.</summary>
    public void Abandon()
    {
        _steps.Abandon();
        Changes.Close();
    }

    private static bool Nothing(ref FrameReader reader) => true;

    /// <summary>Reads the last reply of a turn that the gateway has ended.</summary>
    private MessageTarget? ReadEnd(ref FrameReader reader)
    {
        Changes.Close();
        return reader.Maybe(Turns.ReadTarget);
    }

    private bool Note(string key, string value)
    {
        using (UninterruptibleLock.Enter(_gate))
            Volatile.Write(ref _notes, new Dictionary<string, string>(_notes, StringComparer.Ordinal) { [key] = value });
        return true;
    }

    private Task<T> Ask<TRequest, T>(
        RemoteOperation operation, TRequest request, Action<FrameWriter, TurnRequest<TRequest>> write, Read<T> read,
        CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<T>(cancellationToken);
        var promise = new Promise<T>(cancellationToken);
        var step = new OrderedSteps.Step(() => Send(operation, request, write, read, promise), () => promise.Fail(Over()));
        return _steps.Enqueue(step) ? promise.Task : Task.FromException<T>(Over());
    }

    private Task<T> WithFiles<TRequest, T>(
        Reply reply, RemoteOperation operation, Func<Reply, TRequest> request, Action<FrameWriter, TurnRequest<TRequest>> write, Read<T> read,
        CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<T>(cancellationToken);
        var promise = new Promise<T>(cancellationToken);
        var copies = files(reply.Attachments);
        var step = new OrderedSteps.Step(
            () =>
            {
                // Without its files the reply is sent too: the gateway refuses it, and it uses up its place in the turn.
                if (copies.Problem is { } problem) promise.Fail(problem);
                Send(operation, request(reply with { Attachments = copies.Files }), write, read, promise);
            },
            () =>
            {
                copies.Delete();
                promise.Fail(Over());
            })
        { IsReady = false };
        if (!_steps.Enqueue(step)) return Task.FromException<T>(Over());
        copies.Begin(() =>
        {
            if (!_steps.Ready(step)) copies.Delete();
        });
        return promise.Task;
    }

    private void Send<TRequest, T>(
        RemoteOperation operation, TRequest request, Action<FrameWriter, TurnRequest<TRequest>> write, Read<T> read, Promise<T> promise)
    {
        try
        {
            workerChannel.Ask(operation, new TurnRequest<TRequest>(order.Number, request), write, read, mayHaveHappened: true, promise);
        }
        catch (FrameTooLongException problem)
        {
            promise.Fail(new ArgumentException(problem.Message));
        }
    }

    private InvalidOperationException Over() => new($"The turn in conversation '{Conversation}' is over; nothing is sent.");
}
