namespace PluginGateway.Plugins.Telegram;

/// <summary>The pace of a group: Telegram takes no more than 20 messages a minute to the same group, edits included (Telegram's bot FAQ), and answers
/// more with a 429 of tens of seconds. Any thread.</summary>
internal sealed class GroupPace(TimeProvider clock)
{
    public const int Most = 20;

    private const int MostGroups = 10_000;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Queue<long>> _sent = new(StringComparer.Ordinal);

    /// <summary>Takes places in the group's minute: one for each message, and for each file of an album.</summary>
    /// <returns>Zero, or the wait until there are so many.</returns>
    public TimeSpan Take(string chat, int count = 1)
    {
        if (!IsGroup(chat)) return TimeSpan.Zero;
        lock (_lock)
        {
            if (!_sent.TryGetValue(chat, out var times))
            {
                if (_sent.Count >= MostGroups) Forget();
                _sent[chat] = times = new Queue<long>(Most);
            }

            while (times.TryPeek(out var oldest) && clock.GetElapsedTime(oldest) >= Window) times.Dequeue();
            if (times.Count + count > Most) return Window - clock.GetElapsedTime(times.ElementAt(times.Count + count - Most - 1));
            for (var i = 0; i < count; i++) times.Enqueue(clock.GetTimestamp());
            return TimeSpan.Zero;
        }
    }

    private static bool IsGroup(string chat) => chat.StartsWith('-') || chat.StartsWith('@');

    private void Forget()
    {
        foreach (var chat in _sent.Where(one => one.Value.All(time => clock.GetElapsedTime(time) >= Window)).Select(static one => one.Key).ToArray())
            _sent.Remove(chat);
    }
}
