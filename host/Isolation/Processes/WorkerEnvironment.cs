using System.Globalization;
using PluginGateway.Configuration.Options;
using PluginGateway.Isolation.Sandbox;

namespace PluginGateway.Isolation.Processes;

/// <summary>The environment of a worker: variables that every program needs, those that the operator names, and no others. The gateway's own
/// environment may hold the secrets of every adapter.</summary>
internal static class WorkerEnvironment
{
    private static readonly string[] Harmless =
    [
        "PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TZDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY",
        "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY",
    ];

    /// <summary>NAME=VALUE, each.</summary>
    /// <param name="own">The gateway's.</param>
    /// <param name="limits">Names the variables that the operator adds.</param>
    /// <param name="ownFolder">The worker's home: the worker can read no other.</param>
    /// <param name="temporaryFolder">For its temporary files.</param>
    public static IReadOnlyList<string> Of(IReadOnlyDictionary<string, string> own, WorkerOptions limits, string ownFolder, string temporaryFolder)
    {
        var named = limits.Environment.Split(',', StringSplitOptions.RemoveEmptyEntries);
        var given = Harmless.Concat(named).Distinct(StringComparer.Ordinal).Where(own.ContainsKey).Select(name => $"{name}={own[name]}");
        string[] home = named.Contains("HOME") ? [] : [$"HOME={ownFolder}"];
        return [.. given, .. home, $"TMPDIR={temporaryFolder}", .. Runtime(limits)];
    }

    private static string[] Runtime(WorkerOptions limits) =>
    [
        $"DOTNET_ROOT={RuntimeFolder.Path}",
        string.Create(CultureInfo.InvariantCulture, $"DOTNET_GCHeapHardLimit=0x{limits.MemoryMegabytes * 1024L * 1024L:X}"),
        // One adapter needs neither a concurrent collector thread nor the thread of the diagnostic port.
        "DOTNET_gcConcurrent=0", "DOTNET_EnableDiagnostics=0", "DOTNET_TieredPGO=0", "DOTNET_NOLOGO=1",
    ];
}
