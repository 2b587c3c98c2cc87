using System.Diagnostics.CodeAnalysis;
using PluginGateway.Configuration.Options;

namespace PluginGateway.Dispatch.Outbound;

/// <summary>Everything that is owed through one adapter id, and the generation that delivers it now.</summary>
internal sealed class AdapterQueue(string adapterId)
{
    private readonly Dictionary<string, ChatQueue> _chats = new(StringComparer.Ordinal);
    private readonly Queue<ChatQueue> _ready = new();

    public string AdapterId { get; } = adapterId;

    public AttachedGeneration? Connection { get; private set; }

    /// <summary>How the adapter's messages are treated: known from its first connection on.</summary>
    public OutboxOptions? Terms { get; private set; }

    public Dictionary<string, ChatQueue>.ValueCollection Chats => _chats.Values;

    /// <summary>True: another chat has a message that may be sent now.</summary>
    public bool HasReady => _ready.Count > 0;

    public int InFlight { get; private set; }

    public int Owed { get; private set; }

    /// <summary>Nothing is sent before: the account's rate, which outlives a generation.</summary>
    public DateTimeOffset HeldUntil { get; private set; }

    /// <summary>Until when one of its chats is held by its platform.</summary>
    public DateTimeOffset ChatsHeldUntil { get; private set; }

    /// <summary>The operator has asked for a new beginning: the next generation finds nothing held.</summary>
    public bool ForgetsHolds { get; set; }

    public DateTimeOffset? LastInbound { get; set; }

    public DateTimeOffset? LastOutbound { get; set; }

    public void Attach(AdapterPort port) => (Connection, Terms) = (new AttachedGeneration(port), port.Outbox);

    public void Detach(int generation)
    {
        if (Connection?.Port.Generation == generation) Connection = null;
    }

    /// <summary>The queue of a chat, which may be new.</summary>
    public ChatQueue Chat(string key)
    {
        if (!_chats.TryGetValue(key, out var chat)) _chats.Add(key, chat = new ChatQueue(this, key));
        return chat;
    }

    public bool TryFindChat(string key, [NotNullWhen(true)] out ChatQueue? chat) => _chats.TryGetValue(key, out chat);

    /// <summary>Nothing is owed to a chat any more.</summary>
    public void RemoveChat(ChatQueue chat)
    {
        if (_chats.GetValueOrDefault(chat.Key) == chat) _chats.Remove(chat.Key);
    }

    /// <summary>A chat has a message that may be sent now; they are served in the order in which they became so.</summary>
    public void AddReady(ChatQueue chat) => _ready.Enqueue(chat);

    public bool TryTakeReady([NotNullWhen(true)] out ChatQueue? chat) => _ready.TryDequeue(out chat);

    public void AddOwed(int count) => Owed += count;

    public void BeginSend(AttachedGeneration generation)
    {
        InFlight++;
        generation.CountSends(1);
    }

    public void EndSend(AttachedGeneration generation)
    {
        InFlight--;
        generation.CountSends(-1);
    }

    /// <summary>Nothing is sent before.</summary>
    public void Hold(DateTimeOffset until)
    {
        if (until > HeldUntil) HeldUntil = until;
    }

    /// <summary>The platform holds one of its chats until then.</summary>
    public void NoteHeldChat(DateTimeOffset until)
    {
        if (until > ChatsHeldUntil) ChatsHeldUntil = until;
    }

    /// <summary>Its messages may be sent again at once.</summary>
    public void EndHold() => HeldUntil = default;

    /// <summary>No chat of it is held any more.</summary>
    public void EndHolds() => (HeldUntil, ChatsHeldUntil) = (default, default);
}

/// <summary>A generation that is attached.</summary>
internal sealed class AttachedGeneration(AdapterPort port)
{
    public AdapterPort Port { get; } = port;

    public int InFlight { get; private set; }

    /// <summary>Chats whose typing call has not come back.</summary>
    public HashSet<(string Chat, string? Thread)> TypingCalls { get; } = [];

    public void CountSends(int more) => InFlight += more;
}
