using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;
using PluginGateway.Configuration.Options;
using PluginGateway.Guard;
using PluginGateway.Guard.Lanes;
using PluginGateway.Loading;
using PluginGateway.Supervision;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;
using PluginGateway.Tests.Guard;

namespace PluginGateway.Tests.Supervision;

/// <summary>The real supervisor with one real guarded unit, whose adapter or handler is a class of the test. Its plugin counts as loaded already, or
/// is really loaded from the disk.</summary>
internal sealed class SupervisorFixture : IUnitHost, IAdapterFactory, IHandlerFactory, ILogger<Supervisor>
{
    private static readonly ReconnectOptions Quick =
        new() { First = TimeSpan.FromMilliseconds(1), Cap = TimeSpan.FromMilliseconds(1), NeedsAttentionAfter = TimeSpan.FromMilliseconds(200) };
    private static readonly AdapterOptions Plain = new() { Id = "unit", Plugin = "Test" };
    private static readonly GatewayOptions Gateway = new() { DataDirectory = "" };
    private readonly TimeProvider _clock;
    private readonly UnitServices _services;
    private readonly AdapterRole _adapters;
    private readonly LoadedPlugin? _loaded;
    private readonly UnitMachine _machine;
    private int _generations;
    private int _turns;

    public SupervisorFixture(
        Func<int, IChannelAdapter> create, AdapterOptions? options = null, TimeProvider? clock = null, OnWedged onWedged = OnWedged.Quarantine,
        AdapterTraits? traits = null,
        PoolProbe? pool = null, AdapterCapabilities capabilities = AdapterCapabilities.None)
        : this(clock, onWedged, pool)
    {
        (CreateAdapter, Capabilities) = (create, capabilities);
        Unit = Of(UnitSpec.Of(options ?? Plain, Gateway));
        // Loaded already, so the load step ends at once; nothing here is unloaded.
        if (Unit.PluginName == Plain.Plugin) _loaded = Loaded("Test", traits);
    }

    /// <summary>A handler, whose plugin is loaded from the disk.</summary>
    public SupervisorFixture(
        Func<int, IMessageHandler> create, HandlerOptions options, HandlerCapabilities capabilities = HandlerCapabilities.None)
        : this(null, OnWedged.Quarantine, null)
    {
        (CreateHandler, HandlerCan) = (create, capabilities);
        var role = new HandlerRole(new GuardingHandlerFactory(this, _services.Guard), this);
        Unit = new SupervisedUnit("handler", role, new(UnitSpec.Of(options, Gateway), _machine), _services, this);
    }

    private SupervisorFixture(TimeProvider? clock, OnWedged onWedged, PoolProbe? pool)
    {
        Unit = null!; // The other constructors make it.
        _clock = clock ?? TimeProvider.System;
        var guard = new GuardServices(TimeProvider.System, pool);
        guard.Start();
        Supervisor = new Supervisor(_clock, Quick, guard.Watch.Pool, this, Exits.Enqueue) { OnIteration = () => Interlocked.Increment(ref _turns) };
        var loader = new PluginLoader(new PluginFinder(), new PluginStaging(), NullLogger<PluginLoader>.Instance);
        _services = new UnitServices(Supervisor, guard, loader, _clock, Folder);
        _adapters = new AdapterRole(new GuardingAdapterFactory(this, guard), this);
        _machine = new UnitMachine(
            new UnitOptions(Quick, onWedged), new BackoffPolicy(Quick, new Random(1)), () => Interlocked.Increment(ref _generations));
    }

    public Supervisor Supervisor { get; }

    public DeadlineWatch Watch => _services.Guard.Watch;

    public SupervisedUnit Unit { get; private init; }

    /// <summary>The context of the newest instance.</summary>
    public AdapterContext? Context { get; private set; }

    /// <summary>Fences of the instances of the handler, in their order.</summary>
    public ConcurrentQueue<GenerationFence> HandlerFences { get; } = [];

    /// <summary>The newest guarded instance.</summary>
    public GuardedAdapter? Adapter { get; private set; }

    /// <summary>Limits with which the newest instance was attached.</summary>
    public AdapterTraits? Attached { get; private set; }

    public GuardedHandler? Handler { get; private set; }

    /// <summary>The plugin of each instance, in their order.</summary>
    public ConcurrentQueue<LoadedPlugin> Used { get; } = new();

    public UnitSnapshot Seen => Supervisor.Snapshot.Units[0];

    public Mock<IInbox> Inbox { get; } = new();

    /// <summary>Account that an earlier process has kept; null: none, or the same.</summary>
    public ConnectionInfo? Kept { get; init; }

    /// <summary>What was logged.</summary>
    public ConcurrentQueue<string> Said { get; } = new();

    /// <summary>What the surroundings were told, in order.</summary>
    public ConcurrentQueue<string> HostCalls { get; } = new();

    /// <summary>Kinds of events that plugins of handlers have declared, in order; null: a plugin of which nothing is known.</summary>
    public ConcurrentQueue<EventKinds?> Declared { get; } = new();

    /// <summary>Why the gateway was asked to exit.</summary>
    public ConcurrentQueue<string> Exits { get; } = new();

    /// <summary>Runs when an instance is attached, on the supervisor's thread.</summary>
    public Action OnAttached { get; set; } = static () => { };

    public Func<Failure?> OnClaim { get; set; } = static () => null;

    /// <summary>What the unit holds of the machine, until it is taken back.</summary>
    public IDisposable? Holding { get; set; }

