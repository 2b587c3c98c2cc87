namespace PluginGateway.Testing;

/// <summary>Context of an adapter, for a test without the host: everything is in memory. Any thread.</summary>
/// <param name="settings">The adapter's <c>settings</c>, a JSON object.</param>
/// <param name="adapterId">The id of the adapter.</param>
/// <param name="generation">The number of the instance.</param>
/// <param name="state">The state; null: an empty one. The same for two contexts: two generations of one adapter.</param>
/// <param name="dataDirectory">The folder for files; null: a temporary one, which <see cref="Dispose"/> deletes.</param>
/// <param name="events">The topics; null: <see cref="Topics"/>.</param>
/// <param name="clock">The clock; null: that of the system.</param>
public sealed class FakeAdapterContext(
    string settings = "{}", string adapterId = "test", int generation = 1, FakeState? state = null, string? dataDirectory = null,
    IEventTopics? events = null, TimeProvider? clock = null) : AdapterContext, IDisposable
{
    private readonly PluginSettings _settings = PluginSettings.Parse(settings);
    private readonly FakeState _state = state ?? new FakeState();
    private readonly List<PluginFault> _faults = [];
    private readonly List<AdapterHealth> _healths = [];
    private readonly TemporaryFolder _folder = new(dataDirectory);
    private FakeInbox? _inbox;

    /// <summary>Topics of this context, unless others were given.</summary>
    public FakeEventTopics Topics { get; } = new();

    /// <summary>Copy of the fatal errors that were reported. The host acts on the first only.</summary>
    public IReadOnlyList<PluginFault> Faults
    {
        get
        {
            lock (_faults) return [.. _faults];
        }
    }

    /// <summary>Copy of the health reports, in their order.</summary>
    public IReadOnlyList<AdapterHealth> Healths
    {
        get
        {
            lock (_healths) return [.. _healths];
        }
    }

    /// <inheritdoc/>
    public override string AdapterId => adapterId;

    /// <inheritdoc/>
    public override int Generation => generation;

    /// <inheritdoc/>
    public override PluginSettings Settings => _settings;

    /// <inheritdoc/>
    public override FakeInbox Inbox => LazyInitializer.EnsureInitialized(ref _inbox, () => new FakeInbox(_state));

    /// <inheritdoc/>
    public override FakeState State => _state;

    /// <inheritdoc/>
    public override IEventTopics Events => events ?? Topics;

    /// <inheritdoc/>
    public override FakeLog Log { get; } = new();

    /// <inheritdoc/>
    public override TimeProvider Clock => clock ?? TimeProvider.System;

    /// <inheritdoc/>
    public override string PluginDirectory => AppContext.BaseDirectory;

    /// <inheritdoc/>
    public override string DataDirectory => _folder.Path;

    /// <inheritdoc/>
    public override void ReportFatal(PluginFault fault)
    {
        lock (_faults) _faults.Add(fault);
    }

    /// <inheritdoc/>
    public override void ReportHealth(AdapterHealth health)
    {
        lock (_healths) _healths.Add(health);
    }

    /// <summary>Deletes the temporary folder.</summary>
    public void Dispose() => _folder.Dispose();
}
