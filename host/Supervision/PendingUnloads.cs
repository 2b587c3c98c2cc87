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

    private readonly List<Pending> _left = [];
    private long _looked;

    /// <summary>Contexts that something of the plugin keeps in memory.</summary>
    public int Count { get; private set; }

    /// <summary>Contexts that are in memory, those included that just take their time.</summary>
    public int Left => _left.Count;

    /// <summary>A context is being unloaded.</summary>
    public void Add(LoadedPlugin plugin) => _left.Add(new Pending(plugin, clock.GetTimestamp()));

    public void Look()
    {
        if (_left.Count == 0 || clock.GetElapsedTime(_looked) < Cadence) return;
        _looked = clock.GetTimestamp();
        _left.RemoveAll(static pending => pending.Plugin.IsCollected);
        var newly = false;
        foreach (var pending in _left) newly |= pending.IsNewlyUnloaded();
        if (newly) sweep();
        Count = _left.Count(pending => clock.GetElapsedTime(pending.Since) >= Patience);
    }

    private sealed class Pending(LoadedPlugin plugin, long since)
    {
        private bool _swept;

        public LoadedPlugin Plugin => plugin;

        public long Since => since;

        /// <summary>True once, when nobody but the plugin itself keeps it any more.</summary>
        public bool IsNewlyUnloaded()
        {
            if (_swept || !plugin.IsUnloaded) return false;
            _swept = true;
            return true;
        }
    }
}
