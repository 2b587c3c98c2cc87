namespace PluginGateway.Loading;

/// <summary>Optional interfaces of the contract that a handler implements, beside <see cref="IEventHandler"/>.</summary>
[Flags]
internal enum HandlerCapabilities
{
    None = 0,
    ValidateSettings = 1,
    Start = 2,
    Http = 4,
}

/// <summary>The interfaces behind <see cref="HandlerCapabilities"/>.</summary>
internal static class HandlerInterfaces
{
    public static IReadOnlyDictionary<HandlerCapabilities, Type> All { get; } = new Dictionary<HandlerCapabilities, Type>
    {
        [HandlerCapabilities.ValidateSettings] = typeof(IValidateSettings),
        [HandlerCapabilities.Start] = typeof(IStartHandler),
        [HandlerCapabilities.Http] = typeof(IServeHttp),
    };

    /// <summary>Returns the capabilities of a class that implements interfaces of these names.</summary>
    public static HandlerCapabilities Named(IReadOnlySet<string> names) =>
        All.Where(one => names.Contains(one.Value.Name)).Aggregate(HandlerCapabilities.None, static (sum, one) => sum | one.Key);

    /// <summary>Returns the interfaces' names, in alphabetical order.</summary>
    public static IReadOnlyList<string> Names(this HandlerCapabilities capabilities) =>
        [.. All.Where(one => capabilities.HasFlag(one.Key)).Select(static one => one.Value.Name).Order(StringComparer.Ordinal)];
}
