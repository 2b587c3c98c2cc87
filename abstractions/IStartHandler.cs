namespace PluginGateway;

/// <summary>Optional interface of a handler: start of an instance, for example a connection to its backend.</summary>
public interface IStartHandler
{
    /// <summary>Starts the instance: called once, alone, before its first turn and its first HTTP request.</summary>
    /// <param name="cancellationToken">Cancelled at the deadline and when the gateway stops.</param>
    /// <returns>A task that completes when the handler can answer turns.</returns>
    /// <remarks>Deadline: <c>timeouts.connectSeconds</c>, 30 s by default. Follows the constructor and <see cref="IValidateSettings"/>. Messages wait
    /// meanwhile. On an exception and at the deadline the instance is disposed, and a new one starts after a backoff, unless the fault is
    /// <see cref="FaultRetry.AfterOperatorAction"/>, which parks the handler. The command <c>check</c> does not call it.</remarks>
    /// <exception cref="PluginException">The handler cannot start.</exception>
    Task StartAsync(CancellationToken cancellationToken);
}
