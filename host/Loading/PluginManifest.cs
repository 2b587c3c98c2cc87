namespace PluginGateway.Loading;

/// <summary>Declarations of a plugin's DLL, read without running any of its code.</summary>
/// <param name="Path">The DLL that was read.</param>
/// <param name="AssemblyName">The assembly's simple name.</param>
/// <param name="AssemblyVersion">The assembly's version.</param>
/// <param name="ContractVersion">The version of the abstractions against which it was built.</param>
/// <param name="Sha256">The DLL's SHA-256, lower-case hexadecimal.</param>
/// <param name="Adapter">The declared adapter, if any.</param>
/// <param name="Handler">The declared handler, if any.</param>
/// <param name="Warnings">Defects for which the plugin is not refused.</param>
internal sealed record PluginManifest(
    string Path,
    string AssemblyName,
    Version AssemblyVersion,
    Version ContractVersion,
    string Sha256,
    AdapterDeclaration? Adapter,
    HandlerDeclaration? Handler,
    IReadOnlyList<LoadWarning> Warnings)
{
    /// <summary>Returns the class of a kind, or null when the plugin declares none.</summary>
    public string? TypeName(PluginKind kind) => kind == PluginKind.Adapter ? Adapter?.TypeName : Handler?.TypeName;
}

/// <summary>The declared adapter.</summary>
/// <param name="Platform">The platform's short name.</param>
/// <param name="TypeName">The full name of the class.</param>
/// <param name="Traits">The constants of the attribute.</param>
/// <param name="Capabilities">The contract's optional interfaces that the class implements.</param>
internal sealed record AdapterDeclaration(string Platform, string TypeName, AdapterTraits Traits, AdapterCapabilities Capabilities);

/// <summary>The declared handler.</summary>
/// <param name="Name">The handler's short name.</param>
/// <param name="TypeName">The full name of the class.</param>
/// <param name="Traits">The constants of the attribute.</param>
internal sealed record HandlerDeclaration(string Name, string TypeName, HandlerTraits Traits)
{
    /// <summary>The contract's optional interfaces that the class implements.</summary>
    public HandlerCapabilities Capabilities { get; init; }

    /// <summary>The declared commands, in their order.</summary>
    public IReadOnlyList<PublishedCommand> Commands { get; init; } = [];
}

/// <summary>The constants of <see cref="MessageHandlerAttribute"/>, with its defaults.</summary>
internal sealed record HandlerTraits
{
    /// <inheritdoc cref="MessageHandlerAttribute.Events"/>
    public EventKinds Events { get; init; }

    /// <inheritdoc cref="MessageHandlerAttribute.Scope"/>
    public SessionScope Scope { get; init; }

    /// <inheritdoc cref="MessageHandlerAttribute.Collect"/>
    public bool Collect { get; init; }

    /// <summary>The declared commands, for who lists them to people.</summary>
    public IReadOnlyList<PublishedCommand> Commands { get; init; } = [];
}

/// <summary>The constants of <see cref="ChannelAdapterAttribute"/>, with its defaults.</summary>
internal sealed record AdapterTraits
{
    /// <inheritdoc cref="ChannelAdapterAttribute.MaxTextLength"/>
    public int MaxTextLength { get; init; }

    /// <inheritdoc cref="ChannelAdapterAttribute.MaxCaption"/>
    public int MaxCaption { get; init; }

    /// <inheritdoc cref="ChannelAdapterAttribute.ClientSplitLength"/>
    public int ClientSplitLength { get; init; }

    /// <inheritdoc cref="ChannelAdapterAttribute.TextUnit"/>
    public TextUnit TextUnit { get; init; } = TextUnit.Utf16;

    /// <inheritdoc cref="ChannelAdapterAttribute.ConcurrentSends"/>
    public int ConcurrentSends { get; init; } = 8;

    /// <summary>The lowest rate that can be declared, other than 0: a message in almost three hours.</summary>
    public const double LeastRate = 0.0001;

    /// <summary>The length of the host's ids of buttons, in bytes.</summary>
    public const int LeastButtonIdBytes = 22;

    /// <inheritdoc cref="ChannelAdapterAttribute.AccountMessagesPerSecond"/>
    public double AccountMessagesPerSecond { get; init; }

    /// <inheritdoc cref="ChannelAdapterAttribute.ChatMessagesPerSecond"/>
    public double ChatMessagesPerSecond { get; init; }

    /// <inheritdoc cref="ChannelAdapterAttribute.GroupMessagesPerMinute"/>
    public int GroupMessagesPerMinute { get; init; }

    /// <inheritdoc cref="ChannelAdapterAttribute.AccountEditsPerSecond"/>
    public double AccountEditsPerSecond { get; init; }

