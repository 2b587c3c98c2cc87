using PluginGateway.Threads;

namespace PluginGateway.Guard.Lanes;

/// <summary>Starts the throw-away threads on which lifecycle calls and cancellations run, and those of lanes. Asking never blocks, though starting a thread does.</summary>
internal sealed class Spawner
{
    private readonly Mailbox<(string Name, Action Body)> _wanted = new();

    public void Start() => LoopThread.Start("spawner", () =>
    {
        while (true)
        {
            foreach (var (name, body) in _wanted.Take(TimeSpan.FromSeconds(60))) LoopThread.Start(name, body);
        }
    });

    /// <summary>Runs <paramref name="body"/> on a fresh background thread, soon. If the system has no thread to give, as soon as it has; the call that waits for it ends at its deadline.</summary>
    public void Start(string name, Action body) => _wanted.Post((name, body));
}
