namespace PluginGateway.Isolation.Protocol;

/// <summary>Which optional interfaces of the contract an adapter implements, as one number.</summary>
internal readonly record struct RemoteCapabilities(int Bits)
{
    private static readonly Type[] All =
    [
        typeof(IEditMessages), typeof(IDeleteMessages), typeof(IReactions), typeof(ITypingIndicator), typeof(IFetchAttachments), typeof(IProbe), typeof(IValidateSettings), typeof(IServeHttp),
    ];

    /// <summary>Asks for each.</summary>
    public static RemoteCapabilities Of(Func<Type, bool> implements) => new(All.Select((type, at) => implements(type) ? 1 << at : 0).Sum());

    public bool Has(Type capability) => Array.IndexOf(All, capability) is >= 0 and var at && (Bits & (1 << at)) != 0;
}
