using PluginGateway.Access;
using PluginGateway.Configuration.Options;
using PluginGateway.Supervision.Generations;

namespace PluginGateway.Units;

/// <summary>The configuration in force: that of the start, until a reload replaces it. Any thread.</summary>
internal sealed class CurrentConfiguration(GatewayConfiguration first)
{
    private static readonly AccessRule Closed = new(new AllowOptions(), IsOpen: false);

    private volatile InForce _inForce = new(first, null, static _ => false);

    public GatewayConfiguration Value => _inForce.Configuration;

    /// <summary>Returns the options of an adapter; null when no such adapter is configured.</summary>
    public AdapterOptions? Adapter(string id) => _inForce.Adapters.GetValueOrDefault(id);

    /// <summary>Returns the options of a handler; null when no such handler is configured.</summary>
    public HandlerOptions? HandlerWithId(string handlerId) => _inForce.Handlers.GetValueOrDefault(handlerId);

    /// <summary>Returns the id of the handler that answers an adapter id.</summary>
    public string HandlerOf(string adapterId) => _inForce.HandlerOf(adapterId);

    /// <summary>Returns the ids of the adapters through which a handler may send without a turn: those that its entry names, else those whose
    /// messages it answers.</summary>
    public IReadOnlyList<string> TargetsOf(string handlerId)
    {
        var inForce = _inForce;
        return inForce.Handlers.GetValueOrDefault(handlerId)?.MayUse
            ?? [.. inForce.Configuration.Adapters.Select(static adapter => adapter.Id).Where(id => inForce.HandlerOf(id) == handlerId)];
    }

    /// <summary>Returns the access rule of an adapter. An adapter that is no longer configured keeps its rule until it has ended.</summary>
    public AccessRule AccessOf(string adapterId) => _inForce.Access.GetValueOrDefault(adapterId, Closed);

    /// <summary>Returns the options of an adapter's conversations: the gateway's for one that is no longer configured.</summary>
    public ConversationOptions ConversationOf(string adapterId)
    {
        var inForce = _inForce;
        return inForce.Adapters.GetValueOrDefault(adapterId)?.Conversation ?? inForce.Configuration.Gateway.Conversation;
    }

    /// <summary>Replaces the configuration in force.</summary>
    /// <param name="next">The new configuration.</param>
    /// <param name="isLeft">True while something is left of an adapter that is no longer configured.</param>
    public void Adopt(GatewayConfiguration next, Predicate<string> isLeft) => _inForce = new(next, _inForce, isLeft);

    private sealed class InForce
    {
        public InForce(GatewayConfiguration configuration, InForce? before, Predicate<string> isLeft)
        {
            Configuration = configuration;
            Adapters = configuration.Adapters.ToDictionary(static adapter => adapter.Id, StringComparer.Ordinal);
            Handlers = new(StringComparer.Ordinal) { [HandlerIds.Default] = configuration.Handler };
            foreach (var adapter in configuration.Adapters) if (adapter.Handler is { } own) Handlers[HandlerIds.Of(adapter.Id)] = own;
            HandlerOf = HandlerIds.Router(configuration);
            Access = (before?.Access ?? []).Where(one => isLeft(one.Key)).ToDictionary(StringComparer.Ordinal);
            foreach (var adapter in configuration.Adapters) Access[adapter.Id] = AccessRule.Of(adapter, configuration.Gateway);
        }

        public GatewayConfiguration Configuration { get; }

        public Dictionary<string, AdapterOptions> Adapters { get; }

        public Dictionary<string, HandlerOptions> Handlers { get; }

        public Func<string, string> HandlerOf { get; }

        public Dictionary<string, AccessRule> Access { get; }
    }
}
