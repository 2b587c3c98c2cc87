using PluginGateway.Threads;

namespace PluginGateway.Web.Health;

/// <summary>Readiness of the gateway to take work, as last published.</summary>
/// <param name="Ready">Every adapter is connected, waiting or parked.</param>
/// <param name="Stopping">The stop sequence has begun.</param>
/// <param name="Reasons">Reasons for a degraded state, one sentence each.</param>
internal sealed record Readiness(bool Ready, bool Stopping, IReadOnlyList<string> Reasons)
{
    /// <summary>Readiness before the first publication.</summary>
    public static Readiness Starting { get; } = new(false, false, ["starting"]);
}

/// <summary>Health from which <c>/healthz</c> and <c>/readyz</c> answer: the control threads publish, requests read.</summary>
internal sealed class GatewayHealth
{
    /// <summary>A loop that has not come round for this long no longer runs.</summary>
    public static readonly TimeSpan StalledAfter = TimeSpan.FromSeconds(5);

    private Readiness _readiness = Readiness.Starting;
    private Heartbeat[] _heartbeats = [];

    /// <summary>The readiness that was published last.</summary>
    public Readiness Readiness => Volatile.Read(ref _readiness);

    /// <summary>The loops that must run.</summary>
    public IReadOnlyList<Heartbeat> Heartbeats => Volatile.Read(ref _heartbeats);

    /// <summary>The loops that have stood still for too long.</summary>
    public IReadOnlyList<Heartbeat> Stalled => [.. Heartbeats.Where(static beat => beat.Age > StalledAfter)];

    /// <summary>False while a loop stands still for a reason of this process: only a new one helps, and the service manager's watchdog is not
    /// fed.</summary>
    public bool IsAlive => !Array.Exists(_heartbeats, static beat => beat.Age > StalledAfter && beat.WaitsFor is null);

    /// <summary>Returns a sentence for the answer. The sentence does not change while the loop stands still.</summary>
    public static string Describe(Heartbeat stalled) => stalled.WaitsFor is { } what
        ? $"the loop '{stalled.Name}' has stood still for more than {StalledAfter.TotalSeconds:0} s: it waits for {what}"
        : $"the loop '{stalled.Name}' has stood still for more than {StalledAfter.TotalSeconds:0} s; the service manager's watchdog, where there is one, ends the process if it stays so";

    /// <summary>Says how the gateway is. Any thread.</summary>
    public void Publish(Readiness readiness) => Volatile.Write(ref _readiness, readiness);

    /// <summary>Sets which loops must run, in place of those named before. Any thread.</summary>
    public void Publish(IEnumerable<Heartbeat> heartbeats) => Volatile.Write(ref _heartbeats, [.. heartbeats]);
}
