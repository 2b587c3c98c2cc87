using PluginGateway.Loading;

namespace PluginGateway.Supervision;

/// <summary>The contexts one unit has let go of and that are still in memory. Only the supervisor's thread; it looks once a second and collects nothing itself.</summary>
/// <param name="clock">The clock.</param>
/// <param name="sweep">Asks that the runtime finds out which contexts nobody holds.</param>
internal sealed class PendingUnloads(TimeProvider clock, Action sweep)
{
    private static readonly TimeSpan Cadence = TimeSpan.FromSeconds(1);

    /// <summary>So long a clean plugin may take.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>A sweep misses what a thread still has on its stack, or a finalizer has not run for: on a busy machine that is so for seconds.</summary>
    private static readonly TimeSpan SweepAgain = TimeSpan.FromSeconds(5);
    private const int MostSweeps = 3;

    private readonly List<Pending> _left = [];
    private long _looked;

    /// <summary>Contexts that something of the plugin keeps in memory.</summary>
    public int Count { get; private set; }

    /// <summary>Contexts that are in memory, those included that just take their time.</summary>
    public int Left => _left.Count;

    /// <summary>A context is being unloaded.</summary>
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

        /// <summary>True when nobody but the plugin itself keeps it any more, and some times more while it stays.</summary>
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
