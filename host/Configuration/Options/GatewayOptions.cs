using System.Text.Json;
using PluginGateway.Configuration.Files;
using PluginGateway.Configuration.Secrets;

namespace PluginGateway.Configuration.Options;

/// <summary>The gateway's own settings. The initial values are the defaults.</summary>
internal sealed record GatewayOptions
{
    /// <summary>Folder of store, lock and log: an absolute path.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The address of the chat page, the webhooks, health and metrics.</summary>
    public Uri Http { get; init; } = new("http://127.0.0.1:8780");

    /// <summary>Token required of HTTP callers, on this machine too. A secret.</summary>
    public string? HttpToken { get; init; }

    /// <summary>Tokens with a part of the rights of <see cref="HttpToken"/>. Secrets.</summary>
    public IReadOnlyList<ScopedToken> HttpTokens { get; init; } = [];

    /// <summary>Names and addresses under which the gateway may be addressed, besides the address that was connected to and localhost.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    public CallTimeouts Timeouts { get; init; } = new();

    /// <summary>Time for the whole stop, from the signal to the end.</summary>
    public TimeSpan ShutdownBudget { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Time from the end of the budget to the last resort.</summary>
    public TimeSpan LastResortGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Folders with plugins, besides the one beside the executable: absolute paths.</summary>
    public IReadOnlyList<string> PluginPaths { get; init; } = [];

    /// <summary>True when every plugin must be pinned by the hash of its whole folder.</summary>
    public bool RequirePins { get; init; }

    /// <summary>Chats that get a notice when the gateway stops, after those with a running turn; empty: no chat gets one.</summary>
    public IReadOnlyList<NotifyChat> NotifyChats { get; init; } = [];

    /// <summary>Text of the notice; empty: no chat gets one.</summary>
    public string ShutdownNotice { get; init; } = "Going offline. What has arrived so far is kept, and answered after the next start.";

    public InboxLimits Inbox { get; init; } = new();

    public OwedLimits Outbox { get; init; } = new();

    public StoreLimits Store { get; init; } = new();

    public MediaLimits Media { get; init; } = new();

    /// <summary>Names of the control words, for adapters that do not choose them themselves.</summary>
    public ControlWordOptions ControlWords { get; init; } = new();

    public ReconnectOptions Reconnect { get; init; } = new();

    public ProbeOptions Probe { get; init; } = new();

    /// <summary>Options of the conversations of adapters that do not choose them themselves.</summary>
    public ConversationOptions Conversation { get; init; } = new();

    public OnWedged OnWedged { get; init; }

    /// <summary>Isolation of adapters and handlers that do not choose it themselves.</summary>
    public IsolationMode Isolation { get; init; }

    /// <summary>Limits of the worker of an isolated adapter or handler.</summary>
    public WorkerOptions Worker { get; init; } = new();

    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    internal static readonly Dictionary<string, LogLevel> LogLevels = new()
    {
        ["trace"] = LogLevel.Trace,
        ["debug"] = LogLevel.Debug,
        ["information"] = LogLevel.Information,
        ["warning"] = LogLevel.Warning,
        ["error"] = LogLevel.Error,
        ["critical"] = LogLevel.Critical,
    };

    public static GatewayOptions Read(ObjectReader reader, ReadScope scope, ConfigurationRequest request)
    {
        var configuredData = reader.Text("dataDirectory", null, Rules.Folder);
        var defaults = new GatewayOptions { DataDirectory = DataDirectoryChoice.Of(configuredData, reader, scope, request) };
        var read = new GatewayOptions
        {
            DataDirectory = defaults.DataDirectory,
            Http = new Uri(reader.Text("http", defaults.Http.OriginalString, Rules.HttpAddress)!),
            HttpToken = ReadToken(reader, "httpToken", scope),
            HttpTokens = ScopedToken.ReadAll(reader, "httpTokens", scope),
            AllowedHosts = reader.Texts("allowedHosts", Rules.HostName),
            Timeouts = CallTimeouts.Read(reader.Object("timeouts"), defaults.Timeouts, TimeoutsOwner.Gateway, scope),
            ShutdownBudget = reader.Seconds("shutdownBudgetSeconds", defaults.ShutdownBudget, 0.5, 3600),
            LastResortGrace = reader.Seconds("lastResortGraceSeconds", defaults.LastResortGrace, 0.1, 300),
            PluginPaths = ReadPluginPaths(reader, scope),
            RequirePins = reader.Flag("requirePins", defaults.RequirePins),
            NotifyChats = [.. (reader.Items("notifyChats") ?? []).Select(i => NotifyChat.Read(i.Key, i.Value, scope)).OfType<NotifyChat>()],
            ShutdownNotice = reader.Text("shutdownNotice", defaults.ShutdownNotice)!,
            Inbox = InboxLimits.Read(reader.Object("inbox")),
            Outbox = OwedLimits.Read(reader.Object("outbox")),
            Store = StoreLimits.Read(reader.Object("store")),
            Media = MediaLimits.Read(reader.Object("media")),
            ControlWords = ControlWordOptions.Read(reader.Object("controlWords"), defaults.ControlWords, scope),
            Reconnect = ReconnectOptions.Read(reader.Object("reconnect"), scope),
            Probe = ProbeOptions.Read(reader.Object("probe"), defaults.Probe),
            Conversation = ConversationOptions.Read(reader.Object("conversation"), defaults.Conversation),
            OnWedged = OnWedgedKey.Read(reader, defaults.OnWedged),
            Isolation = IsolationKey.Read(reader, defaults.Isolation),
            Worker = WorkerOptions.Read(reader.Object("worker"), defaults.Worker, scope),
            LogLevel = reader.Choice("logLevel", defaults.LogLevel, LogLevels),
        };
        reader.RejectUnknown();
        return read;
    }

    /// <summary>Returns a description without the token.</summary>
    public override string ToString() => $"gateway at {Http}, data in '{DataDirectory}'";

    /// <summary>Reads a token. Null when the key is absent; empty when the token is unusable, which has been reported.</summary>
    internal static string? ReadToken(ObjectReader reader, string name, ReadScope scope)
    {
        if (reader.Raw(name) is not { } value) return null;

        // The value may be a secret even when it is wrong, and is not shown.
        var key = reader.KeyOf(name);
        if (value.ValueKind != JsonValueKind.String)
        {
            scope.Problems.Error(key, null, "is not text; put it in double quotes.");
            return "";
        }

        if (scope.References.Resolve(key, value.GetString()!, scope.Problems) is not { } token) return "";
        scope.Secrets.Add(token);
        scope.Secrets.AddWritten(key, value.GetString()!);
        if (Rules.HttpToken(token) is { } fault) scope.Problems.Error(key, null, fault);
        return token;
    }

    private static string[] ReadPluginPaths(ObjectReader reader, ReadScope scope)
    {
        var folders = reader.Texts("pluginPaths", Rules.Folder).Select(path => Path.GetFullPath(path, scope.BaseDirectory)).ToArray();
        foreach (var missing in folders.Where(f => !Directory.Exists(f)))
        {
            scope.Problems.Warning(reader.KeyOf("pluginPaths"), missing, "does not exist; no plugin will be found there.");
        }

        return folders;
    }
}
