using System.Diagnostics.CodeAnalysis;

namespace PluginGateway.Threads;

/// <summary>Answer of a loop, for which the caller waits on its own thread, with a bound. An answer that comes after the bound is dropped. Any
/// thread.</summary>
/// <typeparam name="T">The answer.</typeparam>
internal sealed class Rendezvous<T>
{
    private readonly object _gate = new();
    private bool _isComplete;
    private T? _answer;

    /// <summary>Asks, and waits for the answer. False: no answer within <paramref name="bound"/> (zero or less: looks once).</summary>
    /// <param name="ask">Hands the question over, with the delegate that takes the answer. The delegate never blocks and throws nothing.</param>
    /// <param name="bound">The longest wait.</param>
    /// <param name="answer">The answer.</param>
    public static bool TryAsk(Action<Action<T>> ask, TimeSpan bound, [MaybeNullWhen(false)] out T answer) => Ask(ask).TryWait(bound, out answer);

    /// <summary>Asks, and waits for nothing.</summary>
    public static Rendezvous<T> Ask(Action<Action<T>> ask)
    {
        var rendezvous = new Rendezvous<T>();
        ask(rendezvous.Complete);
        return rendezvous;
    }

    /// <summary>Waits for the answer. False: none yet. Any thread, any number of times.</summary>
    public bool TryWait(TimeSpan bound, [MaybeNullWhen(false)] out T answer)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            var isComplete = UninterruptibleLock.WaitUntil(_gate, () => _isComplete, bound);
            answer = _answer!;
            return isComplete;
        }
    }

    private void Complete(T answer)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            (_isComplete, _answer) = (true, answer);
            Monitor.Pulse(_gate);
        }
    }
}
