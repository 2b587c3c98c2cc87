using PluginGateway.Threads;

namespace PluginGateway.Control.Verbs;

/// <summary>Asks the store for verbs. An answer that takes longer than the control thread waits gets a number, by which it can be fetched once it is
/// there. Only the control thread.</summary>
/// <typeparam name="T">The answer, as the verb gives it.</typeparam>
internal sealed class PendingAnswers<T>
{
    /// <summary>Most that are kept; the oldest goes.</summary>
    private const int Most = 32;

    private readonly SortedDictionary<long, Func<PendingAnswer<T>>> _pending = [];
    private long _last;

    /// <summary>Asks the store, and waits for its answer for at most <paramref name="patience"/>.</summary>
    /// <param name="ask">Hands the question over, with the delegate that takes the answer.</param>
    /// <param name="read">Makes the verb's answer of the store's. Runs on the control thread.</param>
    /// <param name="patience">The longest wait.</param>
    /// <param name="keeps">True when a late answer is kept; false: it is dropped.</param>
    public PendingAnswer<T> Ask<TStored>(Action<Action<TStored>> ask, Func<TStored, T> read, TimeSpan patience, bool keeps = true)
    {
        var rendezvous = Rendezvous<TStored>.Ask(ask);
        var answer = Wait(patience);
        if (answer.IsReady || !keeps) return answer;
        if (_pending.Count == Most) _pending.Remove(_pending.Keys.First());
        _pending.Add(++_last, () => Wait(TimeSpan.Zero));
        return answer with { Number = _last };

        PendingAnswer<T> Wait(TimeSpan bound) => rendezvous.TryWait(bound, out var stored) ? new(read(stored), null, true) : default;
    }

    /// <summary>Returns the answer with this number, or its state; does not wait. Null: unknown, or fetched already.</summary>
    public PendingAnswer<T>? Fetch(long number)
    {
        if (!_pending.TryGetValue(number, out var look)) return null;
        var answer = look();
        if (answer.IsReady) _pending.Remove(number);
        return answer with { Number = answer.IsReady ? null : number };
    }
}

/// <summary>An answer of the store.</summary>
/// <param name="Value">The answer.</param>
/// <param name="Number">Number of an answer that is not ready and is kept; null: ready, or not kept.</param>
/// <param name="IsReady">Whether the store has answered.</param>
internal readonly record struct PendingAnswer<T>(T? Value, long? Number, bool IsReady);
