namespace PluginGateway.Guard;

/// <summary>An object that implements every interface of the contract for another one, which may implement fewer.</summary>
internal interface IRemoteProxy
{
    /// <summary>Completes when whoever runs the other one has said that it runs.</summary>
    Task PingAsync(CancellationToken cancellationToken);
}
