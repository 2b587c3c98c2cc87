using System.Collections.Concurrent;
using PluginGateway.Posix;

namespace PluginGateway.Isolation.Remote;

/// <summary>Turns that run in one worker, by their numbers, and the files that they have fetched. Any thread.</summary>
internal sealed class OpenTurns
{
    private readonly ConcurrentDictionary<int, OpenTurn> _open = new();
    private int _last;

    /// <summary>Takes a turn and returns its number.</summary>
    public int Add(EventTurn turn)
    {
        var number = Interlocked.Increment(ref _last);
        _open[number] = new OpenTurn(turn);
        return number;
    }

    /// <summary>Returns an open turn.</summary>
    /// <exception cref="InvalidOperationException">The turn is over.</exception>
    public OpenTurn Find(int number) =>
        _open.TryGetValue(number, out var turn) ? turn : throw new InvalidOperationException("The turn is over; nothing is sent.");

    /// <summary>Ends a turn, and deletes the names of the files that it has fetched.</summary>
    public void Remove(int number)
    {
        if (_open.TryRemove(number, out var turn)) turn.TakeBack();
    }
}

/// <summary>Turn in a worker.</summary>
internal sealed class OpenTurn(EventTurn turn)
{
    private readonly ConcurrentBag<string> _lent = [];
    private volatile bool _isOver;

    public EventTurn Turn => turn;

    /// <summary>Notes a file that the worker may read until the turn ends. As slow as the disk.</summary>
    /// <returns>False: the turn has ended, and the file is deleted.</returns>
    public bool Lend(string path)
    {
        _lent.Add(path);
        if (!_isOver) return true;
        TakeBack();
        return false;
    }

    /// <summary>Deletes the files.</summary>
    public void TakeBack()
    {
        _isOver = true;
        while (_lent.TryTake(out var path)) LibCFiles.Delete(null, path);
    }
}
