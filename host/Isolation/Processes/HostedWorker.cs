using PluginGateway.Guard;
using PluginGateway.Guard.Calls;
using PluginGateway.Guard.Lanes;
using PluginGateway.Isolation.Protocol;
using PluginGateway.Isolation.Remote;
using PluginGateway.Isolation.Sandbox;

namespace PluginGateway.Isolation.Processes;

/// <summary>Worker, seen from the gateway: its process, the channel to it, and the services that answer its requests.</summary>
internal sealed class HostedWorker : IExternalProcess, IPeer
{
    /// <summary>A worker's own window is half of it: more is no accident.</summary>
    public const int MostOpenRequests = 1024;

    private const int Capacity = 32 * 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan EndTime = TimeSpan.FromSeconds(2);

    /// <summary>The guard's end of a call posts to a mailbox and does nothing else: it may run on the reader's thread.</summary>
    private static readonly WorkerChannelOptions Terms = new(Capacity, Patience, int.MaxValue, MayWait: false, CompletesOnPool: false);

    private readonly WorkerProcess _process;
    private readonly HostServices _services;
    private volatile bool _wasEnded;

    private HostedWorker(WorkerProcess process, int connection, string name, AdapterContext context, ILaneObserver observer, ILogger log)
    {
        _process = process;
        Channel = new WorkerChannel(connection, name, this, Terms);
        _services = new HostServices(Channel, context, observer, log);
    }

    public WorkerChannel Channel { get; }

    public int ProcessId => _process.Id;

    /// <summary>Starts a worker. Blocks until its process is there, not until it does anything.</summary>
    /// <exception cref="IOException">It could not be started.</exception>
    public static HostedWorker Start(
        WorkerLayout layout, LandlockRules rules, string temporaryFolder, AdapterContext context, GuardOptions options, ILogger log)
    {
        var name = $"{context.AdapterId}#{context.Generation}";
        var (process, connection) = WorkerProcess.Start(
            name, layout, rules, options.Worker!.Limits, context.DataDirectory, temporaryFolder, line => log.WorkerSaid(name, line));
        var worker = new HostedWorker(process, connection, name, context, options.Observer, log);
        log.WorkerStarted(name, process.Id);
        return worker;
    }

    public void Kill()
    {
        _wasEnded = true;
        _process.End();
    }

    void IPeer.OnRequest(FrameHead head, ref FrameReader body) => _services.Serve(head, ref body);

    void IPeer.OnNotice(FrameHead head, ref FrameReader body) => _services.HandleNotification(head, ref body);

    /// <summary>Ignores the cancellation: a request of a worker to the host ends by itself, because the store answers it in any case.</summary>
    void IPeer.OnCancel(int id)
    {
    }

    string IPeer.OnEnding(string reason)
    {
        // A process that has ended keeps its own status; one that only closed its channel is ended.
        _process.End();
        var end = _process.WaitForEnd(EndTime);
        if (_wasEnded) return "its process was ended by the gateway";
        var how = end?.Describe() ?? "does not end";
        return end is { Signal: 9 } && reason != WorkerChannel.ClosedByPeer
            ? $"its process was ended by the gateway: {reason}"
            : $"its process {how}";
    }

    Exception IPeer.OnEnded(string why, bool mayHaveHappened) =>
        mayHaveHappened ? new WorkerEndedException(why) : new PluginException(new PluginFault(WorkerEndedException.Code, why));

    Exception IPeer.OnFailed(CallFailure failure) => failure switch
    {
        { Load: { } code } => new Loading.PluginLoadException(code, failure.Text, failure.Fault) { Detail = failure.Detail },
        { Fault: { } fault } => new PluginException(fault, new DeserializedFailureException(failure)),
        _ => new DeserializedFailureException(failure),
    };
}

/// <summary>The worker's process has ended during a call: whether the call had its effect is unknown.</summary>
internal sealed class WorkerEndedException(string message) : Exception(message)
{
    /// <summary>Stable code of the fault, for calls that cannot have had an effect.</summary>
    public const string Code = "worker-ended";
}
