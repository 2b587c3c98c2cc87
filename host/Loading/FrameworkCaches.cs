namespace PluginGateway.Loading;

/// <summary>Caches of the framework that keep types of unloaded plugins: serializer options that are alike share one cache, and so does the next
/// context of the same plugin. The framework clears them itself after a hot reload, by the methods bound here; what is still needed is found
/// anew.</summary>
internal static class FrameworkCaches
{
    /// <summary>The methods that empty the caches of System.Text.Json and of <c>TypeDescriptor</c>. Null: this framework has no such
    /// method.</summary>
    public static IReadOnlyList<Action<Type[]?>?> Clearing { get; } =
    [
        Bind("System.Text.Json.JsonSerializerOptionsUpdateHandler, System.Text.Json"),
        Bind("System.ComponentModel.ReflectionCachesUpdateHandler, System.ComponentModel.TypeConverter"),
    ];

    /// <summary>Takes a moment: not on a control thread.</summary>
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
                // What it keeps is said to be pending.
            }
        }
    }

    private static Action<Type[]?>? Bind(string typeName) => Type.GetType(typeName)?.GetMethod("ClearCache", [typeof(Type[])])?.CreateDelegate<Action<Type[]?>>();
}
