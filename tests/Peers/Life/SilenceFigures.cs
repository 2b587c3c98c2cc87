using System.Globalization;

namespace PluginGateway.PeerTests.Life;

/// <summary>The table of what was measured: artifacts/silence.md.</summary>
internal static class SilenceFigures
{
    private static readonly SortedDictionary<string, string> Rows = new(StringComparer.Ordinal);

    public static void Add(string id, string settings, int seconds, TimeSpan shown, TimeSpan replaced)
    {
        Rows[id] = string.Create(CultureInfo.InvariantCulture, $"| {id} | {settings} | {seconds} s | {shown.TotalSeconds:0.0} s | {replaced.TotalSeconds:0.0} s |");
        var path = Path.Combine(Repository.Root, "artifacts/silence.md");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllLines(path,
        [
            "# Silent servers: from the last answer until the adapter knows",
            "",
            "The real executable, every setting of the adapters at its default, nobody says anything. The server takes connections and requests and answers none; nothing is closed.",
            "",
            "| adapter | settings | at most | `status` says so after | connection given up after |",
            "|---|---|---|---|---|",
            .. Rows.Values,
        ]);
    }
}
