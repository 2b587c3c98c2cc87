using PluginGateway.Configuration.Options;
using PluginGateway.Guard.Calls;
using PluginGateway.Loading;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Dispatch;

/// <summary>One generation of an adapter, as far as dispatch uses it.</summary>
/// <param name="AdapterId">The operator's name for it.</param>
/// <param name="Generation">Its generation.</param>
/// <param name="Traits">Its limits.</param>
/// <param name="SendTimeout">The deadline of a send; zero or less: none.</param>
/// <param name="Capabilities">What its class implements.</param>
/// <param name="Post">Queues a call; never blocks.</param>
internal sealed record AdapterPort(string AdapterId, int Generation, AdapterTraits Traits, TimeSpan SendTimeout, AdapterCapabilities Capabilities,
    Action<GuardedCall> Post)
{
    /// <summary>How what is owed through it is treated.</summary>
    public OutboxOptions Outbox { get; init; } = new();

    /// <summary>Whether it takes <see cref="TypingCall"/>.</summary>
    public bool ShowsTyping => Capabilities.HasFlag(AdapterCapabilities.Typing);

    /// <summary>What it can do with messages, as handlers are told.</summary>
    public MessageCapabilities Can { get; } =
        (Capabilities.HasFlag(AdapterCapabilities.Edit) ? MessageCapabilities.Edit : 0)
        | (Capabilities.HasFlag(AdapterCapabilities.Delete) ? MessageCapabilities.Delete : 0)
        | (Capabilities.HasFlag(AdapterCapabilities.React) ? MessageCapabilities.React : 0)
        | (Traits.MaxAttachments > 0 ? MessageCapabilities.Attach : 0)
        | (Capabilities.HasFlag(AdapterCapabilities.Fetch) ? MessageCapabilities.Fetch : 0);

    /// <summary>What it serves over HTTP; null: nothing.</summary>
    public HttpPort? Http { get; init; }

    /// <summary>Whether what may have arrived may go again: an edit, a deletion or a reaction that is made twice changes nothing.</summary>
    public bool MayRepeat(OwedKind kind) => kind != OwedKind.Message || Traits.Idempotency != Idempotency.None || Outbox.OnUnknown == OnUnknown.Resend;
}

/// <summary>What an adapter id can do with messages, as its last generation has shown.</summary>
/// <param name="Can">Its capabilities.</param>
/// <param name="MaxFileBytes">The largest file it sends; 0: not declared.</param>
internal sealed record AdapterAbilities(MessageCapabilities Can, long MaxFileBytes)
{
    /// <summary>Before the first connection: what is not possible shows at delivery.</summary>
    public static AdapterAbilities Unknown { get; } = new(
        MessageCapabilities.Edit | MessageCapabilities.Delete | MessageCapabilities.React | MessageCapabilities.Attach | MessageCapabilities.Fetch, 0);

    /// <summary>A sentence why it cannot do this; null: it can.</summary>
    public string? Refusal(string adapterId, MessageCapabilities wanted) => Can.HasFlag(wanted) ? null : $"Adapter '{adapterId}' cannot {Verb(wanted)}.";

    public static string Verb(MessageCapabilities wanted) => wanted switch
    {
        MessageCapabilities.Edit => "edit messages",
        MessageCapabilities.Delete => "delete messages",
        MessageCapabilities.React => "react to messages",
        MessageCapabilities.Attach => "send files",
        _ => "fetch attachments",
    };
}

/// <summary>One generation of a handler, as far as dispatch uses it.</summary>
/// <param name="HandlerId">The handler's id.</param>
/// <param name="Generation">Its generation.</param>
/// <param name="ConcurrentTurns">How many turns it runs at once.</param>
/// <param name="Post">Queues a turn; never blocks.</param>
internal sealed record HandlerPort(string HandlerId, int Generation, int ConcurrentTurns, Action<TurnCall> Post);

/// <summary>Brings the end of a call to the dispatcher's thread.</summary>
internal sealed class LoopSink(DispatchLoop loop, Action<GuardedCall> take) : ICallSink
{
    public void Settled(GuardedCall call) => loop.Post(() => take(call));
}
