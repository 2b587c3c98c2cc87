using PluginGateway.Dispatch.Inbound;
using PluginGateway.Store;

namespace PluginGateway.Dispatch.Turns;

/// <summary>Event that waits for its turn, as far as the composition of turns depends on it.</summary>
/// <param name="Facts">The facts of its row.</param>
/// <param name="Accepted">The time at which it was stored.</param>
/// <param name="Bytes">Its size.</param>
internal readonly record struct WaitingEvent(InboundFacts Facts, DateTimeOffset Accepted, long Bytes)
{
    public static WaitingEvent Of(InboxRow row) => new(InboundFacts.Read(row.Payload), row.Accepted, row.Payload.Length);
}

/// <summary>Composition of turns from the events that wait in a session, in their order: neighbours of one sender, of which each shows that more is
/// coming, are one turn. Pure, and decided by what the rows say: after a restart a turn has the same messages, or more.</summary>
internal static class Collecting
{
    /// <summary>Time for which a message that shows that more is coming is held.</summary>
    public static readonly TimeSpan Hold = OpenWindows.Hold;

    /// <summary>Longest time from the first message of a turn to its begin.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    public const int MostMessages = 20;
    public const long MostBytes = 256 * 1024;

    /// <summary>Returns true if the next event of a session belongs to the turn before it.</summary>
    /// <param name="turn">The events of the turn so far, one at least.</param>
    /// <param name="next">The event behind them.</param>
    /// <param name="rules">The rules of the session.</param>
    public static bool Joins(IReadOnlyList<WaitingEvent> turn, WaitingEvent next, CollectRules rules)
    {
        var (first, last) = (turn[0], turn[^1]);
        if (!first.Facts.IsPart || !next.Facts.IsPart || next.Facts.Sender != first.Facts.Sender) return false;
        if (turn.Count >= MostMessages || SizeOf(turn) + next.Bytes > MostBytes) return false;
        // Messages that are for nobody yet wait for their window only.
        return (rules.TakesAll && !IsUnaddressed(turn)) || IsWithin(first, last, next.Accepted, rules);
    }

    /// <summary>Returns true if the messages of a waiting turn and those of the running one before it may be one turn: messages of one sender, within
    /// the bounds of a turn.</summary>
    public static bool MaySupersede(IReadOnlyList<WaitingEvent> running, IReadOnlyList<WaitingEvent> next) =>
        running.Concat(next).All(one => one.Facts.IsPart && one.Facts.Sender == running[0].Facts.Sender)
        && running.Count + next.Count <= MostMessages && SizeOf(running) + SizeOf(next) <= MostBytes;

    /// <summary>Returns the time for which a turn waits for a further message after its last one; zero: it may begin.</summary>
    public static TimeSpan OpenFor(IReadOnlyList<WaitingEvent> turn, CollectRules rules) =>
        turn.Count < MostMessages && SizeOf(turn) < MostBytes ? HoldOf(turn[^1], rules) : TimeSpan.Zero;

    /// <summary>Returns true for a turn without a message that is for the bot.</summary>
    public static bool IsUnaddressed(IReadOnlyList<WaitingEvent> turn) => turn.All(static one => one.Facts.IsUnaddressed);

    private static long SizeOf(IReadOnlyList<WaitingEvent> turn) => turn.Sum(static one => one.Bytes);

    private static TimeSpan HoldOf(WaitingEvent message, CollectRules rules) => message.Facts switch
    {
        { ShowsMore: true } => rules.Hold > Hold ? rules.Hold : Hold,
        { IsPart: true } => rules.Hold,
        _ => TimeSpan.Zero,
    };

    private static bool IsWithin(WaitingEvent first, WaitingEvent last, DateTimeOffset next, CollectRules rules)
    {
        var hold = HoldOf(last, rules);
        return hold > TimeSpan.Zero && next - last.Accepted <= hold && next - first.Accepted <= Longest;
    }
}
