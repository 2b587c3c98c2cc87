namespace PluginGateway;

/// <summary>Adapter: one live connection of one account on one chat platform.</summary>
/// <remarks>
/// <para>The rules, before the members:</para>
/// <list type="number">
/// <item>The host creates a new instance for every connection attempt (a <em>generation</em>) and never uses one twice. The class is named by
/// <see cref="ChannelAdapterAttribute"/> and has one public constructor, which takes an <see cref="AdapterContext"/>.</item>
/// <item>Members may be called on any thread, without a synchronization context. Do not block before the first <c>await</c>: the host calls the
/// adapter on a thread of its own, so other adapters do not wait for it, but its own next calls do.</item>
/// <item>The order is: constructor; <see cref="ConnectAsync"/>, once; <see cref="RunAsync"/>, once, after a successful connect;
/// <see cref="SendAsync"/> and the optional interfaces only between connect and disconnect; <see cref="DisconnectAsync"/>, at most once, at any time,
/// also after a failed connect and while sends run; <see cref="DisposeAsync"/> last, once, possibly while a disconnect has not returned.</item>
/// <item>Honour the cancellation token. The host does not rely on it: at the deadline the call is abandoned, and a later result is discarded.</item>
/// <item>Return data, not live objects. Every data type that crosses the contract is a sealed record that copies its arguments.</item>
/// <item>After the generation is retired every call into the host returns <see cref="AcceptanceKind.Retired"/> or does nothing (events are
/// published for 10 s more).</item>
/// <item>Do not end the process, change process-wide state (console, current directory, thread pool, culture, environment), handle signals, subscribe
/// to <see cref="AppDomain"/> events, open the gateway's database, or log secrets.</item>
/// <item>The process has the invariant culture only: <c>new CultureInfo("de-DE")</c> throws, and text is compared and formatted the same on every
/// machine. Time zones are available.</item>
/// </list>
/// <para>Every exception is caught. An <see cref="PluginException"/> carries a fault for the operator; any other exception is a fault that is
/// retried with backoff.</para>
/// </remarks>
public interface IChannelAdapter
{
    /// <summary>Connects to the platform. Completes when the platform has accepted the adapter (hello, authentication, first poll), not when a socket
    /// opened.</summary>
    /// <param name="context">Number and reason of the attempt.</param>
    /// <param name="cancellationToken">Cancelled at the deadline and when the gateway stops.</param>
    /// <returns>The account of the bot, and limits that only the connection knows, once messages can be sent and received;
    /// <see cref="ConnectionInfo.Empty"/> if the adapter knows neither.</returns>
    /// <remarks>Deadline: <c>timeouts.connectSeconds</c>, 30 s by default. Called once, alone. On an exception, at the deadline and on a null
    /// result the generation is torn down, and a new one connects after a backoff, unless the fault is
    /// <see cref="FaultRetry.AfterOperatorAction"/>.</remarks>
    /// <exception cref="PluginException">The platform refused the adapter or cannot be reached.</exception>
    Task<ConnectionInfo> ConnectAsync(ConnectContext context, CancellationToken cancellationToken);

    /// <summary>Receive loop: runs as long as the connection. A return, for any reason, means disconnected; the host then reconnects or parks the
    /// adapter.</summary>
    /// <param name="cancellationToken">Cancelled when this generation is torn down.</param>
    /// <returns>A task that completes when the connection ends.</returns>
    /// <remarks>No deadline. Called once, after <see cref="ConnectAsync"/>; runs concurrently with every other member. An exception or a return is a
    /// fatal error of this generation: the host queues a reconnect, then tears this instance down.</remarks>
    Task RunAsync(CancellationToken cancellationToken);

    /// <summary>Delivers one message.</summary>
    /// <param name="message">The message. <see cref="OutboundMessage.Key"/> is the same at every attempt, also after a restart.</param>
    /// <param name="cancellationToken">Cancelled at the deadline.</param>
    /// <returns>One of the four outcomes of <see cref="SendResult"/>. Return <see cref="SendResult.NotSent"/> only if provably no request left the
    /// process, or the platform refused the message.</returns>
    /// <remarks>Deadline: <c>timeouts.sendSeconds</c>, 30 s by default; at the deadline the outcome is <see cref="SendOutcome.Unknown"/>. Called
    /// concurrently up to <see cref="ChannelAdapterAttribute.ConcurrentSends"/>, one at a time per chat. Never sleep through a rate limit: return it
    /// with its wait and its scope (<see cref="SendError.RateLimited"/>), and the host waits. An <see cref="PluginException"/> counts as not sent;
    /// any other exception counts as unknown.</remarks>
    Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken);

    /// <summary>Closes the connection gracefully within the remaining time.</summary>
    /// <param name="cancellationToken">Cancelled at the deadline.</param>
    /// <returns>A task that completes when the connection is closed.</returns>
    /// <remarks>Deadline: <c>timeouts.disconnectSeconds</c>, 5 s by default, shared with <see cref="DisposeAsync"/>: one bound for the whole
    /// teardown. Called at most once, at any time, also after a failed connect. On an exception or at the deadline the host continues the teardown
    /// without it. By default it does nothing.</remarks>
    Task DisconnectAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Releases all resources: sockets, timers, threads.</summary>
    /// <returns>A task that completes when no code of this instance runs any more.</returns>
    /// <remarks>Deadline: the rest of <c>timeouts.disconnectSeconds</c>. Called last, once, possibly while <see cref="DisconnectAsync"/> has not
    /// returned. On an exception or at the deadline the instance is abandoned and listed in <c>status</c> until it returns. By default it does
    /// nothing.</remarks>
    Task DisposeAsync() => Task.CompletedTask;
}
