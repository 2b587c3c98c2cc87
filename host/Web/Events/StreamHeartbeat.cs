using PluginGateway.Threads;

namespace PluginGateway.Web.Events;

/// <summary>The thread that sends heartbeats into quiet streams and cuts those that are too slow: a timer on the pool could be starved by a
/// plugin.</summary>
internal sealed class StreamHeartbeat(EventTopics topics, TimeProvider clock, ILogger<StreamHeartbeat> log) : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private int _started;
    private volatile bool _ended;

    /// <summary>Starts the thread, once.</summary>
    public void Start()
    {
        if (Interlocked.Exchange(ref _started, 1) == 0) LoopThread.Start("event streams", Turn);
    }

    public void Dispose() => _ended = true;

    private void Turn()
    {
        var last = clock.GetTimestamp();
        while (!_ended)
        {
            foreach (var reader in topics.TooSlow.Take(Tick))
            {
                if (reader.IsDisplaced) log.StreamDisplaced(reader.Owner.AdapterId, reader.Client);
                else log.StreamTooSlow(reader.Owner.AdapterId);
                reader.Abort();
            }

            if (clock.GetElapsedTime(last) < Tick) continue;
            last = clock.GetTimestamp();
            topics.Tick();
        }
    }
}
