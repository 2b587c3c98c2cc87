namespace PluginGateway.Plugins.Feishu;

/// <summary>Chats of messages, for an event that names a message only. The last messages that this gateway has sent or received are remembered, the
/// platform is asked for the others. Any thread.</summary>
internal sealed class Places(OpenApi api, ChatModes modes, Threads threads)
{
    private const int MostRemembered = 2048;

    private readonly Recent<Place> _known = new(MostRemembered);

    /// <summary>Remembers the chat of a received message.</summary>
    public void Saw(string messageId, Chat chat)
    {
        if (chat.Kind == ChatKind.Direct) modes.SawDirect(chat.Id);
        _known.Set(messageId, new Place(chat.Id, chat.Thread, chat.Kind));
    }

    /// <summary>Remembers the chat of a sent message, of which only its own id tells the kind.</summary>
    /// <param name="messageId">The message.</param>
    /// <param name="chatId">The platform's id of the chat.</param>
    /// <param name="thread">The thread, or null.</param>
    /// <param name="address">The id to which the message was addressed: that of the chat, or of a person.</param>
    public void Sent(string messageId, string chatId, string? thread, string address) =>
        _known.Set(messageId, new Place(chatId, thread, null) { Address = address });

    /// <summary>True: the chat is remembered as a direct one.</summary>
    public bool IsDirect(string chatId) => modes.IsKnownDirect(chatId);

    /// <summary>Returns the chat of a message. Null: the message cannot be read, or not now; then the failed look-up tells.</summary>
    public async Task<(Chat? Chat, ApiAnswer? Failed)> OfAsync(string messageId, CancellationToken cancellationToken)
    {
        var (place, failed) = _known.Find(messageId) is { } known ? (known, null) : await AskAsync(messageId, cancellationToken);
        if (place is null) return (null, failed);
        if (place.Kind is { } told) return (new Chat(place.ChatId, told, place.Thread), null);
        (var kind, failed) = await KindOfAsync(place.ChatId, cancellationToken);
        return failed is not null ? (null, failed) : (new Chat(place.ChatId, kind, place.Thread), null);
    }

    /// <summary>Returns the id of the chat of a message as it was addressed, if that is remembered, or else the platform's id of the chat. Null: the
    /// message cannot be read, or not now; then the failed look-up tells.</summary>
    public async Task<(string? Address, ApiAnswer? Failed)> AddressOfAsync(string messageId, CancellationToken cancellationToken)
    {
        var (place, failed) = _known.Find(messageId) is { } known ? (known, null) : await AskAsync(messageId, cancellationToken);
        return (place?.Address ?? place?.ChatId, failed);
    }

    /// <summary>Returns the kind of a chat; after a failed look-up also the failure.</summary>
    public async Task<(ChatKind Kind, ApiAnswer? Failed)> KindOfAsync(string chatId, CancellationToken cancellationToken)
    {
        var (mode, failed) = await modes.OfAsync(chatId, cancellationToken);
        return (mode == ChatMode.Direct ? ChatKind.Direct : ChatKind.Group, failed);
    }

    private async Task<(Place? Place, ApiAnswer? Failed)> AskAsync(string messageId, CancellationToken cancellationToken)
    {
        var answer = await api.GetMessageAsync(messageId, cancellationToken);
        if (answer.Message() is not { } message || message.Id("chat_id") is not { } chat) return (null, answer);
        var (thread, failed) = await threads.ThreadOfAsync(message, cancellationToken);
        if (failed is not null) return (null, failed);
        var place = new Place(chat, thread, null);
        _known.Set(messageId, place);
        return (place, null);
    }

    /// <summary>Chat and thread of a message, with the kind of the chat where it is known.</summary>
    private sealed record Place(string ChatId, string? Thread, ChatKind? Kind)
    {
        /// <summary>Id to which this gateway has addressed the message; null: it is not remembered.</summary>
        public string? Address { get; init; }
    }
}
