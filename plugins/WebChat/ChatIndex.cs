namespace PluginGateway.Plugins.WebChat;

/// <summary>The durable messages in memory: the last ones of each conversation, the conversations used last. Not thread-safe:
/// <see cref="ChatHistory"/> owns it.</summary>
internal sealed class ChatIndex(int messagesPerConversation, int maxConversations)
{
    private readonly Dictionary<string, LinkedListNode<Conversation>> _conversations = new(StringComparer.Ordinal);
    private readonly LinkedList<Conversation> _byUse = new();

    /// <summary>About how many bytes the kept messages take as lines of a log.</summary>
    public long KeptBytes { get; private set; }

    /// <summary>All messages kept, each conversation in its order.</summary>
    public IEnumerable<ChatEntry> All => _byUse.SelectMany(conversation => conversation.Messages).Select(message => message.Entry);

    /// <summary>True when the message is kept.</summary>
    public bool Contains(ChatEntry entry) =>
        _conversations.TryGetValue(entry.Conversation, out var node) && node.Value.Ids.Contains((entry.FromUser, entry.Id));

    /// <summary>Returns the messages of a conversation, in the order in which they became durable.</summary>
    public IReadOnlyList<ChatEntry> Read(string conversation) =>
        _conversations.TryGetValue(conversation, out var node) ? [.. node.Value.Messages.Select(message => message.Entry)] : [];

    /// <summary>Adds a message. False when it is there already.</summary>
    public bool Add(ChatEntry entry, int bytes)
    {
        if (!_conversations.TryGetValue(entry.Conversation, out var node))
        {
            node = new LinkedListNode<Conversation>(new Conversation(entry.Conversation));
            _conversations.Add(entry.Conversation, node);
        }
        else
        {
            _byUse.Remove(node);
        }

        _byUse.AddLast(node);
        if (!node.Value.Ids.Add((entry.FromUser, entry.Id))) return false;
        node.Value.Messages.Enqueue((entry, bytes));
        KeptBytes += bytes;
        if (node.Value.Messages.Count > messagesPerConversation) Forget(node.Value);
        if (_conversations.Count > maxConversations) Forget(_byUse.First!);
        return true;
    }

    private void Forget(Conversation conversation)
    {
        var (oldest, bytes) = conversation.Messages.Dequeue();
        conversation.Ids.Remove((oldest.FromUser, oldest.Id));
        KeptBytes -= bytes;
    }

    private void Forget(LinkedListNode<Conversation> node)
    {
        KeptBytes -= node.Value.Messages.Sum(message => (long)message.Bytes);
        _byUse.Remove(node);
        _conversations.Remove(node.Value.Id);
    }

    private sealed class Conversation(string id)
    {
        public string Id { get; } = id;

        public Queue<(ChatEntry Entry, int Bytes)> Messages { get; } = new();

        public HashSet<(bool FromUser, string Id)> Ids { get; } = [];
    }
}
