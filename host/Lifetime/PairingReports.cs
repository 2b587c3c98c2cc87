namespace PluginGateway.Lifetime;

/// <summary>One row of <c>pair list --json</c>. States: requested, until <paramref name="ExpiresUtc"/>, and paired.</summary>
internal sealed record PairingLine(string Adapter, string User, string? Name, string State, DateTimeOffset SinceUtc, DateTimeOffset? ExpiresUtc);
