using PluginGateway.Loading;

namespace PluginGateway.Supervision;

/// <summary>Load contexts that one unit has released and that are still in memory. Only the supervisor's thread, which checks them once a second and
/// collects no garbage itself.</summary>
/// <param name="clock">The clock.</param>
/// <param name="sweep">Requests a garbage collection, which frees the contexts that are no longer referenced.</param>
internal sealed class PendingUnloads(TimeProvider clock, Action sweep)
{
    private static readonly TimeSpan Cadence = TimeSpan.FromSeconds(1);

    /// <summary>Time that the unload of a clean plugin may take.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>A sweep misses objects that are still on a thread's stack, or whose finalizer has not run: on a busy machine for seconds.</summary>
    private static readonly TimeSpan SweepAgain = TimeSpan.FromSeconds(5);
    private const int MostSweeps = 3;

    private readonly List<Pending> _left = [];
    private long _looked;

    /// <summary>Contexts that something of the plugin keeps in memory.</summary>
    public int Count { get; private set; }

    /// <summary>Contexts that are in memory, those unloaded only recently included.</summary>
    public int Left => _left.Count;

    /// <summary>Adds a context that is being unloaded.</summary>
    public void Add(LoadedPlugin plugin) => _left.Add(new Pending(plugin, clock.GetTimestamp()));

    public void Poll()
    {
        if (_left.Count == 0 || clock.GetElapsedTime(_looked) < Cadence) return;
        _looked = clock.GetTimestamp();
        _left.RemoveAll(static pending => pending.Plugin.IsCollected);
        var due = false;
        foreach (var pending in _left) due |= pending.IsDue(clock);
        if (due) sweep();
        Count = _left.Count(pending => clock.GetElapsedTime(pending.Since) >= Patience);
    }

    private sealed class Pending(LoadedPlugin plugin, long since)
    {
        private int _sweeps;
        private long _unloaded;

        public LoadedPlugin Plugin => plugin;

        public long Since => since;

        /// <summary>True when the context has been unloaded and may be collected; then again every few seconds while it stays, a limited number of
        /// times.</summary>
        public bool IsDue(TimeProvider clock)
        {
            if (!plugin.IsUnloaded || _sweeps == MostSweeps) return false;
            if (_sweeps == 0) _unloaded = clock.GetTimestamp();
            if (clock.GetElapsedTime(_unloaded) < _sweeps * SweepAgain) return false;
            _sweeps++;
            return true;
        }
    }
}
