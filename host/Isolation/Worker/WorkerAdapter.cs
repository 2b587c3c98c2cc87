using PluginGateway.Guard;
using PluginGateway.Guard.Calls;
using PluginGateway.Isolation.Protocol;

namespace PluginGateway.Isolation.Worker;

/// <summary>Adapter in a worker.</summary>
internal sealed class WorkerAdapter(GuardedAdapter adapter, GatewayRequests requests) : IWorkerInstance
{
    public bool TryServe(FrameHead head, ref FrameReader body)
    {
        switch (head.Operation)
        {
            case RemoteOperation.ValidateSettings:
                adapter.Begin(new ValidateSettingsCall(requests.Sink(head, static (to, call) => to.Write(((ValidateSettingsCall)call).Value!)))
                {
                    Source = requests.SourceOf(head)
                });
                return true;
            case RemoteOperation.Connect:
                adapter.Begin(new ConnectCall(
                    Results.ReadConnect(ref body), requests.Sink(head, static (to, call) => to.Write(((ConnectCall)call).Value!)))
                {
                    Source = requests.SourceOf(head)
                });
                return true;
            case RemoteOperation.Run:
                adapter.Begin(new RunCall(requests.Sink(head)) { Source = requests.SourceOf(head) });
                return true;
            case RemoteOperation.Disconnect:
                adapter.Begin(new DisconnectCall(requests.Sink(head)) { Source = requests.SourceOf(head) });
                return true;
            case RemoteOperation.Dispose:
                adapter.Begin(new DisposeCall(requests.Sink(head)));
                return true;
            case RemoteOperation.Send:
                adapter.Post(new SendCall(Messages.ReadOutbound(ref body), Delivery(head)) { Source = requests.SourceOf(head) });
                return true;
            case RemoteOperation.Edit:
                adapter.Post(new EditCall(Messages.ReadEdit(ref body), Delivery(head)) { Source = requests.SourceOf(head) });
                return true;
            case RemoteOperation.Delete:
                adapter.Post(new DeleteCall(Messages.ReadDeletion(ref body), Delivery(head)) { Source = requests.SourceOf(head) });
                return true;
            case RemoteOperation.React:
                adapter.Post(new ReactCall(Messages.ReadReaction(ref body), Delivery(head)) { Source = requests.SourceOf(head) });
                return true;
            case RemoteOperation.Typing:
                adapter.Post(new TypingCall(Messages.ReadTyping(ref body), requests.Sink(head)) { Source = requests.SourceOf(head) });
                return true;
            case RemoteOperation.AnswerInteraction:
                adapter.Post(new AnswerCall(Interactions.ReadTicketAnswer(ref body), requests.Sink(head)) { Source = requests.SourceOf(head) });
                return true;
            case RemoteOperation.PublishCommands:
                adapter.Post(new PublishCall(Commands.Read(ref body), requests.Sink(head)) { Source = requests.SourceOf(head) });
                return true;
            case RemoteOperation.Fetch:
                adapter.Post(
                    new FetchCall(Messages.ReadAttachmentRequest(ref body), requests.Sink(head, static (to, call) => to.Write(((FetchCall)call).Value!)))
                    {
                        Source = requests.SourceOf(head)
                    });
                return true;
            case RemoteOperation.Probe:
                adapter.Post(new ProbeCall(requests.Sink(head, static (to, call) => to.Write(((ProbeCall)call).Value!))) { Source = requests.SourceOf(head) });
                return true;
            case RemoteOperation.Http:
                adapter.Post(
                    new HttpServeCall(HttpMessages.ReadCall(ref body), requests.Sink(head, static (to, call) => to.Write(((HttpServeCall)call).Value!)))
                    {
                        Source = requests.SourceOf(head)
                    });
                return true;
            default:
                return false;
        }
    }

    private ICallSink Delivery(FrameHead head) => requests.Sink(head, static (to, call) => to.Write(((DeliveryCall)call).Value!));
}
