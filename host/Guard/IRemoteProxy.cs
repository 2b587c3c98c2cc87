namespace PluginGateway.Guard;

/// <summary>An object that implements every interface of the contract for another one, which may implement fewer.</summary>
internal interface IRemoteProxy
{
    /// <summary>Completes when the other process has reported that it runs.</summary>
    Task PingAsync(CancellationToken cancellationToken);
}
