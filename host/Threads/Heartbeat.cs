namespace PluginGateway.Threads;

/// <summary>The proof that a loop still runs: the loop beats, others read the age.</summary>
internal sealed class Heartbeat(string name, TimeProvider clock)
{
    private string? _waitsFor;
    private long _last = clock.GetTimestamp();

    /// <summary>Name of the loop.</summary>
    public string Name { get; } = name;

    /// <summary>Time since the last beat. Any thread.</summary>
    public TimeSpan Age => clock.GetElapsedTime(Volatile.Read(ref _last));

    /// <summary>External cause for which the loop waits, such as a disk; null: none. Set for the time of that wait: a loop that is held up there is
    /// reported like any other, but a new process would be held up by the same cause.</summary>
    public string? WaitsFor
    {
        get => Volatile.Read(ref _waitsFor);
        set => Volatile.Write(ref _waitsFor, value);
    }

    /// <summary>Records an iteration of the loop.</summary>
    public void Beat() => Volatile.Write(ref _last, clock.GetTimestamp());
}
