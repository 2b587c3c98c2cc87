using Microsoft.Extensions.Logging.Abstractions;
using PluginGateway.Configuration.Options;
using PluginGateway.Guard;
using PluginGateway.Guard.Calls;
using PluginGateway.Guard.Lanes;
using PluginGateway.Isolation.Protocol;
using PluginGateway.Isolation.Sandbox;
using PluginGateway.Loading;
using PluginGateway.Posix;
using PluginGateway.Threads;

namespace PluginGateway.Isolation.Worker;

/// <summary>The worker's side of the connection: creates the adapter, enters it behind a guard of its own, and answers. Deadlines are the gateway's:
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
        Probe = TimeSpan.Zero,
        Fetch = TimeSpan.Zero,
        Http = TimeSpan.Zero,
        Disconnect = TimeSpan.Zero,
    };

    private readonly Dictionary<int, CancellationTokenSource> _open = [];
    private readonly WorkerChannel _workerChannel;
    private readonly GuardServices _guard = new(TimeProvider.System, quietPeriod: WatchPeriod);
    private volatile GuardedAdapter? _adapter;

    private readonly SandboxOptions _sandbox;

    /// <param name="descriptor">The connection.</param>
    /// <param name="sandbox">Parts of its sandbox that are in force.</param>
    public WorkerPeer(int descriptor, SandboxOptions sandbox) =>
        (_workerChannel, _sandbox) = (new WorkerChannel(descriptor, "gateway", this, Terms), sandbox);

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
            case RemoteOperation.ValidateSettings:
                Adapter.Begin(new ValidateSettingsCall(Sink(head, static (to, call) => to.Write(((ValidateSettingsCall)call).Value!)))
                {
                    Token = TokenOf(head)
                });
                break;
            case RemoteOperation.Connect:
                Adapter.Begin(new ConnectCall(Results.ReadConnect(ref body), Sink(head)) { Token = TokenOf(head) });
                break;
            case RemoteOperation.Run:
                Adapter.Begin(new RunCall(Sink(head)) { Token = TokenOf(head) });
                break;
            case RemoteOperation.Disconnect:
                Adapter.Begin(new DisconnectCall(Sink(head)) { Token = TokenOf(head) });
                break;
            case RemoteOperation.Dispose:
                Adapter.Begin(new DisposeCall(Sink(head)));
                break;
            case RemoteOperation.Send:
                Adapter.Post(new SendCall(Messages.ReadOutbound(ref body), Delivery(head)) { Token = TokenOf(head) });
                break;
            case RemoteOperation.Edit:
                Adapter.Post(new EditCall(Messages.ReadEdit(ref body), Delivery(head)) { Token = TokenOf(head) });
                break;
            case RemoteOperation.Delete:
                Adapter.Post(new DeleteCall(Messages.ReadRef(ref body), Delivery(head)) { Token = TokenOf(head) });
                break;
            case RemoteOperation.React:
                Adapter.Post(new ReactCall(Messages.ReadReaction(ref body), Delivery(head)) { Token = TokenOf(head) });
                break;
            case RemoteOperation.Typing:
                Adapter.Post(new TypingCall(Messages.ReadChat(ref body), Sink(head)) { Token = TokenOf(head) });
                break;
            case RemoteOperation.Fetch:
                Adapter.Post(
                    new FetchCall(Messages.ReadAttachmentRequest(ref body), Sink(head, static (to, call) => to.Write(((FetchCall)call).Value!)))
                    {
                        Token = TokenOf(head)
                    });
                break;
            case RemoteOperation.Probe:
                Adapter.Post(new ProbeCall(Sink(head, static (to, call) => to.Write(((ProbeCall)call).Value!))) { Token = TokenOf(head) });
                break;
            case RemoteOperation.Http:
                Adapter.Post(
                    new HttpServeCall(HttpMessages.ReadCall(ref body), Sink(head, static (to, call) => to.Write(((HttpServeCall)call).Value!)))
                    {
                        Token = TokenOf(head)
                    });
                break;
            case RemoteOperation.Ping:
                _workerChannel.Answer(head, (int)_sandbox, static (to, bits) => to.Int(bits));
                break;
            default:
                throw new ProtocolException($"{head.Operation} is nothing that a gateway asks.");
        }
    }

    void IPeer.OnNotice(FrameHead head, ref FrameReader body) => throw new ProtocolException($"{head.Operation} is nothing that a gateway says.");

    void IPeer.OnCancel(int id)
    {
        CancellationTokenSource? source;
        using (UninterruptibleLock.Enter(_open)) _open.TryGetValue(id, out source);
        if (source is not null) _guard.Watch.Cancel(source);
    }

    string IPeer.OnEnding(string reason)
    {
        // The processes that the adapter has started end too.
        LibCProcess.KillOwnGroup();
        // A worker without a gateway must end, even if the kernel refuses to kill the group.
        LibCProcess.Exit(ExitCodes.Failed);
        return reason;
    }

    Exception IPeer.OnEnded(string why, bool mayHaveHappened) => new IOException($"The gateway is gone: {why}.");

    /// <summary>Exceptions of the members of the context, by the contract.</summary>
    Exception IPeer.OnFailed(CallFailure failure) => failure.Type switch
    {
        "System.ArgumentException" => new ArgumentException(failure.Text),
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

    private GuardedAdapter Adapter => _adapter ?? throw new ProtocolException("There is no adapter yet.");

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
        if (_adapter is not null) throw new ProtocolException("There is an adapter already.");
        // The priority is lowered only now, so that a plugin that spins cannot delay the start of the next worker.
        LibCProcess.GiveWay(order.Niceness);
        LibCProcess.Limit(ProcessLimit.OpenFiles, order.OpenFiles);
        // The managed heap has a limit of its own; this one bounds native allocations.
        LibCProcess.Limit(ProcessLimit.Data, new WorkerOptions { MemoryMegabytes = order.MemoryMegabytes }.MostBytes);
        var options = new GuardOptions(order.AdapterId, order.Sends, NoDeadlines, this);
        var context = new WorkerContext(order, _workerChannel, options);
        var factory = new PluginAdapterFactory();
        var adapter = new GuardedAdapter(
            order.AdapterId, order.Generation, order.Sends, NoDeadlines, _guard, this, () => factory.Create(Load(order), context));
        _adapter = adapter;
        adapter.BeginCreate(Sink(head));
    }

    private static LoadedPlugin Load(CreateOrder order)
    {
        var loader = new PluginLoader(new PluginFinder(), new PluginStaging(), NullLogger<PluginLoader>.Instance);
        return loader.LoadCopy(new StagedPlugin(order.Plugin, order.Folder, order.ContentHash), order.AdapterId, order.AdapterType);
    }

    private CancellationToken TokenOf(FrameHead head)
    {
        var source = new CancellationTokenSource();
        using (UninterruptibleLock.Enter(_open))
            return _open.TryAdd(head.Id, source) ? source.Token : throw new ProtocolException($"The id {head.Id} is used twice.");
    }

    private AnsweringSink Sink(FrameHead head) => Sink(head, static (_, _) => { });

    private AnsweringSink Delivery(FrameHead head) => Sink(head, static (to, call) => to.Write(((DeliveryCall)call).Value!));

    private AnsweringSink Sink(FrameHead head, Action<FrameWriter, GuardedCall> write) => new(this, head, write);

    /// <summary>Answers a request when its call has ended.</summary>
    private sealed class AnsweringSink(WorkerPeer peer, FrameHead head, Action<FrameWriter, GuardedCall> write) : ICallSink
    {
        public void Settled(GuardedCall call)
        {
            using (UninterruptibleLock.Enter(peer._open)) peer._open.Remove(head.Id);
            if (call.End.Kind == CallEndKind.Completed) peer._workerChannel.Answer(head, call, write);
            else peer._workerChannel.Fail(head, call.End.Failure ?? new CallFailure("contract", call.End.Describe(), null));
        }
    }
}
