using PluginGateway.Guard;
using PluginGateway.Guard.Calls;
using PluginGateway.Isolation.Protocol;
using PluginGateway.Posix;
using PluginGateway.Threads;

namespace PluginGateway.Isolation.Remote;

/// <summary>Serves the worker of a handler: what its turns request is done by the turns of the gateway, the rest by its context.</summary>
internal sealed class HandlerHostServices(WorkerAccess access, HandlerContext context, GuardOptions options, OpenTurns turns, ILogger log)
    : HostServices(access.Channel, options.Name, context.Log, context.Clock, options.Observer, log)
{
    private OutgoingFiles Outgoing => access.Outgoing ?? throw new IOException("There is no folder for the files of workers.");

    /// <summary>Reports the end: a handler has no run that would end with its worker.</summary>
    public override void OnEnded(string reason) => Observer.OnWorkerEnded(reason);

    protected override bool TryServe(FrameHead head, ref FrameReader body)
    {
        switch (head.Operation)
        {
            case RemoteOperation.TurnReply:
                var (replying, reply) = (body.Int(), Turns.ReadReply(ref body));
                body.End();
                Answer(head, () => ReplyAsync(turns.Find(replying).Turn, reply), Turns.Write);
                return true;
            case RemoteOperation.TurnEdit:
                var (editing, edit) = (body.Int(), Turns.ReadEdit(ref body));
                body.End();
                Answer(head, () => turns.Find(editing).Turn.EditAsync(edit.Target, edit.Content, CancellationToken.None));
                return true;
            case RemoteOperation.TurnDelete:
                var (deleting, deleted) = (body.Int(), Turns.ReadTarget(ref body));
                body.End();
                Answer(head, () => turns.Find(deleting).Turn.DeleteAsync(deleted, CancellationToken.None));
                return true;
            case RemoteOperation.TurnReact:
                var (reacting, reaction) = (body.Int(), Turns.ReadReaction(ref body));
                body.End();
                Answer(head, () => turns.Find(reacting).Turn.ReactAsync(reaction.Target, reaction.Emoji, CancellationToken.None));
                return true;
            case RemoteOperation.TurnFetch:
                var (fetching, attachment) = (body.Int(), Messages.ReadAttachment(ref body));
                body.End();
                Continue(head, () => turns.Find(fetching).Turn.FetchAsync(attachment, CancellationToken.None), file => BeginLend(head, fetching, file));
                return true;
            case RemoteOperation.TurnFinish:
                var (finishing, finish) = (body.Int(), TurnMemories.ReadFinish(ref body));
                body.End();
                Answer(head, () => FinishAsync(turns.Find(finishing).Turn, finish), static (to, last) => to.Maybe(last, Turns.Write));
                return true;
            case RemoteOperation.TurnNote:
                var (noting, note, text) = (body.Int(), body.Text(), body.Text());
                body.End();
                Answer(head, () => turns.Find(noting).Turn.NoteAsync(note, text, CancellationToken.None));
                return true;
            case RemoteOperation.TurnGetState:
                var (reading, key) = (body.Int(), body.Text());
                body.End();
                Answer(head, () => turns.Find(reading).Turn.State.GetAsync(key, CancellationToken.None), static (to, value) => to.Text(value));
                return true;
            case RemoteOperation.OutboxSend:
                var request = Turns.ReadOutboxRequest(ref body);
                body.End();
                Answer(head, () => SendAsync(request), Turns.Write);
                return true;
            default:
                return TryServeState(head, ref body, context.State);
        }
    }

    /// <summary>Queues a reply. The turn keeps the order of its replies.</summary>
    private Task<MessageTarget> ReplyAsync(EventTurn turn, Reply reply) => WithFiles(
        reply, (taken, takeFiles) => ((IHostTurn)turn).ReplyAsync(taken, takeFiles, CancellationToken.None));

    /// <summary>Ends a turn with the changes that the worker has made so far. Where the last reply is refused the turn goes on.</summary>
    private Task<MessageTarget?> FinishAsync(EventTurn turn, TurnFinish finish)
    {
        var host = (IHostTurn)turn;
        host.TakeState(finish.Changes);
        return finish.Last is not { } last ? host.FinishAsync(null, null, CancellationToken.None)
            : WithFiles<MessageTarget?>(last, (taken, takeFiles) => host.FinishAsync(taken, takeFiles, CancellationToken.None));
    }

    private Task<MessageTarget> SendAsync(OutboxRequest request) => WithFiles(request.Reply, (taken, takeFiles) =>
        ((IHostOutbox)context.Outbox).SendAsync(request.AdapterId, request.Chat, taken, request.Key, takeFiles, CancellationToken.None));

    /// <summary>Queues a reply or message. Its files are copies that the worker has made in its own folder: they are moved out of it, because the
    /// worker could put a link in the place of any path that the gateway opens.</summary>
    private Task<T> WithFiles<T>(Reply reply, Func<Reply, Func<string?>?, Task<T>> queue)
    {
        if (reply.Attachments.Count == 0) return queue(reply, null);
        var taken = new Dictionary<string, string>(StringComparer.Ordinal);
        var files = reply.Attachments
            .Select(file => WorkerCopy.NameIn(file.Path) is { } name ? file with { Path = taken[name] = Outgoing.NewPath() } : file).ToArray();
        var queued = queue(reply with { Attachments = files }, () => Take(taken));
        queued.ContinueWith((_, _) => Delete(taken), null, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        return queued;
    }

    private string? Take(Dictionary<string, string> files) =>
        files.Select(file => access.Fetched.Take(file.Key, file.Value)).FirstOrDefault(static problem => problem is not null);

    private void Delete(Dictionary<string, string> files)
    {
        foreach (var (name, path) in files)
        {
            LibCFiles.Delete(null, path);
            access.Fetched.Discard(name);
        }
    }

    /// <summary>Gives the worker a fetched file, on a thread of its own: if the disk hangs, only this fetch does.</summary>
    private void BeginLend(FrameHead head, int turn, FetchedFile file)
    {
        try
        {
            LoopThread.Start("lend file", () => Lend(head, turn, file));
        }
        catch (OutOfMemoryException)
        {
            Fail(head, CallFailure.Of(new IOException("There is no thread to hand the file over; try again.")));
        }
    }

    /// <summary>Gives the worker a fetched file under a name of its own until the turn ends.</summary>
    private void Lend(FrameHead head, int turn, FetchedFile file)
    {
        try
        {
            var (open, path) = (turns.Find(turn), Outgoing.NewPath());
            OutgoingFiles.Give(file.Path, path);
            if (!open.Lend(path)) throw new InvalidOperationException("The turn is over.");
            Reply(head, file with { Path = path }, Turns.Write);
        }
        catch (Exception problem) when (problem is IOException or InvalidOperationException)
        {
            Fail(head, CallFailure.Of(problem));
        }
    }
}
