using PluginGateway.Guard;
using PluginGateway.Isolation.Protocol;
using PluginGateway.Isolation.Sandbox;
using PluginGateway.Threads;

namespace PluginGateway.Isolation.Remote;

/// <summary>Proxy of an adapter in a worker: every member of the contract sends a request there and completes with the answer, or with the worker's
/// end. The guard treats it like any plugin; no member blocks.</summary>
/// <param name="workerChannel">To the worker.</param>
/// <param name="temporaryFolder">Folder for the files that the worker fetches: no other of the gateway's is open to it.</param>
/// <param name="fetched">Takes that over.</param>
/// <param name="outgoing">Copies of the files to send; null: the worker reads the originals.</param>
internal sealed class RemoteAdapter(WorkerChannel workerChannel, string temporaryFolder, FetchedFiles fetched, OutgoingFiles? outgoing)
    : IRemoteProxy, IChannelAdapter, IEditMessages, IDeleteMessages, IReactToMessages, IShowTyping, IAnswerInteractions, IPublishCommands, IFetchAttachments,
        IProbeConnection, IValidateSettings, IServeHttp
{
    public Task PingAsync(CancellationToken cancellationToken) => Ask(RemoteOperation.Ping, 0, static (_, _) => { }, ReadSandbox, cancellationToken);

    /// <summary>Reads the answer to a ping.</summary>
    public static SandboxOptions ReadSandbox(ref FrameReader reader) => reader.IsAtEnd ? SandboxOptions.None : (SandboxOptions)reader.Int();

    public Task<ConnectionInfo> ConnectAsync(ConnectContext context, CancellationToken cancellationToken) =>
        Ask(RemoteOperation.Connect, context, static (to, what) => to.Write(what), Results.ReadConnectionInfo, cancellationToken);

    public Task RunAsync(CancellationToken cancellationToken) => Ask(RemoteOperation.Run, cancellationToken);

    public Task DisconnectAsync(CancellationToken cancellationToken) => Ask(RemoteOperation.Disconnect, cancellationToken);

    public Task DisposeAsync() => Ask(RemoteOperation.Dispose, CancellationToken.None);

    public Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken)
    {
        if (outgoing is null || message.Attachments.Count == 0)
            return Deliver(RemoteOperation.Send, message, static (to, what) => to.Write(what), cancellationToken);
        var (lent, takeBack) = outgoing.Lend(message);
        var sent = Deliver(RemoteOperation.Send, lent, static (to, what) => to.Write(what), cancellationToken);
        sent.ContinueWith((_, _) => takeBack(), null, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        return sent;
    }

    public Task<SendResult> EditAsync(MessageEdit edit, CancellationToken cancellationToken) =>
        Deliver(RemoteOperation.Edit, edit, static (to, what) => to.Write(what), cancellationToken);

    public Task<SendResult> DeleteAsync(MessageDeletion deletion, CancellationToken cancellationToken) =>
        Deliver(RemoteOperation.Delete, deletion, static (to, what) => to.Write(what), cancellationToken);

    public Task<SendResult> ReactAsync(ReactionUpdate reaction, CancellationToken cancellationToken) =>
        Deliver(RemoteOperation.React, reaction, static (to, what) => to.Write(what), cancellationToken);

    public Task ShowTypingAsync(TypingIndication indication, CancellationToken cancellationToken) =>
        Ask(RemoteOperation.Typing, indication, static (to, what) => to.Write(what), Nothing, cancellationToken);

    public Task AnswerAsync(TicketAnswer answer, CancellationToken cancellationToken) =>
        Ask(RemoteOperation.AnswerInteraction, answer, static (to, what) => to.Write(what), Nothing, cancellationToken);

    public Task PublishAsync(CommandPublication publication, CancellationToken cancellationToken) =>
        Ask(RemoteOperation.PublishCommands, publication, Commands.Write, Nothing, cancellationToken);

    public Task<FetchedAttachment> FetchAsync(AttachmentRequest request, CancellationToken cancellationToken)
    {
        var name = Path.GetFileName(request.Path);
        var inside = new AttachmentRequest(request.Attachment, Path.Combine(temporaryFolder, name), request.MaxBytes);
        var handedOver = new TaskCompletionSource<FetchedAttachment>();
        Ask(RemoteOperation.Fetch, inside, static (to, what) => to.Write(what), Messages.ReadFetched, cancellationToken).ContinueWith(
            (done, _) => BeginHandOver(done, name, request.Path, handedOver), null, CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return handedOver.Task;
    }

    public Task<ProbeResult> ProbeAsync(CancellationToken cancellationToken) =>
        Ask(RemoteOperation.Probe, 0, static (_, _) => { }, Results.ReadProbe, cancellationToken);

    public Task<SettingsReport> ValidateSettingsAsync(CancellationToken cancellationToken) =>
        Ask(RemoteOperation.ValidateSettings, 0, static (_, _) => { }, Results.ReadSettingsReport, cancellationToken);

    public Task<HttpReply> HandleAsync(HttpCall call, CancellationToken cancellationToken) =>
        Ask(RemoteOperation.Http, call, static (to, what) => to.Write(what), HttpMessages.ReadReply, cancellationToken);

    /// <summary>Starts the hand-over on a thread of its own: if the disk hangs, only this call is overdue.</summary>
    private void BeginHandOver(Task<FetchedAttachment> done, string name, string wanted, TaskCompletionSource<FetchedAttachment> handedOver)
    {
        try
        {
            LoopThread.Start("hand-over", () => HandOver(done, name, wanted, handedOver));
        }
        catch (OutOfMemoryException)
        {
            handedOver.TrySetException(new IOException("what the adapter fetched cannot be taken over: the system has no thread to give"));
        }
    }

    /// <summary>Moves a fetched file to the path that the gateway demanded, and checks it there; deletes the file of a failed fetch.</summary>
    private void HandOver(Task<FetchedAttachment> done, string name, string wanted, TaskCompletionSource<FetchedAttachment> handedOver)
    {
        string? problem = null;
        if (done.IsCompletedSuccessfully) problem = fetched.Take(name, wanted);
        else fetched.Discard(name);
        if (problem is not null) handedOver.TrySetException(new IOException(problem));
        else handedOver.TrySetFromTask(done);
    }

    /// <summary>Reads an answer without a value.</summary>
    public static bool Nothing(ref FrameReader reader) => true;

    private Task<bool> Ask(RemoteOperation operation, CancellationToken cancellationToken) =>
        Ask(operation, 0, static (_, _) => { }, Nothing, cancellationToken);

    private Task<TAnswer> Ask<TRequest, TAnswer>(
        RemoteOperation operation, TRequest request, Action<FrameWriter, TRequest> write, Read<TAnswer> read, CancellationToken cancellationToken) =>
        workerChannel.Ask(operation, request, write, read, mayHaveHappened: false, cancellationToken).Task;

    /// <summary>Calls a delivering member. A delivery without an answer may have arrived.</summary>
    private Task<SendResult> Deliver<TRequest>(
        RemoteOperation operation, TRequest request, Action<FrameWriter, TRequest> write, CancellationToken cancellationToken) =>
        workerChannel.Ask(operation, request, write, Results.ReadSendResult, mayHaveHappened: true, cancellationToken).Task;
}
