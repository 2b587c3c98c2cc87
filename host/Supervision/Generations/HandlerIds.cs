using PluginGateway.Configuration.Options;

namespace PluginGateway.Supervision.Generations;

/// <summary>Ids of handlers among the units.</summary>
internal static class HandlerIds
{
    /// <summary>The handler of every adapter that has none of its own. No adapter id can look like it: a colon is not allowed there.</summary>
    public const string Default = "handler:default";

    /// <summary>Returns the id of an adapter's own handler.</summary>
    public static string Of(string adapterId) => $"handler:{adapterId}";

    /// <summary>Returns the function from an adapter id to the id of its handler.</summary>
    public static Func<string, string> Router(GatewayConfiguration configuration)
    {
        var own = configuration.Adapters.Where(static adapter => adapter.Handler is not null)
            .ToDictionary(static adapter => adapter.Id, static adapter => Of(adapter.Id));
        return adapterId => own.GetValueOrDefault(adapterId, Default);
    }
}
