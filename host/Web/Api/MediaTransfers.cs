using PluginGateway.Media;
using PluginGateway.Threads;

namespace PluginGateway.Web.Api;

/// <summary>Transfers between programs and the media folder: uploads and downloads, a bounded number of each at once, with a share for each owner:
/// the
/// adapter of a turn's token, or the programs with a token of the gateway. The threads of requests never access the disk: <see cref="TransferDisk"/>
/// does, with a deadline for every step. A transfer keeps its place until its last step has ended, also one that is late.</summary>
internal sealed class MediaTransfers(MediaFolder media, TimeProvider clock) : IWatchedLoop
{
    /// <summary>Largest number of uploads at once.</summary>
    public const int MaxUploads = 16;

    /// <summary>Largest number of downloads at once.</summary>
    public const int MaxDownloads = 32;

    private const int BufferBytes = 64 * 1024;

    private readonly TransferDisk _disk = new(clock);
    private readonly TransferPlaces _uploads = new(MaxUploads);
    private readonly TransferPlaces _downloads = new(MaxDownloads);

    /// <summary>Heartbeat of the thread that accesses the disk.</summary>
    public Heartbeat Heartbeat => _disk.Heartbeat;

    /// <summary>Starts that thread.</summary>
    public void Start() => _disk.Start();

    /// <summary>Writes a body to the media folder. No message refers to the file yet: it is kept for a day from its last use.</summary>
    /// <returns>The file; the reason: the owner has too many uploads under way.</returns>
    /// <exception cref="MediaException">The file is too large, or there is no room.</exception>
    /// <exception cref="IOException">The body ended too early, or the disk fails or is late.</exception>
    public async Task<(MediaFile? File, string Problem)> TryUploadAsync(string owner, Stream body, CancellationToken aborted)
    {
        if (!_uploads.TryTake(owner)) return (null, Refusal(owner, _uploads, "uploads"));

        MediaWriter? file = null;
        try
        {
            await _disk.RunAsync(() => file = media.Begin(owner));
            var buffer = new byte[BufferBytes];
            int count;
            do
            {
                count = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, aborted);
                await _disk.RunAsync(() =>
                {
                    file!.Write(buffer.AsSpan(0, count));
                    return true;
                });
            }
            while (count == buffer.Length);
            return (await _disk.RunAsync(() =>
            {
                var finished = file!.Finish();
                media.Release(finished.Name);
                return finished;
            }), "");
        }
        finally
        {
            _disk.Close(() => file, () => _uploads.Leave(owner));
        }
    }

    /// <summary>Opens a file of the media folder for a download.</summary>
    /// <returns>The download; the reason: the owner has too many under way.</returns>
    /// <exception cref="IOException">The disk fails or is late.</exception>
    public async Task<(MediaDownload? Download, string Problem)> TryOpenAsync(string owner, string path)
    {
        if (!_downloads.TryTake(owner)) return (null, Refusal(owner, _downloads, "downloads"));
        var download = new MediaDownload(_disk, path, () => _downloads.Leave(owner));
        try
        {
            await download.OpenAsync();
            return (download, "");
        }
        catch
        {
            download.Dispose();
            throw;
        }
    }

    private static string Refusal(string owner, TransferPlaces places, string transfers) =>
        $"{places.Of(owner)} {transfers} of {MediaShares.NameOf(owner)} are under way; further ones are refused until one ends. Try again.";
}
