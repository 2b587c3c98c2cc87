namespace PluginGateway.Threads;

/// <summary>The proof that a loop still turns: the loop beats, others read the age.</summary>
internal sealed class Heartbeat(string name, TimeProvider clock)
{
    private long _last = clock.GetTimestamp();

    /// <summary>Which loop it is.</summary>
    public string Name { get; } = name;

    /// <summary>Time since the last beat. Any thread.</summary>
    public TimeSpan Age => clock.GetElapsedTime(Volatile.Read(ref _last));

    /// <summary>The loop has come round.</summary>
    public void Beat() => Volatile.Write(ref _last, clock.GetTimestamp());
}
