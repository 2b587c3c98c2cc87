using System.Text.Json.Serialization;

namespace PluginGateway.Reloading;

/// <summary>Outcome of a reload for one adapter or handler.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ReloadOutcome>))]
internal enum ReloadOutcome
{
    [JsonStringEnumMemberName("unchanged")]
    Unchanged,

    [JsonStringEnumMemberName("added")]
    Added,

    [JsonStringEnumMemberName("removed")]
    Removed,

    /// <summary>Replaced: it runs another plugin, another build of it, or a new generation of the same one.</summary>
    [JsonStringEnumMemberName("swapped")]
    Swapped,

    /// <summary>The same plugin with another configuration.</summary>
    [JsonStringEnumMemberName("reconfigured")]
    Reconfigured,

    [JsonStringEnumMemberName("enabled")]
    Enabled,

    [JsonStringEnumMemberName("disabled")]
    Disabled,

    /// <summary>The new plugin cannot be loaded; the unit runs on as it was.</summary>
    [JsonStringEnumMemberName("refused")]
    Refused,
}

/// <summary>Adapter or handler after a reload.</summary>
/// <param name="State">Its state; null: it was removed.</param>
/// <param name="Code">Stable code of its fault; null: none.</param>
/// <param name="Reason">Sentence for the operator.</param>
internal sealed record ReloadedUnit(string Id, string Plugin, ReloadOutcome Outcome, string? State, string? Code, string? Reason)
{
    /// <summary>False when the change was refused, or the unit was changed and does not work, or needs the operator.</summary>
    public bool Ok { get; init; } = true;
}

/// <summary>Output of <c>reload --json</c>.</summary>
/// <param name="Ticket">Number of the reload since the start.</param>
/// <param name="By">Source of the request: "SIGHUP" or "reload".</param>
/// <param name="Only">The adapter that was reloaded; null: the whole configuration.</param>
/// <param name="Done">False while the reload is under way.</param>
/// <param name="Seconds">Its duration.</param>
/// <param name="Refusal">Reason why nothing was changed; null: the reload was not refused.</param>
/// <param name="Problems">Problems of the configuration, one line each; with an error nothing is changed.</param>
/// <param name="Units">All adapters and handlers of the request.</param>
/// <param name="Applied">Changed settings of the gateway, and lists of permitted users and groups, that are in force.</param>
/// <param name="NeedsRestart">Changed settings of the gateway that a restart puts in force.</param>
internal sealed record ReloadReport(
    int Ticket, string By, string? Only, bool Done, double Seconds, string? Refusal, IReadOnlyList<string> Problems,
    IReadOnlyList<ReloadedUnit> Units,
    IReadOnlyList<string> Applied, IReadOnlyList<string> NeedsRestart)
{
    /// <summary>True when the reload has ended and every unit works as configured.</summary>
    public bool Ok => Done && Refusal is null && Units.All(static unit => unit.Ok);

    public static ReloadReport Open(ReloadRequest request) => new(request.Ticket, request.By, request.Id, false, 0, null, [], [], [], []);
}
