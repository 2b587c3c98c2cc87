namespace PluginGateway.Configuration.Options;

/// <summary>All settings of the operator, validated. Immutable.</summary>
/// <param name="Gateway">The gateway's own settings.</param>
/// <param name="Handler">The default handler.</param>
/// <param name="Adapters">The adapters, in the order of the file, disabled ones included.</param>
/// <param name="Source">The file as the operator named it, or <c>built-in default</c>.</param>
/// <param name="BaseDirectory">The folder from which relative paths in the file start.</param>
internal sealed record GatewayConfiguration(
    GatewayOptions Gateway, HandlerOptions Handler, IReadOnlyList<AdapterOptions> Adapters, string Source, string BaseDirectory)
{
    public const string BuiltInSource = "built-in default";

    /// <summary>Configuration without a file: the chat page, answered by the default handler.</summary>
    public const string BuiltIn = """{ "adapters": [ { "id": "web", "plugin": "WebChat", "required": true } ] }""";

    /// <summary>The files from which secrets were read, as full paths.</summary>
    public IReadOnlyList<string> SecretFiles { get; init; } = [];

    /// <summary>The default handler and those of adapters, in the order of the file.</summary>
    public IEnumerable<HandlerOptions> Handlers => [Handler, .. Adapters.Select(static adapter => adapter.Handler).OfType<HandlerOptions>()];

    public HandlerOptions HandlerFor(AdapterOptions adapter) => adapter.Handler ?? Handler;
}
