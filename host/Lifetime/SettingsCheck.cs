using Microsoft.Extensions.Logging.Abstractions;
using PluginGateway.Cli;
using PluginGateway.Configuration;
using PluginGateway.Guard;
using PluginGateway.Loading;
using PluginGateway.Supervision;
using PluginGateway.Threads;

namespace PluginGateway.Lifetime;

/// <summary>Asks adapters what they think of their settings (<see cref="IValidateSettings"/>), for the command <c>check</c>: each is created behind the guard, with doors that lead nowhere, from a
/// copy in a folder that goes afterwards. Nothing connects, and the data directory is not touched.</summary>
internal sealed class SettingsCheck : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("plugin-gateway-check-").FullName;
    private readonly GuardServices _guard = new(TimeProvider.System);
    private readonly GuardingAdapterFactory _factory;
    private readonly PluginLoader _loader = new(new PluginFinder(), new PluginStaging(), NullLogger<PluginLoader>.Instance);

    public SettingsCheck()
    {
        _factory = new GuardingAdapterFactory(new PluginAdapterFactory(), _guard);
        _guard.Start();
    }

    /// <summary>What an adapter finds, or why it could not be asked. Waits for each of its calls at most until the guard's deadline.</summary>
    /// <param name="adapter">The adapter; its secrets are resolved.</param>
    /// <param name="manifest">What its DLL says.</param>
    /// <param name="paths">Where plugins are looked for.</param>
    public IReadOnlyList<Finding> Ask(AdapterOptions adapter, PluginManifest manifest, IReadOnlyList<string> paths)
    {
        if (!manifest.Adapter!.Capabilities.Contains(nameof(IValidateSettings))) return [];
        if (manifest.Warnings.Any(static warning => warning.Code == LoadCode.EndsProcess))
            return [new Finding(Severity.Note, adapter.Path, "its settings are checked when it connects: it could end this process")];
        var loading = new LifecycleCalls($"check {adapter.Id}", _guard.Watch, _guard.Spawner, Unheard.Observer);
        _guard.Watch.Add(loading);
        var request = new LoadRequest { Name = adapter.Plugin, Kind = PluginKind.Adapter, ContextName = adapter.Id, DataDirectory = _folder, PluginPaths = paths, Sha256 = adapter.Sha256 };
        var load = (WorkCall<LoadedPlugin>)Await(sink => loading.Start(new WorkCall<LoadedPlugin>(Operation.Load, () => _loader.Load(request), sink), null, adapter.Timeouts.Load));
        return load.Value is { } plugin ? Ask(adapter, plugin) : [Failure(adapter, load)];
    }

    /// <summary>What hangs is left to the end of the process.</summary>
    public void Dispose()
    {
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is in the temporary folder.
        }
    }

    private IReadOnlyList<Finding> Ask(AdapterOptions adapter, LoadedPlugin plugin)
    {
        var fence = new GenerationFence();
        var doors = new AdapterDoors(Unheard.Doors, Unheard.Doors, Unheard.Doors, Unheard.Doors, Path.Combine(_folder, "adapters", adapter.Id));
        var terms = new GuardTerms(adapter.Id, 1, adapter.Timeouts, Unheard.Observer);
        var context = new GenerationContext(adapter.Id, 1, adapter.Settings, doors, plugin.Folder, TimeProvider.System, fence, terms, static _ => { }, static _ => { });
        var guarded = (GuardedAdapter)_factory.Create(plugin, context);
        var call = Await(guarded.BeginCreate);
        if (call.End.Kind == CallEndKind.Completed) call = Await(guarded.BeginValidate);
        fence.Retire();
        Await(sink => guarded.BeginTeardown(adapter.Timeouts.Disconnect > TimeSpan.Zero ? adapter.Timeouts.Disconnect : new CallTimeouts().Disconnect, sink));
        if (call is not ValidateSettingsCall { Value: { } report }) return [Failure(adapter, call)];
        return
        [
            .. report.Problems.Select(problem => new Finding(
                Severity.Error, $"{adapter.Path}.settings.{problem.Key}", CallFailure.Bounded(problem.Message), AdapterFault.InvalidSettingsCode)),
        ];
    }

    private static Finding Failure(AdapterOptions adapter, GuardedCall call) =>
        Troubles.Of(call) is { } trouble ? new Finding(Severity.Error, adapter.Path, trouble.Message, trouble.Code) : new Finding(Severity.Error, adapter.Path, "could not be asked about its settings");

    /// <summary>The guard ends every call at its deadline, on a thread of its own.</summary>
    private static GuardedCall Await(Action<ICallSink> begin)
    {
        var ended = new Ended();
        begin(ended);
        return ended.Wait();
    }

    private sealed class Ended : ICallSink
    {
        private readonly object _gate = new();
        private GuardedCall? _call;

        public void Settled(GuardedCall call)
        {
            using (Held.On(_gate))
            {
                _call = call;
                Monitor.Pulse(_gate);
            }
        }

        public GuardedCall Wait()
        {
            using (Held.On(_gate))
            {
                while (_call is null) Held.Wait(_gate);
                return _call;
            }
        }
    }

    /// <summary>A gateway that is not there.</summary>
    private sealed class Unheard : IInbox, IAdapterState, IEventTopics, IPluginLog, ILaneObserver
    {
        public static readonly Unheard Doors = new();

        public static ILaneObserver Observer => Doors;

        public Task<Acceptance> AcceptAsync(InboundMessage message, CancellationToken cancellationToken) => Task.FromResult(Acceptance.Refused("stopping"));

        public Task<string?> GetAsync(string key, CancellationToken cancellationToken) => Task.FromResult<string?>(null);

        public Task<bool> SetAsync(string key, string? value, CancellationToken cancellationToken) => Task.FromResult(false);

        public long Position(string topic) => 0;

        public void Publish(string topic, StreamEvent streamEvent)
        {
        }

        public void Write(PluginLogLevel level, string message, Exception? exception = null)
        {
        }

        public void OnSettled(Operation operation, in CallEnd end)
        {
        }

        public void OnOverdue(Operation operation, in CallEnd end)
        {
        }

        public void OnLate(Operation operation, TimeSpan lateness, CallFailure? failure)
        {
        }

        public void OnWedged(string reason)
        {
        }
    }
}
