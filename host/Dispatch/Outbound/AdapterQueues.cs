using System.Diagnostics.CodeAnalysis;
using PluginGateway.Configuration.Options;
using PluginGateway.Store;

namespace PluginGateway.Dispatch.Outbound;

/// <summary>Queues of all owed messages, by adapter id and chat. Only on the loop's thread.</summary>
/// <param name="room">Counts owed messages.</param>
internal sealed class AdapterQueues(MessageQuota room)
{
    private readonly Dictionary<string, AdapterQueue> _adapterQueues = new(StringComparer.Ordinal);
    private readonly HashSet<long> _known = [];

    /// <summary>Returns the options of an adapter's conversations. Set once, before the first message.</summary>
    public Func<string, ConversationOptions> ConversationOf { get; set; } = static _ => new();

    public Predicate<long> IsOwed => field ??= _known.Contains;

    public Dictionary<string, AdapterQueue>.ValueCollection All => _adapterQueues.Values;

    /// <summary>Called when a chat may go on: none of its messages is being leased, sent or settled. Set once, by the scheduler.</summary>
    public Action<ChatQueue>? Freed { get; set; }

    /// <summary>Called when a message has arrived completely, while that is being stored: the next one may be leased in the same commit. Set once, by
    /// the scheduler.</summary>
    public Action<PendingDelivery>? Settling { get; set; }

    /// <summary>Returns the queue of an adapter id; creates it if needed.</summary>
    public AdapterQueue Of(string adapterId)
    {
        if (!_adapterQueues.TryGetValue(adapterId, out var adapterQueue)) _adapterQueues.Add(adapterId, adapterQueue = new AdapterQueue(adapterId, ConversationOf));
        return adapterQueue;
    }

    /// <summary>Finds an owed message with its chat; null when it is not owed.</summary>
    public (ChatQueue Chat, OwedMessage Message)? Find(OutboxRow row) =>
        _known.Contains(row.Id) && _adapterQueues.TryGetValue(row.AdapterId, out var adapterQueue) && adapterQueue.TryFindChat(row.Chat, out var chat)
        && chat.Messages.FirstOrDefault(message => message.Id == row.Id) is { } found ? (chat, found) : null;

    public bool TryFind(string adapterId, [NotNullWhen(true)] out AdapterQueue? adapterQueue) =>
        _adapterQueues.TryGetValue(adapterId, out adapterQueue);

    /// <summary>Inserts a message in order. False when it is owed already.</summary>
    /// <param name="adapterId">The adapter that delivers it.</param>
    /// <param name="chatKey">The key of its chat.</param>
    /// <param name="message">The message.</param>
    /// <param name="isCounted">True when room has been reserved for it.</param>
    /// <param name="chat">The queue of its chat.</param>
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

    /// <summary>Removes a message that is not owed any more.</summary>
    public void Remove(ChatQueue chat, OwedMessage message)
    {
        if (!chat.Remove(message)) return;
        _known.Remove(message.Id);
        room.Release(chat.Adapter.AdapterId, 0);
        RemoveIfLeft(chat.Adapter);
    }

    /// <summary>An adapter id is no longer configured.</summary>
    public void Forget(string adapterId)
    {
        if (!_adapterQueues.TryGetValue(adapterId, out var adapterQueue)) return;
        adapterQueue.HasLeft = true;
        RemoveIfLeft(adapterQueue);
    }

    /// <summary>Unlocks the chat of a message for which nothing is under way: the chat may go on, unless the next message is being leased
    /// already.</summary>
    public void Free(ChatQueue chat, OwedMessage message)
    {
        chat.Unlock(message);
        if (!chat.IsBusy) Freed?.Invoke(chat);
    }

    private void RemoveIfLeft(AdapterQueue adapterQueue)
    {
        if (adapterQueue.IsLeft && _adapterQueues.GetValueOrDefault(adapterQueue.AdapterId) == adapterQueue)
            _adapterQueues.Remove(adapterQueue.AdapterId);
    }
}
