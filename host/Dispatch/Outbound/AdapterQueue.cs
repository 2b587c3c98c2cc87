using System.Diagnostics.CodeAnalysis;
using PluginGateway.Configuration.Options;

namespace PluginGateway.Dispatch.Outbound;

/// <summary>Queue of all messages owed through one adapter id, and the generation that delivers them now.</summary>
/// <param name="adapterId">The adapter.</param>
/// <param name="conversationOf">Returns the options of an adapter's conversations.</param>
internal sealed class AdapterQueue(string adapterId, Func<string, ConversationOptions> conversationOf)
{
    private readonly Dictionary<string, ChatQueue> _chats = new(StringComparer.Ordinal);
    private readonly Queue<ChatQueue> _ready = new();

    public string AdapterId { get; } = adapterId;

    public AttachedGeneration? Connection { get; private set; }

    /// <summary>The adapter's outbox options: known from its first connection on.</summary>
    public OutboxOptions? Terms { get; private set; }

    /// <summary>Longest time for which a message that waits holds those of the other sessions of its chat.</summary>
    public TimeSpan HoldOthers => conversationOf(AdapterId).HoldOthers;

    public Dictionary<string, ChatQueue>.ValueCollection Chats => _chats.Values;

    /// <summary>True when another chat has a message that may be sent now.</summary>
    public bool HasReady => _ready.Count > 0;

    public int InFlight { get; private set; }

    public int Owed { get; private set; }

    /// <summary>Time before which nothing is sent, by the account's rate limit; outlives a generation.</summary>
    public DateTimeOffset HeldUntil { get; private set; }

    /// <summary>Time before which no edit is sent, by the account's rate of edits.</summary>
    public DateTimeOffset EditsHeldUntil { get; private set; }

    /// <summary>Latest time until which the platform holds one of the adapter's chats.</summary>
    public DateTimeOffset ChatsHeldUntil { get; private set; }

    /// <summary>True after the operator has asked for it: the next generation starts without holds.</summary>
    public bool ForgetsHolds { get; set; }

    /// <summary>True when its id is no longer configured: the queue goes with the last message that is owed through it.</summary>
    public bool HasLeft { get; set; }

    /// <summary>True when its id has left the configuration and nothing of it is pending.</summary>
    public bool IsLeft => HasLeft && Connection is null && Owed == 0 && InFlight == 0;

    public DateTimeOffset? LastInbound { get; set; }

    public DateTimeOffset? LastOutbound { get; set; }

    public void Attach(AdapterPort port) => (Connection, Terms, HasLeft) = (new AttachedGeneration(port), port.Outbox, false);

    public void Detach(int generation)
    {
        if (Connection?.Port.Generation == generation) Connection = null;
    }

    /// <summary>Returns the queue of a chat; creates it if needed.</summary>
    public ChatQueue Chat(string key)
    {
        if (!_chats.TryGetValue(key, out var chat)) _chats.Add(key, chat = new ChatQueue(this, key));
        return chat;
    }

    public bool TryFindChat(string key, [NotNullWhen(true)] out ChatQueue? chat) => _chats.TryGetValue(key, out chat);

    /// <summary>Removes the queue of a chat to which nothing is owed any more.</summary>
    public void RemoveChat(ChatQueue chat)
    {
        if (_chats.GetValueOrDefault(chat.Key) == chat) _chats.Remove(chat.Key);
    }

    /// <summary>Queues a chat that has a message to send now; chats are served in the order in which they became ready.</summary>
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

    /// <summary>Holds all sends until a time.</summary>
    public void Hold(DateTimeOffset until)
    {
        if (until > HeldUntil) HeldUntil = until;
    }

    /// <summary>Holds edits until a time.</summary>
    public void HoldEdits(DateTimeOffset until)
    {
        if (until > EditsHeldUntil) EditsHeldUntil = until;
    }

    /// <summary>Records that the platform holds one of the chats until a time.</summary>
    public void NoteHeldChat(DateTimeOffset until)
    {
        if (until > ChatsHeldUntil) ChatsHeldUntil = until;
    }

    /// <summary>Ends the hold of the account.</summary>
    public void EndHold() => (HeldUntil, EditsHeldUntil) = (default, default);

    /// <summary>Ends the hold of the account, and clears the record of held chats.</summary>
    public void EndHolds()
    {
        EndHold();
        ChatsHeldUntil = default;
    }
}

/// <summary>A generation that is attached.</summary>
internal sealed class AttachedGeneration(AdapterPort port)
{
    public AdapterPort Port { get; } = port;

    public int InFlight { get; private set; }

    /// <summary>Chats whose typing call has not returned.</summary>
    public HashSet<(string Chat, string? Thread)> TypingCalls { get; } = [];

    /// <summary>Answers to interactions that have not returned.</summary>
    public int Answers { get; set; }

    public void CountSends(int more) => InFlight += more;
}
