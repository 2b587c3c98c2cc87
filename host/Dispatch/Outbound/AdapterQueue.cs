using PluginGateway.Configuration.Options;

namespace PluginGateway.Dispatch.Outbound;

/// <summary>Everything that is owed through one adapter id, and the generation that delivers it now.</summary>
internal sealed class AdapterQueue(string adapterId)
{
    public string AdapterId { get; } = adapterId;

    public AttachedGeneration? Connection { get; set; }

    /// <summary>How the adapter's messages are treated: known from its first connection on.</summary>
    public OutboxOptions? Terms { get; set; }

    public Dictionary<string, ChatQueue> Chats { get; } = new(StringComparer.Ordinal);

    /// <summary>Chats with a message that may be sent now, in the order in which they became so.</summary>
    public Queue<ChatQueue> Ready { get; } = new();

    public int InFlight { get; set; }

    public int Owed { get; set; }

    /// <summary>Nothing is sent before: the account's rate, which outlives a generation.</summary>
    public DateTimeOffset HeldUntil { get; set; }

    /// <summary>Until when one of its chats is held by its platform.</summary>
    public DateTimeOffset ChatsHeldUntil { get; set; }

    /// <summary>The operator has asked for a new beginning: the next generation finds nothing held.</summary>
    public bool ForgetsHolds { get; set; }

    public DateTimeOffset? LastInbound { get; set; }

    public DateTimeOffset? LastOutbound { get; set; }
}

/// <summary>A generation that is attached.</summary>
internal sealed class AttachedGeneration(AdapterPort port)
{
    public AdapterPort Port { get; } = port;

    public int InFlight { get; set; }

    /// <summary>Chats whose typing call has not come back.</summary>
    public HashSet<(string Chat, string? Thread)> TypingCalls { get; } = [];
}
