namespace PluginGateway.PeerTests.Telegram;

/// <summary>What one fault did, in numbers.</summary>
/// <param name="Fault">What went wrong.</param>
/// <param name="Noticed">From the fault until the adapter was no longer connected; null: it stayed connected, or the gateway itself was gone.</param>
/// <param name="Reconnected">From the end of the fault until it was connected.</param>
/// <param name="CaughtUp">From the end of the fault until nothing was left to do.</param>
/// <param name="Said">Messages to the bot.</param>
/// <param name="Lost">Messages to the bot that the gateway does not have.</param>
/// <param name="Unknown">Replies of which nobody knows whether they arrived: parked for the operator.</param>
/// <param name="Arrived">Of those, how many had arrived.</param>
/// <param name="Twice">Replies that arrived twice.</param>
internal sealed record Figure(
    string Fault, TimeSpan? Noticed, TimeSpan Reconnected, TimeSpan CaughtUp, int Said, int Lost, int Unknown, int Arrived, int Twice);

/// <summary>The table of what was measured: artifacts/telegram.md.</summary>
internal static class Figures
{
    private static readonly FiguresTable Table = new(
        "telegram.md",
        "# Telegram: what a fault costs",
        "",
        "The real executable with Echo against the fake Bot API while twelve people write, a message in 100 ms. `pollSeconds` 2, `answerSeconds` 15 (6 where silence has to be noticed), reconnects at most 2 s apart. Telegram has no key by which a",
        "message sent again would be known, so a reply of which nobody knows whether it arrived is parked, and not sent again unless the operator has said so (`outbox.onUnknown`).",
        "",
        "| fault | noticed after | connected again | caught up | messages | lost | replies in doubt | of them arrived | arrived twice |",
        "|---|---|---|---|---|---|---|---|---|");

    public static void Add(Figure row) => Table.Put(
        row.Fault,
        $"| {row.Fault} | {(row.Noticed is { } noticed ? $"{noticed.TotalSeconds:0.0} s" : "-")} | {row.Reconnected.TotalSeconds:0.0} s | {row.CaughtUp.TotalSeconds:0.0} s | {row.Said} | {row.Lost} | {row.Unknown} | {row.Arrived} | {row.Twice} |");
}
