namespace PluginGateway.Loading;

/// <summary>Optional interfaces of the contract that an adapter implements.</summary>
[Flags]
internal enum AdapterCapabilities
{
    None = 0,
    Edit = 1,
    Delete = 2,
    React = 4,
    Typing = 8,
    Fetch = 16,
    Probe = 32,
    ValidateSettings = 64,
    Http = 128,
    AnswerInteractions = 256,
    PublishCommands = 512,
}

/// <summary>The interfaces behind <see cref="AdapterCapabilities"/>.</summary>
internal static class CapabilityInterfaces
{
    public static IReadOnlyDictionary<AdapterCapabilities, Type> All { get; } = new Dictionary<AdapterCapabilities, Type>
    {
        [AdapterCapabilities.Edit] = typeof(IEditMessages),
        [AdapterCapabilities.Delete] = typeof(IDeleteMessages),
        [AdapterCapabilities.React] = typeof(IReactToMessages),
        [AdapterCapabilities.Typing] = typeof(IShowTyping),
        [AdapterCapabilities.Fetch] = typeof(IFetchAttachments),
        [AdapterCapabilities.Probe] = typeof(IProbeConnection),
        [AdapterCapabilities.ValidateSettings] = typeof(IValidateSettings),
        [AdapterCapabilities.Http] = typeof(IServeHttp),
        [AdapterCapabilities.AnswerInteractions] = typeof(IAnswerInteractions),
        [AdapterCapabilities.PublishCommands] = typeof(IPublishCommands),
    };

    /// <summary>Returns the capabilities of a class that implements interfaces of these names.</summary>
    public static AdapterCapabilities Named(IReadOnlySet<string> names) =>
        All.Where(one => names.Contains(one.Value.Name)).Aggregate(AdapterCapabilities.None, static (sum, one) => sum | one.Key);

    /// <summary>Returns the interfaces' names, in alphabetical order.</summary>
    public static IReadOnlyList<string> Names(this AdapterCapabilities capabilities) =>
        [.. All.Where(one => capabilities.HasFlag(one.Key)).Select(static one => one.Value.Name).Order(StringComparer.Ordinal)];
}
