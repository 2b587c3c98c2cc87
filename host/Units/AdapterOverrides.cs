using System.Text.Json;
using PluginGateway.Instance;
using PluginGateway.Posix;

namespace PluginGateway.Units;

/// <summary>What was decided about one unit while the gateway ran: by the operator, or by the gateway for the operator to take back.</summary>
/// <param name="Entry">The configuration entry it was said about; of another entry it says nothing.</param>
/// <param name="Enabled">Switched on or off; null: as the configuration says.</param>
/// <param name="Quarantine">Why it is kept from running until the operator says otherwise; null: it is not.</param>
/// <param name="SaidUtc">When.</param>
internal sealed record AdapterOverride(string Entry, bool? Enabled, string? Quarantine, DateTimeOffset SaidUtc);

/// <summary><c>adapters.json</c>: what was decided about which unit, kept over restarts. Immutable.</summary>
internal sealed record AdapterOverrides(IReadOnlyDictionary<string, AdapterOverride> Units)
{
    public static AdapterOverrides None { get; } = new(new Dictionary<string, AdapterOverride>());

    /// <summary>What is remembered in this data directory. A file that cannot be understood says nothing, and <paramref name="problem"/> says so.</summary>
    public static AdapterOverrides Read(string dataDirectory, out string? problem)
    {
        var path = DataDirectory.AdapterOverrides(dataDirectory);
        problem = null;
        if (!File.Exists(path)) return None;
        try
        {
            if (AtomicFile.TryRead(path) is { } bytes && JsonSerializer.Deserialize(bytes, UnitsJson.Indented.AdapterOverrides) is { Units: not null } overrides) return overrides;
        }
        catch (JsonException)
        {
            // Said below.
        }

        problem = $"'{path}' cannot be understood; every adapter runs as plugins.json says. Say 'adapter disable' again where it is needed.";
        return None;
    }

    /// <summary>What was said about this entry of a unit; null: nothing.</summary>
    public AdapterOverride? Of(string id, string entry) => Units.TryGetValue(id, out var adapterOverride) && adapterOverride.Entry == entry ? adapterOverride : null;

    /// <summary>With another word about a unit; one that says nothing is forgotten.</summary>
    public AdapterOverrides With(string id, AdapterOverride adapterOverride)
    {
        var units = new Dictionary<string, AdapterOverride>(Units, StringComparer.Ordinal) { [id] = adapterOverride };
        if (adapterOverride is { Enabled: null, Quarantine: null }) units.Remove(id);
        return new(units);
    }

    public void Write(string dataDirectory) =>
        AtomicFile.Write(DataDirectory.AdapterOverrides(dataDirectory), JsonSerializer.SerializeToUtf8Bytes(this, UnitsJson.Indented.AdapterOverrides));
}
