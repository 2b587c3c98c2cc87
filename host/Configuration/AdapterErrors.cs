using PluginGateway.Configuration.Options;

namespace PluginGateway.Configuration;

/// <summary>Confines an error in the entry of one adapter to that adapter.</summary>
internal static class AdapterErrors
{
    /// <summary>Marks the adapters that have errors as blocked, and turns those errors into warnings, as long as another enabled adapter can run;
    /// else they stay errors.</summary>
    public static GatewayConfiguration Confine(GatewayConfiguration configuration, ProblemList problems)
    {
        var blockers = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var adapter in configuration.Adapters.Where(
            adapter => adapter.Enabled && adapter.Id.Length > 0 && !problems.HasErrorAt($"{adapter.Path}.id")))
        {
            if (problems.FirstErrorBelow(adapter.Path) is { } error) blockers.Add(adapter.Path, $"{error.Key}: {error.Message}");
        }

        if (blockers.Count == 0 || configuration.Adapters.All(adapter => !adapter.Enabled || blockers.ContainsKey(adapter.Path)))
            return configuration;
        foreach (var path in blockers.Keys) problems.ExcuseBelow(path);
        return configuration with
        {
            Adapters = [.. configuration.Adapters.Select(
                adapter => blockers.TryGetValue(adapter.Path, out var why) ? adapter with { Blocker = why } : adapter)]
        };
    }
}
