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

    private HostedWorker(WorkerProcess process, int connection, string name, Func<WorkerChannel, HostServices> open)
    {
        _process = process;
        Channel = new WorkerChannel(connection, name, this, Terms);
        _services = open(Channel);
    }

    public WorkerChannel Channel { get; }

    public int ProcessId => _process.Id;

    /// <summary>Starts a worker. Blocks until its process is there, not until it does anything.</summary>
    /// <param name="layout">Layout of the workers' files.</param>
    /// <param name="rules">Files that it may use.</param>
    /// <param name="instance">The instance that it is to create.</param>
    /// <param name="open">Creates the services that answer its requests.</param>
    /// <param name="log">The log.</param>
    /// <exception cref="IOException">It could not be started.</exception>
    public static HostedWorker Start(
        WorkerLayout layout, LandlockRules rules, IsolatedInstance instance, Func<WorkerChannel, HostServices> open, ILogger log)
    {
        var name = $"{instance.Id}#{instance.Generation}";
        var (process, connection) = WorkerProcess.Start(
            name, layout, rules, instance.Limits, instance.DataDirectory, instance.TemporaryFolder, line => log.WorkerSaid(name, line));
        var worker = new HostedWorker(process, connection, name, open);
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
    void IPeer.OnCancel(int id, ref FrameReader body)
    {
    }

    string IPeer.OnEnding(string reason)
    {
        var why = EndProcess(reason);
        if (!_wasEnded) _services.OnEnded(why);
        return why;
    }

    private string EndProcess(string reason)
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
        mayHaveHappened ? new WorkerEndedException(why) : NotDone(new PluginFault(WorkerHandle.EndedCode, why));

    Exception IPeer.OnFailed(CallFailure failure) => failure switch
    {
        { Load: { } code } => new Loading.PluginLoadException(code, failure.Text, failure.Fault) { Detail = failure.Detail },
        { Fault: { } fault } => new PluginException(fault, new DeserializedFailureException(failure)),
        _ => new DeserializedFailureException(failure),
    };

    private static PluginException NotDone(PluginFault fault) => new(
        fault, new DeserializedFailureException(new CallFailure(typeof(PluginException).FullName!, fault.Message, fault) { HadNoEffect = true }));
}

/// <summary>The worker's process has ended during a call: whether the call had its effect is unknown.</summary>
internal sealed class WorkerEndedException(string message) : Exception(message);
