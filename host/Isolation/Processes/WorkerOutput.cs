using System.Text;
using PluginGateway.Posix;

namespace PluginGateway.Isolation.Processes;

/// <summary>Output of a worker, line by line. The output of a worker that prints too much is read more slowly, and the worker waits. Only its
/// monitor's thread.</summary>
internal sealed class WorkerOutput
{
    private const int MaxLine = 4096;
    private const int LinesASecond = 1000;

    private readonly byte[] _room = new byte[4096];
    private readonly byte[] _line = new byte[MaxLine];
    private readonly Action<string> _onLine;
    private int _descriptor;
    private int _length;
    private long _second;
    private int _lines;

    public WorkerOutput(int descriptor, Action<string> onLine)
    {
        _descriptor = descriptor;
        _onLine = onLine;
        LibC.NeverWait(descriptor);
    }

    private bool IsTooMuch
    {
        get
        {
            var second = Environment.TickCount64 / 1000;
            if (second != _second) (_second, _lines) = (second, 0);
            return _lines >= LinesASecond;
        }
    }

    /// <summary>Reads the output available. Returns after a read, when the process has ended, or after <paramref name="cadence"/>.</summary>
    /// <param name="process">Descriptor that becomes readable when the process has ended; negative: none.</param>
    /// <param name="cadence">Longest wait without that descriptor, or while the output is held back.</param>
    public void ReadUntil(int process, TimeSpan cadence)
    {
        var isHeld = IsTooMuch;
        Span<LibC.Polled> polled =
        [
            new LibC.Polled { Descriptor = isHeld ? -1 : _descriptor, Wanted = LibC.Polled.Readable },
            new LibC.Polled { Descriptor = process, Wanted = LibC.Polled.Readable },
        ];
        LibC.Poll(polled, process < 0 || isHeld ? (int)cadence.TotalMilliseconds : -1);
        if (polled[0].Seen != 0 && ReadOnce() == 0) Close();
    }

    /// <summary>Reads the rest, without waiting: another process may have the pipe open for ever.</summary>
    public void Drain()
    {
        _lines = 0;
        while (_descriptor >= 0 && _lines < LinesASecond && ReadOnce() > 0)
        {
        }

        Tell();
    }

    public void Close()
    {
        if (_descriptor >= 0) LibC.Close(_descriptor);
        // poll passes over negative descriptors.
        _descriptor = -1;
    }

    /// <summary>Reads once. Returns the number of bytes; 0: the pipe is closed; negative: no data for now.</summary>
    private int ReadOnce()
    {
        var count = LibC.Read(_descriptor, _room);
        if (count <= 0) return count;
        foreach (var each in _room.AsSpan(0, count))
        {
            if (each == '\n') Tell();
            else if (_length < MaxLine) _line[_length++] = each;
        }

        return count;
    }

    private void Tell()
    {
        if (_length == 0) return;
        var line = Encoding.UTF8.GetString(_line, 0, _length).TrimEnd('\r');
        _length = 0;
        _lines++;
        _onLine(line);
    }
}
