using PluginGateway.Posix;

namespace PluginGateway.Isolation.Remote;

/// <summary>The files that one worker is to send or has fetched, each for as long as its call or turn takes, in a folder that only this worker may
/// read and that none may write to. A second name for the file, not a copy; the folder of all files of messages
/// is open to no worker.</summary>
/// <param name="folder">The folder.</param>
internal sealed class OutgoingFiles(string folder)
{
    public static string In(string dataDirectory) => Path.Combine(dataDirectory, "outgoing");

    /// <summary>Makes the folder, and removes the files of earlier generations, also those left by a killed gateway.</summary>
    /// <returns>Null: there is no such folder.</returns>
    public static OutgoingFiles? Prepare(string? outgoing, string adapterId, int generation)
    {
        if (outgoing is null) return null;
        var ofAdapter = Path.Combine(outgoing, adapterId);
        foreach (var name in (string[])[outgoing, ofAdapter]) Directory.CreateDirectory(name, OwnerOnly.Folder);
        var folder = Path.Combine(ofAdapter, generation.ToString(System.Globalization.CultureInfo.InvariantCulture));
        foreach (var earlier in Directory.GetDirectories(ofAdapter)) TryDelete(earlier);
        Directory.CreateDirectory(folder, OwnerOnly.Folder);
        return new OutgoingFiles(folder);
    }

    public string Folder => folder;

    /// <summary>Returns the message with copies of its files that the worker can read, until they are taken back. A file that cannot be copied is
    /// missing for the worker.</summary>
    public (OutboundMessage Message, Action TakeBack) Lend(OutboundMessage message)
    {
        OutboundAttachment[] lent = [
            .. message.Attachments.Select(file => new OutboundAttachment(NewPath(), file.Kind)
            {
                Name = file.Name,
                ContentType = file.ContentType
            })];
        for (var i = 0; i < lent.Length; i++) Give(message.Attachments[i].Path, lent[i].Path);
        return (message with { Attachments = lent }, () =>
        {
            foreach (var file in lent) LibCFiles.Delete(null, file.Path);
        });
    }

    /// <summary>Returns a path in the folder that is not in use.</summary>
    public string NewPath() => Path.Combine(folder, Guid.NewGuid().ToString("N"));

    /// <summary>Gives the worker a file under a path of the folder, by a second name or as a copy. As slow as the disk.</summary>
    public static void Give(string from, string to)
    {
        if (LibCFiles.Link(from, to)) return;
        try
        {
            File.Copy(from, to);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // The adapter says that it cannot read it.
        }
    }

    private static void TryDelete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // A worker that is just being ended may still be given something.
        }
    }
}
