namespace PluginGateway.Store;

/// <summary>Counters of the totals table.</summary>
internal enum Total
{
    Accepted,
    Handled,
    InboundParked,
    Duplicates,
    Refused,
    Discarded,
    Owed,
    Delivered,
    Rejected,
    OutboundParked,
}

/// <summary>Balance of the store: totals since the data directory was made, against the rows that are still open, read in one transaction.</summary>
internal sealed record Balance(InboundBalance Inbound, OutboundBalance Outbound)
{
    public static Balance Zero { get; } = new(new(0, 0, 0, 0, 0, 0, 0), new(0, 0, 0, 0, 0));

    /// <summary>Time at which the oldest message that waits for an answer was accepted; null when none waits.</summary>
    public DateTimeOffset? OldestPending { get; init; }

    /// <summary>Time since which the oldest message that waits for its delivery has been owed; null when none waits.</summary>
    public DateTimeOffset? OldestOwed { get; init; }

    /// <summary>True when every accepted and every owed message is accounted for.</summary>
    public bool IsExact => Inbound.Missing == 0 && Outbound.Missing == 0;
}

/// <summary>Messages from platforms.</summary>
internal sealed record InboundBalance(long Accepted, long Handled, long Parked, long Pending, long Duplicates, long Refused, long Discarded)
{
    public long Missing => Accepted - Handled - Parked - Pending;
}

/// <summary>Messages to platforms.</summary>
internal sealed record OutboundBalance(long Owed, long Delivered, long Rejected, long Parked, long Pending)
{
    public long Missing => Owed - Delivered - Rejected - Parked - Pending;
}
