namespace PluginGateway.Loading;

/// <summary>Caches of the framework that keep types of unloaded plugins: equal serializer options share one cache, also with the next
/// context of the same plugin. The framework clears them itself after a hot reload, by the methods bound here; types that are still needed are cached
/// anew.</summary>
internal static class FrameworkCaches
{
    /// <summary>The methods that empty the caches of System.Text.Json and of <c>TypeDescriptor</c>; null for one that this framework does not
    /// have.</summary>
    public static IReadOnlyList<Action<Type[]?>?> Clearing { get; } =
    [
        Bind("System.Text.Json.JsonSerializerOptionsUpdateHandler, System.Text.Json"),
        Bind("System.ComponentModel.ReflectionCachesUpdateHandler, System.ComponentModel.TypeConverter"),
    ];

    /// <summary>Empties the caches. Takes a moment: not on a control thread.</summary>
    public static void Clear()
    {
        foreach (var clear in Clearing)
        {
            try
            {
                clear?.Invoke(null);
            }
            catch (Exception)
            {
                // A plugin that stays in memory because of it is reported as pending.
            }
        }
    }

    private static Action<Type[]?>? Bind(string typeName) =>
        Type.GetType(typeName)?.GetMethod("ClearCache", [typeof(Type[])])?.CreateDelegate<Action<Type[]?>>();
}
