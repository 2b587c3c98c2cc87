using System.Diagnostics;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using PluginGateway.Threads;

namespace PluginGateway.Lifetime;

/// <summary>The control thread: answers one request after another on <c>control.sock</c>, and ticks every 250 ms, also while a client is slow. Only the holder of the
/// instance lock may start it: it replaces the socket of a dead predecessor.</summary>
internal sealed class ControlServer : IDisposable
{
    private const int LongestRequest = 64 * 1024;
    private const int WaitingClients = 16;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ClientTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan VerbTime = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan RefusalsSaidEvery = TimeSpan.FromMinutes(1);

    private readonly ControlKey _key;
    private readonly ControlEndPoint _endPoint;
    private readonly Socket _listener;
    private readonly ControlVerbs _verbs;
    private readonly Action _tick;
    private readonly ILogger _log;
    private readonly byte[] _request = new byte[LongestRequest];
    private readonly Thread _thread;
    private long _lastTick = Stopwatch.GetTimestamp();
    private long? _refusalsSaid;
    private int _refused;
    private volatile bool _closing;

    /// <summary>Makes the key, listens, and starts the thread. Whoever can connect finds the key of this server.</summary>
    /// <exception cref="IOException">The key or the socket cannot be made there.</exception>
    public ControlServer(string dataDirectory, IEnumerable<IControlVerb> verbs, Action tick, ILogger log)
    {
        (_verbs, _tick, _log) = (new ControlVerbs(verbs), tick, log);
        _key = ControlKey.Make(dataDirectory);
        _endPoint = ControlEndPoint.In(dataDirectory);
        _listener = Listen(_endPoint);
        _ = _verbs.Answer("""{"verb":"rehearsal"}"""u8);
        _ = _key.Opens(new byte[LongestRequest], out _);
        _thread = LoopThread.Start("control", Loop);
    }

    /// <summary>Ends the thread and removes the socket.</summary>
    public void Dispose()
    {
        _closing = true;
        if (Thread.CurrentThread != _thread) _thread.Join(TimeSpan.FromSeconds(1));
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
            // Before it listens nobody can connect, so nobody can get in between.
            File.SetUnixFileMode(endPoint.Path, OwnerOnly);
            socket.Listen(WaitingClients);
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
        while (!_closing)
        {
            try
            {
                if (Wait(_listener, SelectMode.SelectRead, TickInterval)) Serve();
            }
            catch (Exception problem)
            {
                if (_closing) return;
                _log.ControlFailed(problem);
                Thread.Sleep(TickInterval);
                TickIfDue();
            }
        }
    }

    private void Serve()
    {
        using var client = _listener.Accept();
        client.Blocking = false;
        if (!TryReceive(client, out var line)) return;
        if (!_key.Opens(line, out var request))
        {
            Refuse(client);
            return;
        }

        var start = Stopwatch.GetTimestamp();
        var reply = _verbs.Answer(request);
        var took = Stopwatch.GetElapsedTime(start);
        if (took > VerbTime) _log.VerbWasSlow(took.TotalSeconds);
        Send(client, reply);
    }

    /// <summary>The log says it once a minute at most: whoever asks without a key can ask often.</summary>
    private void Refuse(Socket client)
    {
        _refused++;
        if (_refusalsSaid is not { } said || Stopwatch.GetElapsedTime(said) >= RefusalsSaidEvery)
        {
            _log.ControlRefused(_refused);
            (_refusalsSaid, _refused) = (Stopwatch.GetTimestamp(), 0);
        }

        Send(client, ControlVerbs.Refuse(_key.Refusal));
    }

    private bool TryReceive(Socket client, out ReadOnlySpan<byte> line)
    {
        var start = Stopwatch.GetTimestamp();
        for (var used = 0; used < _request.Length && Wait(client, SelectMode.SelectRead, ClientTime - Stopwatch.GetElapsedTime(start));)
        {
            var count = client.Receive(_request.AsSpan(used), SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock) continue;
            if (error != SocketError.Success || count == 0) break;
            var end = _request.AsSpan(used, count).IndexOf((byte)'\n');
            used += count;
            if (end < 0) continue;
            line = _request.AsSpan(0, used - count + end);
            return true;
        }

        line = default;
        return false;
    }

    private void Send(Socket client, ReadOnlySpan<byte> reply)
    {
        var start = Stopwatch.GetTimestamp();
        while (!reply.IsEmpty && Wait(client, SelectMode.SelectWrite, ClientTime - Stopwatch.GetElapsedTime(start)))
        {
            var count = client.Send(reply, SocketFlags.None, out var error);
            if (error == SocketError.Success) reply = reply[count..];
            else if (error != SocketError.WouldBlock) return;
        }
    }

    /// <summary>Waits for a socket at most this long, ticking meanwhile.</summary>
    private bool Wait(Socket socket, SelectMode mode, TimeSpan atMost)
    {
        var start = Stopwatch.GetTimestamp();
        while (!_closing)
        {
            TickIfDue();
            var left = atMost - Stopwatch.GetElapsedTime(start);
            if (left <= TimeSpan.Zero) return false;
            var untilTick = TickInterval - Stopwatch.GetElapsedTime(_lastTick);
            var slice = untilTick < left ? untilTick : left;
            if (socket.Poll(slice > TimeSpan.Zero ? slice : TimeSpan.Zero, mode)) return true;
        }

        return false;
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
