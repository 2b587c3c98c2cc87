using PluginGateway.Threads;

namespace PluginGateway.Access;

/// <summary>Direct chats between two adapters of this gateway. Nothing that a platform tells gives them away: either side hears a person, in a chat
/// of another id. But each hears there what the other has just said in its own chat; of a person who repeats our words to another adapter only one
/// side does. Any thread.</summary>
/// <param name="memory">For how long what was said and heard is remembered.</param>
/// <param name="clock">The clock.</param>
internal sealed class DirectTalks(TimeSpan memory, TimeProvider clock)
{
    private const int MostSayings = 8192;
    private const int MostOfOneLine = 16;
    private const int MostChats = 4096;

    private readonly object _gate = new();
    private readonly Dictionary<string, List<Saying>> _said = new(StringComparer.Ordinal);
    private readonly Queue<Saying> _order = new();
    private readonly Dictionary<(string AdapterId, string ChatId), (string Line, long At)> _heard = [];

    /// <summary>An adapter says something.</summary>
    public void Record(string adapterId, string chatId, IEnumerable<string> lines)
    {
        var now = clock.GetTimestamp();
        using (UninterruptibleLock.Enter(_gate))
        {
            foreach (var line in lines)
            {
                var saying = new Saying(adapterId, chatId, line, now);
                if (!_said.TryGetValue(line, out var same)) _said.Add(line, same = []);
                if (same.Count == MostOfOneLine) same.RemoveAt(0);
                same.Add(saying);
                _order.Enqueue(saying);
            }

            while (_order.Count > MostSayings || (_order.TryPeek(out var oldest) && clock.GetElapsedTime(oldest.At, now) > memory))
                Forget(_order.Dequeue());
        }
    }

    /// <summary>The adapter that an adapter talks with; null: none, as far as is known.</summary>
    /// <param name="adapterId">The adapter that has heard something.</param>
    /// <param name="chatId">Where.</param>
    /// <param name="line">What.</param>
    /// <param name="mayMeet">Whether an adapter can meet this one: it is on the same platform.</param>
    public string? PartnerOf(string adapterId, string chatId, string line, Predicate<string> mayMeet)
    {
        var now = clock.GetTimestamp();
        using (UninterruptibleLock.Enter(_gate))
        {
            if (_heard.Count >= MostChats && !_heard.ContainsKey((adapterId, chatId))) MakeRoom(now);
            _heard[(adapterId, chatId)] = (line, now);
            if (!_said.TryGetValue(line, out var same)) return null;
            // In the chat of the same id it was said to the same person, who speaks with both.
            return same.FindLast(
                saying => saying.AdapterId != adapterId && saying.ChatId != chatId && IsFresh(saying.At, now) && mayMeet(saying.AdapterId)
                && _heard.TryGetValue((saying.AdapterId, saying.ChatId), out var there) && IsFresh(there.At, now)
                    && WasSaid(adapterId, chatId, there.Line, now))?.AdapterId;
        }
    }

    private bool WasSaid(string adapterId, string chatId, string line, long now) =>
        _said.TryGetValue(line, out var same)
        && same.Exists(saying => saying.AdapterId == adapterId && saying.ChatId == chatId && IsFresh(saying.At, now));

    private bool IsFresh(long at, long now) => clock.GetElapsedTime(at, now) <= memory;

    private void Forget(Saying oldest)
    {
        if (_said.TryGetValue(oldest.Line, out var same) && same.Remove(oldest) && same.Count == 0) _said.Remove(oldest.Line);
    }

    private void MakeRoom(long now)
    {
        foreach (var chat in _heard.Where(pair => !IsFresh(pair.Value.At, now)).Select(static pair => pair.Key).ToArray()) _heard.Remove(chat);
        if (_heard.Count >= MostChats) _heard.Remove(_heard.MinBy(static pair => pair.Value.At).Key);
    }

    private sealed record Saying(string AdapterId, string ChatId, string Line, long At);
}
