namespace PluginGateway.Store.Quota;

/// <summary>Owners of state: adapters, and handlers, whose ids have a prefix. No adapter id has a colon.</summary>
internal static class StateOwner
{
    private const string HandlerPrefix = "handler:";

    /// <summary>Returns true for adapters and handlers, and false for the gateway itself.</summary>
    public static bool IsUnit(string id) => IsHandler(id) || !id.Contains(':', StringComparison.Ordinal);

    public static bool IsHandler(string id) => id.StartsWith(HandlerPrefix, StringComparison.Ordinal);

    /// <summary>Returns the name for a sentence.</summary>
    public static string NameOf(string id) => IsHandler(id) ? $"handler '{id}'" : $"adapter '{id}'";
}
