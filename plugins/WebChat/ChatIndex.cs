namespace PluginGateway.Plugins.WebChat;

/// <summary>The durable messages in memory: the last ones of each conversation, the conversations used last. Not thread-safe:
/// <see cref="ChatHistory"/> owns it.</summary>
internal sealed class ChatIndex(int messagesPerConversation, int maxConversations)
{
    private readonly Dictionary<string, LinkedListNode<Conversation>> _conversations = new(StringComparer.Ordinal);
    private readonly LinkedList<Conversation> _byUse = new();
    private List<ChatFile> _forgotten = [];

    /// <summary>About how many bytes the kept messages take as lines of a log.</summary>
    public long KeptBytes { get; private set; }

    /// <summary>All messages kept, each conversation in its order.</summary>
    public IEnumerable<ChatEntry> All => _byUse.SelectMany(static conversation => conversation.Messages).Select(static kept => kept.Entry);

    /// <summary>Files of the messages that were forgotten since the last call.</summary>
    public List<ChatFile> TakeForgottenFiles()
    {
        var files = _forgotten;
        _forgotten = [];
        return files;
    }

    /// <summary>Returns the present state of a message, or null if it is not kept.</summary>
    public ChatEntry? Find(EntryKey key) =>
        _conversations.TryGetValue(key.Conversation, out var node) && node.Value.ById.TryGetValue((key.FromUser, key.Id), out var kept)
            ? kept.Entry : null;

    /// <summary>Returns the messages of a conversation, deleted ones too, in the order in which they became durable.</summary>
    public IReadOnlyList<ChatEntry> Read(string conversation) =>
        _conversations.TryGetValue(conversation, out var node) ? [.. node.Value.Messages.Select(static kept => kept.Entry)] : [];

    /// <summary>Adds a message at the end of its conversation, or replaces it where it stands.</summary>
    public void Put(ChatEntry entry, int bytes)
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
        KeptBytes += bytes;
        if (node.Value.ById.TryGetValue((entry.FromUser, entry.Id), out var kept))
        {
            KeptBytes -= kept.Bytes;
            (kept.Entry, kept.Bytes) = (entry, bytes);
            return;
        }

        kept = new Kept { Entry = entry, Bytes = bytes };
        node.Value.ById.Add((entry.FromUser, entry.Id), kept);
        node.Value.Messages.Enqueue(kept);
        if (node.Value.Messages.Count > messagesPerConversation) Forget(node.Value);
        if (_conversations.Count > maxConversations) Forget(_byUse.First!);
    }

    private void Forget(Conversation conversation)
    {
        var oldest = conversation.Messages.Dequeue();
        conversation.ById.Remove((oldest.Entry.FromUser, oldest.Entry.Id));
        KeptBytes -= oldest.Bytes;
        _forgotten.AddRange(oldest.Entry.Files ?? []);
    }

    private void Forget(LinkedListNode<Conversation> node)
    {
        foreach (var kept in node.Value.Messages)
        {
            KeptBytes -= kept.Bytes;
            _forgotten.AddRange(kept.Entry.Files ?? []);
        }

        _byUse.Remove(node);
        _conversations.Remove(node.Value.Id);
    }

    private sealed class Conversation(string id)
    {
        public string Id { get; } = id;

        public Queue<Kept> Messages { get; } = new();

        public Dictionary<(bool FromUser, string Id), Kept> ById { get; } = [];
    }

    /// <summary>Message with the length of its line.</summary>
    private sealed class Kept
    {
        public required ChatEntry Entry { get; set; }

        public required int Bytes { get; set; }
    }
}
