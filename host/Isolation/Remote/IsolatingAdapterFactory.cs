using System.Text.Json;
using PluginGateway.Configuration.Options;
using PluginGateway.Guard;
using PluginGateway.Isolation.Processes;
using PluginGateway.Isolation.Protocol;
using PluginGateway.Isolation.Sandbox;
using PluginGateway.Loading;
using PluginGateway.Posix;

namespace PluginGateway.Isolation.Remote;

/// <summary>Decorates the factory of adapters: a plugin that is not loaded here gets a worker, and what is created is what stands in for the adapter there. The guard decorates this one.</summary>
internal sealed class IsolatingAdapterFactory(IAdapterFactory inner, WorkerLayout layout, ILoggerFactory logs) : IAdapterFactory
{
    /// <summary>A process that starts takes some tenths of a second of a processor: nobody waits for so long unless something is wrong with those before it.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    /// <summary>In a worker's own folder: for its temporary files, and for what it fetches.</summary>
    private const string Temporary = ".tmp";

    private readonly StartThrottle _throttle = new(Environment.ProcessorCount + 1);

    /// <summary>Only so many processes start at once.</summary>
    public void AwaitStart(LoadedPlugin plugin, AdapterContext context)
    {
        if (plugin.IsIsolated) _throttle.Acquire(context.AdapterId, LongestWait);
    }

    /// <summary>Blocks until the worker has created its adapter, or has been ended: only on a thread that the guard watches.</summary>
    public IChannelAdapter Create(LoadedPlugin plugin, AdapterContext context)
    {
        if (!plugin.IsIsolated) return inner.Create(plugin, context);
        var (options, worker, outgoing) = StartInTurn(plugin, context);
        var limits = options.Worker!.Limits;
        var order = new CreateOrder(
            Frame.Version, CreateOrder.ThisBuild, context.AdapterId, context.Generation, plugin.Manifest.AssemblyName, plugin.Manifest.Adapter!.TypeName, plugin.Folder, plugin.ContentHash, JsonSerializer.Serialize(context.Settings, ElementJson.Default.JsonElement),
            context.DataDirectory, options.Slots, limits.MemoryMegabytes, limits.OpenFiles, limits.Niceness);
        worker.Channel.Ask(RemoteOperation.Create, order, CreateOrder.Write, RemoteAdapter.Nothing, mayHaveHappened: false).Wait();
        return new RemoteAdapter(worker.Channel, Path.Combine(context.DataDirectory, Temporary), new FetchedFiles(context.DataDirectory, Temporary),
            outgoing);
    }

    /// <summary>A turn ends when the process answers: no code of a plugin has run in it by then, so none can keep the turn.</summary>
    private (GuardOptions Terms, HostedWorker Worker, OutgoingFiles? Outgoing) StartInTurn(LoadedPlugin plugin, AdapterContext context)
    {
        try
        {
            if (!OperatingSystem.IsLinux()) throw new PluginLoadException(LoadCode.ConstructorFailed, $"'{context.AdapterId}': 'isolation': 'process' works on Linux only; set it to 'inProcess'.");
            var options = ((IGuardConfigured)context).Terms;
            var handle = options.Worker ?? throw new InvalidOperationException("An isolated adapter has no worker handle.");
            if (handle.IsKilled) throw new OperationCanceledException("It is no longer wanted.");
            // Here, where a turn is given back whatever becomes of it: something can be in the folder's place.
            OwnFolder.Prepare(context.DataDirectory);
            var temporary = Path.Combine(context.DataDirectory, Temporary);
            Directory.CreateDirectory(temporary, OwnerOnly.Folder);
            var outgoing = OutgoingFiles.Prepare(layout.Outgoing, context.AdapterId, context.Generation);
            // From now on this process is worth looking into.
            var open = DebuggerAccess.Close(layout.Environment);
            if (open is not null) logs.CreateLogger<HostedWorker>().GatewayIsOpen(open);
            if (handle.Limits.Require) Require(open is null ? WhyNoSandbox() : open);
            DelegatedCgroup.Prepare(logs.CreateLogger<WorkerCgroup>());
            var worker = HostedWorker.Start(layout, RulesFor(plugin, context, handle.Limits, outgoing), temporary, context, options, logs.CreateLogger<HostedWorker>());
            handle.Attach(worker);
            worker.Channel.Start();
            var inForce = worker.Channel.Ask(RemoteOperation.Ping, 0, static (_, _) => { }, RemoteAdapter.ReadSandbox, mayHaveHappened: false, CancellationToken.None).Wait();
            if (handle.Limits.Require && !inForce.HasFlag(SandboxOptions.Files | SandboxOptions.Calls))
            {
                worker.Kill();
                Require("the kernel refused part of it");
            }

            return (options, worker, outgoing);
        }
        catch (SandboxException refused)
        {
            throw new AdapterException(new AdapterFault("sandbox", $"its process is not started: {refused.Message}", FaultRetry.AfterOperatorAction));
        }
        finally
        {
            _throttle.Release(context.AdapterId);
        }
    }

    private LandlockRules RulesFor(LoadedPlugin plugin, AdapterContext context, WorkerOptions limits, OutgoingFiles? outgoing)
    {
        // Nobody else can put anything in the place of its folder, but the way there is the operator's.
        var own = Path.Combine(RealPath.Of(Path.GetDirectoryName(context.DataDirectory)!), Path.GetFileName(context.DataDirectory));
        string[] more = outgoing is null ? [plugin.Folder] : [plugin.Folder, outgoing.Folder];
        return new LandlockRules(
            [.. SystemFolders.Readable(layout.Executable, layout.Environment), .. more, .. Listed(limits.ReadPaths)], [.. layout.Hidden(), .. SystemFolders.Secret], own, Listed(limits.WritePaths))
        { UnixSockets = limits.UnixSockets };
    }

    private static string[] Listed(string paths) => paths.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Null: the kernel has what a sandbox needs.</summary>
    private static string? WhyNoSandbox() =>
        LandlockRules.Version == 0 ? "this kernel has no Landlock"
        : SystemCalls.OfProcess is null ? "there is no filter of system calls for this processor architecture"
        : LibCProcess.CanFilter ? null : "this kernel filters no system calls (seccomp)";

    private static void Require(string? problem)
    {
        if (problem is not null) throw new SandboxException($"worker.require insists on its sandbox, and {problem}. Run it on another kernel, or set worker.require to false");
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(JsonElement))]
internal sealed partial class ElementJson : System.Text.Json.Serialization.JsonSerializerContext;
