using System.Collections;
using System.Globalization;
using PluginGateway.Configuration;

namespace PluginGateway.Isolation.Hosting;

/// <summary>The environment of a worker: what programs need to work at all, what the operator names, and nothing else. The gateway's own environment may hold the secrets of every adapter.</summary>
internal static class WorkerEnvironment
{
    private static readonly string[] Harmless =
    [
        "PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TZDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY",
    ];

    /// <summary>NAME=VALUE, each.</summary>
    public static IReadOnlyList<string> Of(WorkerOptions limits, string temporaryFolder)
    {
        var own = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables()) own[(string)entry.Key] = (string?)entry.Value ?? "";
        var named = limits.Environment.Split(',', StringSplitOptions.RemoveEmptyEntries);
        var given = Harmless.Concat(named).Distinct(StringComparer.Ordinal).Where(own.ContainsKey).Select(name => $"{name}={own[name]}");
        return [.. given, $"TMPDIR={temporaryFolder}", .. Runtime(limits)];
    }

    private static string[] Runtime(WorkerOptions limits) =>
    [
        $"DOTNET_ROOT={RuntimeFolder()}",
        string.Create(CultureInfo.InvariantCulture, $"DOTNET_GCHeapHardLimit=0x{limits.MemoryMegabytes * 1024L * 1024L:X}"),
        // One adapter needs neither a thread that collects beside it nor one that lets debuggers in.
        "DOTNET_gcConcurrent=0", "DOTNET_EnableDiagnostics=0", "DOTNET_TieredPGO=0", "DOTNET_NOLOGO=1",
    ];

    private static string RuntimeFolder() => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", ".."));
}
