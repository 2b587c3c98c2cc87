namespace PluginGateway;

/// <summary>One live connection of one account on one platform.</summary>
/// <remarks>
/// <para>The rules, before the members:</para>
/// <list type="number">
/// <item>The host creates a new instance for every connection attempt (a <em>generation</em>) and never uses one twice. The class is named by
/// <see cref="ChannelAdapterAttribute"/> and has one public constructor, which takes an <see cref="AdapterContext"/>.</item>
/// <item>Members may be called on any thread, without a synchronization context. Do not block before your first <c>await</c>: the host enters you on a
/// thread of its own, so nobody else waits for you, but your own next calls do.</item>
/// <item>The order is: constructor; <see cref="ConnectAsync"/>, once; <see cref="RunAsync"/>, once, after a successful connect; <see cref="SendAsync"/> and the
/// optional interfaces only between connect and disconnect; <see cref="DisconnectAsync"/>, at most once, at any time, also after a failed connect and while
/// sends run; <see cref="DisposeAsync"/> last, once, possibly beside a disconnect that never came back.</item>
/// <item>Honour the token. The host does not wait for you to do so: at the deadline the call is abandoned, and a result that comes later is discarded.</item>
/// <item>Return data, not live objects. Everything that crosses the contract is a sealed record that copies what it is given.</item>
/// <item>After your generation is retired every call into the host answers <see cref="AcceptanceKind.Retired"/> or does nothing.</item>
/// <item>Do not end the process, change process-wide state (console, current directory, thread pool, culture, environment), handle signals, subscribe to
/// <see cref="AppDomain"/> events, open the gateway's database, or log secrets.</item>
/// <item>The process has the invariant culture only: <c>new CultureInfo("de-DE")</c> throws, text is compared and formatted the same everywhere, and time zones are there.</item>
/// </list>
/// <para>Whatever you throw is caught. An <see cref="AdapterException"/> says what the operator should know; anything else is a fault that is retried with backoff.</para>
/// </remarks>
public interface IChannelAdapter
{
    /// <summary>Completes when the platform has accepted us (hello, authentication, first poll), not when a socket opened.</summary>
    /// <param name="context">Which attempt this is and why it is made.</param>
    /// <param name="cancellationToken">Cancelled at the deadline and when the gateway stops.</param>
    /// <returns>A task that completes once messages can be sent and received.</returns>
    /// <remarks>Deadline: <c>timeouts.connectSeconds</c>, 30 s by default. Called once, alone. On a throw or at the deadline the generation is torn down and a new
    /// one is tried after a backoff, unless the fault says <see cref="FaultRetry.AfterOperatorAction"/>.</remarks>
    /// <exception cref="AdapterException">The platform refused us or cannot be reached.</exception>
    Task ConnectAsync(ConnectContext context, CancellationToken cancellationToken);

    /// <summary>Lives as long as the connection: receive here. Returning, for whatever reason, means disconnected; the host decides what happens next.</summary>
    /// <param name="cancellationToken">Cancelled when this generation is torn down.</param>
    /// <returns>A task that ends when the connection ends.</returns>
    /// <remarks>No deadline. Called once, after <see cref="ConnectAsync"/>; runs beside every other member. A throw or a return is a fatal error of this generation:
    /// the host queues a reconnect, then tears this instance down.</remarks>
    Task RunAsync(CancellationToken cancellationToken);

    /// <summary>Delivers one message.</summary>
    /// <param name="message">What to deliver. <see cref="OutboundMessage.Key"/> is the same at every attempt, also after a restart.</param>
    /// <param name="cancellationToken">Cancelled at the deadline.</param>
    /// <returns>One of the four outcomes of <see cref="SendResult"/>. Say <see cref="SendResult.NotSent"/> only when provably nothing left.</returns>
    /// <remarks>Deadline: <c>timeouts.sendSeconds</c>, 30 s by default; at the deadline the outcome is <see cref="SendOutcome.Unknown"/>. Called concurrently up to
    /// <see cref="ChannelAdapterAttribute.ConcurrentSends"/>, one at a time per chat. Never sleep through a rate limit: return it, with its wait and its scope, and the
    /// host waits. An <see cref="AdapterException"/> counts as not sent; any other exception counts as unknown.</remarks>
    Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken);

    /// <summary>Closes politely within the remaining time.</summary>
    /// <param name="cancellationToken">Cancelled at the deadline.</param>
    /// <returns>A task that ends when the platform has been told.</returns>
    /// <remarks>Deadline: <c>timeouts.disconnectSeconds</c>, 5 s by default, shared with <see cref="DisposeAsync"/>: one bound for the whole teardown. May be called at
    /// any time, also after a failed connect, once. On a throw or at the deadline the host goes on without it.</remarks>
    Task DisconnectAsync(CancellationToken cancellationToken);

    /// <summary>Releases everything: sockets, timers, threads.</summary>
    /// <returns>A task that ends when nothing of this instance runs any more.</returns>
    /// <remarks>Deadline: what is left of <c>timeouts.disconnectSeconds</c>. Called last, once, possibly while a <see cref="DisconnectAsync"/> has not come back. On a throw
    /// or at the deadline the instance is abandoned and listed in <c>status</c> until it returns.</remarks>
    Task DisposeAsync();
}
