using PluginGateway.Loading;

namespace PluginGateway.Status;

/// <summary>Metadata of a plugin's DLL, read without running its code: the output of <c>inspect --json</c>.</summary>
/// <param name="Path">The DLL; null when none was found.</param>
/// <param name="Contract">Version of the abstractions that it was built against.</param>
/// <param name="GatewayContract">Version of the abstractions of this gateway.</param>
/// <param name="Sha256">Hash of the DLL's bytes; a pin may name it.</param>
/// <param name="ContentHash">Hash of the whole plugin folder; a pin may name it. Null when the DLL is not in a folder of its name.</param>
/// <param name="Code">Stable code of the reason for which it would be refused; null: it would be accepted.</param>
/// <param name="Problem">The same as a sentence with the remedy.</param>
/// <param name="Warnings">Faults that are no reason to refuse it.</param>
internal sealed record DllReport(
    string? Path, string? Assembly, string? Version, string? Contract, string GatewayContract, string? Sha256, string? ContentHash,
    DeclaredAdapter? Adapter, DeclaredHandler? Handler,
    string? Code, string? Problem, IReadOnlyList<string> Warnings);

/// <summary>The values of <see cref="ChannelAdapterAttribute"/>, and the optional interfaces the class implements.</summary>
internal sealed record DeclaredAdapter(
    string Platform, string Class, IReadOnlyList<string> Capabilities, int MaxTextLength, TextUnit TextUnit, int ConcurrentSends,
    double AccountMessagesPerSecond, double ChatMessagesPerSecond,
    InboundClass Inbound, Idempotency Idempotency, IReadOnlyList<string> CredentialSettings, string? PathPrefix, int MaxAttachments, long MaxAttachmentBytes,
    int IdempotencySeconds, int MaxButtons, int MaxButtonLabel, IReadOnlyList<string> Features, IReadOnlyList<string> Extras,
    PrivateDelivery PrivateDelivery)
{
    public int MaxCaption { get; init; }

    public int ClientSplitLength { get; init; }

    public int GroupMessagesPerMinute { get; init; }

    public double AccountEditsPerSecond { get; init; }

    public double ChatEditsPerSecond { get; init; }

    public int MaxEdits { get; init; }

    public int EditWindowSeconds { get; init; }

    public int ButtonIdBytes { get; init; }

    public bool SenderIdsProve { get; init; }
}

/// <summary>The values of <see cref="MessageHandlerAttribute"/>, and the optional interfaces the class implements.</summary>
internal sealed record DeclaredHandler(
    string Name, string Class, IReadOnlyList<string> Capabilities, IReadOnlyList<string> Events, SessionScope Scope, bool Collect);

/// <summary>Plugin in the output of <c>plugins --json</c>: the content of its folder, and the adapters and handlers that use it.</summary>
internal sealed record PluginReport(string Name, DllReport Dll, IReadOnlyList<PluginUse> UsedBy)
{
    /// <summary>"adapter", "handler" or both; null when it cannot be told.</summary>
    public string? Kind => (Dll.Adapter, Dll.Handler) switch
    {
        (not null, not null) => "adapter, handler",
        (not null, null) => "adapter",
        (null, not null) => "handler",
        _ => null,
    };
}

/// <summary>Use of a plugin in the configuration.</summary>
/// <param name="Id">The adapter or handler id.</param>
/// <param name="Kind">"adapter" or "handler".</param>
/// <param name="Code">Stable code of the reason for which the plugin in the folder would be refused for this use; null: it would be accepted.</param>
/// <param name="Problem">The same as a sentence.</param>
/// <param name="Running">Report of the running gateway; null: none runs, or it does not know the id.</param>
internal sealed record PluginUse(string Id, string Kind, string? Code, string? Problem, UnitReport? Running);
