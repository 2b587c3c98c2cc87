using Microsoft.Extensions.Logging.Abstractions;
using PluginGateway.Configuration.Options;
using PluginGateway.Guard;
using PluginGateway.Guard.Calls;
using PluginGateway.Guard.Lanes;
using PluginGateway.Isolation.Processes;
using PluginGateway.Isolation.Protocol;
using PluginGateway.Isolation.Sandbox;
using PluginGateway.Loading;
using PluginGateway.Posix;

namespace PluginGateway.Isolation.Worker;

/// <summary>The worker's side of the connection: creates the adapter or handler, enters it behind a guard of its own, and answers. Deadlines are the gateway's:
/// here no call has one.</summary>
internal sealed class WorkerPeer : IPeer, ILaneObserver
{
    private const int Capacity = 8 * 1024 * 1024;
    private const int MostOpenRequests = 512;

    /// <summary>The gateway may be stopped for a while, in a debugger or with its machine.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    /// <summary>Period after which a thread that is stuck in the adapter is found and replaced. No other function depends on it, and an idle worker
    /// should rest.</summary>
    private static readonly TimeSpan WatchPeriod = TimeSpan.FromSeconds(1);

    private const int GiveBackRounds = 4;

    private static readonly TimeSpan GiveBackPause = TimeSpan.FromSeconds(2.1);

    private static readonly WorkerChannelOptions Terms = new(Capacity, Patience, MostOpenRequests, MayWait: true, CompletesOnPool: true);

    private static readonly CallTimeouts NoDeadlines = new()
    {
        Load = TimeSpan.Zero,
        Connect = TimeSpan.Zero,
        Send = TimeSpan.Zero,
        Edit = TimeSpan.Zero,
        Delete = TimeSpan.Zero,
        React = TimeSpan.Zero,
        Typing = TimeSpan.Zero,
        Answer = TimeSpan.Zero,
        Commands = TimeSpan.Zero,
        Probe = TimeSpan.Zero,
        Fetch = TimeSpan.Zero,
        Http = TimeSpan.Zero,
        Disconnect = TimeSpan.Zero,
        Turn = TimeSpan.Zero,
    };

    private readonly WorkerChannel _workerChannel;
    private readonly GuardServices _guard = new(TimeProvider.System, quietPeriod: WatchPeriod);
    private readonly GatewayRequests _requests;
    private readonly SandboxOptions _sandbox;
    private volatile IWorkerInstance? _instance;

    /// <param name="descriptor">The connection.</param>
    /// <param name="sandbox">Parts of its sandbox that are in force.</param>
    public WorkerPeer(int descriptor, SandboxOptions sandbox)
    {
        _workerChannel = new WorkerChannel(descriptor, "gateway", this, Terms);
        _requests = new GatewayRequests(_workerChannel, _guard.Watch);
        _sandbox = sandbox;
    }

    /// <summary>Serves requests. Never returns.</summary>
    public void ServeUntilTheEnd()
    {
        _guard.Start();
        _workerChannel.Start();
        GiveBack();
        Thread.Sleep(Timeout.Infinite);
    }

    /// <summary>Returns the memory used for compiling, some MB. The runtime keeps it until its finalizer thread has been woken three times with 2 s
    /// in between, which does not happen in an idle worker; then the C library keeps it. An adapter's finalizer that hangs blocks only this
    /// thread.</summary>
    private static void GiveBack()
    {
        for (var round = 0; round < GiveBackRounds; round++)
        {
            Thread.Sleep(GiveBackPause);
            GC.WaitForPendingFinalizers();
        }

        LibCProcess.GiveBackFreed();
    }

    public void TellUnhandled(string fault, FaultText? detail) =>
        _workerChannel.Notice(RemoteOperation.Unhandled, (fault, detail), static (to, what) => to.Text(what.fault).Write(what.detail));

    void IPeer.OnRequest(FrameHead head, ref FrameReader body)
    {
        switch (head.Operation)
        {
            case RemoteOperation.Create:
                Create(head, ref body);
                break;
            case RemoteOperation.Ping:
                _workerChannel.Answer(head, (int)_sandbox, static (to, bits) => to.Int(bits));
                break;
            default:
                if (!Instance.TryServe(head, ref body)) throw new ProtocolException($"{head.Operation} is nothing that a gateway asks.");
                break;
        }
    }

    void IPeer.OnNotice(FrameHead head, ref FrameReader body) => throw new ProtocolException($"{head.Operation} is nothing that a gateway says.");

