using PluginGateway.Threads;

namespace PluginGateway.Store.Engine;

/// <content>Commands that belong together: those of one step of the dispatcher. The writer would begin its commit between two of them, and the second
/// would wait for one more.</content>
internal sealed partial class Writer
{
    private readonly List<Command> _gathered = [];
    private volatile Thread? _gatherer;

    /// <summary>Runs a step of a loop, and queues the commands that it posts together at its end: what belongs together is in one commit. Only one
    /// loop may use it; never waits.</summary>
    public void Together(Action step)
    {
        _gatherer = Thread.CurrentThread;
        try
        {
            step();
        }
        finally
        {
            _gatherer = null;
            PostGathered();
        }
    }

    private void PostGathered()
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (!_closing)
            {
                _queue.PostTogether(_gathered);
                _gathered.Clear();
                return;
            }
        }

        Command[] refused = [.. _gathered];
        _gathered.Clear();
        foreach (var command in refused) command.Fail(StoreFailure.Closed);
    }
}
