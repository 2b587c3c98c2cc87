namespace PluginGateway.Control.Verbs;

/// <summary>Answers of the store that took longer than the control thread waits: each has a number, by which it can be asked for until it is
/// there. Only the control thread.</summary>
/// <typeparam name="T">The answer.</typeparam>
internal sealed class PendingAnswers<T>
    where T : class
{
    /// <summary>Most that are kept; the oldest goes.</summary>
    private const int Most = 32;

    private readonly SortedDictionary<long, Func<T?>> _answers = [];
    private long _last;

    /// <summary>Keeps one. <paramref name="answer"/> gives it, or null while there is none.</summary>
    public long Add(Func<T?> answer)
    {
        if (_answers.Count == Most) _answers.Remove(_answers.Keys.First());
        _answers.Add(++_last, answer);
        return _last;
    }

    /// <summary>False: there is none of this number, or it has been given already. An <paramref name="answer"/> of null: not yet.</summary>
    public bool TryTake(long number, out T? answer)
    {
        answer = null;
        if (!_answers.TryGetValue(number, out var look)) return false;
        answer = look();
        if (answer is not null) _answers.Remove(number);
        return true;
    }
}
