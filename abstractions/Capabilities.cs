namespace PluginGateway;

/// <summary>The adapter can change the text of a message it sent. Implementing the interface declares the capability.</summary>
public interface IEditMessages
{
    /// <summary>Replaces the text of a message.</summary>
    /// <param name="edit">Which message, and its new text.</param>
    /// <param name="cancellationToken">Cancelled at the deadline.</param>
    /// <returns>As for <see cref="IChannelAdapter.SendAsync"/>; a platform's "not modified" is <see cref="SendOutcome.Sent"/>.</returns>
    /// <remarks>Deadline: <c>timeouts.editSeconds</c>, 15 s by default. Called in order with the sends of its chat, one of them at a time, and counted with
    /// them in <see cref="ChannelAdapterAttribute.ConcurrentSends"/>. Called again when the outcome is unknown: a second time must change nothing.</remarks>
    Task<SendResult> EditAsync(MessageEdit edit, CancellationToken cancellationToken);
}

/// <summary>The adapter can delete a message it sent. Implementing the interface declares the capability.</summary>
public interface IDeleteMessages
{
    /// <summary>Deletes a message.</summary>
    /// <param name="message">Which message.</param>
    /// <param name="cancellationToken">Cancelled at the deadline.</param>
    /// <returns>As for <see cref="IChannelAdapter.SendAsync"/>; a message that is gone already is <see cref="SendOutcome.Sent"/>.</returns>
    /// <remarks>Deadline: <c>timeouts.deleteSeconds</c>, 15 s by default. Called in order with the sends of its chat, one of them at a time, and counted with
    /// them in <see cref="ChannelAdapterAttribute.ConcurrentSends"/>. Called again when the outcome is unknown: a second time must change nothing.</remarks>
    Task<SendResult> DeleteAsync(MessageRef message, CancellationToken cancellationToken);
}

/// <summary>The adapter can put a reaction on a message and take it away. Implementing the interface declares the capability.</summary>
public interface IReactions
{
    /// <summary>Sets or clears our reaction on a message.</summary>
    /// <param name="reaction">Which message and which reaction.</param>
    /// <param name="cancellationToken">Cancelled at the deadline.</param>
    /// <returns>As for <see cref="IChannelAdapter.SendAsync"/>.</returns>
    /// <remarks>Deadline: <c>timeouts.reactSeconds</c>, 15 s by default. Called in order with the sends of its chat, one of them at a time, and counted with
    /// them in <see cref="ChannelAdapterAttribute.ConcurrentSends"/>. Called again when the outcome is unknown: a second time must change nothing.</remarks>
    Task<SendResult> ReactAsync(Reaction reaction, CancellationToken cancellationToken);
}

/// <summary>The adapter can show that an answer is being written. Implementing the interface declares the capability.</summary>
public interface ITypingIndicator
{
    /// <summary>Shows the indicator once; the host repeats the call while a turn runs.</summary>
    /// <param name="chat">Where to show it.</param>
    /// <param name="cancellationToken">Cancelled at the deadline.</param>
    /// <returns>A task that ends when the platform has been told.</returns>
    /// <remarks>Deadline: <c>timeouts.typingSeconds</c>, 2 s by default. Has slots of its own, so it never delays a send. A failure is counted and otherwise ignored.</remarks>
    Task ShowTypingAsync(Chat chat, CancellationToken cancellationToken);
}

/// <summary>The adapter can fetch the bytes behind an inbound attachment. Implementing the interface declares the capability.</summary>
public interface IFetchAttachments
{
    /// <summary>Writes the attachment into the file the host names.</summary>
    /// <param name="request">The platform's reference, the file to write and the size limit.</param>
    /// <param name="cancellationToken">Cancelled at the deadline.</param>
    /// <returns>What was written.</returns>
    /// <remarks>Deadline: <c>timeouts.fetchSeconds</c>, 60 s by default. Concurrent with every other member, up to four at once. The host deletes the file after a throw or a timeout, and when it
    /// is not of the size that was returned.</remarks>
    /// <exception cref="AdapterException">The reference is unknown or expired, or the file is over the limit.</exception>
    Task<FetchedAttachment> FetchAsync(AttachmentRequest request, CancellationToken cancellationToken);
}

/// <summary>The adapter can prove that its connection is alive. Implementing the interface declares the capability.</summary>
public interface IProbe
{
    /// <summary>Asks the platform for a sign of life.</summary>
    /// <param name="cancellationToken">Cancelled at the deadline.</param>
    /// <returns>What the probe proved.</returns>
    /// <remarks>Deadline: <c>timeouts.probeSeconds</c>, 10 s by default. Called only when the connection has been idle; has slots of its own. Three failures in a row are a
    /// fatal error of the generation.</remarks>
    Task<ProbeResult> ProbeAsync(CancellationToken cancellationToken);
}

/// <summary>The adapter can check its settings without a network. Implementing the interface declares the capability.</summary>
public interface IValidateSettings
{
    /// <summary>Checks <see cref="AdapterContext.Settings"/>, offline.</summary>
    /// <param name="cancellationToken">Cancelled at the deadline.</param>
    /// <returns>Every problem found; empty when the settings are good.</returns>
    /// <remarks>Deadline: <c>timeouts.loadSeconds</c>, 10 s by default. Called before each connect, when what it finds parks the adapter, and by the command
    /// <c>check</c>, in a process where nothing connects. The constructor runs before it: it must need no network either.</remarks>
    Task<SettingsReport> ValidateSettingsAsync(CancellationToken cancellationToken);
}

/// <summary>The adapter answers HTTP requests (webhooks, a page). The host owns the listener, the connections and the streams.</summary>
public interface IServeHttp
{
    /// <summary>Answers one request under <c>/hooks/{adapterId}</c> or under <see cref="ChannelAdapterAttribute.PathPrefix"/>.</summary>
    /// <param name="call">The request, with its body read (at most 1 MiB).</param>
    /// <param name="cancellationToken">Cancelled at the deadline.</param>
    /// <returns>Status, headers and bytes, or an event stream on a topic of <see cref="AdapterContext.Events"/>.</returns>
    /// <remarks>Deadline: <c>timeouts.httpSeconds</c>, 10 s by default; then the client gets 504. Called concurrently. A throw is answered with 502.</remarks>
    Task<HttpReply> HandleAsync(HttpCall call, CancellationToken cancellationToken);
}
