using PluginGateway.Store;

namespace PluginGateway.Dispatch.Turns;

/// <summary>Puts messages that arrive into turns (<see cref="Collecting"/>), and holds a turn while more of it may come. Its timers only wake. Only on
/// the loop's thread.</summary>
internal sealed class TurnCollector(DispatchLoop loop, MessageStore store, TurnServices services)
{
    /// <summary>Called when a turn of the session is not held any longer.</summary>
    public required Action<SessionQueue> Released { get; init; }

    /// <summary>Takes an event that has not begun: a further one of the last turn of its session, or one of its own.</summary>
    public void Add(SessionQueue session, InboxRow row)
    {
        var rules = services.Judge.CollectRulesOf(row.AdapterId);
        var next = WaitingEvent.Of(row);
        var age = loop.WallClock - row.Accepted;
        if (age < TimeSpan.Zero) age = TimeSpan.Zero;
        if (session.Last is { IsBegun: false } last && Collecting.Joins(last.Waiting, next, rules)) last.Add(row, next);
        else session.Enqueue(last = new PendingTurn(row, next) { Since = loop.Now - age });
        last.Interrupts = rules.Interrupts && next.Facts.IsPart;
        session.HasUnaddressed |= next.Facts.IsUnaddressed;
        var open = Collecting.OpenFor(last.Waiting, rules);
        var (behindLast, behindFirst) = (loop.Now - age + open, last.Since + Collecting.Longest);
        last.HeldUntil = open == TimeSpan.Zero ? loop.Now : behindLast < behindFirst ? behindLast : behindFirst;
        if (last.HeldUntil > loop.Now) loop.At(last.HeldUntil, () => Released(session));
    }

    /// <summary>Returns true while a further message of a turn may come, and nothing has come behind it.</summary>
    public bool IsHeld(SessionQueue session, PendingTurn turn) => !turn.IsBegun && session.Last == turn && turn.HeldUntil > loop.Now;

    /// <summary>Returns the number of messages of a session that are held.</summary>
    public int HeldIn(SessionQueue session) => session is { IsBusy: false, Last: { } last } && IsHeld(session, last) ? last.Members.Count : 0;

    /// <summary>Takes messages out of a session that have waited for one to the bot, which has not come, and deletes them.</summary>
    public IReadOnlyList<InboxRow> TakeUnaddressed(SessionQueue session)
    {
        if (!session.HasUnaddressed) return [];
        var waiting = session.Turns.Where(static turn => !turn.IsBegun && Collecting.IsUnaddressed(turn.Waiting)).ToArray();
        PendingTurn[] over = [.. waiting.Where(turn => !IsHeld(session, turn))];
        session.HasUnaddressed = waiting.Length > over.Length;
        if (over.Length == 0) return [];
        session.Remove(over);
        InboxRow[] rows = [.. over.SelectMany(static turn => turn.Members)];
        loop.Persist<bool>(done => store.DiscardUnaddressed([.. rows.Select(static row => row.Id)], done), static _ => { });
        foreach (var row in rows) services.Unaddressed(row.AdapterId);
        return rows;
    }
}
