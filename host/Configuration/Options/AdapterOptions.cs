using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;

namespace PluginGateway.Configuration.Options;

/// <summary>One configured adapter.</summary>
internal sealed record AdapterOptions
{
    /// <summary>The adapter's id, given by the operator.</summary>
    public required string Id { get; init; }

    public required string Plugin { get; init; }

    public bool Enabled { get; init; } = true;

    /// <summary>True when the adapter runs even in safe mode, after a crash loop.</summary>
    public bool Required { get; init; }

    /// <summary>The plugin's own settings, secrets resolved.</summary>
    public JsonElement Settings { get; init; } = ResolvedSettings.Empty;

    /// <summary>The gateway's timeouts overlaid by the adapter's. <see cref="CallTimeouts.Turn"/> is the deadline of a turn for this adapter's
    /// messages, with any handler.</summary>
    public CallTimeouts Timeouts { get; init; } = new();

    /// <summary>The handler for this adapter's messages; null: the gateway's.</summary>
    public HandlerOptions? Handler { get; init; }

    /// <summary>The pinned hash of the plugin's DLL, lower case, or null.</summary>
    public string? Sha256 { get; init; }

    public OutboxOptions Outbox { get; init; } = new();

    /// <summary>Access rules. The running generation does not depend on them.</summary>
    public AllowOptions Allow { get; init; } = new();

    /// <summary>Names of the control words: the gateway's overlaid by the adapter's. The running generation does not depend on them.</summary>
    public ControlWordOptions ControlWords { get; init; } = new();

    /// <summary>Least severe level of its plugin's lines that are logged; null: as for the gateway. A reload changes it without a new
    /// generation.</summary>
    public LogLevel? LogLevel { get; init; }

    /// <summary>The gateway's options overlaid by the adapter's.</summary>
    public ProbeOptions Probe { get; init; } = new();

    /// <summary>The gateway's options overlaid by the adapter's. The running generation does not depend on them.</summary>
    public ConversationOptions Conversation { get; init; } = new();

    /// <summary>The adapter's own choice, else the gateway's.</summary>
    public OnWedged OnWedged { get; init; }

    /// <summary>Process in which the adapter's code runs: its own choice, else the gateway's.</summary>
    public IsolationMode Isolation { get; init; }

    /// <summary>Limits of its worker: the gateway's overlaid by the adapter's.</summary>
    public WorkerOptions Worker { get; init; } = new();

    /// <summary>Reason for which the adapter cannot be started without a new configuration (a secret was not found, a setting is wrong); null:
    /// none.</summary>
    public string? Blocker { get; init; }

    /// <summary>The key of the entry, for messages: <c>adapters[0]</c>.</summary>
    public string Path { get; init; } = "adapters[0]";

    /// <summary>Hash of the entry as it is written, secrets unresolved: the operator's overrides are valid until it changes.</summary>
    public string Entry { get; init; } = "";

    public static AdapterOptions Read(ObjectReader reader, GatewayOptions gateway, HandlerOptions handler, ReadScope scope)
    {
        var enabled = reader.Flag("enabled", true);
        // A disabled adapter may lack its secrets: the sample file must start on a machine that has none of them.
        var unresolved = enabled ? ProblemSeverity.Error : ProblemSeverity.Notice;
        var handlerValue = reader.Raw("handler");
        var inherited = handlerValue is null ? gateway.Timeouts with { Turn = handler.Timeouts.Turn } : gateway.Timeouts;
        var timeouts = CallTimeouts.Read(reader.Object("timeouts"), inherited, TimeoutsOwner.Adapter, scope);
        var ownHandler = handlerValue is null
            ? null
            : HandlerOptions.Read(reader.Object("handler"), gateway with { Timeouts = gateway.Timeouts with { Turn = timeouts.Turn } }, scope,
                pluginRequired: true, unresolved);
        var read = new AdapterOptions
        {
            Id = reader.RequiredText("id", Rules.AdapterId),
            Plugin = reader.RequiredText("plugin", Rules.PluginName),
            Enabled = enabled,
            Required = reader.Flag("required", false),
            Settings = PluginKeys.Settings(reader, scope, unresolved),
            Timeouts = ownHandler is null ? timeouts : timeouts with { Turn = ownHandler.Timeouts.Turn },
            Handler = ownHandler,
            Sha256 = PluginKeys.Sha256(reader),
            LogLevel = PluginKeys.LogLevel(reader),
            Outbox = OutboxOptions.Read(reader.Object("outbox")),
            Allow = AllowOptions.Read(reader.Object("allow")),
            ControlWords = ControlWordOptions.Read(reader.Object("controlWords"), gateway.ControlWords, scope),
            Probe = ProbeOptions.Read(reader.Object("probe"), gateway.Probe),
            Conversation = ConversationOptions.Read(reader.Object("conversation"), gateway.Conversation),
            OnWedged = OnWedgedKey.Read(reader, gateway.OnWedged),
            Isolation = IsolationKey.Read(reader, gateway.Isolation),
            Worker = WorkerOptions.Read(reader.Object("worker"), gateway.Worker, scope),
            Path = reader.Path,
            Entry = HashOf(reader.Element),
        };
        reader.RejectUnknown();
        return enabled ? read : read with { Blocker = scope.References.UnresolvedBelow(reader.Path) };
    }

    /// <summary>Returns a description without the settings, which hold secrets.</summary>
    public override string ToString() => $"adapter '{Id}' ({Plugin})";

    /// <summary>Returns a hash in which comments and spaces do not count.</summary>
    private static string HashOf(JsonElement? element)
    {
        if (element is not { } entry) return "";
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes)) entry.WriteTo(json);
        return Convert.ToHexStringLower(SHA256.HashData(bytes.WrittenSpan))[..16];
    }
}
