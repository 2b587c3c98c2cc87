using PluginGateway.Guard.Calls;
using PluginGateway.Posix;
using PluginGateway.Threads;

namespace PluginGateway.Isolation.Protocol;

/// <summary>Channel between the gateway and a worker, seen from one side: requests and their answers, notices, cancellations. Both sides are
/// alike.</summary>
internal sealed class WorkerChannel
{
    /// <summary>The reason when the other side has closed the connection or ended.</summary>
    public const string ClosedByPeer = "it closed its connection";

    private readonly object _gate = new();
    private readonly Dictionary<int, (PendingCall Call, bool MayHaveHappened)> _pending = [];
    private readonly Queue<byte[]> _held = new();
    private readonly int _descriptor;
    private readonly string _name;
    private readonly IPeer _peer;
    private readonly WorkerChannelOptions _options;
    private readonly Outgoing _outgoing;
    private string? _broken;
    private string? _ended;
    private int _lastId;
    private int _open;

    public WorkerChannel(int descriptor, string name, IPeer peer, WorkerChannelOptions options)
    {
        _descriptor = descriptor;
        _name = name;
        _peer = peer;
        _options = options;
        _outgoing = new Outgoing(descriptor, name, options.Capacity, options.Patience, Break);
    }

    /// <summary>Starts to read, on a thread of its own.</summary>
    public void Start() => LoopThread.Start($"{_name} reader", ReadForEver);

    /// <summary>Asks for something.</summary>
    /// <param name="operation">What.</param>
    /// <param name="request">What goes with it.</param>
    /// <param name="write">Writes that.</param>
    /// <param name="read">Reads the answer.</param>
    /// <param name="mayHaveHappened">Whether a request without an answer may have had its effect.</param>
    /// <param name="cancellationToken">Asks the other side to stop; the answer is waited for all the same.</param>
    /// <param name="waitsUntil">Ends the task; the request goes on at the other side, and its answer is dropped.</param>
    public PendingCall<TAnswer> Ask<TRequest, TAnswer>(
        RemoteOperation operation, TRequest request, Action<FrameWriter, TRequest> write, Read<TAnswer> read, bool mayHaveHappened,
        CancellationToken cancellationToken = default, CancellationToken waitsUntil = default)
    {
        var call = new PendingCall<TAnswer>(read, _options.CompletesOnPool ? new Promise<TAnswer>(waitsUntil) : null);
        Begin(operation, request, write, call, mayHaveHappened, null, cancellationToken);
        return call;
    }

    /// <summary>Asks for something. <paramref name="writeCancellation"/> writes what the other side is told when the request is cancelled.</summary>
    public PendingCall<TAnswer> Ask<TRequest, TAnswer>(
        RemoteOperation operation, TRequest request, Action<FrameWriter, TRequest> write, Read<TAnswer> read, bool mayHaveHappened,
        Action<FrameWriter> writeCancellation, CancellationToken cancellationToken)
    {
        var call = new PendingCall<TAnswer>(read, _options.CompletesOnPool ? new Promise<TAnswer>(CancellationToken.None) : null);
        Begin(operation, request, write, call, mayHaveHappened, writeCancellation, cancellationToken);
        return call;
    }

    /// <summary>Asks for something; the answer completes <paramref name="promise"/>.</summary>
    public void Ask<TRequest, TAnswer>(
        RemoteOperation operation, TRequest request, Action<FrameWriter, TRequest> write, Read<TAnswer> read, bool mayHaveHappened,
        Promise<TAnswer> promise) =>
        Begin(operation, request, write, new PendingCall<TAnswer>(read, promise), mayHaveHappened, null, CancellationToken.None);

    private void Begin<TRequest>(
        RemoteOperation operation, TRequest request, Action<FrameWriter, TRequest> write, PendingCall call, bool mayHaveHappened,
        Action<FrameWriter>? writeCancellation, CancellationToken cancellationToken)
    {
        var id = Interlocked.Increment(ref _lastId);
        var writer = FrameWriter.Begin(FrameKind.Request, operation, id);
        write(writer, request);
        var frame = writer.Finish();
        string? ended;
        var held = false;
        using (UninterruptibleLock.Enter(_gate))
        {
            ended = _ended ?? _broken;
            if (ended is null)
            {
                _pending.Add(id, (call, mayHaveHappened));
                held = _open >= _options.MostOpen;
                if (held) _held.Enqueue(frame.ToArray());
                else _open++;
            }
        }

        if (ended is not null || (!held && !_outgoing.Post(frame, _options.MayWait)))
        {
            // No byte of the request was sent.
            Forget(id);
            call.Fail(_peer.OnEnded(ended ?? "it does not read what is sent to it", mayHaveHappened: false));
        }

        writer.Done();
        if (cancellationToken.CanBeCanceled)
        {
            call.Watch(cancellationToken.UnsafeRegister(
                static (state, _) => ((Cancelling)state!).Send(), new Cancelling(this, operation, id, writeCancellation)));
        }
    }

