using System.Text.Json;
using PluginGateway.Instance;
using PluginGateway.Posix;
using PluginGateway.Serialization;

namespace PluginGateway.Units;

/// <summary>Override of one unit, made while the gateway ran: by the operator, or by the gateway for the operator to take back.</summary>
/// <param name="Entry">The configuration entry to which the override applies; for another entry it has no effect.</param>
/// <param name="Enabled">True or false: enabled or disabled; null: as the configuration says.</param>
/// <param name="Quarantine">Reason of the quarantine, which lasts until the operator ends it; null: not quarantined.</param>
/// <param name="SaidUtc">Time of the override.</param>
internal sealed record AdapterOverride(string Entry, bool? Enabled, string? Quarantine, DateTimeOffset SaidUtc);

/// <summary><c>adapters.json</c>: the overrides of all units, kept over restarts. Immutable.</summary>
internal sealed record AdapterOverrides(IReadOnlyDictionary<string, AdapterOverride> Units)
{
    public static AdapterOverrides None { get; } = new(new Dictionary<string, AdapterOverride>());

    /// <summary>Reads the overrides of a data directory. An unreadable file counts as none, and <paramref name="problem"/> says so.</summary>
    public static AdapterOverrides Read(string dataDirectory, out string? problem)
    {
        var path = DataDirectory.AdapterOverrides(dataDirectory);
        problem = null;
        if (!File.Exists(path)) return None;
        try
        {
            if (AtomicFile.TryRead(path) is { } bytes
                && JsonSerializer.Deserialize(bytes, UnitsMetadata.Default.AdapterOverrides) is { Units: not null } overrides)
                return overrides;
        }
        catch (JsonException)
        {
            // Reported below.
        }

        problem = $"'{path}' cannot be understood; every adapter runs as plugins.json says. Say 'adapter disable' again where it is needed.";
        return None;
    }

    /// <summary>Returns the override of a unit for this entry; null when there is none.</summary>
    public AdapterOverride? Of(string id, string entry) =>
        Units.TryGetValue(id, out var adapterOverride) && adapterOverride.Entry == entry ? adapterOverride : null;

    /// <summary>Returns the overrides with one changed; an override without effect is removed.</summary>
    public AdapterOverrides With(string id, AdapterOverride adapterOverride)
    {
        var units = new Dictionary<string, AdapterOverride>(Units, StringComparer.Ordinal) { [id] = adapterOverride };
        if (adapterOverride is { Enabled: null, Quarantine: null }) units.Remove(id);
        return new(units);
    }

    public void Write(string dataDirectory) =>
        AtomicFile.Write(
            DataDirectory.AdapterOverrides(dataDirectory), JsonText.IndentedBytes(this, UnitsJson.Default.AdapterOverrides));
}
