namespace PluginGateway.Threads;

/// <summary>The proof that a loop still runs: the loop beats, others read the age.</summary>
internal sealed class Heartbeat(string name, TimeProvider clock)
{
    private string? _waitsFor;
    private long _last = clock.GetTimestamp();

    /// <summary>Which loop it is.</summary>
    public string Name { get; } = name;

    /// <summary>Time since the last beat. Any thread.</summary>
    public TimeSpan Age => clock.GetElapsedTime(Volatile.Read(ref _last));

    /// <summary>What the loop waits for outside this process, such as a disk; null: nothing. It is set for the time of that wait: a loop that is held up there is named like any other, but a new process would
    /// be held up by the same.</summary>
    public string? WaitsFor
    {
        get => Volatile.Read(ref _waitsFor);
        set => Volatile.Write(ref _waitsFor, value);
    }

    /// <summary>The loop has come round.</summary>
    public void Beat() => Volatile.Write(ref _last, clock.GetTimestamp());
}
