using System.Runtime.InteropServices;
using PluginGateway.Posix;

namespace PluginGateway.Isolation.Remote;

/// <summary>Moves files that a worker has fetched out of the worker's own folder. The worker may do anything there at any moment: put a link in the
/// folder's place, or a pipe in the file's. So nothing is opened that is not a regular file, no link is
/// followed, and a file is moved, never copied.</summary>
/// <param name="ownFolder">The worker's own; only the gateway can put something in its place.</param>
/// <param name="name">Of the folder in it into which the worker fetches.</param>
internal sealed class FetchedFiles(string ownFolder, string name)
{
    /// <summary>Moves a file to where the gateway wants it.</summary>
    /// <returns>The reason of a failure; null: the file was moved, or there is none, which the caller finds out.</returns>
    public string? Take(string file, string wanted)
    {
        var folder = Folder();
        if (folder < 0) return $"what the adapter fetched cannot be taken over: '{name}' in its folder is no folder any more";
        try
        {
            return Take(folder, file, wanted);
        }
        finally
        {
            LibC.Close(folder);
        }
    }

    /// <summary>Deletes a file that is not needed.</summary>
    public void Discard(string file)
    {
        var folder = Folder();
        if (folder < 0) return;
        LibCFiles.Delete(folder, file);
        LibC.Close(folder);
    }

    private static string? Take(int folder, string file, string wanted)
    {
        var descriptor = LibCFiles.Refer(folder, file);
        if (descriptor < 0) return null;
        var seen = LibCFiles.FactsOf(descriptor);
        LibC.Close(descriptor);
        if (seen is not { IsRegular: true, Links: 1 })
        {
            LibCFiles.Delete(folder, file);
            return "what the adapter fetched is no regular file of its own, and is not taken over";
        }

        if (!LibCFiles.Move(folder, file, wanted))
            return $"what the adapter fetched cannot be moved out of its folder: {Marshal.GetLastPInvokeErrorMessage()}";
        // Between the look and the move the worker could exchange it.
        var moved = LibCFiles.Refer(null, wanted);
        var facts = moved < 0 ? null : LibCFiles.FactsOf(moved);
        if (moved >= 0) LibC.Close(moved);
        if (facts is { } same && (same.Number, same.Device, same.IsRegular) == (seen.Value.Number, seen.Value.Device, true)) return null;
        LibCFiles.Delete(null, wanted);
        return "what the adapter fetched was exchanged while it was taken over";
    }

    private int Folder()
    {
        var own = LibCFiles.ReferToFolder(null, ownFolder);
        if (own < 0) return own;
        var folder = LibCFiles.ReferToFolder(own, name);
        LibC.Close(own);
        return folder;
    }
}
