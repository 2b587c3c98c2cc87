using PluginGateway.Isolation.Protocol;
using PluginGateway.Threads;

namespace PluginGateway.Isolation.Worker;

/// <summary>The gateway's outbox of this handler: completes when the gateway says that the message is durable. Messages without files leave in the
/// order of the calls.</summary>
/// <param name="workerChannel">Channel to the gateway.</param>
/// <param name="files">Copies the files of a message.</param>
internal sealed class WorkerOutbox(WorkerChannel workerChannel, Func<IReadOnlyList<OutboundAttachment>, ReplyFiles> files) : IHandlerOutbox
{
    public Task<MessageTarget> SendAsync(string adapterId, Chat chat, Reply reply, string key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(adapterId);
        ArgumentNullException.ThrowIfNull(chat);
        ArgumentNullException.ThrowIfNull(reply);
        ArgumentNullException.ThrowIfNull(key);
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<MessageTarget>(cancellationToken);
        var (promise, request) = (new Promise<MessageTarget>(cancellationToken), new OutboxRequest(adapterId, chat, reply, key));
        if (reply.Attachments.Count == 0) Ask(request, promise);
        else SendWithFiles(request, promise);
        return promise.Task;
    }

    private void SendWithFiles(OutboxRequest request, Promise<MessageTarget> promise)
    {
        var copies = files(request.Reply.Attachments);
        copies.Begin(() =>
        {
            if (copies.Problem is { } problem)
            {
                copies.Delete();
                promise.Fail(new ArgumentException(problem.Message));
            }
            else
            {
                Ask(request with { Reply = request.Reply with { Attachments = copies.Files } }, promise);
            }
        });
    }

    private void Ask(OutboxRequest request, Promise<MessageTarget> promise)
    {
        try
        {
            workerChannel.Ask(RemoteOperation.OutboxSend, request, Turns.Write, Turns.ReadTarget, mayHaveHappened: true, promise);
        }
        catch (FrameTooLongException problem)
        {
            promise.Fail(new ArgumentException(problem.Message));
        }
    }
}
