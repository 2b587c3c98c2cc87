using Microsoft.Extensions.Logging.Abstractions;
using PluginGateway.Configuration;
using PluginGateway.Configuration.Options;
using PluginGateway.Guard;
using PluginGateway.Guard.Calls;
using PluginGateway.Guard.Lanes;
using PluginGateway.Isolation.Processes;
using PluginGateway.Isolation.Remote;
using PluginGateway.Loading;
using PluginGateway.Supervision.Generations;
using PluginGateway.Threads;

namespace PluginGateway.Cli.Checks;

/// <summary>Check of settings by the plugins, for the command <c>check</c>: adapters and handlers are asked (<see cref="IValidateSettings"/>), and
/// handlers without that interface are created, because their constructors check: behind the guard, with services that do nothing, from a copy in a
/// folder that is deleted afterwards; an isolated adapter or handler in a worker. No adapter connects, no handler starts, and the data directory is
/// not touched.</summary>
internal sealed class SettingsCheck : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("plugin-gateway-check-").FullName;
    private readonly GuardServices _guard = new(TimeProvider.System);
    private readonly GuardingAdapterFactory _factory;
    private readonly GuardingHandlerFactory _handlers;
    private readonly object _gate = new();
    private readonly HashSet<string> _hung = new(StringComparer.Ordinal);
    private readonly PluginLoader _loader = new(new PluginFinder(), new PluginStaging(), NullLogger<PluginLoader>.Instance);

    /// <param name="hidden">Paths that no worker may read.</param>
    /// <param name="environment">The environment of workers.</param>
    public SettingsCheck(IReadOnlyList<string> hidden, IReadOnlyDictionary<string, string> environment)
    {
        var layout = new WorkerLayout(WorkerLayout.OwnExecutable, () => hidden) { Environment = environment };
        var workers = new WorkerStarter(layout, NullLoggerFactory.Instance);
        var log = NullLogger<HostedWorker>.Instance;
        _factory = new GuardingAdapterFactory(new IsolatingAdapterFactory(new PluginAdapterFactory(), workers, log), _guard);
        _handlers = new GuardingHandlerFactory(new IsolatingHandlerFactory(new PluginHandlerFactory(), workers, log), _guard);
        _guard.Start();
    }

    /// <summary>True when the plugin can check its settings without a network: every handler, and adapters that implement
    /// <see cref="IValidateSettings"/>.</summary>
    public static bool HasSomethingToSay(ConfiguredPlugin use, PluginManifest manifest) =>
        use.Kind == PluginKind.Handler || manifest.Adapter!.Capabilities.HasFlag(AdapterCapabilities.ValidateSettings);

    /// <summary>Returns the adapter's findings about its settings, or the reason why it could not be asked. Waits for each call at most until the
    /// guard's deadline.</summary>
    /// <param name="adapter">The adapter; its secrets are resolved.</param>
    /// <param name="manifest">Manifest read from its DLL.</param>
    /// <param name="paths">Folders in which plugins are looked for.</param>
    public IReadOnlyList<Finding> Ask(AdapterOptions adapter, PluginManifest manifest, IReadOnlyList<string> paths)
    {
        if (!manifest.Adapter!.Capabilities.HasFlag(AdapterCapabilities.ValidateSettings)) return [];
        var isIsolated = adapter.Isolation == IsolationMode.Process;
        if (!isIsolated && CouldEndThisProcess(manifest))
            return [new Finding(Severity.Note, adapter.Path, "its settings are checked when it connects: it could end this process")];
        var request = RequestFor(adapter.Plugin, PluginKind.Adapter, paths, adapter.Sha256) with { Isolated = isIsolated };
        var load = Load(request, adapter.Timeouts.Load);
        return load.Value is { } plugin ? Ask(adapter, plugin) : [Failure(adapter.Path, load)];
    }

    /// <summary>Returns the handler's findings about its settings, those of its constructor among them; empty: it has none.</summary>
    public IReadOnlyList<Finding> Ask(HandlerOptions handler, string id, PluginManifest manifest, IReadOnlyList<string> paths)
    {
        if (!handler.IsIsolated && CouldEndThisProcess(manifest))
            return [new Finding(Severity.Note, handler.Path, "its settings are checked when it is created: it could end this process")];
        var load = Load(RequestFor(handler.Plugin, PluginKind.Handler, paths, handler.Sha256) with { Isolated = handler.IsIsolated }, handler.Timeouts.Load);
        if (load.Value is not { } plugin) return [Failure(handler.Path, load)];
        var options = new GuardOptions(id, handler.ConcurrentTurns, handler.Timeouts, NoServices.Observer)
        {
            Worker = plugin.IsIsolated ? new WorkerHandle(handler.Worker) : null
        };
        var services = new HandlerServices(
            NoServices.Instance, NoServices.Instance, NoServices.Instance, Path.Combine(_folder, "handlers", id));
        var context = new GenerationHandlerContext(
            1, ResolvedSettings.ForPlugin(handler.Settings), services, plugin.Folder, TimeProvider.System, options);
        var guarded = _handlers.Create(plugin, context);
        var call = Await(guarded.BeginCreate);
        if (call.End.Kind == CallEndKind.Completed && guarded.Capabilities.HasFlag(HandlerCapabilities.ValidateSettings))
            call = Await(guarded.BeginValidate);
        Note(call, handler.Plugin);
        TearDown(guarded, handler.Timeouts);
        return call is ValidateSettingsCall { Value: { } report } ? FindingsOf(report, handler.Path)
            : call.End.Kind == CallEndKind.Completed ? [] : [Failure(handler.Path, call)];
    }

    /// <summary>Deletes the temporary folder. Calls that hang are left to the end of the process.</summary>
    public void Dispose()
    {
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The folder stays in the temporary folder.
        }
    }

    private IReadOnlyList<Finding> Ask(AdapterOptions adapter, LoadedPlugin plugin)
    {
        var fence = new GenerationFence();
        var services = new AdapterServices(
            NoServices.Instance, NoServices.Instance, NoServices.Instance, NoServices.Instance, Path.Combine(_folder, "adapters", adapter.Id));
        var options = new GuardOptions(adapter.Id, 1, adapter.Timeouts, NoServices.Observer)
        {
            Worker = plugin.IsIsolated ? new WorkerHandle(adapter.Worker) : null
        };
        var reports = new GenerationReports(fence, static _ => { }, static _ => { });
        var context = new GenerationContext(1, ResolvedSettings.ForPlugin(adapter.Settings), services, plugin.Folder, TimeProvider.System, options, reports);
        var guarded = _factory.Create(plugin, context);
        var call = Await(guarded.BeginCreate);
        if (call.End.Kind == CallEndKind.Completed) call = Await(guarded.BeginValidate);
        fence.Retire();
        Note(call, adapter.Plugin);
        TearDown(guarded, adapter.Timeouts);
        return call is ValidateSettingsCall { Value: { } report } ? FindingsOf(report, adapter.Path) : [Failure(adapter.Path, call)];
    }

    private static IReadOnlyList<Finding> FindingsOf(SettingsReport report, string path) =>
    [
        .. report.Problems.Select(problem => new Finding(
            Severity.Error, $"{path}.settings.{CallFailure.Bounded(problem.Key)}", CallFailure.Bounded(problem.Message),
            PluginFault.InvalidSettingsCode)),
    ];

    private static bool CouldEndThisProcess(PluginManifest manifest) => manifest.Warnings.Any(static warning => warning.Code == LoadCode.EndsProcess);

    /// <summary>Adapters of one plugin share a context here, unless something in it hangs.</summary>
    private LoadRequest RequestFor(string plugin, PluginKind kind, IReadOnlyList<string> paths, string? sha256)
    {
        bool hung;
        using (UninterruptibleLock.Enter(_gate)) hung = _hung.Remove(plugin);
        return new()
        {
            Name = plugin,
            Kind = kind,
            ContextName = $"{plugin} ({kind})",
            DataDirectory = _folder,
            PluginPaths = paths,
            Sha256 = sha256,
            Fresh = hung,
        };
    }

    private WorkCall<LoadedPlugin> Load(LoadRequest request, TimeSpan limit)
    {
        var loading = new LifecycleCalls($"check {request.ContextName}", _guard.Watch, _guard.Spawner, NoServices.Observer);
        _guard.Watch.Add(loading);
        return (WorkCall<LoadedPlugin>)Await(
            sink => loading.Start(new WorkCall<LoadedPlugin>(Operation.Load, () => _loader.Load(request), sink), null, limit));
    }

    private void Note(GuardedCall call, string plugin)
    {
        if (call.End.Kind != CallEndKind.Overdue) return;
        using (UninterruptibleLock.Enter(_gate)) _hung.Add(plugin);
    }

    private static void TearDown(IGuardedInstance guarded, CallTimeouts timeouts) =>
        Await(sink => guarded.BeginTeardown(timeouts.Disconnect > TimeSpan.Zero ? timeouts.Disconnect : new CallTimeouts().Disconnect, sink));

    private static Finding Failure(string path, GuardedCall call) =>
        FailureMapping.Of(call) is { } failure
        ? new Finding(Severity.Error, path, failure.Message, failure.Code)
        : new Finding(Severity.Error, path, "could not be asked about its settings");

    /// <summary>Waits for the end of a call, without a limit: the guard ends every call at its deadline, on a thread of its own.</summary>
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
            using (UninterruptibleLock.Enter(_gate))
            {
                _call = call;
                Monitor.Pulse(_gate);
            }
        }

        public GuardedCall Wait()
        {
            using (UninterruptibleLock.Enter(_gate))
            {
                while (_call is null) UninterruptibleLock.Wait(_gate);
                return _call;
            }
        }
    }

    /// <summary>A gateway that is not there.</summary>
    private sealed class NoServices : IInbox, IHostOutbox, IAdapterState, IEventTopics, IPluginLog, ILaneObserver
    {
        public static readonly NoServices Instance = new();

        public static ILaneObserver Observer => Instance;

        public Task<Acceptance> AcceptAsync(InboundEvent inboundEvent, CancellationToken cancellationToken) =>
            Task.FromResult(Acceptance.Refused("stopping"));

        public Task<IReadOnlyList<Acceptance>> AcceptAsync(
            IReadOnlyList<InboundEvent> events, IReadOnlyDictionary<string, string>? state, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<Acceptance>>([.. events.Select(static _ => Acceptance.Refused("stopping"))]);

        public Task<MessageTarget> SendAsync(
            string adapterId, Chat chat, Reply reply, string key, Func<string?>? takeFiles, CancellationToken cancellationToken) =>
            SendAsync(adapterId, chat, reply, key, cancellationToken);

        public Task<MessageTarget> SendAsync(string adapterId, Chat chat, Reply reply, string key, CancellationToken cancellationToken) =>
            Task.FromException<MessageTarget>(new InvalidOperationException("The settings are checked; nothing is sent."));

        public Task<string?> GetAsync(string key, CancellationToken cancellationToken) => Task.FromResult<string?>(null);

        public Task<bool> SetAsync(string key, string? value, CancellationToken cancellationToken) => Task.FromResult(false);

        public Task<long> PositionAsync(string topic, CancellationToken cancellationToken) => Task.FromResult(0L);

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
