using System.Text.Json.Serialization;

namespace PluginGateway.Control.Verbs;

/// <summary>Row of <c>pair list --json</c>. States: requested, until <paramref name="ExpiresUtc"/>, and paired.</summary>
/// <param name="User">Null for a group.</param>
/// <param name="Name">Name of the user; for a group, of the user who requested or approved it.</param>
internal sealed record PairingLine(string Adapter, string? User, string? Name, string State, DateTimeOffset SinceUtc, DateTimeOffset? ExpiresUtc)
{
    /// <summary>Chat id of the group that is let in, or asks to be; null for a user.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Chat { get; init; }
}
