using PluginGateway.Configuration.Options;
using PluginGateway.Guard.Calls;
using PluginGateway.Guard.Lanes;

namespace PluginGateway.Guard;

/// <summary>What the listener may ask of a guarded adapter.</summary>
internal interface IGuardedHttp
{
    /// <summary>Answers one request. Throws <see cref="TimeoutException"/> at the deadline, <see cref="CallFailedException"/> when the adapter failed; continuations run on the
    /// thread pool.</summary>
    Task<HttpReply> HandleAsync(HttpCall call);
}

/// <summary>The guard around one generation of an adapter: every member of every contract interface, entered on the generation's lane or on a lifecycle thread, ended at its
/// deadline. Nothing here blocks or throws.</summary>
/// <remarks>Two doors lead to each member. <c>Begin…</c> and <see cref="Post"/> announce the end at a sink and need no thread pool: supervision and dispatch use them. The
/// contract's own members return a task, completed with asynchronous continuations, for callers that live on the pool (the HTTP listener).</remarks>
internal sealed class GuardedAdapter : GuardedPlugin<IChannelAdapter>, IChannelAdapter, IEditMessages, IDeleteMessages, IReactions, ITypingIndicator,
    IFetchAttachments, IProbe, IValidateSettings, IServeHttp, IGuardedHttp
{
    private const int SendBay = 0, TypingBay = 1, ProbeBay = 2, HttpBay = 3, FetchBay = 4;

    /// <summary>Typing and probes never wait for sends or for each other, nor sends for HTTP requests from outside or for a slow download. Three probes that do not come back end the
    /// generation.</summary>
    private const int TypingSlots = 2, ProbeSlots = 3, HttpSlots = 32, FetchSlots = 4;

    private volatile CallSlot? _run;

    public GuardedAdapter(
        string adapterId, int generation, int concurrentSends, CallTimeouts timeouts, GuardServices services, ILaneObserver observer, Func<IChannelAdapter> create)
        : base($"{adapterId}#{generation}", generation, [new(concurrentSends), new(TypingSlots, CanWedge: false), new(ProbeSlots, CanWedge: false), new(HttpSlots), new(FetchSlots)], timeouts, services, observer, create)
    {
    }

    /// <summary>The deadline of a send; zero or less: none.</summary>
    public TimeSpan SendTimeout => Timeouts.Send;

    /// <summary>True when the adapter implements the capability. False until it has been created.</summary>
    public bool Has<TCapability>()
        where TCapability : class => Has(typeof(TCapability));

    /// <summary>True when it runs elsewhere, where somebody can be asked for a sign of life.</summary>
    public bool IsIsolated => Instance is IRemoteProxy;

    /// <summary>True when the adapter implements the capability.</summary>
    public bool Has(Type capability) => capability.IsInstanceOfType(Instance) && (Instance is not IRemoteProxy standIn || standIn.Supports(capability));

    public void BeginValidate(ICallSink sink) => Lifecycle.Start(new ValidateSettingsCall(sink), Instance, Timeouts.Load);

    /// <summary>The same for a call that has been made already, under the deadline of its operation.</summary>
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

    Task IChannelAdapter.ConnectAsync(ConnectContext context, CancellationToken cancellationToken) => Plain(sink => BeginConnect(context, sink));

    Task IChannelAdapter.RunAsync(CancellationToken cancellationToken) => Plain(BeginRun);

    Task<SendResult> IChannelAdapter.SendAsync(OutboundMessage message, CancellationToken cancellationToken) => Deliver(sink => new SendCall(message, sink));

    Task IChannelAdapter.DisconnectAsync(CancellationToken cancellationToken) => Plain(sink => Lifecycle.Start(new DisconnectCall(sink), Instance, Timeouts.Disconnect));

    Task IChannelAdapter.DisposeAsync() => Plain(sink => Lifecycle.Start(new DisposeCall(sink), Instance, Timeouts.Disconnect));

    Task<SendResult> IEditMessages.EditAsync(MessageEdit edit, CancellationToken cancellationToken) => Deliver(sink => new EditCall(edit, sink));

    Task<SendResult> IDeleteMessages.DeleteAsync(MessageRef message, CancellationToken cancellationToken) => Deliver(sink => new DeleteCall(message, sink));

    Task<SendResult> IReactions.ReactAsync(Reaction reaction, CancellationToken cancellationToken) => Deliver(sink => new ReactCall(reaction, sink));

    Task ITypingIndicator.ShowTypingAsync(Chat chat, CancellationToken cancellationToken) => Plain(sink => Post(new TypingCall(chat, sink)));

    Task<FetchedAttachment> IFetchAttachments.FetchAsync(AttachmentRequest request, CancellationToken cancellationToken) =>
        Value<FetchedAttachment>(sink => Post(new FetchCall(request, sink)));

    Task<ProbeResult> IProbe.ProbeAsync(CancellationToken cancellationToken) => Value<ProbeResult>(sink => Post(new ProbeCall(sink)));

    Task<SettingsReport> IValidateSettings.ValidateSettingsAsync(CancellationToken cancellationToken) => Value<SettingsReport>(BeginValidate);

    Task<HttpReply> IServeHttp.HandleAsync(HttpCall call, CancellationToken cancellationToken) => HandleAsync(call);

    public Task<HttpReply> HandleAsync(HttpCall call) => Value<HttpReply>(sink => Post(new HttpServeCall(call, sink)));

    protected override GuardedCall CloseCall(ICallSink sink) => new DisconnectCall(sink);

    protected override GuardedCall DisposeCall(ICallSink? sink) => new DisposeCall(sink);

    /// <summary>The run has no deadline while it is connected; now it has the teardown's, so that one which never returns is seen.</summary>
    protected override void OnTeardown(TimeSpan bound)
    {
        _run?.EndWithin(bound);
        _run?.Cancel();
    }

    private static Task Plain(Action<ICallSink> begin)
    {
        var sink = new TaskSink<object>(static _ => true);
        begin(sink);
        return sink.Task;
    }

    private static Task<TValue> Value<TValue>(Action<ICallSink> begin)
        where TValue : class
    {
        var sink = new TaskSink<TValue>(static call => ((ValueCall<TValue>)call).Value!);
        begin(sink);
        return sink.Task;
    }

    private Task<SendResult> Deliver(Func<ICallSink, DeliveryCall> make)
    {
        var sink = new DeliverySink();
        Post(make(sink));
        return sink.Task;
    }

    private static int PoolOf(Operation operation) => operation switch
    {
        Operation.Typing => TypingBay,
        Operation.Probe => ProbeBay,
        Operation.Http => HttpBay,
        Operation.Fetch => FetchBay,
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
        Operation.Http => Timeouts.Http,
        _ => Timeouts.Send,
    };
}
