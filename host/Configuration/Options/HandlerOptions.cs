using System.Text.Json;

namespace PluginGateway.Configuration.Options;

/// <summary>The backend that answers messages.</summary>
internal sealed record HandlerOptions
{
    /// <summary>Name of the setting by which handlers bound the wait for their backend.</summary>
    private const string TimeoutSetting = "timeoutSeconds";

    /// <summary>The default of that setting in the handler that comes with the gateway.</summary>
    private const double WebhookTimeout = 60;

    private const string Webhook = "Webhook";

    public string Plugin { get; init; } = "Echo";

    /// <summary>The plugin's own settings, secrets resolved.</summary>
    public JsonElement Settings { get; init; } = ResolvedSettings.Empty;

    /// <summary>Largest number of turns at once.</summary>
    public int ConcurrentTurns { get; init; } = 64;

    /// <summary>The pinned hash of the plugin's DLL, lower case, or null.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Least severe level of its plugin's lines that are logged; null: as for the gateway. A reload changes it without a new
    /// generation.</summary>
    public LogLevel? LogLevel { get; init; }

    /// <summary>Ids of the adapters through which it may send without a turn; null: those whose messages it answers. A reload changes it without a
    /// new generation.</summary>
    public IReadOnlyList<string>? MayUse { get; init; }

    /// <summary>The gateway's timeouts overlaid by the handler's.</summary>
    public CallTimeouts Timeouts { get; init; } = new();

    /// <summary>Process in which the handler's code runs: its own choice, else the gateway's.</summary>
    public IsolationMode Isolation { get; init; }

    public bool IsIsolated => Isolation == IsolationMode.Process;

    /// <summary>Limits of its worker: the gateway's overlaid by the handler's.</summary>
    public WorkerOptions Worker { get; init; } = new();

    /// <summary>The key of the entry, for messages: <c>handler</c> or <c>adapters[0].handler</c>.</summary>
    public string Path { get; init; } = "handler";

    /// <summary>Reads a handler. An adapter's own handler must name its plugin: the default would be a surprise there.</summary>
    /// <param name="reader">Reader of the entry.</param>
    /// <param name="gateway">The gateway's options, with the timeouts that the handler inherits.</param>
    /// <param name="scope">Scope of the reading.</param>
    /// <param name="pluginRequired">True when the entry must name the plugin.</param>
    /// <param name="unresolved">Severity of a secret that is not found.</param>
    public static HandlerOptions Read(
        ObjectReader reader, GatewayOptions gateway, ReadScope scope, bool pluginRequired, ProblemSeverity unresolved)
    {
        var defaults = new HandlerOptions();
        var read = new HandlerOptions
        {
            Plugin = pluginRequired ? reader.RequiredText("plugin", Rules.PluginName) : reader.Text("plugin", defaults.Plugin, Rules.PluginName)!,
            Settings = PluginKeys.Settings(reader, scope, unresolved),
            ConcurrentTurns = (int)reader.Whole("concurrentTurns", defaults.ConcurrentTurns, 1, 1024),
            Sha256 = PluginKeys.Sha256(reader),
            LogLevel = PluginKeys.LogLevel(reader),
            MayUse = reader.Raw("mayUse") is null ? null : reader.Texts("mayUse", Rules.AdapterId),
            Timeouts = CallTimeouts.Read(reader.Object("timeouts"), gateway.Timeouts, TimeoutsOwner.Handler, scope),
            Isolation = IsolationKey.Read(reader, gateway.Isolation),
            Worker = WorkerOptions.Read(reader.Object("worker"), gateway.Worker, scope),
            Path = reader.Path,
        };
        reader.RejectUnknown();
        CheckPatience(read, scope);
        return read;
    }

    /// <summary>Warns of a backend timeout that is longer than a turn: the backend would be asked again while it still works on the first
    /// attempt.</summary>
    private static void CheckPatience(HandlerOptions read, ReadScope scope)
    {
        if (read.Timeouts.Turn == Timeout.InfiniteTimeSpan || PatienceOf(read) is not { } patience
            || patience.Seconds <= read.Timeouts.Turn.TotalSeconds)
            return;
        scope.Problems.Warning($"{read.Path}.settings.{TimeoutSetting}",
            FormattableString.Invariant($"{patience.Seconds}{(patience.IsDefault ? " (the default)" : "")}"), FormattableString.Invariant(
            $"is longer than a turn may take (timeouts.turnSeconds: {read.Timeouts.Turn.TotalSeconds}): a slow backend is asked again while it still answers, and ")
            + "parked after three times. Make it shorter, or turnSeconds longer.");
    }

    /// <summary>Returns the time that the handler waits for its backend, in seconds; null: unknown to the gateway.</summary>
    private static (double Seconds, bool IsDefault)? PatienceOf(HandlerOptions read)
    {
        if (read.Settings.ValueKind != JsonValueKind.Object || !read.Settings.TryGetProperty(TimeoutSetting, out var written))
            return read.Plugin == Webhook ? (WebhookTimeout, true) : null;
        return written.ValueKind == JsonValueKind.Number && written.TryGetDouble(out var seconds) ? (seconds, false) : null;
    }

    /// <summary>Never the settings: they hold secrets.</summary>
    public override string ToString() => $"{Path} ({Plugin})";
}
