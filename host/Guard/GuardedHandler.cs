using PluginGateway.Configuration.Options;
using PluginGateway.Guard.Calls;
using PluginGateway.Guard.Lanes;

namespace PluginGateway.Guard;

/// <summary>Guard around one generation of a handler. No method blocks or throws.</summary>
internal sealed class GuardedHandler : GuardedPlugin<IMessageHandler>
{
    public GuardedHandler(
        string handlerId, int generation, int concurrentTurns, CallTimeouts timeouts, GuardServices services, ILaneObserver observer,
        Func<IMessageHandler> create)
        : base($"{handlerId}#{generation}", generation, [new(concurrentTurns)], timeouts, services, observer, create)
    {
        ConcurrentTurns = concurrentTurns;
    }

    /// <summary>Largest number of turns that run at once.</summary>
    public int ConcurrentTurns { get; }

    /// <summary>Queues a turn.</summary>
    public void Post(TurnCall call) => Post(call, Timeouts.Turn, 0);

    protected override GuardedCall? CloseCall(ICallSink sink) => null;

    protected override GuardedCall DisposeCall(ICallSink? sink) => new HandlerDisposeCall(sink);
}
