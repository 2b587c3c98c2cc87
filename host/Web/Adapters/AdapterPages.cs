namespace PluginGateway.Web.Adapters;

/// <summary>Metadata of the endpoint that serves adapters: only what it matched can be public by an adapter's path, never an endpoint of the
/// gateway's own.</summary>
internal sealed class AdapterPages
{
    public static AdapterPages Instance { get; } = new();
}
