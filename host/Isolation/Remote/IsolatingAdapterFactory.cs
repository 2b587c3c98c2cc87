using System.Text.Json;
using PluginGateway.Configuration.Options;
using PluginGateway.Guard;
using PluginGateway.Isolation.Processes;
using PluginGateway.Isolation.Protocol;
using PluginGateway.Isolation.Sandbox;
using PluginGateway.Loading;
using PluginGateway.Posix;

namespace PluginGateway.Isolation.Remote;

/// <summary>Decorates the factory of adapters: a plugin that is not loaded here gets a worker, and the adapter that is created is a proxy of the
/// one there. The guard decorates this factory.</summary>
internal sealed class IsolatingAdapterFactory(IAdapterFactory inner, WorkerLayout layout, ILoggerFactory logs) : IAdapterFactory
{
    /// <summary>Longest wait for a permit. A start takes some tenths of a second of a processor: only starts that hang make one wait for so
    /// long.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    /// <summary>Name of the folder, in a worker's own, for temporary and fetched files.</summary>
    private const string Temporary = ".tmp";

    private readonly StartThrottle _throttle = new(Environment.ProcessorCount + 1);

    /// <summary>Waits for a permit to start: the number of processes that start at once is limited.</summary>
    public void AwaitStart(LoadedPlugin plugin, AdapterContext context)
    {
        if (plugin.IsIsolated) _throttle.Acquire(context.AdapterId, LongestWait);
    }

    /// <summary>Blocks until the worker has created its adapter, or has been ended: only on a thread that the guard watches.</summary>
    public IChannelAdapter Create(LoadedPlugin plugin, AdapterContext context)
    {
        if (!plugin.IsIsolated) return inner.Create(plugin, context);
        var (options, worker, outgoing) = StartWorker(plugin, context);
        var limits = options.Worker!.Limits;
        var order = new CreateOrder(
            Frame.Version, CreateOrder.ThisBuild, context.AdapterId, context.Generation,
            plugin.Manifest.AssemblyName, plugin.Manifest.Adapter!.TypeName, plugin.Folder, plugin.ContentHash,
            JsonSerializer.Serialize(context.Settings, ElementJson.Default.JsonElement),
            context.DataDirectory, options.Slots, limits.MemoryMegabytes, limits.OpenFiles, limits.Niceness);
        worker.Channel.Ask(RemoteOperation.Create, order, CreateOrder.Write, RemoteAdapter.Nothing, mayHaveHappened: false).Wait();
        return new RemoteAdapter(worker.Channel, Path.Combine(context.DataDirectory, Temporary), new FetchedFiles(context.DataDirectory, Temporary),
            outgoing);
    }

    /// <summary>Starts a worker. The permit to start is given back when the process answers: no code of a plugin has run in it by then, so none can
    /// keep the permit.</summary>
    private (GuardOptions Options, HostedWorker Worker, OutgoingFiles? Outgoing) StartWorker(LoadedPlugin plugin, AdapterContext context)
    {
        try
        {
            if (!OperatingSystem.IsLinux())
                throw new PluginLoadException(
                    LoadCode.ConstructorFailed, $"'{context.AdapterId}': 'isolation': 'process' works on Linux only; set it to 'inProcess'.");
            var options = ((IGuardConfigured)context).Terms;
            var handle = options.Worker ?? throw new InvalidOperationException("An isolated adapter has no worker handle.");
            if (handle.IsKilled) throw new OperationCanceledException("It is no longer wanted.");
            // Prepared here, where the permit is given back in any case: this can fail, if another file has the folder's name.
            OwnFolder.Prepare(context.DataDirectory);
            var temporary = Path.Combine(context.DataDirectory, Temporary);
            Directory.CreateDirectory(temporary, OwnerOnly.Folder);
            var outgoing = OutgoingFiles.Prepare(layout.Outgoing, context.AdapterId, context.Generation);
            // From now on this process is worth looking into.
            var open = DebuggerAccess.Close(layout.Environment);
            if (open is not null) logs.CreateLogger<HostedWorker>().GatewayIsOpen(open);
            if (handle.Limits.Require) Require(open is null ? WhyNoSandbox() : open);
            DelegatedCgroup.Prepare(logs.CreateLogger<WorkerCgroup>());
            var worker = HostedWorker.Start(
                layout, RulesFor(plugin, context, handle.Limits, outgoing), temporary, context, options, logs.CreateLogger<HostedWorker>());
            handle.Attach(worker);
            worker.Channel.Start();
            var inForce = worker.Channel
                .Ask(RemoteOperation.Ping, 0, static (_, _) => { }, RemoteAdapter.ReadSandbox, mayHaveHappened: false, CancellationToken.None).Wait();
            if (handle.Limits.Require && !inForce.HasFlag(SandboxOptions.Files | SandboxOptions.Calls))
            {
                worker.Kill();
                Require("the kernel refused part of it");
            }

            return (options, worker, outgoing);
        }
        catch (SandboxException refused)
        {
            throw new PluginException(new PluginFault("sandbox", $"its process is not started: {refused.Message}", FaultRetry.AfterOperatorAction));
        }
        finally
        {
            _throttle.Release(context.AdapterId);
        }
    }

    private LandlockRules RulesFor(LoadedPlugin plugin, AdapterContext context, WorkerOptions limits, OutgoingFiles? outgoing)
    {
        // No worker can replace its own folder, but the path to it is the operator's and may contain links.
        var own = Path.Combine(RealPath.Of(Path.GetDirectoryName(context.DataDirectory)!), Path.GetFileName(context.DataDirectory));
        string[] more = outgoing is null ? [plugin.Folder] : [plugin.Folder, outgoing.Folder];
        return new LandlockRules(
            [.. SystemFolders.Readable(layout.Executable, layout.Environment), .. more, .. Listed(limits.ReadPaths)],
            [.. layout.Hidden(), .. SystemFolders.Secret], own, Listed(limits.WritePaths))
        { UnixSockets = limits.UnixSockets };
    }

    private static string[] Listed(string paths) => paths.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Returns the missing feature of the kernel that a sandbox needs; null: none.</summary>
    private static string? WhyNoSandbox() =>
        LandlockRules.Version == 0 ? "this kernel has no Landlock"
        : SystemCalls.OfProcess is null ? "there is no filter of system calls for this processor architecture"
        : LibCProcess.CanFilter ? null : "this kernel filters no system calls (seccomp)";

    private static void Require(string? problem)
    {
        if (problem is not null)
            throw new SandboxException(
                $"worker.require insists on its sandbox, and {problem}. Run it on another kernel, or set worker.require to false");
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(JsonElement))]
internal sealed partial class ElementJson : System.Text.Json.Serialization.JsonSerializerContext;
