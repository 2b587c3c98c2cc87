using PluginGateway.Guard;
using PluginGateway.Guard.Calls;
using PluginGateway.Isolation.Protocol;

namespace PluginGateway.Isolation.Worker;

/// <summary>Handler in a worker.</summary>
/// <param name="handler">The guarded handler.</param>
/// <param name="requests">Open requests of the gateway.</param>
/// <param name="workerChannel">Channel to the gateway.</param>
/// <param name="files">Copies the files of a reply.</param>
internal sealed class WorkerHandler(
    GuardedHandler handler, GatewayRequests requests, WorkerChannel workerChannel, Func<IReadOnlyList<OutboundAttachment>, ReplyFiles> files)
    : IWorkerInstance
{
    public bool TryServe(FrameHead head, ref FrameReader body)
    {
        switch (head.Operation)
        {
            case RemoteOperation.ValidateSettings:
                handler.Begin(new ValidateSettingsCall(requests.Sink(head, static (to, call) => to.Write(((ValidateSettingsCall)call).Value!)))
                {
                    Source = requests.SourceOf(head)
                });
                return true;
            case RemoteOperation.Start:
                handler.Begin(new StartCall(requests.Sink(head)) { Source = requests.SourceOf(head) });
                return true;
            case RemoteOperation.Http:
                handler.Post(
                    new HttpServeCall(HttpMessages.ReadCall(ref body), requests.Sink(head, static (to, call) => to.Write(((HttpServeCall)call).Value!)))
                    {
                        Source = requests.SourceOf(head)
                    });
                return true;
            case RemoteOperation.Turn:
                var turn = new WorkerTurn(Turns.ReadTurn(ref body), workerChannel, files);
                handler.Post(new TurnCall(turn, new TurnSink(requests, head, turn)) { Source = requests.SourceOf(head, turn) });
                return true;
            case RemoteOperation.Dispose:
                handler.Begin(new HandlerDisposeCall(requests.Sink(head)));
                return true;
            default:
                return false;
        }
    }

    /// <summary>Answers the request of a turn when the turn has ended and everything that it has replied has been sent to the gateway, in this
    /// order.</summary>
    private sealed class TurnSink(GatewayRequests requests, FrameHead head, WorkerTurn turn) : ICallSink
    {
        public void Settled(GuardedCall call)
        {
            if (call.End.Kind != CallEndKind.Completed) turn.Abandon();
            else if (!turn.End(() => Answer(call))) return;
            Answer(call);
        }

        /// <summary>Answers with the changes of the state.</summary>
        private void Answer(GuardedCall call)
        {
            var changes = turn.Changes.Close();
            requests.Answer(head, call, (to, _) => TurnMemories.Write(to, changes));
        }
    }
}
