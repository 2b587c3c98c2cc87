using System.Globalization;
using PluginGateway.Posix;

namespace PluginGateway.Isolation.Processes;

/// <summary>Access of debuggers to this process. The runtime of every .NET process listens on a socket in the temporary folder, gives its environment
/// to every client of the same user, and loads a library at that client's request: so a worker could run code in the gateway. This access is closed
/// before the first worker is started, and from then on no process of the same user may read this process's memory.</summary>
internal static class DebuggerAccess
{
    private static readonly string[] Prefixes = ["DOTNET_", "COMPlus_"];

    /// <summary>Closes them by removing their names. A repeated call removes those that a plugin may have made again.</summary>
    /// <param name="environment">Of the gateway's start, by which the runtime chose the places.</param>
    /// <returns>The part that is still open; null: none.</returns>
    public static string? Close(IReadOnlyDictionary<string, string> environment)
    {
        LibCProcess.HideMemory();
        var left = new List<string>();
        foreach (var path in Own(environment))
        {
            // Only its absence counts: another process may have deleted it.
            LibCFiles.Delete(null, path);
            var descriptor = LibCFiles.Refer(null, path);
            if (descriptor < 0) continue;
            LibC.Close(descriptor);
            left.Add($"'{path}'");
        }

        return left.Count == 0
            ? null
            : $"the runtime's debugger port of the gateway cannot be closed ({string.Join(", ", left)}): start the gateway with DOTNET_EnableDiagnostics=0";
    }

    private static IEnumerable<string> Own(IReadOnlyDictionary<string, string> environment)
    {
        var pid = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        string[] folders = [.. new[] { environment.GetValueOrDefault("TMPDIR"), "/tmp" }.OfType<string>().Where(static folder => folder.Length > 0)
            .Select(Path.GetFullPath).Distinct()];
        foreach (var folder in folders)
        {
            foreach (var pattern in (string[])[$"dotnet-diagnostic-{pid}-*", $"clr-debug-pipe-{pid}-*"])
            {
                foreach (var path in Listed(folder, pattern)) yield return path;
            }
        }

        foreach (var port in Prefixes.Select(prefix => environment.GetValueOrDefault(prefix + "DiagnosticPorts")).OfType<string>()
            .SelectMany(static ports => ports.Split(';', StringSplitOptions.RemoveEmptyEntries)))
        {
            // The others are sockets on which another process listens.
            if (port.Split(',') is [var path, .. var kinds] && kinds.Contains("listen", StringComparer.OrdinalIgnoreCase))
                yield return Path.GetFullPath(path);
        }
    }

    private static string[] Listed(string folder, string pattern)
    {
        try
        {
            return Directory.GetFiles(folder, pattern);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // The runtime could not write there either.
            return [];
        }
    }
}
