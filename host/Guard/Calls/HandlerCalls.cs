namespace PluginGateway.Guard.Calls;

internal sealed class TurnCall(Turn turn, ICallSink? sink) : PlainCall(Operation.Turn, sink)
{
    public Turn Turn { get; } = turn;

    public override Task? Enter(object? target, CancellationToken cancellationToken) =>
        ((IMessageHandler)target!).HandleAsync(Turn, cancellationToken);
}

internal sealed class HandlerDisposeCall(ICallSink? sink) : PlainCall(Operation.Dispose, sink)
{
    public override Task? Enter(object? target, CancellationToken cancellationToken) => ((IMessageHandler)target!).DisposeAsync();
}
