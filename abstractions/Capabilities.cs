namespace PluginGateway;

/// <summary>Capability: edits of sent messages. An adapter declares it by implementing the interface.</summary>
public interface IEditMessages
{
    /// <summary>Replaces the text of a message.</summary>
    /// <param name="edit">The message and its new text.</param>
    /// <param name="cancellationToken">Cancelled at the deadline.</param>
    /// <returns>As for <see cref="IChannelAdapter.SendAsync"/>; a platform's "not modified" is <see cref="SendOutcome.Sent"/>.</returns>
    /// <remarks>Deadline: <c>timeouts.editSeconds</c>, 15 s by default. Called in order with the sends of its chat, one call at a time, and counted
    /// with them in <see cref="ChannelAdapterAttribute.ConcurrentSends"/>. Called again when the outcome is unknown: a repetition must change
    /// nothing.</remarks>
    Task<SendResult> EditAsync(MessageEdit edit, CancellationToken cancellationToken);
}

/// <summary>Capability: deletion of sent messages. An adapter declares it by implementing the interface.</summary>
public interface IDeleteMessages
{
    /// <summary>Deletes a message.</summary>
    /// <param name="deletion">The message.</param>
    /// <param name="cancellationToken">Cancelled at the deadline.</param>
    /// <returns>As for <see cref="IChannelAdapter.SendAsync"/>; a message that is already deleted is <see cref="SendOutcome.Sent"/>.</returns>
    /// <remarks>Deadline: <c>timeouts.deleteSeconds</c>, 15 s by default. Called in order with the sends of its chat, one call at a time, and counted
    /// with them in <see cref="ChannelAdapterAttribute.ConcurrentSends"/>. Called again when the outcome is unknown: a repetition must change
    /// nothing.</remarks>
    Task<SendResult> DeleteAsync(MessageDeletion deletion, CancellationToken cancellationToken);
}

/// <summary>Capability: reactions to messages. An adapter declares it by implementing the interface.</summary>
public interface IReactToMessages
{
    /// <summary>Sets or clears the bot's reaction to a message.</summary>
    /// <param name="reaction">The message and the reaction.</param>
    /// <param name="cancellationToken">Cancelled at the deadline.</param>
    /// <returns>As for <see cref="IChannelAdapter.SendAsync"/>.</returns>
    /// <remarks>Deadline: <c>timeouts.reactSeconds</c>, 15 s by default. Called in order with the sends of its chat, one call at a time, and counted
    /// with them in <see cref="ChannelAdapterAttribute.ConcurrentSends"/>. Called again when the outcome is unknown: a repetition must change
    /// nothing.</remarks>
    Task<SendResult> ReactAsync(ReactionUpdate reaction, CancellationToken cancellationToken);
}

/// <summary>Capability: typing indicator. An adapter declares it by implementing the interface.</summary>
public interface IShowTyping
{
    /// <summary>Shows the indicator once; the host repeats the call, every 4 s, while a turn runs.</summary>
    /// <param name="indication">The chat.</param>
    /// <param name="cancellationToken">Cancelled at the deadline.</param>
    /// <returns>A task that completes when the request has been sent.</returns>
    /// <remarks>Deadline: <c>timeouts.typingSeconds</c>, 2 s by default. It has slots of its own, so it never delays a send. A failure is counted and
    /// otherwise ignored.</remarks>
    Task ShowTypingAsync(TypingIndication indication, CancellationToken cancellationToken);
}

/// <summary>Capability: fetching the bytes of received attachments. An adapter declares it by implementing the interface.</summary>
public interface IFetchAttachments
{
    /// <summary>Writes the attachment to the file that the request names.</summary>
    /// <param name="request">The platform's reference, the file to write and the size limit.</param>
    /// <param name="cancellationToken">Cancelled at the deadline.</param>
    /// <returns>Size and media type of the written file.</returns>
    /// <remarks>Deadline: <c>timeouts.fetchSeconds</c>, 60 s by default. Called concurrently with every other member, at most four calls at once. The
    /// host deletes the file after an exception or a timeout, and if its size differs from the returned size.</remarks>
    /// <exception cref="PluginException">The reference is unknown or expired, or the file is over the limit.</exception>
    Task<FetchedAttachment> FetchAsync(AttachmentRequest request, CancellationToken cancellationToken);
}

/// <summary>Capability: liveness probe of the connection. An adapter declares it by implementing the interface.</summary>
public interface IProbeConnection
{
    /// <summary>Probes the connection by a request to the platform.</summary>
    /// <param name="cancellationToken">Cancelled at the deadline.</param>
    /// <returns>The directions that the probe has proved.</returns>
    /// <remarks>Deadline: <c>timeouts.probeSeconds</c>, 10 s by default. Called when no message has arrived for <c>probe.idleSeconds</c> (60 by
    /// default); it has slots of its own. Three failures in a row are a fatal error of the generation.</remarks>
    Task<ProbeResult> ProbeAsync(CancellationToken cancellationToken);
}

/// <summary>Capability: validation of settings without a network. An adapter or handler declares it by implementing the interface.</summary>
public interface IValidateSettings
{
    /// <summary>Checks <see cref="AdapterContext.Settings"/> or <see cref="HandlerContext.Settings"/>, offline.</summary>
    /// <param name="cancellationToken">Cancelled at the deadline.</param>
    /// <returns>Every problem found; an empty list if the settings are valid.</returns>
    /// <remarks>Deadline: <c>timeouts.loadSeconds</c>, 10 s by default. Called before each connect of an adapter and before each start of a handler,
    /// where a problem parks it, and by the command <c>check</c>, in a process that connects to no platform. The constructor runs before it: it must
    /// need no network either.</remarks>
    Task<SettingsReport> ValidateSettingsAsync(CancellationToken cancellationToken);
}

/// <summary>Capability: HTTP requests (webhooks, a page). The host owns the listener, the connections and the streams. An adapter or handler
/// declares it by implementing the interface.</summary>
public interface IServeHttp
{
    /// <summary>Answers one request: of an adapter under <c>/hooks/{adapterId}</c> or <see cref="ChannelAdapterAttribute.PathPrefix"/>, of a handler
    /// under <c>/hooks/handler:default</c>, or <c>/hooks/handler:{adapterId}</c> if it is an adapter's own.</summary>
    /// <param name="call">The request, with its body read (at most 1 MiB).</param>
    /// <param name="cancellationToken">Cancelled at the deadline.</param>
    /// <returns>Status, headers and bytes; or, of an adapter only, an event stream on a topic of <see cref="AdapterContext.Events"/>.</returns>
    /// <remarks>Deadline: <c>timeouts.httpSeconds</c>, 10 s by default; then the client gets 504. Called concurrently, at most 32 calls at once.
    /// After an exception the client gets 502.</remarks>
    Task<HttpReply> HandleAsync(HttpCall call, CancellationToken cancellationToken);
}
