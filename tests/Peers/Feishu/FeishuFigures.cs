namespace PluginGateway.PeerTests.Feishu;

/// <summary>The table of what was measured: artifacts/feishu.md.</summary>
internal static class FeishuFigures
{
    private static readonly FiguresTable Table = new(
        "feishu.md",
        "# Feishu: faults while messages flow",
        "",
        "The real executable with Echo against the fake platform; ping every 1 s, pong awaited for 2 s, backoff up to 2 s, a missed acknowledgement pushed again after 1 s (the platform: 15 s, 5 min, 1 h, 6 h).",
        "Answers are paced at 5 a second in a chat and 16 a second in all: that is most of the last time. Lost and duplicate are counted by the platform.",
        "",
        "| fault | messages | pushed again | noticed | reconnected | caught up | lost | duplicate |",
        "|---|---|---|---|---|---|---|---|");

    /// <param name="what">What went wrong.</param>
    /// <param name="said">Messages that people wrote.</param>
    /// <param name="pushedAgain">How often the platform had to push one again.</param>
    /// <param name="noticed">From the fault until the gateway said so; null: it was not told.</param>
    /// <param name="connected">From the moment at which connecting was possible again to the connection.</param>
    /// <param name="caughtUp">From the connection until everything was answered.</param>
    /// <param name="duplicates">Answers that came twice.</param>
    public static void Add(string what, int said, int pushedAgain, TimeSpan? noticed, TimeSpan connected, TimeSpan caughtUp, int duplicates) =>
        Table.Put(what, $"| {what} | {said} | {pushedAgain} | {(noticed is { } time ? $"{time.TotalSeconds:0.0} s" : "-")} | {connected.TotalSeconds:0.0} s | {caughtUp.TotalSeconds:0.0} s | 0 | {duplicates} |");
}
