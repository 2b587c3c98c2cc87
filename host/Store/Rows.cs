using System.Collections.ObjectModel;
using PluginGateway.Store.Quota;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Store;

/// <summary>Event to store.</summary>
internal sealed record InboundEntry(
    string AdapterId, int Generation, string? EventId, string Conversation, byte[] Payload, IReadOnlyDictionary<string, string> State)
{
    /// <summary>Stored form of the event id. Computed where the entry is created, not on the writer's thread.</summary>
    public byte[]? EventKey { get; } = EventId is null ? null : Store.EventKey.Of(EventId);

    /// <summary>Session in whose order the event is handled; null: its conversation.</summary>
    public string? Session { get; init; }

    /// <summary>True: the event belongs to the session of the turn that has sent <see cref="About"/>, if that is known.</summary>
    public bool FollowsAbout { get; init; }

    /// <summary>Message that the event is about: the one that it quotes, or to which it is a reaction.</summary>
    public SentMessage? About { get; init; }

    /// <summary>True: without such a message of ours the event is discarded.</summary>
    public bool OnlyIfSent { get; init; }

    /// <summary>Press that the event is, or may be; null: it is none.</summary>
    public PressEntry? Press { get; init; }

    /// <summary>Control word that the event is; null: it is none.</summary>
    public ControlEntry? Control { get; init; }

    /// <summary>Message by which edits and deletions name the event while it waits; null: it is none, or has no id.</summary>
    public PlatformMessage? Message { get; init; }

    /// <summary>Edit or deletion that the event is; null: it is none.</summary>
    public MessageChange? Change { get; init; }

    /// <summary>Ticket to keep for the replies to the event; null: there is none, or the adapter does not reply by it.</summary>
    public Ticket? Ticket { get; init; }

    /// <summary>Report about the delivery of <see cref="About"/>: the event gets no row. Null: it is none.</summary>
    public DeliveryReportEntry? Report { get; init; }

    /// <summary>Ids of people who have left, where ids prove nothing: their memory is forgotten.</summary>
    public IReadOnlyList<string> Left { get; init; } = [];

    /// <summary>True: the ids of the adapter prove nothing about people.</summary>
    public bool IsUnproven { get; init; }

    /// <summary>True: the event gets no row. Its state is written; it is counted as discarded, unless it has changed messages.</summary>
    public bool IsDiscarded { get; init; }
}

/// <summary>Treatment of the state that comes with events, by what has become of the events before them.</summary>
internal enum StateOrder
{
    /// <summary>Every event before is acknowledged: the state is written.</summary>
    Write,

    /// <summary>An event before was refused: the events are stored without their state.</summary>
    LeaveOut,

    /// <summary>An event before was refused: nothing is written.</summary>
    Refuse,
}

/// <summary>Reference to a message that an adapter has delivered.</summary>
/// <param name="Chat">The key of the chat.</param>
/// <param name="MessageId">The platform's id; null: any message in the chat.</param>
internal sealed record SentMessage(string Chat, string? MessageId);

/// <summary>Outcome of an <see cref="InboundEntry"/>.</summary>
internal enum AcceptOutcome
{
    /// <summary>Stored in a new row; a report is stored at its message, an edit or a deletion in the messages that it has changed.</summary>
    Stored,

    /// <summary>Not stored: the event id was accepted before.</summary>
    Duplicate,

    /// <summary>Not stored: <see cref="InboundEntry.IsDiscarded"/>, there is no such message as <see cref="InboundEntry.About"/> names, or the press
    /// is not taken.</summary>
    Discarded,

    /// <summary>Not stored: by <see cref="StateOrder.Refuse"/>.</summary>
    OutOfOrder,
}

/// <summary>Result of an <see cref="InboundEntry"/>.</summary>
internal readonly record struct Accepted(AcceptOutcome Outcome, long InboxId)
{
    /// <summary>Message of ours that the event is about; null: none is known.</summary>
    public long? Target { get; init; }

    public bool IsDuplicate => Outcome == AcceptOutcome.Duplicate;

    /// <summary>Time at which the row was written.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>Session of the row, where it follows from the message that the event is about; otherwise null.</summary>
    public string? Session { get; init; }

    /// <summary>Result of the press; null: the event is none.</summary>
    public PressResult? Press { get; init; }

    /// <summary>Result of the control word; null: the event is none.</summary>
    public ControlResult? Control { get; init; }

    /// <summary>Messages that the event has changed before their turns began; null: none. Without a row of its own the event is only that.</summary>
    public IReadOnlyList<ChangedMessage>? Changed { get; init; }

    /// <summary>True: this report has made the message a bounced one.</summary>
    public bool HasBounced { get; init; }

    /// <summary>Worst outcome among the keys of state that came with the message.</summary>
    public StateWriteOutcome State { get; init; }
}

/// <summary>A message to answer.</summary>
internal sealed record InboxRow(long Id, string AdapterId, string Conversation, int Attempt, byte[] Payload)
{
    /// <summary>Message of ours that it is about: the one that it quotes, or to which it is a reaction; null: none is known.</summary>
    public long? Target { get; init; }

    /// <summary>Session in whose order it is handled; null: its conversation.</summary>
    public string? Session { get; init; }

    /// <summary>Lead of its turn: the id of the turn's first message; null: the turn has not begun.</summary>
    public long? Turn { get; init; }

    /// <summary>Time at which it was stored.</summary>
    public DateTimeOffset Accepted { get; init; }

    /// <summary>Key of the session.</summary>
    public string SessionKey => Session ?? Conversation;

    /// <summary>True: the ids of the adapter prove nothing about people.</summary>
    public bool IsUnproven { get; init; }
}

/// <summary>Messages of one turn. <paramref name="Lead"/>: the first one, whose id is the turn's; <paramref name="Others"/>: the further ones, in
/// order; null: none.</summary>
internal readonly record struct TurnMembers(long Lead, IReadOnlyList<long>? Others = null)
{
    public static implicit operator TurnMembers(long lead) => new(lead);

    public IEnumerable<long> All => Others is null ? [Lead] : [Lead, .. Others];
}

/// <summary>Result of the begin of a turn. <paramref name="Settled"/>: members that were settled meanwhile, by the operator or a control word: then
/// nothing was written. <paramref name="SessionNumber"/>: the number of the session.</summary>
internal sealed record TurnBegin(IReadOnlyList<long> Settled, int SessionNumber)
{
    public bool IsBegun => Settled.Count == 0;

    /// <summary>Sizes of the memory of the session.</summary>
    public MemoryIndex Memory { get; init; } = MemoryIndex.Empty;

    /// <summary>Replies and actions of former attempts, by their ordinals.</summary>
    public IReadOnlyList<EarlierRow> Earlier { get; init; } = [];

    /// <summary>Message that has superseded an earlier turn with these messages; null: none has.</summary>
    public string? SupersededBy { get; init; }

    /// <summary>Notes of former attempts.</summary>
    public IReadOnlyDictionary<string, string> Notes { get; init; } = ReadOnlyDictionary<string, string>.Empty;
}

/// <summary>Result of superseding a turn. <paramref name="IsSuperseded"/>: false when it was settled before; <paramref name="Withdrawn"/>: messages of the
/// outbox that were withdrawn.</summary>
internal readonly record struct SupersededTurn(bool IsSuperseded, IReadOnlyList<long> Withdrawn);

/// <summary>The replies of one turn. A reply that could not be stored keeps the turn from being marked handled, even if the handler did not
/// look.</summary>
internal sealed class ReplyLedger
{
    private volatile bool _lost;

    public bool HasLost => _lost;

    public void Lose() => _lost = true;
}
