namespace PluginGateway.Store.Verbs;

/// <summary>State of a row of the outbox; the numbers are the database's.</summary>
internal enum OutboxState
{
    Pending = 0,
    Sending = 1,
    Delivered = 2,
    Rejected = 3,
    Parked = 4,

    /// <summary>Dropped by the operator.</summary>
    Withdrawn = 5,

    /// <summary>Delivered, and reported as failed later.</summary>
    Bounced = 6,
}

/// <summary>State of a row of the inbox; the numbers are the database's.</summary>
internal enum InboxState
{
    Pending = 0,
    Running = 1,
    Handled = 2,
    Parked = 3,

    /// <summary>Dropped by the operator.</summary>
    Dropped = 4,
}

/// <summary>Kind of a row of the outbox; the numbers are the database's.</summary>
internal enum OwedKind
{
    Message = 0,
    Edit = 1,
    Deletion = 2,
    Reaction = 3,
}

/// <summary>The numbers above as text for statements. Constants: the session finds a constant statement by its reference, and SQLite must see the
/// number to choose an index. A test checks them against the enums.</summary>
internal static class RowSql
{
    /// <summary>Rows that are not settled, with the condition of the indexes inbox_open and outbox_open.</summary>
    public const string Open = "state < 2";

    /// <summary>Rows that are settled, with the condition of the indexes inbox_ended and outbox_ended.</summary>
    public const string Ended = "state >= 2";
}

/// <inheritdoc cref="RowSql"/>
internal static class OutboxSql
{
    public const string Pending = "0";
    public const string Sending = "1";
    public const string Delivered = "2";
    public const string Rejected = "3";
    public const string Parked = "4";
    public const string Withdrawn = "5";
    public const string Bounced = "6";

    /// <summary>Rows that are messages, not edits, deletions or reactions.</summary>
    public const string IsMessage = "kind = 0";

    /// <summary>Rows that are edits.</summary>
    public const string IsEdit = "kind = 1";
}

/// <inheritdoc cref="RowSql"/>
internal static class InboxSql
{
    public const string Pending = "0";
    public const string Running = "1";
    public const string Handled = "2";
    public const string Parked = "3";
    public const string Dropped = "4";

    /// <summary>Key of the session of a row.</summary>
    public const string Session = "coalesce(session, conversation)";
}
