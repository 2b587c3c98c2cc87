using PluginGateway.Configuration.Options;
using PluginGateway.Guard.Calls;
using PluginGateway.Guard.Lanes;
using PluginGateway.Loading;

namespace PluginGateway.Guard;

/// <summary>Requests of the HTTP listener to a guarded adapter.</summary>
internal interface IGuardedHttp
{
    /// <summary>Answers one request. Throws <see cref="TimeoutException"/> at the deadline, <see cref="CallFailedException"/> when the adapter
    /// failed; continuations run on the thread pool.</summary>
    Task<HttpReply> HandleAsync(HttpCall call);
}

/// <summary>The guard around one generation of an adapter: every member of every contract interface, entered on the generation's lane or on a
/// lifecycle thread, ended at its deadline. No method blocks or throws.</summary>
/// <remarks><c>Begin…</c> and <see cref="Post"/> announce the end of a call at a sink and need no thread pool. Only <see cref="HandleAsync"/>
/// returns a task: the HTTP listener lives on the pool.</remarks>
internal sealed class GuardedAdapter : GuardedPlugin<IChannelAdapter>, IGuardedHttp, IProbed
{
    private const int SendBay = 0, TypingBay = 1, ProbeBay = 2, HttpBay = 3, FetchBay = 4, AnswerBay = 5, PublishBay = 6;

    /// <summary>Typing, answers to interactions and probes never wait for sends or for each other, nor sends for HTTP requests from outside or for a
    /// slow download. Three probes that do not come back end the generation.</summary>
    private const int TypingSlots = 2, ProbeSlots = 3, HttpSlots = 32, FetchSlots = 4, AnswerSlots = 4, PublishSlots = 1;

    private volatile CallSlot? _run;

    public GuardedAdapter(
        string adapterId, int generation, int concurrentSends, CallTimeouts timeouts, GuardServices services, ILaneObserver observer,
        Func<IChannelAdapter> create)
        : base($"{adapterId}#{generation}", generation,
            [new(concurrentSends), new(TypingSlots, CanWedge: false), new(ProbeSlots, CanWedge: false), new(HttpSlots), new(FetchSlots),
                new(AnswerSlots, CanWedge: false), new(PublishSlots, CanWedge: false)], timeouts,
            services, observer, create)
    {
    }

    /// <summary>The deadlines of its calls; zero or less: none.</summary>
    public CallTimeouts CallTimeouts => Timeouts;

    /// <summary>Interfaces that the adapter's class implements.</summary>
    public AdapterCapabilities Capabilities { get; init; }

    public bool CanBeProbed => Capabilities.HasFlag(AdapterCapabilities.Probe) || IsIsolated;

    public void BeginValidate(ICallSink sink) => Lifecycle.Start(new ValidateSettingsCall(sink), Instance, Timeouts.Load);

    /// <summary>Begins a lifecycle call that has been constructed already, under the deadline of its operation.</summary>
    public void Begin(GuardedCall call) => Lifecycle.Start(call, Instance, call.Operation switch
    {
        Operation.ValidateSettings => Timeouts.Load,
        Operation.Connect => Timeouts.Connect,
        Operation.Run => Timeout.InfiniteTimeSpan,
        _ => Timeouts.Disconnect,
    });

    public void BeginConnect(ConnectContext context, ICallSink sink) => Lifecycle.Start(new ConnectCall(context, sink), Instance, Timeouts.Connect);

    /// <summary>Enters <see cref="IChannelAdapter.RunAsync"/>: no deadline, ends with the connection.</summary>
    public void BeginRun(ICallSink sink) => _run = Lifecycle.Start(new RunCall(sink), Instance, Timeout.InfiniteTimeSpan);

    /// <summary>Queues a call of a member that is used while connected.</summary>
    public void Post(GuardedCall call) => Post(call, LimitOf(call.Operation), PoolOf(call.Operation));

    public void Probe(ICallSink sink) => Post(Capabilities.HasFlag(AdapterCapabilities.Probe) ? new ProbeCall(sink) : new PingCall(sink));

    public Task<HttpReply> HandleAsync(HttpCall call)
    {
        var sink = new HttpReplySink();
        Post(new HttpServeCall(call, sink));
        return sink.Task;
    }

    protected override GuardedCall CloseCall(ICallSink sink) => new DisconnectCall(sink);

    protected override GuardedCall DisposeCall(ICallSink? sink) => new DisposeCall(sink);

    /// <summary>Gives the run the teardown's deadline, so that a run which never returns is found: while connected it has none.</summary>
    protected override void OnTeardown(TimeSpan bound)
    {
        _run?.EndWithin(bound);
        _run?.Cancel();
    }

    private static int PoolOf(Operation operation) => operation switch
    {
        Operation.Typing => TypingBay,
        Operation.Probe => ProbeBay,
        Operation.Http => HttpBay,
        Operation.Fetch => FetchBay,
        Operation.Answer => AnswerBay,
        Operation.Publish => PublishBay,
        _ => SendBay,
    };

    private TimeSpan LimitOf(Operation operation) => operation switch
    {
        Operation.Notice => Timeouts.Notice,
        Operation.Edit => Timeouts.Edit,
        Operation.Delete => Timeouts.Delete,
        Operation.React => Timeouts.React,
        Operation.Typing => Timeouts.Typing,
        Operation.Probe => Timeouts.Probe,
        Operation.Fetch => Timeouts.Fetch,
        Operation.Answer => Timeouts.Answer,
        Operation.Publish => Timeouts.Commands,
        Operation.Http => Timeouts.Http,
        _ => Timeouts.Send,
    };
}
