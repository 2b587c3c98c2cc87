using PluginGateway.Threads;

namespace PluginGateway.Access;

/// <summary>Memory of what adapters of this gateway have lately sent: another adapter in the same group, or the one it was sent to, receives it as a
/// stranger's message, and the two would answer each other for ever. Not every platform tells that a sender is a bot. Any thread.</summary>
internal sealed class OwnMessageMemory(TimeProvider clock)
{
    private const int MostLines = 8192;
    private const int MostLinesOfOne = 32;
    private const int LongestLine = 200;

    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(2);

    private readonly DirectTalks _direct = new(Memory, clock);
    private readonly object _gate = new();
    private readonly Dictionary<(string Chat, string Line), (string AdapterId, long At)> _sent = [];
    private readonly Queue<((string Chat, string Line) Key, long At)> _order = new();

    /// <summary>Records a text that an adapter sends; to a chat of unknown kind as to a direct one and to a group.</summary>
    public void Record(string adapterId, Chat chat, string text)
    {
        if (chat.Kind is ChatKind.Direct or ChatKind.Unknown) _direct.Record(adapterId, chat.Id, Lines(text).Take(MostLinesOfOne));
        if (chat.Kind == ChatKind.Direct) return;
        var now = clock.GetTimestamp();
        using (UninterruptibleLock.Enter(_gate))
        {
            foreach (var line in Lines(text).Take(MostLinesOfOne))
            {
                var key = (chat.Id, line);
                _sent[key] = (adapterId, now);
                _order.Enqueue((key, now));
            }

            while (_order.Count > MostLines || (_order.TryPeek(out var oldest) && clock.GetElapsedTime(oldest.At, now) > Memory))
                Forget(_order.Dequeue());
        }
    }

    /// <summary>The other adapter that has said what was heard; null: none has.</summary>
    /// <param name="adapterId">The adapter that has heard it.</param>
    /// <param name="heard">The message.</param>
    /// <param name="mayMeet">Whether another adapter is on the same platform.</param>
    public string? SenderOf(string adapterId, ContentEvent heard, Predicate<string> mayMeet)
    {
        if (Lines(heard.Text).FirstOrDefault() is not { } line) return null;
        if (heard.Chat.Kind == ChatKind.Direct) return _direct.PartnerOf(adapterId, heard.Chat.Id, line, mayMeet);
        using (UninterruptibleLock.Enter(_gate))
        {
            return _sent.TryGetValue((heard.Chat.Id, line), out var said) && said.AdapterId != adapterId && clock.GetElapsedTime(said.At) <= Memory
                ? said.AdapterId
                : null;
        }
    }

    private void Forget(((string Chat, string Line) Key, long At) oldest)
    {
        if (_sent.TryGetValue(oldest.Key, out var said) && said.At == oldest.At) _sent.Remove(oldest.Key);
    }

    /// <summary>Splits a text into lines, because a platform may pass it on line by line.</summary>
    private static IEnumerable<string> Lines(string text) =>
        text.Split('\n', MostLinesOfOne + 1, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Select(static line => line.Length <= LongestLine ? line : line[..LongestLine]);
}
