using PluginGateway.Guard;
using PluginGateway.Guard.Calls;
using PluginGateway.Guard.Lanes;
using PluginGateway.Isolation.Protocol;
using PluginGateway.Threads;

namespace PluginGateway.Isolation.Worker;

/// <summary>Open requests of the gateway: their cancellation and their answers. Any thread.</summary>
internal sealed class GatewayRequests(WorkerChannel workerChannel, DeadlineWatch watch)
{
    private readonly Dictionary<int, (CancellationTokenSource Source, ICancellableTurn? Turn)> _open = [];

    /// <summary>Returns the source of the token that the gateway cancels.</summary>
    /// <param name="head">The request.</param>
    /// <param name="turn">The turn that the request is, which is told the reason of a cancellation; null: the request is none.</param>
    public CancellationTokenSource SourceOf(FrameHead head, ICancellableTurn? turn = null)
    {
        var source = new CancellationTokenSource();
        using (UninterruptibleLock.Enter(_open))
            return _open.TryAdd(head.Id, (source, turn)) ? source : throw new ProtocolException($"The id {head.Id} is used twice.");
    }

    public void Cancel(int id, ref FrameReader body)
    {
        (CancellationTokenSource Source, ICancellableTurn? Turn) open;
        using (UninterruptibleLock.Enter(_open))
        {
            if (!_open.TryGetValue(id, out open)) return;
        }

        open.Turn?.OnCancelling(body.Name<TurnCancelReason>());
        watch.Cancel(open.Source);
    }

    /// <summary>Returns a sink that answers a request without a value when its call has ended.</summary>
    public ICallSink Sink(FrameHead head) => Sink(head, static (_, _) => { });

    /// <summary>Returns a sink that answers a request with what it writes when its call has ended.</summary>
    public ICallSink Sink(FrameHead head, Action<FrameWriter, GuardedCall> write) => new AnsweringSink(this, head, write);

    /// <summary>Answers a request whose call has ended.</summary>
    public void Answer(FrameHead head, GuardedCall call, Action<FrameWriter, GuardedCall> write)
    {
        using (UninterruptibleLock.Enter(_open)) _open.Remove(head.Id);
        if (call.End.Kind == CallEndKind.Completed) workerChannel.Answer(head, call, write);
        else workerChannel.Fail(head, call.End.Failure ?? new CallFailure("contract", call.End.Describe(), null));
    }

    private sealed class AnsweringSink(GatewayRequests requests, FrameHead head, Action<FrameWriter, GuardedCall> write) : ICallSink
    {
        public void Settled(GuardedCall call) => requests.Answer(head, call, write);
    }
}
