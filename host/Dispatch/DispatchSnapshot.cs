namespace PluginGateway.Dispatch;

/// <summary>What the dispatcher is doing, at one moment.</summary>
internal sealed record DispatchSnapshot(DateTimeOffset Taken, IReadOnlyList<RunningTurn> RunningTurns, long PendingMessages, IReadOnlyList<AdapterQueueSnapshot> Adapters)
{
    public static DispatchSnapshot Empty { get; } = new(DateTimeOffset.UnixEpoch, [], 0, []);

    public int SendsInFlight => Adapters.Sum(static adapter => adapter.InFlight);

    public int OwedSends => Adapters.Sum(static adapter => adapter.Owed);
}

/// <summary>A turn that runs: where it came from and since when.</summary>
internal sealed record RunningTurn(long InboxId, string AdapterId, Chat Chat, string Conversation, int Attempt, DateTimeOffset Since)
{
    /// <summary>Its handler is done; files of its replies are being copied.</summary>
    public bool WaitsForFiles { get; init; }
}

/// <summary>The traffic of one adapter id.</summary>
/// <param name="AdapterId">The operator's name for it.</param>
/// <param name="Generation">The generation that is attached, or null.</param>
/// <param name="InFlight">Sends that are being tried, those of retired generations included.</param>
/// <param name="Owed">Messages that are owed, those included.</param>
/// <param name="LastInbound">When something last arrived; null: not since the start.</param>
/// <param name="LastOutbound">When something was last delivered; null: not since the start.</param>
internal sealed record AdapterQueueSnapshot(string AdapterId, int? Generation, int InFlight, int Owed, DateTimeOffset? LastInbound, DateTimeOffset? LastOutbound)
{
    /// <summary>Messages that could not be owed since the start, because there was no room for them.</summary>
    public long OwedRefused { get; init; }

    /// <summary>Until when its platform wants nothing of it at all; null: nothing holds it.</summary>
    public DateTimeOffset? HeldUntil { get; init; }

    /// <summary>Until when its platform wants nothing in one of its chats; null: in all of them it may send.</summary>
    public DateTimeOffset? ChatsHeldUntil { get; init; }

    /// <summary>Messages that are to be sent again; null: there are none.</summary>
    public RetryingDeliveries? Retrying { get; init; }

    /// <summary>Messages that were accepted and not yet handled.</summary>
    public long Pending { get; init; }

    /// <summary>Messages that were refused since the start, because there was no room for them.</summary>
    public long Refused { get; init; }

    /// <summary>Messages that were turned away for good since the start, by cause.</summary>
    public IReadOnlyDictionary<string, long> Discarded { get; init; } = new Dictionary<string, long>();
}

/// <summary>Messages whose last attempt failed and that are to be sent again.</summary>
/// <param name="Messages">How many.</param>
/// <param name="Message">The one that has waited longest; <c>outbox show</c> knows it by this number.</param>
/// <param name="SinceUtc">Since when that one has waited. It holds the messages of its chat behind it for <c>outbox.holdChatSeconds</c> at most.</param>
/// <param name="NextAttemptUtc">When it is sent again; null: after the adapter's next connection.</param>
/// <param name="Reason">Why its last attempt failed.</param>
internal sealed record RetryingDeliveries(int Messages, long Message, DateTimeOffset SinceUtc, DateTimeOffset? NextAttemptUtc, string Reason);
