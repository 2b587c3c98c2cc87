using System.Text.Json.Serialization;

namespace PluginGateway.Reloading;

/// <summary>What a reload did with one adapter or handler.</summary>
internal enum ReloadOutcome
{
    [JsonStringEnumMemberName("unchanged")]
    Unchanged,

    [JsonStringEnumMemberName("added")]
    Added,

    [JsonStringEnumMemberName("removed")]
    Removed,

    /// <summary>It runs another plugin, another build of it, or the same one afresh.</summary>
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

/// <summary>One adapter or handler after a reload.</summary>
/// <param name="State">The supervisor's word for it; null: it is gone.</param>
/// <param name="Code">A stable word for what is wrong with it; null: nothing.</param>
/// <param name="Reason">What the operator should know.</param>
internal sealed record ReloadedUnit(string Id, string Plugin, ReloadOutcome Outcome, string? State, string? Code, string? Reason)
{
    /// <summary>False when it was refused, or touched and is not at work, or needs the operator.</summary>
    public bool Ok { get; init; } = true;
}

/// <summary>What <c>reload --json</c> prints.</summary>
/// <param name="Ticket">Its number since the start.</param>
/// <param name="By">Who asked.</param>
/// <param name="Only">The only adapter it was about; null: everything.</param>
/// <param name="Done">False: it is under way.</param>
/// <param name="Seconds">What it took.</param>
/// <param name="Refusal">Why nothing was changed at all; null: something could be.</param>
/// <param name="Problems">What the configuration has to say, one line each; errors are why nothing was changed.</param>
/// <param name="Units">Every adapter and handler it was about.</param>
/// <param name="Applied">Changed settings of the gateway, and lists of who may speak, that are in force.</param>
/// <param name="NeedsRestart">Changed settings of the gateway that a restart puts in force.</param>
internal sealed record ReloadReport(
    int Ticket, string By, string? Only, bool Done, double Seconds, string? Refusal, IReadOnlyList<string> Problems, IReadOnlyList<ReloadedUnit> Units,
    IReadOnlyList<string> Applied, IReadOnlyList<string> NeedsRestart)
{
    /// <summary>Everything that was asked for is at work.</summary>
    public bool Ok => Done && Refusal is null && Units.All(static unit => unit.Ok);

    public static ReloadReport Open(ReloadRequest request) => new(request.Ticket, request.By, request.Id, false, 0, null, [], [], [], []);
}
