using PluginGateway.Threads;

namespace PluginGateway.Web.Adapters;

/// <summary>Requests that adapters have open, and the bytes of their answers that are being written: each adapter has a share, so that one whose
/// answers nobody takes, or that gives none, leaves connections and memory to the others.</summary>
internal sealed class OpenRequests
{
    /// <summary>Requests that one adapter may have open.</summary>
    public const int MostOfAdapter = 256;

    /// <summary>Requests of all adapters: half of the listener's connections. Beyond it only an adapter with less than an equal part of them gets
    /// another.</summary>
    public const int MostOfAll = 2048;

    /// <summary>Bytes of an adapter's answers that are kept until their clients have taken them.</summary>
    public const long MostBytes = 64L * 1024 * 1024;

    private readonly object _gate = new();
    private readonly Dictionary<string, Use> _uses = new(StringComparer.Ordinal);
    private int _open;

    /// <summary>Counts a request in; null: the adapter has its share open. Dispose it to count it out. Any thread.</summary>
    public OpenRequest? Enter(string adapterId)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            var use = _uses.GetValueOrDefault(adapterId) ?? new Use(adapterId);
            if (use.Requests >= MostOfAdapter || (_open >= MostOfAll && use.Requests >= MostOfAll / Math.Max(1, _uses.Count))) return null;
            _uses[adapterId] = use;
            use.Requests++;
            use.Tickets++;
            _open++;
            return new OpenRequest(this, use);
        }
    }

    /// <summary>One request that was counted in.</summary>
    internal sealed class OpenRequest(OpenRequests all, Use use) : IDisposable
    {
        private long _bytes;
        private bool _hasAnswer;
        private bool _isDone;

        /// <summary>Counts the bytes of its answer. False: the adapter's answers would be over their bound.</summary>
        public bool TryHold(long bytes)
        {
            using (UninterruptibleLock.Enter(all._gate))
            {
                if (use.Bytes + bytes > MostBytes) return false;
                use.Bytes += bytes;
                _bytes += bytes;
                return true;
            }
        }

        /// <summary>The adapter has answered with a stream, which is counted elsewhere.</summary>
        public void BecomeStream()
        {
            using (UninterruptibleLock.Enter(all._gate)) CountOut();
        }

        public void Dispose()
        {
            using (UninterruptibleLock.Enter(all._gate))
            {
                if (_isDone) return;
                _isDone = true;
                CountOut();
                use.Bytes -= _bytes;
                if (--use.Tickets == 0) all._uses.Remove(use.AdapterId);
            }
        }

        private void CountOut()
        {
            if (_hasAnswer) return;
            _hasAnswer = true;
            use.Requests--;
            all._open--;
        }
    }

    /// <summary>Usage of one adapter. Only under the lock.</summary>
    internal sealed class Use(string adapterId)
    {
        public string AdapterId { get; } = adapterId;

        public int Requests { get; set; }

        /// <summary>Requests and streams that have not been disposed of.</summary>
        public int Tickets { get; set; }

        public long Bytes { get; set; }
    }
}
