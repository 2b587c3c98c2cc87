namespace PluginGateway.Store;

/// <summary>Counters of the totals table.</summary>
internal enum Total
{
    Accepted,
    Handled,
    InboundParked,

    /// <summary>Inbound messages that the operator has dropped.</summary>
    Dropped,
    Duplicates,
    Refused,
    Discarded,
    Owed,
    Delivered,
    Rejected,
    OutboundParked,

    /// <summary>Outbound messages that the operator has dropped.</summary>
    Withdrawn,

    /// <summary>Outbound messages that were delivered, and of which the platform has said later that they failed.</summary>
    Bounced,

    /// <summary>Reports of platforms that a message has reached the person's device.</summary>
    ReportedDelivered,

    /// <summary>Reports of platforms that a message has been read.</summary>
    ReportedRead,
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
    /// <summary>Messages that the operator has dropped.</summary>
    public long Dropped { get; init; }

    public long Missing => Accepted - Handled - Parked - Dropped - Pending;
}

/// <summary>Messages to platforms.</summary>
internal sealed record OutboundBalance(long Owed, long Delivered, long Rejected, long Parked, long Pending)
{
    /// <summary>Messages that the operator has dropped.</summary>
    public long Withdrawn { get; init; }

    /// <summary>Messages that were delivered, and of which the platform has said later that they failed.</summary>
    public long Bounced { get; init; }

    /// <summary>Reports of platforms that messages have reached their devices; not part of the balance.</summary>
    public long ReportedDelivered { get; init; }

    /// <summary>Reports of platforms that messages have been read; not part of the balance.</summary>
    public long ReportedRead { get; init; }

    public long Missing => Owed - Delivered - Bounced - Rejected - Parked - Withdrawn - Pending;
}
