using System.Diagnostics.CodeAnalysis;
using PluginGateway.Store;

namespace PluginGateway.Dispatch.Outbound;

/// <summary>Everything that is owed, by the adapter id it goes through and the chat it goes to. Only on the loop's thread.</summary>
/// <param name="room">Counts what is owed.</param>
internal sealed class AdapterQueues(MessageQuota room)
{
    private readonly Dictionary<string, AdapterQueue> _adapterQueues = new(StringComparer.Ordinal);
    private readonly HashSet<long> _known = [];

    public Predicate<long> IsOwed => field ??= _known.Contains;

    public Dictionary<string, AdapterQueue>.ValueCollection All => _adapterQueues.Values;

    /// <summary>Called when a chat may go on: nothing of it is being leased, sent or settled. Set once, by the scheduler.</summary>
    public Action<ChatQueue>? Freed { get; set; }

    /// <summary>Called when the whole of a message has arrived, which is being written down: the next one may be leased with it. Set once, by the
    /// scheduler.</summary>
    public Action<PendingDelivery>? Settling { get; set; }

    /// <summary>That of an adapter id, which may have none yet.</summary>
    public AdapterQueue Of(string adapterId)
    {
        if (!_adapterQueues.TryGetValue(adapterId, out var adapterQueue)) _adapterQueues.Add(adapterId, adapterQueue = new AdapterQueue(adapterId));
        return adapterQueue;
    }

    /// <summary>Where a message waits that is owed.</summary>
    public (ChatQueue Chat, OwedMessage Message)? Find(OutboxRow row) =>
        _known.Contains(row.Id) && _adapterQueues.TryGetValue(row.AdapterId, out var adapterQueue) && adapterQueue.TryFindChat(row.Chat, out var chat)
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
        chat = Of(adapterId).Chat(chatKey);
        chat.Add(message);
        return true;
    }

    /// <summary>It is not owed any more.</summary>
    public void Remove(ChatQueue chat, OwedMessage message)
    {
        if (!chat.Remove(message)) return;
        _known.Remove(message.Id);
        room.Release(chat.Adapter.AdapterId, 0);
    }

    /// <summary>Nothing is under way for a message any more: its chat may go on, unless the next message is being leased already.</summary>
    public void Free(ChatQueue chat, OwedMessage message)
    {
        chat.Unlock(message);
        if (!chat.IsBusy) Freed?.Invoke(chat);
    }
}
