using PluginGateway.Store;
using PluginGateway.Threads;

namespace PluginGateway.Media;

/// <summary>Deletes files that no message refers to: after <c>KeepUnused</c>, or early when the folder gets full, the oldest first. Never a file of a
/// message that is owed, parked or rejected. On a thread of its own, because a disk may hang.</summary>
internal sealed class MediaCollector(MediaFolder folder, MessageStore store, TimeProvider clock, ILogger<MediaCollector> log) : IWatchedLoop
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromMinutes(1);

    /// <summary>Least age at which a file is deleted early: a younger one may be about to be used.</summary>
    private static readonly TimeSpan LeastAge = TimeSpan.FromMinutes(10);

    /// <summary>Longest time between two beats of the collector without work.</summary>
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(2);

    private readonly Mailbox<IReadOnlyDictionary<string, string>?> _mailbox = new();
    private readonly DateTimeOffset _started = clock.GetUtcNow();

    /// <summary>Heartbeat of the collector's thread.</summary>
    public Heartbeat Heartbeat { get; } = new("media collector", clock);

    /// <summary>Starts the collector's thread.</summary>
    public void Start()
    {
        folder.OnFull = () => _mailbox.Post(null);
        LoopThread.Start(Heartbeat.Name, () =>
        {
            while (true)
            {
                Round();
                Rest();
            }
        });
    }

    /// <summary>Runs one round.</summary>
    internal void Round()
    {
        try
        {
            Heartbeat.WaitsFor = MediaDisk.Cause;
            folder.Prepare();
            var files = folder.List();
            Heartbeat.WaitsFor = null;
            if (files.Count == 0 || InUse() is not { } inUse) return;
            Heartbeat.WaitsFor = MediaDisk.Cause;
            folder.Shares.Own(inUse);
            Sweep(files, inUse);
        }
        catch (Exception problem)
        {
            log.KeepFailed(folder.Path, problem.Message);
        }
        finally
        {
            Heartbeat.WaitsFor = null;
        }
    }

    /// <summary>Waits for the next round, or until the folder is full.</summary>
    private void Rest()
    {
        var start = clock.GetTimestamp();
        do Heartbeat.Beat();
        while (_mailbox.Take(LongestRest).Count == 0 && clock.GetElapsedTime(start) < Period);
    }

    /// <summary>Returns the files of messages that are owed, parked or rejected, each with its adapter's id. Asked after the folder was listed: a
    /// file that is taken meanwhile is pinned. Null when the store does not answer.</summary>
    private IReadOnlyDictionary<string, string>? InUse()
    {
        _mailbox.Take(TimeSpan.Zero);
        store.MediaInUse(commandResult => _mailbox.Post(commandResult.Value));
        var start = clock.GetTimestamp();
        while (clock.GetElapsedTime(start) < LongestAnswer)
        {
            Heartbeat.Beat();
            if (_mailbox.Take(LongestRest).FirstOrDefault(static answer => answer is not null) is { } names) return names;
        }

        return null;
    }

    private void Sweep(IReadOnlyList<FileInfo> files, IReadOnlyDictionary<string, string> inUse)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        var deleted = 0;
        foreach (var file in files.Where(file => !inUse.ContainsKey(file.Name)).OrderBy(static file => file.LastWriteTimeUtc))
        {
            Heartbeat.Beat();
            var age = now - file.LastWriteTimeUtc;
            var isLeft = file.Name.EndsWith(MediaFolder.Unfinished, StringComparison.Ordinal)
                && (file.LastWriteTimeUtc < _started || age > TimeSpan.FromHours(1));
            var isCrowded = age > LeastAge && folder.Used > folder.Limits.MaxTotalBytes / 100 * 80;
            if ((isLeft || isCrowded || age > folder.Limits.KeepUnused) && folder.Delete(file)) deleted++;
        }

        if (deleted > 0) log.Forgot(deleted, folder.Used / (1024 * 1024));
    }
}