    private static string Folder => Path.Combine(Path.GetTempPath(), "supervisor-rig");

    private Func<int, IChannelAdapter>? CreateAdapter { get; }

    private AdapterCapabilities Capabilities { get; }

    private Func<int, IMessageHandler>? CreateHandler { get; }

    private HandlerCapabilities HandlerCan { get; }

    /// <summary>A plugin that counts as loaded.</summary>
    public static LoadedPlugin Loaded(string name, AdapterTraits? traits = null)
    {
        var declaration = new AdapterDeclaration("test", "Test", traits ?? new AdapterTraits(), AdapterCapabilities.None);
        var manifest = new PluginManifest("", name, new Version(1, 0), new Version(0, 1), "", declaration, null, []);
        return new LoadedPlugin("unit", new StagedPlugin(name, "", ""), manifest, typeof(SupervisorFixture), null!);
    }

    /// <summary>What a configuration says of a unit, as it is made from now on.</summary>
    public static ConfigureCommand Configured(SupervisedUnit unit, DisabledReason? rest = null) =>
        new(new(unit.Spec, unit.Machine), rest) { Renews = true };

    public SupervisedUnit Of(UnitSpec spec, string id = "unit") => new(id, _adapters, new(spec, _machine), _services, this);

    public void Start()
    {
        Unit.Post(Configured(Unit) with { Candidate = _loaded });
        Supervisor.Start();
    }

    /// <summary>Starts it and waits for the first connection.</summary>
    public SupervisorFixture Connected()
    {
        Start();
        UntilConnected(1);
        return this;
    }

    public void UntilConnected(int generation) =>
        UntilSeen(unit => unit.Phase == UnitPhase.Connected && unit.Generation == generation, $"generation {generation} is connected");

    public void UntilSeen(Func<UnitSnapshot, bool> condition, string what) =>
        GuardFixture.Until(() => Supervisor.Snapshot.Units is [var unit, ..] && condition(unit), what);

    public void UntilHostCall(string what) => GuardFixture.Until(() => HostCalls.Contains(what), $"the surroundings are told: {what}");

    public void UntilSaid(string part) =>
        GuardFixture.Until(() => Said.Any(line => line.Contains(part, StringComparison.Ordinal)), $"it is logged: {part}");

    /// <summary>Until everything that was posted so far has been handled, and published.</summary>
    public void UntilHandled()
    {
        var turns = Volatile.Read(ref _turns);
        GuardFixture.Until(() => Volatile.Read(ref _turns) >= turns + 2, "the loop has come round");
    }

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Said.Enqueue(formatter(state, exception));

    IChannelAdapter IAdapterFactory.Create(LoadedPlugin plugin, AdapterContext context)
    {
        Used.Enqueue(plugin);
        Context = context;
        return CreateAdapter!(context.Generation);
    }

    AdapterCapabilities IAdapterFactory.CapabilitiesOf(LoadedPlugin plugin) => Capabilities;

    IMessageHandler IHandlerFactory.Create(LoadedPlugin plugin, HandlerContext context)
    {
        Used.Enqueue(plugin);
        return CreateHandler!(context.Generation);
    }

    HandlerCapabilities IHandlerFactory.CapabilitiesOf(LoadedPlugin plugin) => HandlerCan;

    public AdapterServices OpenAdapterServices(string adapterId, int generation, AdapterTraits traits, GenerationFence fence) =>
        new(Inbox.Object, null!, null!, null!, Path.Combine(Folder, "own", adapterId));

    public HandlerServices OpenHandlerServices(string handlerId, int generation, GenerationFence fence)
    {
        HandlerFences.Enqueue(fence);
        return new(null!, null!, Mock.Of<IPluginLog>(), Path.Combine(Folder, "own", handlerId));
    }

    public CredentialClaim ClaimCredential(string adapterId, AdapterDeclaration declared, System.Text.Json.JsonElement settings)
    {
        HostCalls.Enqueue($"claim {string.Join(' ', declared.Traits.CredentialSettings)}");
        return new(OnClaim());
    }

    public IDisposable? ReclaimCredential(string adapterId)
    {
        var held = Holding;
        Holding = null;
        return held;
    }

    public void AdapterAttached(string adapterId, GuardedAdapter adapter, AdapterTraits traits, OutboxOptions outbox)
    {
        (Adapter, Attached) = (adapter, traits);
        HostCalls.Enqueue($"attached {adapter.Generation}");
        OnAttached();
    }

    public void RecallAccount(string adapterId, ConnectionInfo connection, Action<ConnectionInfo> recalled)
    {
        if (Kept is not null) recalled(Kept);
    }

    public void AdapterDetached(string adapterId, int generation) => HostCalls.Enqueue($"detached {generation}");

    public void HandlerDeclared(string handlerId, HandlerDeclaration? declared) => Declared.Enqueue(declared?.Traits.Events);

    public void HandlerAttached(string handlerId, GuardedHandler handler, HandlerDeclaration declared)
    {
        Handler = handler;
        HostCalls.Enqueue($"attached {handler.Generation}");
    }

    public void HandlerDetached(string handlerId, int generation) => HostCalls.Enqueue($"detached {generation}");

    public void HandlerDrained(string handlerId, int generation) => HostCalls.Enqueue($"drained {generation}");

    public void AdapterLeft(string adapterId) => HostCalls.Enqueue("left");

    public void HandlerLeft(string handlerId) => HostCalls.Enqueue("left");
}
