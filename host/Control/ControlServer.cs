using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using PluginGateway.Posix;
using PluginGateway.Threads;

namespace PluginGateway.Control;

/// <summary>The control thread: answers requests on <c>control.sock</c> and ticks every 250 ms, and waits for no client: all are polled, the requests
/// of those that have come whole are executed one after another. Only the holder of the instance lock may start it: it replaces the socket of a dead
/// predecessor.</summary>
internal sealed class ControlServer : IDisposable
{
    /// <summary>Clients at a time; one more, and the oldest of the process that has most of them goes.</summary>
    public const int MostClients = 64;

    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan VerbTime = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan RefusalsSaidEvery = TimeSpan.FromMinutes(1);

    private readonly ControlKey _key;
    private readonly ControlEndPoint _endPoint;
    private readonly Socket _listener;
    private readonly ControlRouter _router;
    private readonly Action _tick;
    private readonly ILogger _log;
    private readonly Func<int, bool> _mayConnect;
    private readonly List<ControlConnection> _clients = [];
    private readonly LibC.Polled[] _polled = new LibC.Polled[MostClients + 1];
    private readonly ManualResetEvent _ended = new(false);
    private int _thread;
    private long _lastTick = Stopwatch.GetTimestamp();
    private long? _refusalsSaid;
    private int _refused;
    private long? _acceptFailedAt;
    private long? _acceptFailureSaid;
    private volatile bool _closing;

    /// <summary>Makes the key, listens, and starts the thread. The key exists before a client can connect.</summary>
    /// <param name="dataDirectory">Where the socket is.</param>
    /// <param name="verbs">The verbs.</param>
    /// <param name="tick">Called every 250 ms.</param>
    /// <param name="log">The log.</param>
    /// <param name="mayConnect">Whether a process may; its connection is closed at once if not. Null: every process of the user may.</param>
    /// <param name="starts">False: <see cref="Start"/> is called later.</param>
    /// <exception cref="IOException">The key or the socket cannot be made there.</exception>
    public ControlServer(
        string dataDirectory, IEnumerable<IControlVerb> verbs, Action tick, ILogger log, Func<int, bool>? mayConnect = null, bool starts = true)
    {
        (_router, _tick, _log, _mayConnect) = (new ControlRouter(verbs), tick, log, mayConnect ?? (static _ => true));
        _key = ControlKey.Make(dataDirectory);
        _endPoint = ControlEndPoint.In(dataDirectory);
        _listener = Listen(_endPoint);
        _ = _router.Answer("""{"verb":"warm-up"}"""u8);
        _ = _key.Opens(new byte[ControlConnection.LongestWithoutKey], out _);
        if (starts) Start();
    }

    public Heartbeat Heartbeat { get; } = new("control", TimeProvider.System);

    /// <summary>Starts the thread that answers; clients that have connected before wait until then.</summary>
    public void Start() => LoopThread.Start("control", Loop);

    /// <summary>Ends the thread and removes the socket.</summary>
    public void Dispose()
    {
        _closing = true;
        if (Environment.CurrentManagedThreadId != Volatile.Read(ref _thread)) _ended.WaitOne(TimeSpan.FromSeconds(1));
        _listener.Dispose();
        _endPoint.Dispose();
    }

