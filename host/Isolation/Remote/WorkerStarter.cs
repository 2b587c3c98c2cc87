using PluginGateway.Configuration.Options;
using PluginGateway.Guard;
using PluginGateway.Isolation.Processes;
using PluginGateway.Isolation.Protocol;
using PluginGateway.Isolation.Sandbox;
using PluginGateway.Loading;
using PluginGateway.Posix;

namespace PluginGateway.Isolation.Remote;

/// <summary>Instance of a plugin that is to run in a worker.</summary>
/// <param name="Plugin">Verified plugin.</param>
/// <param name="Kind">Kind of the instance.</param>
/// <param name="Generation">Number of the instance.</param>
/// <param name="Settings">Settings, secrets resolved.</param>
/// <param name="DataDirectory">Folder of the instance's own files.</param>
/// <param name="Options">Options of its guard; their name is its id.</param>
internal sealed record IsolatedInstance(
    LoadedPlugin Plugin, PluginKind Kind, int Generation, PluginSettings Settings, string DataDirectory, GuardOptions Options)
{
    public string Id => Options.Name;

    public WorkerOptions Limits => Options.Worker!.Limits;

    /// <summary>Folder, in its own, for temporary and fetched files.</summary>
    public string TemporaryFolder => Path.Combine(DataDirectory, WorkerLayout.Temporary);
}

/// <summary>Worker that has created its instance.</summary>
/// <param name="Channel">Channel to it.</param>
/// <param name="Fetched">Takes files out of its own folder.</param>
/// <param name="Outgoing">Folder for the files that it may read; null: none.</param>
internal sealed record StartedWorker(WorkerChannel Channel, FetchedFiles Fetched, OutgoingFiles? Outgoing);

/// <summary>Starts workers of adapters and handlers.</summary>
internal sealed class WorkerStarter(WorkerLayout layout, ILoggerFactory logs)
{
    /// <summary>Longest wait for a permit. A start takes some tenths of a second of a processor: only starts that hang make one wait for so
    /// long.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    private readonly StartThrottle _throttle = new(Environment.ProcessorCount + 1);

    /// <summary>Waits for a permit to start: the number of processes that start at once is limited.</summary>
    public void AwaitStart(string id) => _throttle.Acquire(id, LongestWait);

    /// <summary>Blocks until the worker has created its instance, or has been ended: only on a thread that the guard watches.</summary>
    /// <param name="instance">The instance.</param>
    /// <param name="open">Creates the services that answer the worker's requests.</param>
    public StartedWorker Start(IsolatedInstance instance, Func<WorkerAccess, HostServices> open)
    {
        var worker = StartProcess(instance, open, out var files);
        var (plugin, limits) = (instance.Plugin, instance.Limits);
        var order = new CreateOrder(
            Frame.Version, CreateOrder.ThisBuild, instance.Kind, instance.Id, instance.Generation,
            Path.GetFileNameWithoutExtension(plugin.Manifest.Path), plugin.Manifest.TypeName(instance.Kind)!, plugin.Folder, plugin.ContentHash,
            instance.Settings.Json, instance.DataDirectory, instance.Options.Slots, limits.MemoryMegabytes, limits.OpenFiles,
            limits.Niceness, layout.MaxFileBytes);
        worker.Channel.Ask(RemoteOperation.Create, order, CreateOrder.Write, RemoteAdapter.Nothing, mayHaveHappened: false).Wait();
        return new StartedWorker(worker.Channel, files.Fetched, files.Outgoing);
    }

    /// <summary>Starts a worker. The permit to start is given back when the process answers: no code of a plugin has run in it by then, so none can
    /// keep the permit.</summary>
    private HostedWorker StartProcess(
        IsolatedInstance instance, Func<WorkerAccess, HostServices> open, out (FetchedFiles Fetched, OutgoingFiles? Outgoing) files)
    {
        try
        {
            if (!OperatingSystem.IsLinux())
                throw new PluginLoadException(
                    LoadCode.ConstructorFailed, $"'{instance.Id}': 'isolation': 'process' works on Linux only; set it to 'inProcess'.");
            var handle = instance.Options.Worker ?? throw new InvalidOperationException("An isolated instance has no worker handle.");
            if (handle.IsKilled) throw new OperationCanceledException("It is no longer wanted.");
            // Prepared here, where the permit is given back in any case: this can fail, if another file has the folder's name.
            OwnFolder.Prepare(instance.DataDirectory);
            Directory.CreateDirectory(instance.TemporaryFolder, OwnerOnly.Folder);
            files = (new FetchedFiles(instance.DataDirectory, WorkerLayout.Temporary),
                OutgoingFiles.Prepare(layout.Outgoing, instance.Id, instance.Generation));
            var (fetched, outgoing) = files;
            // From now on this process is worth looking into.
            var port = DebuggerAccess.Close(layout.Environment);
            if (port is not null) logs.CreateLogger<HostedWorker>().GatewayIsOpen(port);
            if (handle.Limits.Require) Require(port is null ? WhyNoSandbox() : port);
            DelegatedCgroup.Prepare(logs.CreateLogger<WorkerCgroup>());
            var worker = HostedWorker.Start(
                layout, RulesFor(instance, outgoing), instance, channel => open(new(channel, fetched, outgoing)), logs.CreateLogger<HostedWorker>());
            handle.Attach(worker);
            worker.Channel.Start();
            var inForce = worker.Channel
                .Ask(RemoteOperation.Ping, 0, static (_, _) => { }, RemoteAdapter.ReadSandbox, mayHaveHappened: false, CancellationToken.None).Wait();
            if (handle.Limits.Require && !inForce.HasFlag(SandboxOptions.Files | SandboxOptions.Calls))
            {
                worker.Kill();
                Require("the kernel refused part of it");
            }

            return worker;
        }
        catch (SandboxException refused)
        {
            throw new PluginException(new PluginFault("sandbox", $"its process is not started: {refused.Message}", FaultRetry.AfterOperatorAction));
        }
        finally
        {
            _throttle.Release(instance.Id);
        }
    }

    private LandlockRules RulesFor(IsolatedInstance instance, OutgoingFiles? outgoing)
    {
        // No worker can replace its own folder, but the path to it is the operator's and may contain links.
        var own = Path.Combine(RealPath.Of(Path.GetDirectoryName(instance.DataDirectory)!), Path.GetFileName(instance.DataDirectory));
        string[] more = outgoing is null ? [instance.Plugin.Folder] : [instance.Plugin.Folder, outgoing.Folder];
        return new LandlockRules(
            [.. SystemFolders.Readable(layout.Executable, layout.Environment), .. more, .. Listed(instance.Limits.ReadPaths)],
            [.. layout.Hidden(), .. SystemFolders.Secret], own, Listed(instance.Limits.WritePaths))
        { UnixSockets = instance.Limits.UnixSockets };
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
