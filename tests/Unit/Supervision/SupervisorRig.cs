using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;
using PluginGateway.Configuration;
using PluginGateway.Guard;
using PluginGateway.Loading;
using PluginGateway.Supervision;

namespace PluginGateway.Tests.Supervision;

/// <summary>The real supervisor with one real guarded unit, whose adapter is a class of the test: everything but the loading of a DLL.</summary>
internal sealed class SupervisorRig : IUnitSurroundings, IAdapterFactory, ILogger<Supervisor>
{
    private static readonly ReconnectOptions Quick = new() { First = TimeSpan.FromMilliseconds(1), Cap = TimeSpan.FromMilliseconds(1) };
    private readonly Func<int, IChannelAdapter> _create;
    private int _generations;

    public SupervisorRig(Func<int, IChannelAdapter> create, AdapterOptions? options = null, TimeProvider? clock = null)
    {
        _create = create;
        clock ??= TimeProvider.System;
        var guard = new GuardServices(TimeProvider.System);
        guard.Start();
        Supervisor = new Supervisor(clock, Quick, guard.Watch.Pool, this, static _ => { });
        var loader = new PluginLoader(new PluginFinder(), new PluginStaging(), NullLogger<PluginLoader>.Instance);
        var services = new UnitServices(loader, new GuardingAdapterFactory(this, guard), new PluginHandlerFactory(), guard, this, clock, Supervisor.Post, Path.GetTempPath());
        var machine = new UnitMachine(new UnitTerms(Quick, OnWedged.Quarantine), new BackoffPolicy(Quick, new Random(1)), () => Interlocked.Increment(ref _generations));
        Unit = new AdapterUnit("unit", UnitSpec.Of(options ?? new AdapterOptions { Id = "unit", Plugin = "Test" }, new GatewayOptions { DataDirectory = "" }), services, machine, NullLogger.Instance, clock.GetUtcNow());
        Supervisor.Add(Unit);
        var declaration = new AdapterDeclaration("test", "Test", new AdapterTraits(), new HashSet<string>());
        var manifest = new PluginManifest("", "Test", new Version(1, 0), new Version(0, 1), "", declaration, null, []);
        // Loaded already, so the load step ends at once; nothing here is unloaded.
        Unit.Post(new PluginArrived(Unit.Spec, new LoadedPlugin("unit", new StagedPlugin("Test", "", ""), manifest, typeof(SupervisorRig), null!)));
    }

    public Supervisor Supervisor { get; }

    public AdapterUnit Unit { get; }

    /// <summary>The context of the newest instance.</summary>
    public AdapterContext? Context { get; private set; }

    public UnitSnapshot Seen => Supervisor.Snapshot.Units[0];

    public Mock<IInbox> Inbox { get; } = new();

    /// <summary>What the supervisor logged.</summary>
    public ConcurrentQueue<string> Said { get; } = new();

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Said.Enqueue(formatter(state, exception));

    public void Start() => Supervisor.Start([Unit]);

    public IChannelAdapter Create(LoadedPlugin plugin, AdapterContext context)
    {
        Context = context;
        return _create(context.Generation);
    }

    public AdapterDoors OpenDoors(string adapterId, int generation, AdapterTraits traits, GenerationFence fence) => new(Inbox.Object, null!, null!, null!, Path.Combine(Path.GetTempPath(), "supervisor-rig", "unit"));

    public (IPluginLog Log, string DataDirectory) OpenHandlerDoors(string handlerId, int generation) => throw new NotSupportedException("There is no handler here.");

    public ClaimAnswer ClaimCredential(string adapterId, AdapterDeclaration declared, System.Text.Json.JsonElement settings) => new(null);

    public IDisposable? TakeBackCredential(string adapterId) => null;

    public void AdapterAttached(string adapterId, GuardedAdapter adapter, AdapterTraits traits, OutboxOptions outbox)
    {
    }

    public void AdapterDetached(string adapterId, int generation)
    {
    }

    public void HandlerAttached(string handlerId, GuardedHandler handler)
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
}
