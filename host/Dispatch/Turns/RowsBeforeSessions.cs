using PluginGateway.Store;

namespace PluginGateway.Dispatch.Turns;

/// <summary>Messages that wait since before an upgrade brought sessions, by conversation: no session of a conversation begins a turn before they are
/// done, because they came first. Only on the loop's thread.</summary>
internal sealed class RowsBeforeSessions
{
    private readonly Dictionary<string, int> _open = new(StringComparer.Ordinal);

    public void Add(InboxRow row)
    {
        if (Is(row)) _open[row.Conversation] = _open.GetValueOrDefault(row.Conversation) + 1;
    }

    /// <summary>Removes a message that is settled.</summary>
    /// <returns>True: it was the last one of its conversation.</returns>
    public bool Remove(InboxRow row)
    {
        if (!Is(row) || !_open.TryGetValue(row.Conversation, out var open)) return false;
        if (open > 1) _open[row.Conversation] = open - 1;
        else _open.Remove(row.Conversation);
        return open == 1;
    }

    /// <summary>Returns true while a turn has to wait for them.</summary>
    /// <param name="lead">The first message of the turn.</param>
    public bool Hold(InboxRow lead) => _open.Count > 0 && lead.SessionKey != lead.Conversation && _open.ContainsKey(lead.Conversation);

    /// <summary>Returns true for a row of an earlier schema: its session was written by the upgrade, where later rows have none.</summary>
    private static bool Is(InboxRow row) => row.Session == row.Conversation;
}
