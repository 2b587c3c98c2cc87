using System.Diagnostics;
using System.Text;
using PluginGateway.Posix;
using PluginGateway.Threads;

namespace PluginGateway.Logging;

/// <summary>Takes log lines from any thread and writes them on a thread of its own. <see cref="Write"/> never blocks: when the reader of the log is
/// too slow the newest lines are dropped, counted, and the gap is named in the log itself.</summary>
internal sealed class LogWriter
{
    private const int DefaultCapacity = 8192;
    private const int ChunkBytes = 64 * 1024;

    private readonly object _gate = new();
    private readonly KeptDescriptor _descriptor;
    private readonly int _capacity;
    private readonly Func<long, string> _gapLine;
    private List<string> _waiting = [];
    private long _accepted;
    private long _settled;
    private long _gap;
    private long _dropped;

    /// <summary>Starts the thread. <paramref name="gapLine"/> words the line that stands for a number of dropped ones; <paramref name="remember"/> as
    /// of
    /// <see cref="KeptDescriptor"/>.</summary>
    public LogWriter(int descriptor, Func<long, string> gapLine, int capacity = DefaultCapacity, Func<int, Func<int, bool>?>? remember = null)
    {
        _descriptor = new KeptDescriptor(descriptor, remember);
        Number = _descriptor.Number;
        _gapLine = gapLine;
        _capacity = capacity;
        LoopThread.Start("log writer", WriteForEver);
    }

    /// <summary>The descriptor that it writes to; negative: none.</summary>
    public int Number { get; }

    /// <summary>Lines dropped since the start.</summary>
    public long Dropped
    {
        get
        {
            using (UninterruptibleLock.Enter(_gate)) return _dropped;
        }
    }

    /// <summary>Queues one line (without its line end), or drops it if the queue is full. Lines of plugins may use half of the queue: the rest is
    /// kept for the gateway's own. Any thread; never blocks.</summary>
    public void Write(string line, bool isPlugins = false)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (_waiting.Count >= (isPlugins ? _capacity / 2 : _capacity))
            {
                _gap++;
                _dropped++;
                return;
            }

            _waiting.Add(line);
            _accepted++;
            if (_waiting.Count == 1) Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits until everything queued so far has been handed to the system. False if that did not happen in time.</summary>
    public bool Flush(TimeSpan atMost)
    {
        var start = Stopwatch.GetTimestamp();
        using (UninterruptibleLock.Enter(_gate))
        {
            var target = _accepted;
            while (_settled < target)
            {
                var left = atMost - Stopwatch.GetElapsedTime(start);
                if (left <= TimeSpan.Zero) return false;
                UninterruptibleLock.Wait(_gate, left);
            }

            return true;
        }
    }

    private void WriteForEver()
    {
        var taken = new List<string>();
        var chunk = new Chunk();
        while (true)
        {
            long gap;
            taken.Clear();
            using (UninterruptibleLock.Enter(_gate))
            {
                while (_waiting.Count == 0) UninterruptibleLock.Wait(_gate);
                (taken, _waiting) = (_waiting, taken);
                (gap, _gap) = (_gap, 0);
            }

            foreach (var line in taken) chunk.Append(line, _descriptor);
            if (gap > 0) chunk.Append(_gapLine(gap), _descriptor);
            chunk.Send(_descriptor);

            using (UninterruptibleLock.Enter(_gate))
            {
                _settled += taken.Count;
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Buffer for many lines in one system call.</summary>
    private sealed class Chunk
    {
        private byte[] _bytes = new byte[ChunkBytes];
        private int _used;

        public void Append(string line, KeptDescriptor descriptor)
        {
            var needed = Encoding.UTF8.GetMaxByteCount(line.Length) + 1;
            if (_used + needed > _bytes.Length) Send(descriptor);
            if (needed > _bytes.Length) _bytes = new byte[needed];
            _used += Encoding.UTF8.GetBytes(line, _bytes.AsSpan(_used));
            _bytes[_used++] = (byte)'\n';
        }

        public void Send(KeptDescriptor descriptor)
        {
            // Lines for a reader that is gone are lost; the loss cannot be reported.
            if (_used > 0 && descriptor.Current() is >= 0 and var number) Descriptor.Write(number, _bytes.AsSpan(0, _used));
            _used = 0;
        }
    }
}
