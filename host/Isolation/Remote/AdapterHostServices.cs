using PluginGateway.Guard.Calls;
using PluginGateway.Guard.Lanes;
using PluginGateway.Isolation.Protocol;

namespace PluginGateway.Isolation.Remote;

/// <summary>Serves the worker of an adapter.</summary>
internal sealed class AdapterHostServices(WorkerChannel workerChannel, AdapterContext context, ILaneObserver observer, ILogger log)
    : HostServices(workerChannel, context.AdapterId, context.Log, context.Clock, observer, log)
{
    protected override bool TryServe(FrameHead head, ref FrameReader body)
    {
        switch (head.Operation)
        {
            case RemoteOperation.Accept:
                var received = Events.Read(ref body);
                body.End();
                Answer(head, () => context.Inbox.AcceptAsync(received, CancellationToken.None), static (to, acceptance) => to.Write(acceptance));
                return true;
            case RemoteOperation.AcceptBatch:
                var (batch, cursor) = (body.List(Events.Read), body.Map());
                body.End();
                Answer(head, () => context.Inbox.AcceptAsync(batch, cursor, CancellationToken.None), static (to, acceptances) =>
                    to.List(acceptances, static (each, acceptance) => each.Write(acceptance)));
                return true;
            case RemoteOperation.TopicPosition:
                var topic = body.Text();
                body.End();
                Answer(head, () => context.Events.PositionAsync(topic, CancellationToken.None), static (to, position) => to.Long(position));
                return true;
            default:
                return TryServeState(head, ref body, context.State);
        }
    }

    protected override bool TryHandle(FrameHead head, ref FrameReader body)
    {
        switch (head.Operation)
        {
            case RemoteOperation.ReportFatal:
                context.ReportFatal(Results.ReadFault(ref body));
                return true;
            case RemoteOperation.ReportHealth:
                context.ReportHealth(new AdapterHealth(body.Flag(), CallFailure.Bounded(body.Text())));
                return true;
            case RemoteOperation.Publish:
                context.Events.Publish(body.Text(), HttpMessages.ReadEvent(ref body));
                return true;
            default:
                return false;
        }
    }
}
