namespace PluginGateway.Store;

/// <summary>What the totals table counts.</summary>
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

/// <summary>The books: totals since the data directory was made, against the rows that are still open, read in one transaction.</summary>
internal sealed record Balance(InboundBalance Inbound, OutboundBalance Outbound)
{
    public static Balance Zero { get; } = new(new(0, 0, 0, 0, 0, 0, 0), new(0, 0, 0, 0, 0));

    /// <summary>When the oldest message that waits for an answer was accepted; null: none waits.</summary>
    public DateTimeOffset? OldestPending { get; init; }

    /// <summary>Since when the oldest message that waits for its delivery has been owed; null: none waits.</summary>
    public DateTimeOffset? OldestOwed { get; init; }

    /// <summary>True: nothing accepted or owed is unaccounted for.</summary>
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
