namespace PluginGateway.Threads;

/// <summary>One thread that runs actions one after another, with a heartbeat.</summary>
/// <param name="name">Name of the thread and of its heartbeat.</param>
/// <param name="clock">The clock of the heartbeat.</param>
/// <param name="waitsFor">External cause that may hold up an action, such as a disk; null: none.</param>
internal sealed class WorkThread(string name, TimeProvider clock, string? waitsFor = null)
{
    /// <summary>Longest time between two beats of a thread without work.</summary>
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(2);

    private readonly Mailbox<Action> _work = new();
    private int _started;

    /// <summary>Heartbeat of the thread. Meaningful once it has been started.</summary>
    public Heartbeat Heartbeat { get; } = new(name, clock);

    /// <summary>Starts the thread, where it does not run yet. Any thread.</summary>
    public void Start()
    {
        if (Interlocked.Exchange(ref _started, 1) == 0) LoopThread.Start(name, Run);
    }

    /// <summary>Has an action run soon; it must not throw. Any thread; never blocks.</summary>
    public void Post(Action action) => _work.Post(action);

    private void Run()
    {
        while (true)
        {
            Heartbeat.Beat();
            foreach (var action in _work.Take(LongestRest))
            {
                Heartbeat.Beat();
                Heartbeat.WaitsFor = waitsFor;
                action();
                Heartbeat.WaitsFor = null;
            }
        }
    }
}
