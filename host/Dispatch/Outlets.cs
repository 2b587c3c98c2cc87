using System.Diagnostics.CodeAnalysis;

namespace PluginGateway.Dispatch;

/// <summary>Everything that is owed, by the adapter id it goes through and the chat it goes to. Only on the loop's thread.</summary>
internal sealed class Outlets
{
    private readonly Dictionary<string, Outlet> _outlets = new(StringComparer.Ordinal);
    private readonly HashSet<long> _known = [];
    private int _owed;

    public Predicate<long> IsOwed => field ??= _known.Contains;

    /// <summary>Messages that are owed. Any thread.</summary>
    public int Owed => Volatile.Read(ref _owed);

    public Dictionary<string, Outlet>.ValueCollection All => _outlets.Values;

    /// <summary>That of an adapter id, which may have none yet.</summary>
    public Outlet Of(string adapterId)
    {
        if (!_outlets.TryGetValue(adapterId, out var outlet)) _outlets.Add(adapterId, outlet = new Outlet(adapterId));
        return outlet;
    }

    public bool TryFind(string adapterId, [NotNullWhen(true)] out Outlet? outlet) => _outlets.TryGetValue(adapterId, out outlet);

    /// <summary>Puts a message in its place. False: it has been owed already.</summary>
    public bool TryAdd(string adapterId, string chatKey, OwedMessage message, [NotNullWhen(true)] out ChatLane? chat)
    {
        chat = null;
        if (!_known.Add(message.Id)) return false;
        var outlet = Of(adapterId);
        if (!outlet.Chats.TryGetValue(chatKey, out chat)) outlet.Chats.Add(chatKey, chat = new ChatLane(outlet, chatKey));
        chat.Add(message);
        outlet.Owed++;
        Volatile.Write(ref _owed, _known.Count);
        return true;
    }

    /// <summary>It is not owed any more.</summary>
    public void Remove(ChatLane chat, OwedMessage message)
    {
        if (!chat.Messages.Remove(message)) return;
        _known.Remove(message.Id);
        chat.Outlet.Owed--;
        Volatile.Write(ref _owed, _known.Count);
    }
}
