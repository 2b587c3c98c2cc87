using PluginGateway.Threads;

namespace PluginGateway.Access;

/// <summary>Ends loops of bots: of consecutive events of bots in a chat, messages and reactions alike, only the first few are admitted, until a person
/// writes there or no bot has been heard for a while. A sender counts as a bot when the platform says so, or when another adapter of this gateway has
/// sent the same text. Any thread.</summary>
internal sealed class BotLoops(TimeProvider clock)
{
    /// <summary>Largest number of consecutive events of bots that are admitted.</summary>
    public const int MostInARow = 10;

    /// <summary>Time without an event of a bot after which the count starts again.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromMinutes(10);

    private const int MostChats = 4096;

    private readonly object _gate = new();
    private readonly Dictionary<(string AdapterId, string ChatId), Row> _rows = [];

    /// <summary>Returns true when an event belongs to a loop of bots. A refused one prolongs the loop.</summary>
    /// <param name="adapterId">The adapter that received the event.</param>
    /// <param name="e">The event.</param>
    /// <param name="isOurs">True when another adapter of this gateway has sent the text.</param>
    public bool Holds(string adapterId, InboundEvent e, bool isOurs = false)
    {
        if (e.Sender?.IsBot != true && !isOurs) return false;
        using (UninterruptibleLock.Enter(_gate))
        {
            if (!_rows.TryGetValue((adapterId, e.Chat.Id), out var row) || row.Count < MostInARow || HasRested(row)) return false;
            row.Last = clock.GetTimestamp();
            return true;
        }
    }

    /// <summary>Records an event that was admitted and stored.</summary>
    public void Record(string adapterId, InboundEvent e, bool isOurs = false)
    {
        var key = (adapterId, e.Chat.Id);
        using (UninterruptibleLock.Enter(_gate))
        {
            if (e.Sender?.IsBot != true && !isOurs)
            {
                if (e is ContentEvent) _rows.Remove(key);
                return;
            }

            if (!_rows.TryGetValue(key, out var row))
            {
                if (_rows.Count >= MostChats) MakeRoom();
                _rows.Add(key, row = new Row());
            }

            row.Count = HasRested(row) ? 1 : row.Count + 1;
            row.Last = clock.GetTimestamp();
        }
    }

    private bool HasRested(Row row) => row.Count > 0 && clock.GetElapsedTime(row.Last) >= Rest;

    private void MakeRoom()
    {
        foreach (var key in _rows.Where(pair => HasRested(pair.Value)).Select(static pair => pair.Key).ToArray()) _rows.Remove(key);
        if (_rows.Count >= MostChats) _rows.Remove(_rows.MinBy(static pair => pair.Value.Last).Key);
    }

    private sealed class Row
    {
        public int Count { get; set; }

        public long Last { get; set; }
    }
}
