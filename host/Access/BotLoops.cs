using PluginGateway.Threads;

namespace PluginGateway.Access;

/// <summary>Ends talks of bots among themselves: of what bots say in a chat without a person in between, only the first few messages are let in, until a person speaks or nothing has come
/// from a bot for a while. Only where the platform tells that a sender is a bot, or another adapter of this gateway has said it. Any thread.</summary>
internal sealed class BotLoops(TimeProvider clock)
{
    /// <summary>Messages of bots in a row.</summary>
    public const int MostInARow = 10;

    /// <summary>After so long without a message of a bot the next one starts a new row.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromMinutes(10);

    private const int MostChats = 4096;

    private readonly object _gate = new();
    private readonly Dictionary<(string AdapterId, string ChatId), Row> _rows = [];

    /// <summary>Whether a message is one of a loop. What is turned away keeps the loop from resting.</summary>
    /// <param name="adapterId">Where it came from.</param>
    /// <param name="message">The message.</param>
    /// <param name="isOurs">Another adapter of this gateway has said it.</param>
    public bool Holds(string adapterId, InboundMessage message, bool isOurs = false)
    {
        if (!message.Sender.IsBot && !isOurs) return false;
        using (UninterruptibleLock.Enter(_gate))
        {
            if (!_rows.TryGetValue((adapterId, message.Chat.Id), out var row) || row.Count < MostInARow || HasRested(row)) return false;
            row.Last = clock.GetTimestamp();
            return true;
        }
    }

    /// <summary>A message was let in and stored.</summary>
    public void Record(string adapterId, InboundMessage message, bool isOurs = false)
    {
        var key = (adapterId, message.Chat.Id);
        using (UninterruptibleLock.Enter(_gate))
        {
            if (!message.Sender.IsBot && !isOurs)
            {
                _rows.Remove(key);
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
