using PluginGateway.Threads;

namespace PluginGateway.Media;

/// <summary>A thread that accesses the disk of the media folder for others, who wait for it with a deadline. A disk that hangs holds up this thread
/// alone, and its heartbeat names the disk.</summary>
/// <param name="name">Name of the thread and of its heartbeat.</param>
/// <param name="clock">The clock of the heartbeat.</param>
internal sealed class MediaDisk(string name, TimeProvider clock)
{
    /// <summary>Name of the disk, for those who say that they wait for it.</summary>
    public const string Cause = "the disk of the media folder";

    /// <summary>Deadline for one step, with its wait for the steps before it.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    /// <summary>Sentence for those who have waited for that long.</summary>
    public static readonly string IsLate = $"The disk of the media folder did not answer within {Deadline.TotalSeconds:0} s; try again.";

    private readonly WorkThread _thread = new(name, clock, Cause);

    /// <summary>Heartbeat of the thread.</summary>
    public Heartbeat Heartbeat => _thread.Heartbeat;

    /// <summary>Starts the thread, where it does not run yet. Any thread.</summary>
    public void Start() => _thread.Start();

    /// <summary>Has a step run behind those posted before; it must not throw. Any thread; never blocks.</summary>
    public void Post(Action step)
    {
        _thread.Start();
        _thread.Post(step);
    }
}
