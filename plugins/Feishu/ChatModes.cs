namespace PluginGateway.Plugins.Feishu;

/// <summary>Mode of a chat.</summary>
internal enum ChatMode
{
    /// <summary>Group whose messages need not stand in topics.</summary>
    Group,

    /// <summary>Group whose messages all stand in topics.</summary>
    Topics,

    /// <summary>Direct chat with one person.</summary>
    Direct,
}

/// <summary>Modes of chats, which an event may lack. The last chats are remembered, the platform is asked for the others. Any thread.</summary>
/// <remarks>Source: the vendor's page of <c>GET /im/v1/chats/:chat_id</c> (<c>chat_mode</c> group, topic or p2p; <c>group_message_type</c> chat or
/// thread).</remarks>
internal sealed class ChatModes(OpenApi api, TimeProvider clock)
{
    private const int MostRemembered = 1024;

    /// <summary>Time for which a group counts as one without topics: its owner may change that.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(10);

    private readonly Recent<Known> _known = new(MostRemembered);

    /// <summary>Remembers a direct chat, which never becomes a group.</summary>
    public void SawDirect(string chat) => _known.Set(chat, new Known(ChatMode.Direct, clock.GetTimestamp()));

    /// <summary>True: the chat is remembered as a direct one.</summary>
    public bool IsKnownDirect(string chat) => _known.Find(chat) is { Mode: ChatMode.Direct };

    /// <summary>Returns the mode of a chat; of one that the platform does not tell about, <see cref="ChatMode.Group"/>. After a failed look-up also
    /// the failure.</summary>
    public async Task<(ChatMode Mode, ApiAnswer? Failed)> OfAsync(string chat, CancellationToken cancellationToken)
    {
        if (_known.Find(chat) is { } known && (known.Mode != ChatMode.Group || clock.GetElapsedTime(known.Since) < Fresh)) return (known.Mode, null);
        var answer = await api.GetAsync($"/open-apis/im/v1/chats/{Uri.EscapeDataString(chat)}", cancellationToken);
        if (answer.IsPassing) return (ChatMode.Group, answer);
        var mode = answer.Data.String("chat_mode") switch
        {
            "p2p" => ChatMode.Direct,
            "topic" => ChatMode.Topics,
            _ => answer.Data.String("group_message_type") == "thread" ? ChatMode.Topics : ChatMode.Group,
        };
        // Refused is refused: without the permission every group would be asked for at every message.
        _known.Set(chat, new Known(mode, clock.GetTimestamp()));
        return (mode, null);
    }

    /// <summary>Answer of the platform about a chat, with its time.</summary>
    private sealed record Known(ChatMode Mode, long Since);
}
