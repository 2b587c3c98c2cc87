using PluginGateway.Threads;

namespace PluginGateway.Dispatch.Outbound;

/// <summary>Reads and cuts large messages beside the dispatcher's thread, one after another, so that no other chat waits for a large reply.</summary>
internal sealed class PreparationThread
{
    /// <summary>Least size of a message that is prepared there: a smaller one is read faster than it is handed over.</summary>
    public const int LeastBytes = 32 * 1024;

    private readonly Mailbox<Action> _work = new();
    private bool _isStarted;

    /// <summary>Runs an action on that thread; it must not throw. Only on the loop's thread; never blocks.</summary>
    public void Post(Action work)
    {
        _work.Post(work);
        if (_isStarted) return;
        LoopThread.Start("packing", () =>
        {
            while (true)
            {
                foreach (var next in _work.Take(TimeSpan.FromMinutes(1))) next();
            }
        });
        _isStarted = true;
    }
}
