namespace PluginGateway.PeerTests.Life;

/// <summary>The table of what was measured: artifacts/silence.md.</summary>
internal static class SilenceFigures
{
    private static readonly FiguresTable Table = new(
        "silence.md",
        "# Silent servers: from the last answer until the adapter knows",
        "",
        "The real executable, every setting of the adapters at its default, nobody says anything. The server takes connections and requests and answers none; nothing is closed.",
        "",
        "| adapter | settings | at most | `status` says so after | connection given up after |",
        "|---|---|---|---|---|");

    public static void Add(string id, string settings, int seconds, TimeSpan shown, TimeSpan replaced) =>
        Table.Put(id, $"| {id} | {settings} | {seconds} s | {shown.TotalSeconds:0.0} s | {replaced.TotalSeconds:0.0} s |");
}
