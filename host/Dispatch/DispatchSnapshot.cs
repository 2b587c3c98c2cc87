using PluginGateway.Dispatch.Inbound;

namespace PluginGateway.Dispatch;

/// <summary>State of the dispatcher at one moment.</summary>
internal sealed record DispatchSnapshot(
    DateTimeOffset Taken, IReadOnlyList<RunningTurn> RunningTurns, long PendingMessages, IReadOnlyList<AdapterQueueSnapshot> Adapters)
{
    public static DispatchSnapshot Empty { get; } = new(DateTimeOffset.UnixEpoch, [], 0, []);

    /// <summary>Calls of stopped turns whose sessions have gone on without them.</summary>
    public int Detached { get; init; }

    /// <summary>Running turns that were stopped since the start.</summary>
    public long Stopped { get; init; }

    /// <summary>Number of messages that are held, because more of their turns may come.</summary>
    public int HeldMessages { get; init; }

    public int SendsInFlight => Adapters.Sum(static adapter => adapter.InFlight);

    public int OwedSends => Adapters.Sum(static adapter => adapter.Owed);
}

/// <summary>A turn that runs: its message and the time since when.</summary>
internal sealed record RunningTurn(long InboxId, string AdapterId, Chat Chat, string Conversation, int Attempt, DateTimeOffset Since)
{
    /// <summary>True when the handler has returned and files of its replies are being copied.</summary>
    public bool WaitsForFiles { get; init; }
}

/// <summary>The traffic of one adapter id.</summary>
/// <param name="AdapterId">The adapter's id.</param>
/// <param name="Generation">The generation that is attached, or null.</param>
/// <param name="InFlight">Sends that are being tried, those of retired generations included.</param>
/// <param name="Owed">Messages that are owed, those included.</param>
/// <param name="LastInbound">Time of the last message that arrived; null: none since the start.</param>
/// <param name="LastOutbound">Time of the last delivery; null: none since the start.</param>
internal sealed record AdapterQueueSnapshot(
    string AdapterId, int? Generation, int InFlight, int Owed, DateTimeOffset? LastInbound, DateTimeOffset? LastOutbound)
{
    /// <summary>Messages that could not be owed since the start, because there was no room for them.</summary>
    public long OwedRefused { get; init; }

    /// <summary>Time until which the platform allows no message of this adapter; null when it is not held.</summary>
    public DateTimeOffset? HeldUntil { get; init; }

    /// <summary>Time until which the platform allows no message in one of the adapter's chats; null when none is held.</summary>
    public DateTimeOffset? ChatsHeldUntil { get; init; }

    /// <summary>Messages that are to be sent again; null when there are none.</summary>
    public RetryingDeliveries? Retrying { get; init; }

    /// <summary>Messages that were accepted and not yet handled.</summary>
    public long Pending { get; init; }

    /// <summary>Messages that were refused since the start, because there was no room for them.</summary>
    public long Refused { get; init; }

    /// <summary>Received events that wait for room in the inbox.</summary>
    public int Waiting { get; init; }

    /// <summary>Time since when the first of them waits; null: none does.</summary>
    public DateTimeOffset? WaitingSince { get; init; }

    /// <summary>Events that were refused and that the platform does not deliver again; null: none.</summary>
    public LostEvents? Lost { get; init; }

    /// <summary>Messages that were discarded since the start, by cause.</summary>
    public IReadOnlyDictionary<string, long> Discarded { get; init; } = new Dictionary<string, long>();
}

/// <summary>Messages whose last attempt failed and that are to be sent again.</summary>
/// <param name="Messages">Their number.</param>
/// <param name="Message">The id of the message that has waited longest, as for <c>outbox show</c>.</param>
/// <param name="SinceUtc">Time since when that message has waited. It holds the messages of its chat behind it for <c>outbox.holdChatSeconds</c> at
/// most.</param>
/// <param name="NextAttemptUtc">Time of its next attempt; null: after the adapter's next connection.</param>
/// <param name="Reason">Reason for which its last attempt failed.</param>
internal sealed record RetryingDeliveries(int Messages, long Message, DateTimeOffset SinceUtc, DateTimeOffset? NextAttemptUtc, string Reason);
