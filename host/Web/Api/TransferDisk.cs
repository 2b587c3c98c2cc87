using PluginGateway.Media;
using PluginGateway.Threads;

namespace PluginGateway.Web.Api;

/// <summary>Access of requests to the disk of the media folder: steps on a thread of its own, one after another, for which a request waits with a
/// deadline.</summary>
internal sealed class TransferDisk(TimeProvider clock)
{
    private readonly MediaDisk _disk = new("media transfer", clock);

    /// <summary>Heartbeat of the thread.</summary>
    public Heartbeat Heartbeat => _disk.Heartbeat;

    /// <summary>Starts the thread.</summary>
    public void Start() => _disk.Start();

    /// <summary>Runs a step behind those before it. A step that is late still runs to its end; the next begins after that.</summary>
    /// <exception cref="IOException">The step is late, or failed so. Every other exception of the step as it was.</exception>
    public async Task<T> RunAsync<T>(Func<T> step)
    {
        var promise = new Promise<T>(CancellationToken.None);
        _disk.Post(() =>
        {
            try
            {
                promise.Complete(step());
            }
            catch (Exception problem)
            {
                promise.Fail(problem);
            }
        });
        try
        {
            return await promise.Task.WaitAsync(MediaDisk.Deadline, clock);
        }
        catch (TimeoutException)
        {
            throw new IOException(MediaDisk.IsLate);
        }
    }

    /// <summary>Closes a file behind the last step of its transfer, also one that is late. Never blocks.</summary>
    /// <param name="file">Returns the file, on the disk's thread; null: it was never opened.</param>
    /// <param name="closed">Called then, on that thread; must not block or throw.</param>
    public void Close(Func<IDisposable?> file, Action closed) => _disk.Post(() =>
    {
        try
        {
            file()?.Dispose();
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // An unfinished file that cannot be deleted now is deleted by the collector.
        }

        closed();
    });
}
