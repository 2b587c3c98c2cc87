using System.Collections.ObjectModel;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Store;

/// <summary>Session whose memory a turn uses.</summary>
/// <param name="HandlerId">The handler.</param>
/// <param name="Session">The key of the session.</param>
/// <param name="AdapterId">The adapter of the session.</param>
/// <param name="Sender">Id of the person whose memory it is, on a platform whose ids prove nothing; null: the memory is nobody's in particular, or the ids
/// prove who the person is.</param>
/// <param name="IsProven">True: the platform vouches for this person all the same.</param>
internal sealed record MemoryOwner(string HandlerId, string Session, string AdapterId, string? Sender, bool IsProven = false)
{
    /// <summary>True: the memory ends when the person leaves, and an hour after the last message.</summary>
    public bool IsFleeting => Sender is not null && !IsProven;
}

/// <summary>Sizes of the memory of a session.</summary>
/// <param name="Sizes">Bytes of each key with its value.</param>
/// <param name="Room">Bytes by which the memory of the handler may grow.</param>
internal sealed record MemoryIndex(IReadOnlyDictionary<string, int> Sizes, long Room)
{
    public static IReadOnlyDictionary<string, int> NoSizes { get; } = ReadOnlyDictionary<string, int>.Empty;

    public static MemoryIndex Empty { get; } = new(NoSizes, long.MaxValue);
}

/// <summary>Changes of the memory of a session, made with the end of a turn.</summary>
/// <param name="Owner">The session.</param>
/// <param name="Values">Values by their keys; null: removed.</param>
internal sealed record MemoryChanges(MemoryOwner Owner, IReadOnlyDictionary<string, string?> Values)
{
    /// <summary>Length of the values, for the size of a commit.</summary>
    public int Weight => Values.Sum(static change => change.Key.Length + (change.Value?.Length ?? 0));
}

/// <summary>Reply or action of a former attempt. <paramref name="Payload"/>: null where it is too large to be read.</summary>
internal sealed record EarlierRow(int Ordinal, long Id, OwedKind Kind, OutboxState State, byte[]? Payload);

/// <summary>End of a turn, stored in one transaction.</summary>
/// <param name="Turn">The messages of the turn.</param>
/// <param name="Ledger">Its replies: if one of them was not stored, the turn does not end.</param>
/// <param name="Changes">Changes of the memory; null: none.</param>
internal sealed record TurnEnd(TurnMembers Turn, ReplyLedger Ledger, MemoryChanges? Changes)
{
    /// <summary>Last reply; null: none.</summary>
    public OutboxEntry? Last { get; init; }

    public int Weight => (Last?.Payload.Length ?? 0) + (Changes?.Weight ?? 0);
}

/// <summary>Result of a <see cref="TurnEnd"/>.</summary>
/// <param name="IsEnded">True: it has ended the turn; false: the turn had ended before, and nothing was written.</param>
/// <param name="Last">The last reply.</param>
internal readonly record struct EndedTurn(bool IsEnded, EnqueueResult Last);

/// <summary>Memory of one session, for the operator.</summary>
internal sealed record MemoryRow(string HandlerId, string Session, string AdapterId, long Keys, long Bytes, DateTimeOffset Touched);

/// <summary>Selection of sessions with memory. A null member selects all.</summary>
internal sealed record MemoryQuery(string? HandlerId, string? AdapterId, string? Session, DateTimeOffset? IdleSince, int Limit);

/// <summary>Value in the memory of a session. <paramref name="Value"/>: null where only sizes were asked for.</summary>
internal sealed record MemoryValue(string HandlerId, string Key, long Bytes, string? Value);
