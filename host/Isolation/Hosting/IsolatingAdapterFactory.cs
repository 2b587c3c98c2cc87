using System.Text.Json;
using PluginGateway.Guard;
using PluginGateway.Isolation.Protocol;
using PluginGateway.Loading;

namespace PluginGateway.Isolation.Hosting;

/// <summary>Decorates the factory of adapters: a plugin that is not loaded here gets a worker, and what is created is what stands in for the adapter there. The guard decorates this one.</summary>
internal sealed class IsolatingAdapterFactory(IAdapterFactory inner, WorkerGround ground, ILoggerFactory logs) : IAdapterFactory
{
    /// <summary>A process that starts takes some tenths of a second of a processor: nobody waits for so long unless something is wrong with those before it.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly StartTurns _turns = new(Environment.ProcessorCount + 1);

    /// <summary>Only so many processes start at once.</summary>
    public void AwaitTurn(LoadedPlugin plugin, AdapterContext context)
    {
        if (plugin.IsElsewhere) _turns.Take(LongestWait);
    }

    /// <summary>Blocks until the worker has created its adapter, or has been ended: only on a thread that the guard watches.</summary>
    public IChannelAdapter Create(LoadedPlugin plugin, AdapterContext context)
    {
        if (!plugin.IsElsewhere) return inner.Create(plugin, context);
        var temporary = Path.Combine(context.DataDirectory, ".tmp");
        var (terms, worker) = StartInTurn(plugin, context, temporary);
        var limits = terms.Leash!.Limits;
        var order = new CreateOrder(
            Frame.Version, CreateOrder.ThisBuild, context.AdapterId, context.Generation, plugin.Manifest.AssemblyName, plugin.Manifest.Adapter!.TypeName, plugin.Folder, plugin.ContentHash, JsonSerializer.Serialize(context.Settings, ElementJson.Default.JsonElement),
            context.DataDirectory, terms.Slots, limits.MemoryMegabytes, limits.OpenFiles, limits.Niceness);
        var capabilities = worker.Connection.Ask(
            RemoteOperation.Create, order, CreateOrder.Write, static (ref FrameReader from) => new RemoteCapabilities(from.Int()), mayHaveHappened: false, CancellationToken.None).Wait();
        return new RemoteAdapter(worker.Connection, capabilities, temporary);
    }

    /// <summary>A turn ends when the process answers: no code of a plugin has run in it by then, so none can keep the turn.</summary>
    private (GuardTerms Terms, HostedWorker Worker) StartInTurn(LoadedPlugin plugin, AdapterContext context, string temporary)
    {
        try
        {
            if (!OperatingSystem.IsLinux()) throw new PluginLoadException(LoadCode.ConstructorFailed, $"'{context.AdapterId}': 'isolation': 'process' works on Linux only; set it to 'inProcess'.");
            var terms = ((IGuardTermed)context).Terms;
            var leash = terms.Leash ?? throw new InvalidOperationException("An isolated adapter has no leash.");
            if (leash.IsCut) throw new OperationCanceledException("It is no longer wanted.");
            // Here, where a turn is given back whatever becomes of it: something can be in the folder's place.
            OwnFolder.Prepare(context.DataDirectory);
            Directory.CreateDirectory(temporary, OwnerOnly);
            var sight = new WorkerSight(ground.Hidden, [plugin.Folder], Media(), [context.DataDirectory, .. leash.Limits.WritePaths.Split('\n', StringSplitOptions.RemoveEmptyEntries)]);
            // From now on this process is worth looking into: nobody of the same user may.
            Posix.HideMemory();
            DelegatedGroup.Prepare(logs.CreateLogger<WorkerCage>());
            var worker = HostedWorker.Start(ground, sight, temporary, context, terms, logs.CreateLogger<HostedWorker>());
            leash.Hold(worker);
            worker.Connection.Start();
            worker.Connection.Ask(RemoteOperation.Ping, 0, static (_, _) => { }, static (ref FrameReader _) => true, mayHaveHappened: false, CancellationToken.None).Wait();
            return (terms, worker);
        }
        finally
        {
            _turns.GiveBack();
        }
    }

    /// <summary>The files it is asked to send lie there. A rule is about a folder that is there.</summary>
    private IReadOnlyList<string> Media()
    {
        if (ground.Media is null) return [];
        Directory.CreateDirectory(ground.Media, OwnerOnly);
        return [ground.Media];
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(JsonElement))]
internal sealed partial class ElementJson : System.Text.Json.Serialization.JsonSerializerContext;
