using System.Diagnostics.CodeAnalysis;
using PluginGateway.Store;

namespace PluginGateway.Dispatch;

/// <summary>Everything that is owed, by the adapter id it goes through and the chat it goes to. Only on the loop's thread.</summary>
/// <param name="room">Counts what is owed.</param>
internal sealed class Outlets(PendingGauge room)
{
    private readonly Dictionary<string, Outlet> _outlets = new(StringComparer.Ordinal);
    private readonly HashSet<long> _known = [];

    public Predicate<long> IsOwed => field ??= _known.Contains;

    public Dictionary<string, Outlet>.ValueCollection All => _outlets.Values;

    /// <summary>That of an adapter id, which may have none yet.</summary>
    public Outlet Of(string adapterId)
    {
        if (!_outlets.TryGetValue(adapterId, out var outlet)) _outlets.Add(adapterId, outlet = new Outlet(adapterId));
        return outlet;
    }

    /// <summary>Where a message waits that is owed.</summary>
    public (ChatLane Chat, OwedMessage Message)? Find(OutboxRow row) =>
        _known.Contains(row.Id) && _outlets.TryGetValue(row.AdapterId, out var outlet) && outlet.Chats.TryGetValue(row.Chat, out var chat)
        && chat.Messages.FirstOrDefault(message => message.Id == row.Id) is { } found ? (chat, found) : null;

    public bool TryFind(string adapterId, [NotNullWhen(true)] out Outlet? outlet) => _outlets.TryGetValue(adapterId, out outlet);

    /// <summary>Puts a message in its place. False: it has been owed already.</summary>
    /// <param name="adapterId">The adapter that delivers it.</param>
    /// <param name="chatKey">Its chat.</param>
    /// <param name="message">The message.</param>
    /// <param name="isCounted">Room has been made for it.</param>
    /// <param name="chat">Where it waits now.</param>
    public bool TryAdd(string adapterId, string chatKey, OwedMessage message, bool isCounted, [NotNullWhen(true)] out ChatLane? chat)
    {
        chat = null;
        var isNew = _known.Add(message.Id);
        if (isNew != isCounted)
        {
            if (isNew) room.Add(adapterId, 0);
            else room.Release(adapterId, 0);
        }

        if (!isNew) return false;
        var outlet = Of(adapterId);
        if (!outlet.Chats.TryGetValue(chatKey, out chat)) outlet.Chats.Add(chatKey, chat = new ChatLane(outlet, chatKey));
        chat.Add(message);
        outlet.Owed++;
        return true;
    }

    /// <summary>It is not owed any more.</summary>
    public void Remove(ChatLane chat, OwedMessage message)
    {
        if (!chat.Messages.Remove(message)) return;
        _known.Remove(message.Id);
        chat.Outlet.Owed--;
        room.Release(chat.Outlet.AdapterId, 0);
        message.Cut?.Dispose();
    }
}
