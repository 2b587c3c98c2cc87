using PluginGateway.Store;

namespace PluginGateway.Dispatch.Turns;

/// <summary>Event that waits for its turn, as far as the composition of turns depends on it.</summary>
/// <param name="Facts">The facts of its row.</param>
/// <param name="Accepted">The time at which it was stored.</param>
/// <param name="Bytes">Its size.</param>
internal readonly record struct WaitingEvent(InboundFacts Facts, DateTimeOffset Accepted, long Bytes);

/// <summary>Rules of one session for the composition of turns.</summary>
/// <param name="Hold">Time for which any message is held for the next one of its sender; zero: none.</param>
/// <param name="TakesAll">True: a turn has all neighbours that wait when it begins, whenever they came.</param>
internal readonly record struct CollectRules(TimeSpan Hold, bool TakesAll);

/// <summary>First turn of the events that wait in a session.</summary>
/// <param name="Count">The number of its messages so far.</param>
/// <param name="Open">Time after the last message for which the turn waits for another one; zero: it may begin.</param>
internal readonly record struct Composition(int Count, TimeSpan Open);

/// <summary>Composition of turns from the events that wait in a session, in their order: neighbours of one sender, of which each shows that more is
/// coming, are one turn. Pure, and decided by what the rows say: after a restart a turn has the same messages, or more.</summary>
internal static class Collecting
{
    /// <summary>Time for which a message that shows that more is coming is held.</summary>
    public static readonly TimeSpan Hold = TimeSpan.FromMilliseconds(1200);

    /// <summary>Longest time from the first message of a turn to its begin.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    public const int MostMessages = 20;
    public const long MostBytes = 256 * 1024;

    /// <summary>Returns the first turn of the events that wait, of which there is one at least.</summary>
    public static Composition First(IReadOnlyList<WaitingEvent> waiting, CollectRules rules)
    {
        var first = waiting[0];
        if (!first.Facts.IsPart) return new(1, TimeSpan.Zero);
        var (count, bytes) = (1, first.Bytes);
        for (; count < waiting.Count; count++)
        {
            var (last, next) = (waiting[count - 1], waiting[count]);
            var mayJoin = count < MostMessages && next.Facts.IsPart && next.Facts.Sender == first.Facts.Sender && bytes + next.Bytes <= MostBytes;
            if (!mayJoin || !(rules.TakesAll || IsWithin(first, last, next.Accepted, rules))) return new(count, TimeSpan.Zero);
            bytes += next.Bytes;
        }

        return new(count, count < MostMessages && bytes < MostBytes ? HoldOf(waiting[count - 1], rules) : TimeSpan.Zero);
    }

    /// <summary>Returns the time for which a message is held for the next one of its sender.</summary>
    public static TimeSpan HoldOf(WaitingEvent message, CollectRules rules) => message.Facts switch
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