    private static Socket Listen(ControlEndPoint endPoint)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            File.Delete(endPoint.Path);
            socket.Bind(endPoint.Address);
            // Before it listens no client can connect, so none can get in between.
            File.SetUnixFileMode(endPoint.Path, OwnerOnly.File);
            socket.Listen(MostClients);
            socket.Blocking = false;
            return socket;
        }
        catch (SocketException problem)
        {
            socket.Dispose();
            throw new IOException($"The control socket '{endPoint.Path}' cannot be made: {problem.Message}.", problem);
        }
    }

    private void Loop()
    {
        Volatile.Write(ref _thread, Environment.CurrentManagedThreadId);
        while (!_closing)
        {
            try
            {
                Iterate();
            }
            catch (Exception problem)
            {
                if (_closing) break;
                _log.ControlFailed(problem);
                Thread.Sleep(TickInterval);
            }
        }

        foreach (var client in _clients) client.Dispose();
        _ended.Set();
    }

    private void Iterate()
    {
        Heartbeat.Beat();
        TickIfDue();
        var polled = _polled.AsSpan(0, _clients.Count + 1);
        // A negative number is left out.
        var isResting = _acceptFailedAt is { } at && Stopwatch.GetElapsedTime(at) < TickInterval;
        polled[0] = new LibC.Polled { Descriptor = isResting ? -1 : (int)_listener.Handle, Wanted = LibC.Polled.Readable };
        for (var i = 0; i < _clients.Count; i++) polled[i + 1] = new LibC.Polled { Descriptor = _clients[i].Descriptor, Wanted = _clients[i].Wants };
        var wait = (TickInterval - Stopwatch.GetElapsedTime(_lastTick)).TotalMilliseconds;
        if (_clients.Count > 0 && wait > ControlConnection.LooksEveryMilliseconds) wait = ControlConnection.LooksEveryMilliseconds;
        LibC.Poll(polled, (int)Math.Max(0, Math.Ceiling(wait)));
        for (var i = _clients.Count - 1; i >= 0; i--)
        {
            var client = _clients[i];
            if ((polled[i + 1].Seen == 0 || GoesOn(client)) && !client.IsOverdue) continue;
            _clients.RemoveAt(i);
            client.Dispose();
        }

        if (polled[0].Seen != 0) Admit();
    }

    /// <summary>Takes one client. The next is taken in the next iteration: only clients wait for that.</summary>
    private void Admit()
    {
        if (Accept() is not { } socket) return;
        var client = new ControlConnection(socket);
        if (!_mayConnect(client.ProcessId))
        {
            client.Dispose();
            return;
        }

        if (_clients.Count == MostClients) MakeRoom();
        _clients.Add(client);
    }

    /// <summary>Throws nothing where no descriptor is left: a plugin's hook for first-chance exceptions runs on the thread that throws. Null: there
    /// is none, or the next attempt comes after a while.</summary>
    private Socket? Accept()
    {
        if (!OperatingSystem.IsLinux()) return _listener.Accept();
        var descriptor = LibC.Accept((int)_listener.Handle);
        if (descriptor >= 0) return new Socket(new SafeSocketHandle(descriptor, ownsHandle: true));
        var error = Marshal.GetLastPInvokeError();
        // The client has gone again.
        if (error == Errno.WouldBlock || error is Errno.Interrupted or Errno.Aborted) return null;
        if (_acceptFailureSaid is not { } said || Stopwatch.GetElapsedTime(said) >= RefusalsSaidEvery)
        {
            _log.AcceptFailed(Marshal.GetPInvokeErrorMessage(error));
            _acceptFailureSaid = Stopwatch.GetTimestamp();
        }

        _acceptFailedAt = Stopwatch.GetTimestamp();
        return null;
    }

    /// <summary>A process that connects again and again takes room from itself: of the one with most clients the oldest goes, and first one that has
    /// not shown the key.</summary>
    private void MakeRoom()
    {
        var crowd = _clients.GroupBy(static client => client.ProcessId).MaxBy(static group => group.Count())!;
        var oldest = crowd.OrderBy(static client => client.IsKnown).ThenBy(static client => client.Since).First();
        _clients.Remove(oldest);
        oldest.Dispose();
    }

    /// <summary>False: it is done with.</summary>
    private bool GoesOn(ControlConnection client)
    {
        if (client.IsAnswered) return client.Send();
        switch (client.Receive(_key))
        {
            case ControlReading.More:
                return true;
            case ControlReading.Gone:
                return false;
            case ControlReading.TooLong:
                return client.Answer(ControlRouter.Refuse(
                    client.IsKnown ? $"The request is longer than {ControlConnection.LongestRequest} bytes; nothing was done." : _key.Refusal));
        }

        if (!_key.Opens(client.Line, out var request)) return client.Answer(Refuse());
        // A client that has given up must not learn later that it was done after all.
        if (client.HasHungUp) return false;
        var start = Stopwatch.GetTimestamp();
        var reply = _router.Answer(request);
        var took = Stopwatch.GetElapsedTime(start);
        if (took > VerbTime) _log.VerbWasSlow(took.TotalSeconds);
        return client.Answer(reply);
    }

    /// <summary>Logged once a minute at most: a client without the key can ask often.</summary>
    private ReadOnlySpan<byte> Refuse()
    {
        _refused++;
        if (_refusalsSaid is not { } said || Stopwatch.GetElapsedTime(said) >= RefusalsSaidEvery)
        {
            _log.ControlRefused(_refused);
            (_refusalsSaid, _refused) = (Stopwatch.GetTimestamp(), 0);
        }

        return ControlRouter.Refuse(_key.Refusal);
    }

    private void TickIfDue()
    {
        if (Stopwatch.GetElapsedTime(_lastTick) < TickInterval) return;
        _lastTick = Stopwatch.GetTimestamp();
        try
        {
            _tick();
        }
        catch (Exception problem)
        {
            _log.TickFailed(problem);
        }
    }
}
