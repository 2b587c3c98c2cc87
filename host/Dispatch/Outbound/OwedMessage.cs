using PluginGateway.Dispatch.Inbound;
using PluginGateway.Store;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Dispatch.Outbound;

/// <summary>One message that is owed. Changed by its <see cref="ChatQueue"/> alone, on the loop's thread; <see cref="Cut"/> by who prepares
/// it.</summary>
internal sealed class OwedMessage(OutboxRow row, DateTimeOffset now)
{
    public long Id { get; } = row.Id;

    public OwedKind Kind { get; } = row.Kind;

    /// <summary>The session of its turn; null: none is known.</summary>
    public string? Session { get; } = row.Session;

    /// <summary>The message that it is about.</summary>
    public long? Target { get; } = row.Target;

    /// <summary>From when its age is counted: begins anew when the operator has it sent again. Never in the future: the clock may have been set back
    /// since it was written.</summary>
    public DateTimeOffset Owed { get; } = row.Owed <= now ? row.Owed : now;

    /// <summary>Attempts so far.</summary>
    public int Attempt { get; private set; } = row.Attempt;

    public DateTimeOffset Due { get; private set; } = row.Due;

    /// <summary>True when it was being sent when the last process ended: whether it may go again is decided by the traits of the generation that
    /// would send it.</summary>
    public bool IsDoubtful { get; private set; } = row.IsLeased;

    /// <summary>True when it cannot be sent before the next attach.</summary>
    public bool WaitsForConnection { get; private set; }

    /// <summary>Begin of the first attempt whose outcome is unknown; null: none.</summary>
    public Moment? DoubtfulSince { get; private set; } = row.DoubtfulSince switch
    {
        null => null,
        // The clock has been set back since: nobody knows how long ago it was, and sent twice is worse than asked about.
        { } since when since > now => Moment.LongAgo,
        { } since => new Moment(since, since),
    };

    /// <summary>Since when it has been holding the messages behind it.</summary>
    public DateTimeOffset? BlockedSince { get; private set; } = row.Attempt > 0 ? now : null;

    /// <summary>Reason for sending it again: the error of its last attempt; null: it has not failed.</summary>
    public string? RetryReason { get; private set; } = row.Error;

    /// <summary>Parts of its text while they are being sent.</summary>
    public CutText? Cut { get; private set; }

    public bool IsSendable(DateTimeOffset now) => !WaitsForConnection && Due <= now;

    /// <summary>An attempt begins: also at what the last process was sending, if that may go again.</summary>
    public void BeginAttempt() => (Attempt, IsDoubtful) = (Attempt + 1, false);

    /// <summary>Takes back an attempt that did not reach the adapter: it does not count.</summary>
    public void CancelAttempt(DateTimeOffset due) => (Attempt, Due) = (Attempt - 1, due);

    /// <summary>A part has arrived: of the rest the attempts are counted anew.</summary>
    public void CountAnew() => (Attempt, BlockedSince, DoubtfulSince) = (0, null, null);

    public void BecomeDue(DateTimeOffset at) => Due = at;

    /// <summary>Schedules it to be sent again.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="waitsForConnection">Not before the next attach.</param>
    /// <param name="blockedSince">It holds the messages behind it from now on, if it has not before; null: that stays as it is.</param>
    public void Retry(string reason, bool waitsForConnection, DateTimeOffset? blockedSince) =>
        (RetryReason, WaitsForConnection, BlockedSince) = (reason, waitsForConnection, BlockedSince ?? blockedSince);

    /// <summary>Ends the wait for a connection: there is a new one.</summary>
    public void StopWaiting() => WaitsForConnection = false;

    /// <summary>The attempt that began then may have arrived.</summary>
    public void MayHaveArrived(Moment began) => DoubtfulSince ??= began;

    /// <summary>Not on two threads at once, like <see cref="ForgetCut"/>.</summary>
    public void KeepCut(CutText cut) => Cut = cut;

    public void ForgetCut()
    {
        Cut?.Dispose();
        Cut = null;
    }
}
