using System.Text.Json.Serialization;

namespace PluginGateway.Control.Verbs;

/// <summary>One row of <c>pair list --json</c>. States: requested, until <paramref name="ExpiresUtc"/>, and paired.</summary>
/// <param name="User">Null for a group.</param>
/// <param name="Name">The user's; of a group, who asked for it or let it in.</param>
internal sealed record PairingLine(string Adapter, string? User, string? Name, string State, DateTimeOffset SinceUtc, DateTimeOffset? ExpiresUtc)
{
    /// <summary>The group that is let in, or wants to be; null: it is a user.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Chat { get; init; }
}
