namespace PluginGateway;

/// <summary>Account of the bot on the platform, and limits that only the connection knows: those of a server, a licence or an account.</summary>
/// <remarks>A limit that is null is the one of <see cref="ChannelAdapterAttribute"/>. Any other value replaces it while this generation is connected,
/// with the same meaning, 0 included.</remarks>
public sealed record ConnectionInfo
{
    /// <summary>Lowest rate other than 0, in messages a second.</summary>
    private const double LeastRate = 0.0001;

    private const int MostButtons = 64;

    /// <summary>Information of a connection without an account and without limits of its own.</summary>
    public static ConnectionInfo Empty { get; } = new();

    /// <summary>Platform's id of the account, which stays the same when the account is renamed; null if the platform has none or does not tell it.
    /// <c>status</c> shows it; a change between two connections of an adapter id, also over a restart, is a warning in <c>status</c> and in the
    /// log.</summary>
    /// <exception cref="ArgumentException">It is empty, has more than 512 characters or has control characters.</exception>
    public string? AccountId { get; init => field = Ensure.OptionalToken(value, nameof(AccountId)); }

    /// <summary>Displayed name of the account, or null. <c>status</c> shows its first line, at most 500 characters.</summary>
    public string? AccountName { get; init; }

    /// <summary>Longest text of one message, in <see cref="ChannelAdapterAttribute.TextUnit"/>s; 0 = no limit; null =
    /// <see cref="ChannelAdapterAttribute.MaxTextLength"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int? MaxTextLength { get; init => field = (int?)Limit(value, nameof(MaxTextLength)); }

    /// <summary>Longest text beside files, in <see cref="ChannelAdapterAttribute.TextUnit"/>s; 0 = <see cref="MaxTextLength"/>; null =
    /// <see cref="ChannelAdapterAttribute.MaxCaption"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int? MaxCaption { get; init => field = (int?)Limit(value, nameof(MaxCaption)); }

    /// <summary>Length from which a received text may be a part of a longer one, in <see cref="ChannelAdapterAttribute.TextUnit"/>s; 0 = clients do
    /// not split; null = <see cref="ChannelAdapterAttribute.ClientSplitLength"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int? ClientSplitLength { get; init => field = (int?)Limit(value, nameof(ClientSplitLength)); }

    /// <summary>Size of the largest file that the platform accepts, in bytes; 0 = not declared; null =
    /// <see cref="ChannelAdapterAttribute.MaxAttachmentBytes"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public long? MaxAttachmentBytes { get; init => field = Limit(value, nameof(MaxAttachmentBytes)); }

    /// <summary>Number of files that one message may have; 0 = the adapter sends no files; null =
    /// <see cref="ChannelAdapterAttribute.MaxAttachments"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int? MaxAttachments { get; init => field = (int?)Limit(value, nameof(MaxAttachments)); }

    /// <summary>Number of buttons that one message may have: 0 to 64; 0 = none; null = <see cref="ChannelAdapterAttribute.MaxButtons"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or above 64.</exception>
    public int? MaxButtons
    {
        get;
        init => field = value is null or (>= 0 and <= MostButtons) ? value : throw new ArgumentOutOfRangeException(nameof(MaxButtons),
            FormattableString.Invariant($"{nameof(MaxButtons)} is {value}; allowed: 0 to {MostButtons}, or null."));
    }

    /// <summary>Longest label of a button, in UTF-16 units; 0 = no limit; null = <see cref="ChannelAdapterAttribute.MaxButtonLabel"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int? MaxButtonLabel { get; init => field = (int?)Limit(value, nameof(MaxButtonLabel)); }

    /// <summary>Rate limit of the account, in messages a second: 0 = none, else at least 0.0001; null =
    /// <see cref="ChannelAdapterAttribute.AccountMessagesPerSecond"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative, infinite, no number, or between 0 and 0.0001.</exception>
    public double? AccountMessagesPerSecond { get; init => field = Rate(value, nameof(AccountMessagesPerSecond)); }

    /// <summary>Rate limit of one chat, in messages a second: 0 = none, else at least 0.0001; null =
    /// <see cref="ChannelAdapterAttribute.ChatMessagesPerSecond"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative, infinite, no number, or between 0 and 0.0001.</exception>
    public double? ChatMessagesPerSecond { get; init => field = Rate(value, nameof(ChatMessagesPerSecond)); }

    /// <summary>Number of messages and edits within one minute in one chat with several people; 0 = none; null =
    /// <see cref="ChannelAdapterAttribute.GroupMessagesPerMinute"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int? GroupMessagesPerMinute { get; init => field = (int?)Limit(value, nameof(GroupMessagesPerMinute)); }

    /// <summary>Rate limit of the account's edits, in edits a second: 0 = edits count as messages, else at least 0.0001; null =
    /// <see cref="ChannelAdapterAttribute.AccountEditsPerSecond"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative, infinite, no number, or between 0 and 0.0001.</exception>
    public double? AccountEditsPerSecond { get; init => field = Rate(value, nameof(AccountEditsPerSecond)); }

    /// <summary>Rate limit of the edits in one chat, in edits a second: 0 = edits count as messages, else at least 0.0001; null =
    /// <see cref="ChannelAdapterAttribute.ChatEditsPerSecond"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative, infinite, no number, or between 0 and 0.0001.</exception>
    public double? ChatEditsPerSecond { get; init => field = Rate(value, nameof(ChatEditsPerSecond)); }

    /// <summary>Number of edits that the platform takes of one message; 0 = no limit; null =
    /// <see cref="ChannelAdapterAttribute.MaxEdits"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int? MaxEdits { get; init => field = (int?)Limit(value, nameof(MaxEdits)); }

    /// <summary>Time after its delivery in which a message can be edited, in seconds; 0 = no limit; null =
    /// <see cref="ChannelAdapterAttribute.EditWindowSeconds"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int? EditWindowSeconds { get; init => field = (int?)Limit(value, nameof(EditWindowSeconds)); }

    /// <summary>Proof of a sender by the id; null = <see cref="ChannelAdapterAttribute.SenderIdsProve"/>.</summary>
    public bool? SenderIdsProve { get; init; }

    /// <summary>Idempotency of a send; null = <see cref="ChannelAdapterAttribute.Idempotency"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is no value of the enum.</exception>
    public Idempotency? Idempotency { get; init => field = value is { } known ? Ensure.Defined(known, nameof(Idempotency)) : null; }

    /// <summary>Lifetime of an idempotency key on the platform, in seconds; 0 = unlimited; null =
    /// <see cref="ChannelAdapterAttribute.IdempotencySeconds"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int? IdempotencySeconds { get; init => field = (int?)Limit(value, nameof(IdempotencySeconds)); }

    private static long? Limit(long? value, string name) => value is null or >= 0 ? value
        : throw new ArgumentOutOfRangeException(name, FormattableString.Invariant($"{name} is {value}; allowed: 0 or more, or null."));

    private static double? Rate(double? value, string name) => value is null or 0 || (value >= LeastRate && double.IsFinite(value.Value)) ? value
        : throw new ArgumentOutOfRangeException(
            name, FormattableString.Invariant($"{name} is {value}; allowed: 0 (no limit), {LeastRate} and more, or null."));
}
