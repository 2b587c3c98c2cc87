using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using PluginGateway.Configuration.Options;
using PluginGateway.Guard;
using PluginGateway.Loading;
using PluginGateway.Supervision;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Benchmarks;

/// <summary>The real supervisor with real guarded units, whose adapters are classes of this program instead of plugins: everything but the loading of
/// a DLL.</summary>
internal sealed class UnitFixture : IUnitHost, IAdapterFactory
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly ReconnectOptions AtOnce = new() { First = TimeSpan.FromMilliseconds(1), Cap = TimeSpan.FromMilliseconds(1) };
    private static readonly AdapterDeclaration Adapter = new("fake", nameof(FakeAdapter), new AdapterTraits(), AdapterCapabilities.None);

    private readonly Func<int, FakeAdapter> _create;
    private readonly Supervisor _supervisor;
    private readonly AutoResetEvent _detached = new(false);
    private int _created;
    private int _generations;
    private long _lastDetach;

    public UnitFixture(int adapters, Func<int, FakeAdapter> create)
    {
        _create = create;
        var guard = new GuardServices(TimeProvider.System);
        guard.Start();
        _supervisor = new Supervisor(TimeProvider.System, AtOnce, guard.Watch.Pool, NullLogger<Supervisor>.Instance, static _ => { });
        var loader = new PluginLoader(new PluginFinder(), new PluginStaging(), NullLogger<PluginLoader>.Instance);
        var services = new UnitServices(_supervisor, guard, loader, TimeProvider.System, Path.GetTempPath());
        var role = new AdapterRole(new GuardingAdapterFactory(this, guard), this);
        for (var i = 0; i < adapters; i++) Configure($"fake-{i}", role, services);
        _supervisor.Start();
        Until(() => _supervisor.Snapshot.Units.Count(static unit => unit.Phase == UnitPhase.Connected) == adapters);
    }

    /// <summary>The context of the newest instance.</summary>
    public AdapterContext? Context { get; private set; }

    /// <summary>Stops every unit; how long it took until the supervisor said so.</summary>
    public TimeSpan Stop(TimeSpan bound)
    {
        var started = Stopwatch.GetTimestamp();
        _supervisor.BeginStop(bound);
        if (!_supervisor.WaitStopped(Patience)) throw new TimeoutException("The units did not stop.");
        return Stopwatch.GetElapsedTime(started);
    }

    /// <summary>Breaks the only unit; how long it took until its reconnect was queued. Detaching is what follows next, on the same thread.</summary>
    public TimeSpan Break()
    {
        var generation = _generations;
        _detached.Reset();
        var started = Stopwatch.GetTimestamp();
        Context!.ReportFatal(new PluginFault("bench", "broken on purpose"));
        if (!_detached.WaitOne(Patience)) throw new TimeoutException("The unit was not detached.");
        Until(() => _supervisor.Snapshot.Units[0] is { Phase: UnitPhase.Connected } unit && unit.Generation > generation);
        return Stopwatch.GetElapsedTime(started, _lastDetach);
    }

    public IChannelAdapter Create(LoadedPlugin plugin, AdapterContext context)
    {
        Context = context;
        return _create(Interlocked.Increment(ref _created) - 1);
    }

    public AdapterServices OpenAdapterServices(string adapterId, int generation, AdapterTraits traits, GenerationFence fence) =>
        new(null!, null!, null!, null!, Path.GetTempPath());

    public HandlerServices OpenHandlerServices(string handlerId, int generation, GenerationFence fence) =>
        throw new NotSupportedException("There is no handler here.");

    public CredentialClaim ClaimCredential(string adapterId, AdapterDeclaration declared, JsonElement settings) => new(null);

    public IDisposable? ReclaimCredential(string adapterId) => null;

    public void AdapterAttached(string adapterId, GuardedAdapter adapter, AdapterTraits traits, OutboxOptions outbox)
    {
    }

    public void RecallAccount(string adapterId, ConnectionInfo connection, Action<ConnectionInfo> recalled)
    {
    }

    public void AdapterDetached(string adapterId, int generation)
    {
        _lastDetach = Stopwatch.GetTimestamp();
        _detached.Set();
    }

    public void HandlerDeclared(string handlerId, HandlerDeclaration? declared)
    {
    }

    public void HandlerAttached(string handlerId, GuardedHandler handler, HandlerDeclaration declared)
    {
    }

    public void HandlerDetached(string handlerId, int generation)
    {
    }

    public void HandlerDrained(string handlerId, int generation)
    {
    }

    public void AdapterLeft(string adapterId)
    {
    }

    public void HandlerLeft(string handlerId)
    {
    }

    private void Configure(string id, AdapterRole role, UnitServices services)
    {
        var options = new UnitOptions(AtOnce, OnWedged.Quarantine);
#pragma warning disable CA5394 // Jitter needs no secrecy.
        var machine = new UnitMachine(options, new BackoffPolicy(AtOnce, Random.Shared), () => Interlocked.Increment(ref _generations));
#pragma warning restore CA5394
        var configuration = new UnitConfiguration(new UnitSpec { Plugin = "Fake" }, machine);
        var unit = new SupervisedUnit(id, role, configuration, services, NullLogger.Instance);
        var manifest = new PluginManifest("", "Fake", new Version(1, 0), new Version(0, 1), "", Adapter, null, []);
        // Loaded already, so the load step ends at once; nothing here is unloaded.
        var loaded = new LoadedPlugin(id, new StagedPlugin("Fake", "", ""), manifest, typeof(FakeAdapter), null!);
        unit.Post(new ConfigureCommand(configuration) { Renews = true, Candidate = loaded });
    }

    private static void Until(Func<bool> condition)
    {
        var started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(started) > Patience) throw new TimeoutException("The units did not get there.");
            Thread.Sleep(5);
        }
    }
}
