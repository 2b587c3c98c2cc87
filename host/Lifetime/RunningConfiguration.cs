using PluginGateway.Configuration;
using PluginGateway.Supervision;

namespace PluginGateway.Lifetime;

/// <summary>The configuration in force: that of the start, until a reload puts another in its place. Any thread.</summary>
internal sealed class RunningConfiguration(GatewayConfiguration first)
{
    private volatile InForce _inForce = new(first);

    public GatewayConfiguration Value => _inForce.Configuration;

    /// <summary>Null: no such adapter is configured.</summary>
    public AdapterOptions? Adapter(string id) => _inForce.Adapters.GetValueOrDefault(id);

    /// <summary>Which handler answers an adapter id.</summary>
    public string HandlerOf(string adapterId) => _inForce.HandlerOf(adapterId);

    public void Adopt(GatewayConfiguration next) => _inForce = new(next);

    private sealed class InForce(GatewayConfiguration configuration)
    {
        public GatewayConfiguration Configuration { get; } = configuration;

        public Dictionary<string, AdapterOptions> Adapters { get; } = configuration.Adapters.ToDictionary(static adapter => adapter.Id, StringComparer.Ordinal);

        public Func<string, string> HandlerOf { get; } = HandlerIds.Router(configuration);
    }
}
