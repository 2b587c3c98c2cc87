using PluginGateway.Threads;

namespace PluginGateway.Dispatch.Inbound;

/// <summary>Senders of whom a turn has begun and is not settled, by adapter and chat. Changed by the dispatcher's thread, read by any.</summary>
internal sealed class OpenSenders
{
    private readonly object _gate = new();
    private readonly Dictionary<long, Key> _turns = [];
    private readonly Dictionary<Key, int> _open = [];

    /// <summary>Returns true while a turn of the sender runs in the chat.</summary>
    public bool Has(string adapterId, Chat chat, Sender sender)
    {
        using (UninterruptibleLock.Enter(_gate)) return _open.ContainsKey(new(adapterId, chat.Id, sender.Id));
    }

    /// <summary>Records a turn that begins, at each of its attempts.</summary>
    public void Add(long turn, string adapterId, InboundEvent e)
    {
        if (e.Sender is not { } sender) return;
        var key = new Key(adapterId, e.Chat.Id, sender.Id);
        using (UninterruptibleLock.Enter(_gate))
        {
            if (_turns.TryAdd(turn, key)) _open[key] = _open.GetValueOrDefault(key) + 1;
        }
    }

    /// <summary>Forgets a turn that is settled.</summary>
    public void Remove(long turn)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (_turns.Remove(turn, out var key) && --_open[key] == 0) _open.Remove(key);
        }
    }

    private readonly record struct Key(string AdapterId, string ChatId, string SenderId);
}
