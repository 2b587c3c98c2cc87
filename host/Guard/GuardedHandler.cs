using PluginGateway.Configuration.Options;
using PluginGateway.Guard.Calls;
using PluginGateway.Guard.Lanes;
using PluginGateway.Loading;

namespace PluginGateway.Guard;

/// <summary>Guard around one generation of a handler. No method blocks or throws.</summary>
internal sealed class GuardedHandler : GuardedPlugin<IMessageHandler>, IGuardedHttp, IProbed
{
    private const int TurnBay = 0, ProbeBay = 1, HttpBay = 2;

    /// <summary>Turns never wait for HTTP requests from outside. Three probes that do not come back end the generation.</summary>
    private const int ProbeSlots = 3, HttpSlots = 32;

    public GuardedHandler(
        string handlerId, int generation, int concurrentTurns, CallTimeouts timeouts, GuardServices services, ILaneObserver observer,
        Func<IMessageHandler> create)
        : base($"{handlerId}#{generation}", generation, [new(concurrentTurns), new(ProbeSlots, CanWedge: false), new(HttpSlots)], timeouts, services,
            observer, create, LaneLimits.OfHandler(concurrentTurns))
    {
        ConcurrentTurns = concurrentTurns;
    }

    /// <summary>Largest number of turns that run at once.</summary>
    public int ConcurrentTurns { get; }

    /// <summary>Interfaces that the handler's class implements.</summary>
    public HandlerCapabilities Capabilities { get; init; }

    public bool CanBeProbed => IsIsolated;

    public void BeginValidate(ICallSink sink) => Begin(new ValidateSettingsCall(sink));

    public void BeginStart(ICallSink sink) => Begin(new StartCall(sink));

    /// <summary>Begins a lifecycle call that has been constructed already, under the deadline of its operation.</summary>
    public void Begin(GuardedCall call) => Lifecycle.Start(call, Instance, call.Operation switch
    {
        Operation.ValidateSettings => Timeouts.Load,
        Operation.Start => Timeouts.Connect,
        _ => Timeouts.Disconnect,
    });

    /// <summary>Queues a turn.</summary>
    public void Post(TurnCall call) => Post(call, Timeouts.Turn, TurnBay);

    /// <summary>Cancels the token of a turn, on a thread for which no other waits. The call keeps its slot and its deadline.</summary>
    public void Cancel(TurnCall call, TurnCancelReason reason)
    {
        call.OnCancelling(reason);
        Services.Watch.Cancel(call.Source!);
    }

    /// <summary>Queues an HTTP request.</summary>
    public void Post(HttpServeCall call) => Post(call, Timeouts.Http, HttpBay);

    public Task<HttpReply> HandleAsync(HttpCall call)
    {
        var sink = new HttpReplySink();
        Post(new HttpServeCall(call, sink));
        return sink.Task;
    }

    public void Probe(ICallSink sink) => Post(new PingCall(sink), Timeouts.Probe, ProbeBay);

    protected override GuardedCall? CloseCall(ICallSink sink) => null;

    protected override GuardedCall DisposeCall(ICallSink? sink) => new HandlerDisposeCall(sink);
}
