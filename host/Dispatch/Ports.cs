using PluginGateway.Configuration.Options;
using PluginGateway.Guard.Calls;
using PluginGateway.Loading;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Dispatch;

/// <summary>Port of one generation of an adapter for dispatch.</summary>
/// <param name="AdapterId">The adapter's id.</param>
/// <param name="Generation">Its generation.</param>
/// <param name="Traits">Its limits.</param>
/// <param name="Timeouts">The deadlines of its calls.</param>
/// <param name="Capabilities">The interfaces that its class implements.</param>
/// <param name="Post">Queues a call; never blocks.</param>
internal sealed record AdapterPort(string AdapterId, int Generation, AdapterTraits Traits, CallTimeouts Timeouts, AdapterCapabilities Capabilities,
    Action<GuardedCall> Post)
{
    /// <summary>Options of the messages owed through the adapter.</summary>
    public OutboxOptions Outbox { get; init; } = new();

    /// <summary>True when the adapter takes <see cref="TypingCall"/>.</summary>
    public bool ShowsTyping => Capabilities.HasFlag(AdapterCapabilities.Typing);

    /// <summary>True when the adapter takes <see cref="AnswerCall"/>.</summary>
    public bool AnswersInteractions => Capabilities.HasFlag(AdapterCapabilities.AnswerInteractions);

    /// <summary>Capabilities as handlers see them.</summary>
    public MessageCapabilities Can { get; } =
        (Capabilities.HasFlag(AdapterCapabilities.Edit) ? MessageCapabilities.Edit : 0)
        | (Capabilities.HasFlag(AdapterCapabilities.Delete) ? MessageCapabilities.Delete : 0)
        | (Capabilities.HasFlag(AdapterCapabilities.React) ? MessageCapabilities.React : 0)
        | (Traits.MaxAttachments > 0 ? MessageCapabilities.Attach : 0)
        | (Capabilities.HasFlag(AdapterCapabilities.Fetch) ? MessageCapabilities.Fetch : 0);

    /// <summary>The adapter's HTTP port; null when it serves nothing.</summary>
    public HttpPort? Http { get; init; }

    /// <summary>Returns the deadline of one call; zero or less: none.</summary>
    public TimeSpan TimeoutOf(OwedKind kind) => kind switch
    {
        OwedKind.Edit => Timeouts.Edit,
        OwedKind.Deletion => Timeouts.Delete,
        OwedKind.Reaction => Timeouts.React,
        _ => Timeouts.Send,
    };

    /// <summary>Returns true when a message that may have arrived may be sent again: an edit, a deletion or a reaction that is made twice changes
    /// nothing.</summary>
    public bool MayRepeat(OwedKind kind) =>
        kind != OwedKind.Message || Traits.Idempotency != Idempotency.None || Outbox.OnUnknown == OnUnknown.Resend;
}

/// <summary>Abilities of an adapter id, as of its last generation.</summary>
/// <param name="Can">Its capabilities.</param>
/// <param name="MaxFileBytes">The largest file it sends; 0: not declared.</param>
/// <param name="MaxButtons">The number of buttons that a message may have; 0: none.</param>
internal sealed record AdapterAbilities(MessageCapabilities Can, long MaxFileBytes, int MaxButtons)
{
    /// <summary>Delivery of messages that one person alone may see; null: unknown before the first connection.</summary>
    public PrivateDelivery? PrivateDelivery { get; init; }

    /// <summary>Length from which a received text may be a part of one that the sender's client has split; 0: none is.</summary>
    public int ClientSplitLength { get; init; }

    /// <summary>Unit of <see cref="ClientSplitLength"/>.</summary>
    public TextUnit TextUnit { get; init; }

    /// <summary>Abilities before the first connection: everything is allowed, and an unsupported operation fails at delivery.</summary>
    public static AdapterAbilities Unknown { get; } = new(
        MessageCapabilities.Edit | MessageCapabilities.Delete | MessageCapabilities.React | MessageCapabilities.Attach | MessageCapabilities.Fetch,
        0, int.MaxValue);

    /// <summary>Returns the reason of refusal as a sentence; null when the adapter has the capability.</summary>
    public string? Refusal(string adapterId, MessageCapabilities wanted) =>
        Can.HasFlag(wanted) ? null : $"Adapter '{adapterId}' cannot {Verb(wanted)}.";

    public static string Verb(MessageCapabilities wanted) => wanted switch
    {
        MessageCapabilities.Edit => "edit messages",
        MessageCapabilities.Delete => "delete messages",
        MessageCapabilities.React => "react to messages",
        MessageCapabilities.Attach => "send files",
        _ => "fetch attachments",
    };
}

/// <summary>Port of one generation of a handler for dispatch.</summary>
/// <param name="HandlerId">The handler's id.</param>
/// <param name="Generation">Its generation.</param>
/// <param name="ConcurrentTurns">Largest number of turns at once.</param>
/// <param name="Post">Queues a turn; never blocks.</param>
internal sealed record HandlerPort(string HandlerId, int Generation, int ConcurrentTurns, Action<TurnCall> Post)
{
    /// <summary>The constants of its declaration.</summary>
    public HandlerTraits Traits { get; init; } = new();

    /// <summary>Cancels the token of a turn that has been queued; never blocks.</summary>
    public Action<TurnCall, TurnCancelReason> Cancel { get; init; } = static (call, reason) => call.OnCancelling(reason);
}

/// <summary>Posts the end of a call to the dispatcher's thread.</summary>
internal sealed class LoopSink(DispatchLoop loop, Action<GuardedCall> take) : ICallSink
{
    public void Settled(GuardedCall call) => loop.Post(() => take(call));
}
