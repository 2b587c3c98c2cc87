using System.Buffers.Binary;
using System.Runtime.InteropServices;
using PluginGateway.Guard;
using PluginGateway.Threads;

namespace PluginGateway.Isolation.Protocol;

/// <summary>Who hears what the other side says. Every member runs on the thread that reads the connection, and must not block.</summary>
internal interface IPeer
{
    /// <summary>The other side wants something: answer it, now or later.</summary>
    void OnRequest(FrameHead head, ref FrameReader body);

    /// <summary>The other side says something.</summary>
    void OnNotice(FrameHead head, ref FrameReader body);

    /// <summary>The other side would like its request to end; it may have been answered already.</summary>
    void OnCancel(int id);

    /// <summary>The connection has ended. Says why as an operator should read it; then every call that waits fails with it.</summary>
    string OnEnding(string reason);

    /// <summary>What a call that waited fails with.</summary>
    /// <param name="why">What <see cref="OnEnding"/> said.</param>
    /// <param name="mayHaveHappened">It may have done what was asked.</param>
    Exception Ended(string why, bool mayHaveHappened);

    /// <summary>The exception that says here what the other side's call failed with.</summary>
    Exception Failed(CallFailure failure);
}

/// <summary>The terms of a connection.</summary>
/// <param name="Capacity">How many bytes may wait to be sent.</param>
/// <param name="Patience">How long the other side may read nothing.</param>
/// <param name="MostOpen">How many requests may be open; more wait on this side.</param>
/// <param name="MayWait">True: who posts more than there is room for waits.</param>
/// <param name="Completion">Where answers are taken.</param>
internal sealed record ConnectionTerms(int Capacity, TimeSpan Patience, int MostOpen, bool MayWait, TaskCreationOptions Completion);

/// <summary>One side of the connection between the gateway and a worker: requests and their answers, notices, cancellations. Both sides are alike.</summary>
internal sealed class Connection
{
    /// <summary>The reason when the other side has closed the connection or ended.</summary>
    public const string ClosedByPeer = "it closed its connection";

    private const int FirstRoom = 16 * 1024;
    private const int KeptRoom = 256 * 1024;
    private const int YieldsBeforeSleep = 10;

    private readonly object _gate = new();
    private readonly Dictionary<int, (PendingCall Call, bool MayHaveHappened)> _pending = [];
    private readonly Queue<byte[]> _held = new();
    private readonly int _descriptor;
    private readonly string _name;
    private readonly IPeer _peer;
    private readonly ConnectionTerms _terms;
    private readonly Outgoing _outgoing;
    private string? _broken;
    private string? _ended;
    private int _lastId;
    private int _open;

    public Connection(int descriptor, string name, IPeer peer, ConnectionTerms terms)
    {
        _descriptor = descriptor;
        _name = name;
        _peer = peer;
        _terms = terms;
        _outgoing = new Outgoing(descriptor, name, terms.Capacity, terms.Patience, Break);
    }

    /// <summary>Starts to read, on a thread of its own.</summary>
    public void Start() => LoopThread.Start($"{_name} reader", ReadForEver);

    /// <summary>Asks for something.</summary>
    /// <param name="operation">What.</param>
    /// <param name="request">What goes with it.</param>
    /// <param name="write">Writes that.</param>
    /// <param name="read">Reads the answer.</param>
    /// <param name="mayHaveHappened">What a request that never got an answer may have done counts.</param>
    /// <param name="cancellationToken">Asks the other side to stop; the answer is waited for all the same.</param>
    public PendingCall<TAnswer> Ask<TRequest, TAnswer>(
        RemoteOperation operation, TRequest request, Action<FrameWriter, TRequest> write, Read<TAnswer> read, bool mayHaveHappened, CancellationToken cancellationToken)
    {
        var id = Interlocked.Increment(ref _lastId);
        var writer = FrameWriter.Begin(FrameKind.Request, operation, id);
        write(writer, request);
        var frame = writer.Finish();
        var call = new PendingCall<TAnswer>(read, _terms.Completion);
        string? ended;
        var held = false;
        lock (_gate)
        {
            ended = _ended ?? _broken;
            if (ended is null)
            {
                _pending.Add(id, (call, mayHaveHappened));
                held = _open >= _terms.MostOpen;
                if (held) _held.Enqueue(frame.ToArray());
                else _open++;
            }
        }

        if (ended is not null || (!held && !_outgoing.Post(frame, _terms.MayWait)))
        {
            // Nothing of it has left.
            Forget(id);
            call.Fail(_peer.Ended(ended ?? "it does not read what is sent to it", mayHaveHappened: false));
        }

        writer.Done();
        if (cancellationToken.CanBeCanceled) call.Watch(cancellationToken.UnsafeRegister(static (state, _) => ((Cancelling)state!).Send(), new Cancelling(this, operation, id)));
        return call;
    }

