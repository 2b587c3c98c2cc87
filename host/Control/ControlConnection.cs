using System.Net.Sockets;
using System.Runtime.InteropServices;
using PluginGateway.Posix;

namespace PluginGateway.Control;

/// <summary>Result of reading from a client.</summary>
internal enum ControlReading
{
    /// <summary>The line has no end yet.</summary>
    More,

    Line,

    TooLong,

    /// <summary>The client has closed its end, or the socket failed.</summary>
    Gone,
}

/// <summary>Connection of one client to the control socket. No method blocks. Only the control thread.</summary>
internal sealed class ControlConnection : IDisposable
{
    /// <summary>Largest request in bytes, its key included: a text of a megabyte fits in any encoding.</summary>
    public const int LongestRequest = 8 * 1024 * 1024;

    public const int LongestWithoutKey = 64 * 1024;

    /// <summary>Interval between checks of the clients' deadlines.</summary>
    public const int LooksEveryMilliseconds = 100;

    private const int FirstRoom = 1024;
    private const long SilenceMilliseconds = 1000;
    private const short HungUp = 0x10;
    private const int SocketLevel = 1, PeerCredentials = 17;

    private readonly Socket _socket;
    private byte[] _request = new byte[FirstRoom];
    private int _used;
    private int _end;
    private byte[] _reply = [];
    private int _sent;
    private long _lastWord = Environment.TickCount64;

    public ControlConnection(Socket socket)
    {
        _socket = socket;
        socket.Blocking = false;
        ProcessId = ProcessOf(socket);
    }

    public int Descriptor => (int)_socket.Handle;

    /// <summary>The process that connected; 0: unknown.</summary>
    public int ProcessId { get; }

    /// <summary>Time of the connection.</summary>
    public long Since { get; } = Environment.TickCount64;

    /// <summary>The client has shown the key.</summary>
    public bool IsKnown { get; private set; }

    public bool IsAnswered => _reply.Length > 0;

    public short Wants => IsAnswered ? LibC.Polled.Writable : LibC.Polled.Readable;

    /// <summary>The request line, once it is there.</summary>
    public ReadOnlySpan<byte> Line => _request.AsSpan(0, _end);

    /// <summary>True when nothing has moved for a second; of one without the key, when a second has passed.</summary>
    public bool IsOverdue => Environment.TickCount64 - (IsKnown || IsAnswered ? _lastWord : Since) > SilenceMilliseconds;

    /// <summary>True when the other side has closed, and reads no answer.</summary>
    public bool HasHungUp
    {
        get
        {
            Span<LibC.Polled> polled = [new LibC.Polled { Descriptor = Descriptor, Wanted = LibC.Polled.Readable }];
            return LibC.Poll(polled, 0) > 0 && (polled[0].Seen & HungUp) != 0;
        }
    }

    public ControlReading Receive(ControlKey key)
    {
        while (true)
        {
            if (_used == _request.Length)
            {
                IsKnown = IsKnown || key.Begins(_request.AsSpan(0, _used));
                if (_used >= (IsKnown ? LongestRequest : LongestWithoutKey)) return ControlReading.TooLong;
                Array.Resize(ref _request, 2 * _request.Length);
            }

            var count = _socket.Receive(_request.AsSpan(_used), SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock) break;
            if (error != SocketError.Success || count == 0) return ControlReading.Gone;
            _lastWord = Environment.TickCount64;
            var end = _request.AsSpan(_used, count).IndexOf((byte)'\n');
            _used += count;
            if (end < 0) continue;
            _end = _used - count + end;
            return ControlReading.Line;
        }

        IsKnown = IsKnown || key.Begins(_request.AsSpan(0, _used));
        return ControlReading.More;
    }

    /// <summary>Sends an answer as far as the socket takes it. False: all of it is sent, or cannot be.</summary>
    public bool Answer(ReadOnlySpan<byte> reply)
    {
        _reply = reply.ToArray();
        _lastWord = Environment.TickCount64;
        return Send();
    }

    /// <summary>Sends the next part of the reply. False: the reply is complete, or the client does not take it.</summary>
    public bool Send()
    {
        while (_sent < _reply.Length)
        {
            var count = _socket.Send(_reply.AsSpan(_sent), SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock) return true;
            if (error != SocketError.Success) return false;
            _sent += count;
            _lastWord = Environment.TickCount64;
        }

        return false;
    }

    public void Dispose() => _socket.Dispose();

    private static int ProcessOf(Socket socket)
    {
        if (!OperatingSystem.IsLinux()) return 0;
        Span<int> credentials = [0, 0, 0];
        _ = socket.GetRawSocketOption(SocketLevel, PeerCredentials, MemoryMarshal.AsBytes(credentials));
        return credentials[0];
    }
}