    void IPeer.OnCancel(int id, ref FrameReader body) => _requests.Cancel(id, ref body);

    string IPeer.OnEnding(string reason)
    {
        // The processes that the plugin has started end too.
        LibCProcess.KillOwnGroup();
        // A worker without a gateway must end, even if the kernel refuses to kill the group.
        LibCProcess.Exit(ExitCodes.Failed);
        return reason;
    }

    Exception IPeer.OnEnded(string why, bool mayHaveHappened) => new IOException($"The gateway is gone: {why}.");

    Exception IPeer.OnFailed(CallFailure failure) => ExceptionOf(failure);

    /// <summary>Returns the exception of a member of a context or turn, by the contract.</summary>
    public static Exception ExceptionOf(CallFailure failure) => failure.Type switch
    {
        _ when failure.NotNow is { } wait => new RetryLaterException(failure.Text, wait > TimeSpan.Zero ? wait : null),
        "System.ArgumentException" => new ArgumentException(failure.Text),
        "System.NotSupportedException" => new NotSupportedException(failure.Text),
        "System.InvalidOperationException" => new InvalidOperationException(failure.Text),
        _ => new IOException(failure.Text),
    };

    void ILaneObserver.OnSettled(Operation operation, in CallEnd end)
    {
    }

    void ILaneObserver.OnOverdue(Operation operation, in CallEnd end)
    {
    }

    void ILaneObserver.OnLate(Operation operation, TimeSpan lateness, CallFailure? failure)
    {
    }

    void ILaneObserver.OnWedged(string reason) => _workerChannel.Notice(RemoteOperation.Wedged, reason, static (to, what) => to.Text(what));

    private IWorkerInstance Instance => _instance ?? throw new ProtocolException("There is no instance yet.");

    private void Create(FrameHead head, ref FrameReader body)
    {
        CreateOrder order;
        try
        {
            order = CreateOrder.Read(ref body);
        }
        catch (PluginException refused)
        {
            _workerChannel.Fail(head, CallFailure.Of(refused));
            return;
        }

        BeginCreate(head, order);
    }

    private void BeginCreate(FrameHead head, CreateOrder order)
    {
        if (_instance is not null) throw new ProtocolException("There is an instance already.");
        // The priority is lowered only now, so that a plugin that spins cannot delay the start of the next worker.
        LibCProcess.GiveWay(order.Niceness);
        LibCProcess.Limit(ProcessLimit.OpenFiles, order.OpenFiles);
        // The managed heap has a limit of its own; this one bounds native allocations.
        LibCProcess.Limit(ProcessLimit.Data, new WorkerOptions { MemoryMegabytes = order.MemoryMegabytes }.MostBytes);
        if (order.Kind == PluginKind.Adapter) CreateAdapter(head, order);
        else CreateHandler(head, order);
    }

    private void CreateAdapter(FrameHead head, CreateOrder order)
    {
        var context = new WorkerContext(order, _workerChannel, new GuardOptions(order.Id, order.Slots, NoDeadlines, this));
        var factory = new PluginAdapterFactory();
        var adapter = new GuardedAdapter(
            order.Id, order.Generation, order.Slots, NoDeadlines, _guard, this, () => factory.Create(Load(order), context));
        _instance = new WorkerAdapter(adapter, _requests);
        adapter.BeginCreate(_requests.Sink(head));
    }

    private void CreateHandler(FrameHead head, CreateOrder order)
    {
        var temporary = Path.Combine(order.DataDirectory, WorkerLayout.Temporary);
        ReplyFiles Files(IReadOnlyList<OutboundAttachment> files) => new(temporary, order.MaxFileBytes, files);
        var context = new WorkerHandlerContext(order, _workerChannel, Files);
        var factory = new PluginHandlerFactory();
        var handler = new GuardedHandler(
            order.Id, order.Generation, order.Slots, NoDeadlines, _guard, this, () => factory.Create(Load(order), context));
        _instance = new WorkerHandler(handler, _requests, _workerChannel, Files);
        handler.BeginCreate(_requests.Sink(head));
    }

    private static LoadedPlugin Load(CreateOrder order)
    {
        var loader = new PluginLoader(new PluginFinder(), new PluginStaging(), NullLogger<PluginLoader>.Instance);
        return loader.LoadCopy(new StagedPlugin(order.Plugin, order.Folder, order.ContentHash), order.Id, order.Kind, order.TypeName);
    }
}