    /// <summary>Answers a request, with what has been written.</summary>
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
        lock (_gate)
        {
            if (_ended is not null) return;
            _broken ??= reason;
            Posix.Shutdown(_descriptor);
        }
    }

    /// <summary>What must not get lost: a peer for whose answers there is no room has not read for a long time.</summary>
    private void Post(ReadOnlySpan<byte> frame)
    {
        if (!_outgoing.Post(frame, _terms.MayWait)) Break("it does not read what is sent to it");
    }

    private void Forget(int id)
    {
        lock (_gate) _pending.Remove(id);
    }

    private void ReadForEver()
    {
        var reason = ClosedByPeer;
        try
        {
            Read();
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
        lock (_gate) _broken ??= reason;
        Posix.Shutdown(_descriptor);
        _outgoing.Close();
        var why = _peer.OnEnding(_broken);
        (PendingCall Call, bool MayHaveHappened)[] left;
        lock (_gate)
        {
            _ended = why;
            left = [.. _pending.Values];
            _pending.Clear();
            _held.Clear();
            Posix.Close(_descriptor);
        }

        foreach (var (call, mayHaveHappened) in left) call.Fail(_peer.Ended(why, mayHaveHappened));
    }

    private void Read()
    {
        var room = new byte[FirstRoom];
        var length = 0;
        while (true)
        {
            var count = Receive(room.AsSpan(length));
            if (count < 0 && Marshal.GetLastPInvokeError() == Posix.Interrupted) continue;
            if (count <= 0) return;
            length += count;
            var taken = Take(room.AsSpan(0, length));
            length -= taken;
            if (taken > 0) room.AsSpan(taken, length).CopyTo(room);
            var needed = length < Frame.LengthBytes ? FirstRoom : Frame.LengthBytes + LengthOf(room);
            if (needed > room.Length) Array.Resize(ref room, needed);
            else if (length == 0 && room.Length > KeptRoom) room = new byte[FirstRoom];
        }
    }

    /// <summary>Waits for bytes. For a moment it only gives way: who has just said something often says more, and a thread that sleeps takes longer to wake than that.</summary>
    private int Receive(Span<byte> room)
    {
        for (var i = 0; i < YieldsBeforeSleep; i++)
        {
            var count = Posix.ReceiveNow(_descriptor, room);
            if (count >= 0 || Marshal.GetLastPInvokeError() != Posix.TryAgain) return count;
            Thread.Yield();
        }

        return Posix.Receive(_descriptor, room);
    }

    /// <summary>Takes every whole frame; returns how many bytes they were.</summary>
    private int Take(ReadOnlySpan<byte> bytes)
    {
        var taken = 0;
        while (bytes.Length - taken >= Frame.LengthBytes)
        {
            var length = LengthOf(bytes[taken..]);
            if (bytes.Length - taken - Frame.LengthBytes < length) break;
            var frame = bytes.Slice(taken + Frame.LengthBytes, length);
            taken += Frame.LengthBytes + length;
            var head = new FrameHead((FrameKind)frame[0], (RemoteOperation)frame[1], BinaryPrimitives.ReadInt32LittleEndian(frame[2..]));
            var body = new FrameReader(frame[Frame.HeadLength..]);
            Take(head, ref body);
        }

        return taken;
    }

    private static int LengthOf(ReadOnlySpan<byte> bytes)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        return length is >= Frame.HeadLength and <= Frame.MaxLength ? length : throw new ProtocolException($"A frame of {length} bytes; {Frame.HeadLength} to {Frame.MaxLength} are allowed.");
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
                _peer.OnCancel(head.Id);
                break;
            case FrameKind.Answer:
                Complete(head, ref body);
                break;
            case FrameKind.Failure:
                var exception = _peer.Failed(Results.ReadFailure(ref body));
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
            // It fails with all the others.
            lock (_gate) _pending[head.Id] = pending;
            throw;
        }

        body.End();
    }

    private (PendingCall Call, bool MayHaveHappened) Find(FrameHead head)
    {
        (PendingCall Call, bool MayHaveHappened) pending;
        byte[]? next;
        lock (_gate)
        {
            if (!_pending.Remove(head.Id, out pending)) throw new ProtocolException($"An answer ({head.Operation}) to a question that was not asked.");
            if (!_held.TryDequeue(out next)) _open--;
        }

        if (next is not null) Post(next);
        return pending;
    }

    private sealed record Cancelling(Connection Connection, RemoteOperation Operation, int Id)
    {
        public void Send()
        {
            var writer = FrameWriter.Begin(FrameKind.Cancel, Operation, Id);
            // A courtesy: where there is no room for it, it is not sent.
            Connection._outgoing.Post(writer.Finish(), mayWait: false);
            writer.Done();
        }
    }
}
