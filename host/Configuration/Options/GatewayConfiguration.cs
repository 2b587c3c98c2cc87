namespace PluginGateway.Configuration.Options;

/// <summary>Everything the operator decided, validated. Immutable.</summary>
/// <param name="Gateway">What concerns the gateway itself.</param>
/// <param name="Handler">The default handler.</param>
/// <param name="Adapters">The adapters, in the order of the file, disabled ones included.</param>
/// <param name="Source">The file as the operator named it, or <c>built-in default</c>.</param>
/// <param name="BaseDirectory">The folder relative paths in the file start from.</param>
internal sealed record GatewayConfiguration(
    GatewayOptions Gateway, HandlerOptions Handler, IReadOnlyList<AdapterOptions> Adapters, string Source, string BaseDirectory)
{
    public const string BuiltInSource = "built-in default";

    /// <summary>Without a file the gateway runs this: the chat page, answered by the default handler.</summary>
    public const string BuiltIn = """{ "adapters": [ { "id": "web", "plugin": "WebChat", "required": true } ] }""";

    /// <summary>The files that secrets were read from, as full paths.</summary>
    public IReadOnlyList<string> SecretFiles { get; init; } = [];

    public HandlerOptions HandlerFor(AdapterOptions adapter) => adapter.Handler ?? Handler;
}