    /// <summary>Answers a request with the frame that has been written.</summary>
    public void Answer<T>(FrameHead request, T value, Action<FrameWriter, T> write)
    {
        var writer = FrameWriter.Begin(FrameKind.Answer, request.Operation, request.Id);
        try
        {
            write(writer, value);
            Post(writer.Finish());
            writer.Done();
        }
        catch (FrameTooLongException problem)
        {
            Fail(request, new CallFailure("contract", $"{request.Operation} returned too much: {problem.Message}", null));
        }
    }

    public void Fail(FrameHead request, CallFailure failure)
    {
        var writer = FrameWriter.Begin(FrameKind.Failure, request.Operation, request.Id);
        writer.Write(failure);
        Post(writer.Finish());
        writer.Done();
    }

    public void Notice<T>(RemoteOperation operation, T value, Action<FrameWriter, T> write)
    {
        var writer = FrameWriter.Begin(FrameKind.Notice, operation, 0);
        write(writer, value);
        Post(writer.Finish());
        writer.Done();
    }

    /// <summary>Ends the connection. Any thread; returns at once.</summary>
    public void Break(string reason)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (_ended is not null) return;
            _broken ??= reason;
            LibC.Shutdown(_descriptor);
        }
    }

    /// <summary>Sends a frame that must not be lost: if there is no room for it, the peer has not read for a long time, and the channel
    /// ends.</summary>
    private void Post(ReadOnlySpan<byte> frame)
    {
        if (!_outgoing.Post(frame, _options.MayWait)) Break("it does not read what is sent to it");
    }

    private void Forget(int id)
    {
        using (UninterruptibleLock.Enter(_gate)) _pending.Remove(id);
    }

    private void ReadForEver()
    {
        var reason = ClosedByPeer;
        try
        {
            var incoming = new Incoming(_descriptor);
            while (incoming.Next(out var head, out var body)) Take(head, ref body);
        }
        catch (Exception problem) when (problem is ProtocolException or ArgumentException)
        {
            reason = $"it does not keep to the protocol: {CallFailure.Bounded(problem.Message)}";
        }
        catch (Exception problem)
        {
            reason = $"what it said could not be dealt with: {problem.GetType().FullName}: {CallFailure.Bounded(problem.Message)}";
        }

        End(reason);
    }

    private void End(string reason)
    {
        using (UninterruptibleLock.Enter(_gate)) _broken ??= reason;
        LibC.Shutdown(_descriptor);
        _outgoing.Close();
        var why = _peer.OnEnding(_broken);
        (PendingCall Call, bool MayHaveHappened)[] left;
        using (UninterruptibleLock.Enter(_gate))
        {
            _ended = why;
            left = [.. _pending.Values];
            _pending.Clear();
            _held.Clear();
            LibC.Close(_descriptor);
        }

        foreach (var (call, mayHaveHappened) in left) call.Fail(_peer.OnEnded(why, mayHaveHappened));
    }

    private void Take(FrameHead head, ref FrameReader body)
    {
        switch (head.Kind)
        {
            case FrameKind.Request:
                _peer.OnRequest(head, ref body);
                break;
            case FrameKind.Notice:
                _peer.OnNotice(head, ref body);
                break;
            case FrameKind.Cancel:
                _peer.OnCancel(head.Id, ref body);
                break;
            case FrameKind.Answer:
                Complete(head, ref body);
                break;
            case FrameKind.Failure:
                var exception = _peer.OnFailed(Results.ReadFailure(ref body));
                body.End();
                Find(head).Call.Fail(exception);
                break;
            default:
                throw new ProtocolException($"{(byte)head.Kind} is no kind of frame.");
        }
    }

    private void Complete(FrameHead head, ref FrameReader body)
    {
        var pending = Find(head);
        try
        {
            pending.Call.Complete(ref body);
        }
        catch (Exception)
        {
            // The request fails with all other pending ones.
            using (UninterruptibleLock.Enter(_gate)) _pending[head.Id] = pending;
            throw;
        }

        body.End();
    }

    private (PendingCall Call, bool MayHaveHappened) Find(FrameHead head)
    {
        (PendingCall Call, bool MayHaveHappened) pending;
        byte[]? next;
        using (UninterruptibleLock.Enter(_gate))
        {
            if (!_pending.Remove(head.Id, out pending))
                throw new ProtocolException($"An answer ({head.Operation}) to a question that was not asked.");
            if (!_held.TryDequeue(out next)) _open--;
        }

        if (next is not null) Post(next);
        return pending;
    }

    private sealed record Cancelling(WorkerChannel Connection, RemoteOperation Operation, int Id, Action<FrameWriter>? WriteBody)
    {
        public void Send()
        {
            var writer = FrameWriter.Begin(FrameKind.Cancel, Operation, Id);
            WriteBody?.Invoke(writer);
            // A cancellation is only a request: it is dropped if there is no room for it.
            Connection._outgoing.Post(writer.Finish(), mayWait: false);
            writer.Done();
        }
    }
}
