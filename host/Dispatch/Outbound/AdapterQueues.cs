using System.Diagnostics.CodeAnalysis;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Store;

namespace PluginGateway.Dispatch.Outbound;

/// <summary>Everything that is owed, by the adapter id it goes through and the chat it goes to. Only on the loop's thread.</summary>
/// <param name="room">Counts what is owed.</param>
internal sealed class AdapterQueues(InboxQuota room)
{
    private readonly Dictionary<string, AdapterQueue> _adapterQueues = new(StringComparer.Ordinal);
    private readonly HashSet<long> _known = [];

    public Predicate<long> IsOwed => field ??= _known.Contains;

    public Dictionary<string, AdapterQueue>.ValueCollection All => _adapterQueues.Values;

    /// <summary>That of an adapter id, which may have none yet.</summary>
    public AdapterQueue Of(string adapterId)
    {
        if (!_adapterQueues.TryGetValue(adapterId, out var adapterQueue)) _adapterQueues.Add(adapterId, adapterQueue = new AdapterQueue(adapterId));
        return adapterQueue;
    }

    /// <summary>Where a message waits that is owed.</summary>
    public (ChatQueue Chat, OwedMessage Message)? Find(OutboxRow row) =>
        _known.Contains(row.Id) && _adapterQueues.TryGetValue(row.AdapterId, out var adapterQueue) && adapterQueue.Chats.TryGetValue(row.Chat, out var chat)
        && chat.Messages.FirstOrDefault(message => message.Id == row.Id) is { } found ? (chat, found) : null;

    public bool TryFind(string adapterId, [NotNullWhen(true)] out AdapterQueue? adapterQueue) => _adapterQueues.TryGetValue(adapterId, out adapterQueue);

    /// <summary>Puts a message in its place. False: it has been owed already.</summary>
    /// <param name="adapterId">The adapter that delivers it.</param>
    /// <param name="chatKey">Its chat.</param>
    /// <param name="message">The message.</param>
    /// <param name="isCounted">Room has been made for it.</param>
    /// <param name="chat">Where it waits now.</param>
    public bool TryAdd(string adapterId, string chatKey, OwedMessage message, bool isCounted, [NotNullWhen(true)] out ChatQueue? chat)
    {
        chat = null;
        var isNew = _known.Add(message.Id);
        if (isNew != isCounted)
        {
            if (isNew) room.Add(adapterId, 0);
            else room.Release(adapterId, 0);
        }

        if (!isNew) return false;
        var adapterQueue = Of(adapterId);
        if (!adapterQueue.Chats.TryGetValue(chatKey, out chat)) adapterQueue.Chats.Add(chatKey, chat = new ChatQueue(adapterQueue, chatKey));
        chat.Add(message);
        adapterQueue.Owed++;
        return true;
    }

    /// <summary>It is not owed any more.</summary>
    public void Remove(ChatQueue chat, OwedMessage message)
    {
        if (!chat.Messages.Remove(message)) return;
        _known.Remove(message.Id);
        chat.Adapter.Owed--;
        room.Release(chat.Adapter.AdapterId, 0);
        message.Cut?.Dispose();
    }
}
