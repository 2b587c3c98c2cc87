using System.Globalization;

namespace PluginGateway.PeerTests.Wedged;

/// <summary>The table of what was measured: artifacts/wedged-sockets.md.</summary>
internal static class Figures
{
    private static readonly string[] Moments = ["connect", "send", "idle", "disconnect"];

    private static readonly FiguresTable Table = new(
        "wedged-sockets.md",
        "# Wedged sockets: from SIGTERM to exit",
        "",
        "One gateway with four adapters of a kind, each with a peer that went wrong at another moment: at connect, with a send in flight, while idle, at the disconnect. Exit code 0 in every row.",
        "The last four columns say how each adapter went down and how long that took.",
        "",
        "| adapter | peer | stop budget | SIGTERM to exit | connect | send | idle | disconnect |",
        "|---|---|---|---|---|---|---|---|");

    public static void Add(string adapter, string fault, TimeSpan exit, int bound, IReadOnlyDictionary<string, string> teardowns) =>
        Table.Put($"{fault} {adapter}",
            $"| {adapter} | {fault} | {bound} s | {exit.TotalSeconds:0.00} s | {string.Join(" | ", Moments.Select(moment => teardowns.GetValueOrDefault(moment, "-")))} |");

    /// <summary>How each adapter went down, by the report of the stop.</summary>
    public static IReadOnlyDictionary<string, string> Teardowns(Status down) =>
        down.Json.GetProperty("lastShutdown").GetProperty("adapters").EnumerateArray().ToDictionary(
            static adapter => adapter.GetProperty("id").GetString()!,
            static adapter => string.Create(CultureInfo.InvariantCulture,
                $"{adapter.GetProperty("outcome").GetString()} {adapter.GetProperty("usedSeconds").GetDouble():0.00} s"));
}
