using PluginGateway.Guard;
using PluginGateway.Isolation.Protocol;

namespace PluginGateway.Isolation.Hosting;

/// <summary>Stands in for an adapter that lives in a worker: every member of the contract asks there and completes with the answer, or with the worker's end. The guard treats it as it treats any plugin; nothing
/// here blocks.</summary>
internal sealed class RemoteAdapter(Connection connection, RemoteCapabilities capabilities) : IStandsIn, IChannelAdapter, IEditMessages, IDeleteMessages, IReactions, ITypingIndicator, IFetchAttachments,
    IProbe, IValidateSettings, IServeHttp
{
    public bool Offers(Type capability) => capabilities.Has(capability);

    public Task PingAsync(CancellationToken cancellationToken) => Ask(RemoteOperation.Ping, cancellationToken);

    public Task ConnectAsync(ConnectContext context, CancellationToken cancellationToken) =>
        Ask(RemoteOperation.Connect, context, static (to, what) => to.Write(what), Nothing, cancellationToken);

    public Task RunAsync(CancellationToken cancellationToken) => Ask(RemoteOperation.Run, cancellationToken);

    public Task DisconnectAsync(CancellationToken cancellationToken) => Ask(RemoteOperation.Disconnect, cancellationToken);

    public Task DisposeAsync() => Ask(RemoteOperation.Dispose, CancellationToken.None);

    public Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken) =>
        Deliver(RemoteOperation.Send, message, static (to, what) => to.Write(what), cancellationToken);

    public Task<SendResult> EditAsync(MessageEdit edit, CancellationToken cancellationToken) =>
        Deliver(RemoteOperation.Edit, edit, static (to, what) => to.Write(what), cancellationToken);

    public Task<SendResult> DeleteAsync(MessageRef message, CancellationToken cancellationToken) =>
        Deliver(RemoteOperation.Delete, message, static (to, what) => to.Write(what), cancellationToken);

    public Task<SendResult> ReactAsync(Reaction reaction, CancellationToken cancellationToken) =>
        Deliver(RemoteOperation.React, reaction, static (to, what) => to.Write(what), cancellationToken);

    public Task ShowTypingAsync(Chat chat, CancellationToken cancellationToken) =>
        Ask(RemoteOperation.Typing, chat, static (to, what) => to.Write(what), Nothing, cancellationToken);

    public Task<FetchedAttachment> FetchAsync(AttachmentRequest request, CancellationToken cancellationToken) =>
        Ask(RemoteOperation.Fetch, request, static (to, what) => to.Write(what), Messages.ReadFetched, cancellationToken);

    public Task<ProbeResult> ProbeAsync(CancellationToken cancellationToken) =>
        Ask(RemoteOperation.Probe, 0, static (_, _) => { }, Results.ReadProbe, cancellationToken);

    public Task<SettingsReport> ValidateSettingsAsync(CancellationToken cancellationToken) =>
        Ask(RemoteOperation.ValidateSettings, 0, static (_, _) => { }, Results.ReadSettingsReport, cancellationToken);

    public Task<HttpReply> HandleAsync(HttpCall call, CancellationToken cancellationToken) =>
        Ask(RemoteOperation.Http, call, static (to, what) => to.Write(what), HttpMessages.ReadReply, cancellationToken);

    private static bool Nothing(ref FrameReader reader) => true;

    private Task<bool> Ask(RemoteOperation operation, CancellationToken cancellationToken) => Ask(operation, 0, static (_, _) => { }, Nothing, cancellationToken);

    private Task<TAnswer> Ask<TRequest, TAnswer>(
        RemoteOperation operation, TRequest request, Action<FrameWriter, TRequest> write, Read<TAnswer> read, CancellationToken cancellationToken) =>
        connection.Ask(operation, request, write, read, mayHaveHappened: false, cancellationToken).Task;

    /// <summary>What never gets an answer may have arrived.</summary>
    private Task<SendResult> Deliver<TRequest>(RemoteOperation operation, TRequest request, Action<FrameWriter, TRequest> write, CancellationToken cancellationToken) =>
        connection.Ask(operation, request, write, Results.ReadSendResult, mayHaveHappened: true, cancellationToken).Task;
}
