namespace PluginGateway.Guard.Calls;

internal sealed class TurnCall(EventTurn turn, ICallSink? sink) : PlainCall(Operation.Turn, sink)
{
    public EventTurn Turn { get; } = turn;

    public override void OnCancelling(TurnCancelReason reason) => (Turn as ICancellableTurn)?.OnCancelling(reason);

    /// <summary>Calls the handler, unless the turn was stopped while the call waited for a thread.</summary>
    public override Task? Enter(object? target, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken)
        : Turn.Event is InboundMessage ? ((IMessageHandler)target!).HandleAsync(Turn, cancellationToken)
        : ((IEventHandler)target!).HandleEventAsync(Turn, cancellationToken);
}

internal sealed class StartCall(ICallSink? sink) : PlainCall(Operation.Start, sink)
{
    public override Task? Enter(object? target, CancellationToken cancellationToken) => ((IStartHandler)target!).StartAsync(cancellationToken);
}

internal sealed class HandlerDisposeCall(ICallSink? sink) : PlainCall(Operation.Dispose, sink)
{
    public override Task? Enter(object? target, CancellationToken cancellationToken) => ((IMessageHandler)target!).DisposeAsync();
}