    /// <inheritdoc cref="ChannelAdapterAttribute.ChatEditsPerSecond"/>
    public double ChatEditsPerSecond { get; init; }

    /// <inheritdoc cref="ChannelAdapterAttribute.MaxEdits"/>
    public int MaxEdits { get; init; }

    /// <inheritdoc cref="ChannelAdapterAttribute.EditWindowSeconds"/>
    public int EditWindowSeconds { get; init; }

    /// <inheritdoc cref="ChannelAdapterAttribute.MaxAttachments"/>
    public int MaxAttachments { get; init; }

    /// <inheritdoc cref="ChannelAdapterAttribute.MaxAttachmentBytes"/>
    public long MaxAttachmentBytes { get; init; }

    /// <inheritdoc cref="ChannelAdapterAttribute.MaxButtons"/>
    public int MaxButtons { get; init; }

    /// <inheritdoc cref="ChannelAdapterAttribute.MaxButtonLabel"/>
    public int MaxButtonLabel { get; init; }

    /// <inheritdoc cref="ChannelAdapterAttribute.ButtonIdBytes"/>
    public int ButtonIdBytes { get; init; }

    /// <inheritdoc cref="ChannelAdapterAttribute.Features"/>
    public MessageFeatures Features { get; init; }

    /// <inheritdoc cref="ChannelAdapterAttribute.Extras"/>
    public IReadOnlyList<string> Extras { get; init; } = [];

    /// <inheritdoc cref="ChannelAdapterAttribute.PrivateDelivery"/>
    public PrivateDelivery PrivateDelivery { get; init; }

    /// <inheritdoc cref="ChannelAdapterAttribute.SenderIdsProve"/>
    public bool SenderIdsProve { get; init; } = true;

    /// <inheritdoc cref="ChannelAdapterAttribute.Platform"/>
    public string Platform { get; init; } = "";

    /// <inheritdoc cref="ChannelAdapterAttribute.Inbound"/>
    public InboundClass Inbound { get; init; } = InboundClass.NonReplayable;

    /// <inheritdoc cref="ChannelAdapterAttribute.Idempotency"/>
    public Idempotency Idempotency { get; init; } = Idempotency.None;

    /// <inheritdoc cref="ChannelAdapterAttribute.IdempotencySeconds"/>
    public int IdempotencySeconds { get; init; }

    /// <inheritdoc cref="ChannelAdapterAttribute.CredentialSettings"/>
    public IReadOnlyList<string> CredentialSettings { get; init; } = [];

    /// <inheritdoc cref="ChannelAdapterAttribute.PathPrefix"/>
    public string? PathPrefix { get; init; }

    /// <summary>Returns the longest text beside files; zero or less: no limit.</summary>
    public int LongestCaption() => MaxCaption > 0 && (MaxTextLength <= 0 || MaxCaption < MaxTextLength) ? MaxCaption : MaxTextLength;

    /// <summary>Returns the effective limits of a generation: those of its connection, else those of the attribute.</summary>
    public AdapterTraits With(ConnectionInfo connection) => this with
    {
        MaxTextLength = connection.MaxTextLength ?? MaxTextLength,
        MaxCaption = connection.MaxCaption ?? MaxCaption,
        ClientSplitLength = connection.ClientSplitLength ?? ClientSplitLength,
        MaxAttachmentBytes = connection.MaxAttachmentBytes ?? MaxAttachmentBytes,
        MaxAttachments = connection.MaxAttachments ?? MaxAttachments,
        MaxButtons = connection.MaxButtons ?? MaxButtons,
        MaxButtonLabel = connection.MaxButtonLabel ?? MaxButtonLabel,
        AccountMessagesPerSecond = connection.AccountMessagesPerSecond ?? AccountMessagesPerSecond,
        ChatMessagesPerSecond = connection.ChatMessagesPerSecond ?? ChatMessagesPerSecond,
        GroupMessagesPerMinute = connection.GroupMessagesPerMinute ?? GroupMessagesPerMinute,
        AccountEditsPerSecond = connection.AccountEditsPerSecond ?? AccountEditsPerSecond,
        ChatEditsPerSecond = connection.ChatEditsPerSecond ?? ChatEditsPerSecond,
        MaxEdits = connection.MaxEdits ?? MaxEdits,
        EditWindowSeconds = connection.EditWindowSeconds ?? EditWindowSeconds,
        SenderIdsProve = connection.SenderIdsProve ?? SenderIdsProve,
        Idempotency = connection.Idempotency ?? Idempotency,
        IdempotencySeconds = connection.IdempotencySeconds ?? IdempotencySeconds,
    };
}

/// <summary>Warning to the operator about a plugin that loads nevertheless.</summary>
internal sealed record LoadWarning(LoadCode Code, string Message);
