using System.Text;
using PluginGateway.Configuration.Files;
using PluginGateway.Configuration.Secrets;
using PluginGateway.Loading;
using PluginGateway.Posix;

namespace PluginGateway.Cli.Checks;

/// <summary>Result of <c>plugins --pin</c> for one adapter or handler. <paramref name="Hash"/>: null when the plugin could not be pinned;
/// <paramref name="Problem"/>: the reason.</summary>
internal sealed record PinnedPlugin(string Key, string Plugin, string? Hash, string? Before, string? Problem);

/// <summary>Pins every configured plugin by the hash of its folder as it is now, in the configuration's own file. Runs no code of a plugin.</summary>
internal static class PluginPins
{
    /// <exception cref="IOException">No file can take the pins, or the file cannot be read or written.</exception>
    public static IReadOnlyList<PinnedPlugin> Write(CliOptions cli)
    {
        var request = ConfigurationRequest.OfProcess(cli.Config, cli.Data) with { LenientSecrets = true };
        var (source, fault) = ConfigurationSource.Find(request);
        if (fault is not null) throw new IOException(fault);
        if (source is not { File: { } file, Text: { } text })
            throw new IOException(
                $"There is no configuration to write pins into: make a {ConfigurationSource.DefaultFile}, or name one with --config.");
        if (ConfigurationFile.Load(request).Configuration is not { } configuration)
            throw new IOException($"'{file}' has errors, and nothing was pinned; see: plugin-gateway check");

        var finder = new PluginFinder();
        PinnedPlugin[] pinned = [.. GatewayCheck.Uses(configuration).Select(use => Pin(use, finder, configuration.Gateway.PluginPaths))];
        var written = PinnedText.With(
            text, pinned.Where(static pin => pin.Hash is not null).ToDictionary(static pin => pin.Key, static pin => pin.Hash!));
        if (written != text) Replace(new FileInfo(file).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? file, written);
        return pinned;
    }

    private static PinnedPlugin Pin(ConfiguredPlugin use, PluginFinder finder, IReadOnlyList<string> paths)
    {
        try
        {
            var found = PluginLoader.Inspect(finder.Find(use.Plugin, paths), use.Kind, sha256: null);
            return new(use.Path, use.Plugin, found.ContentHash, use.Sha256, null);
        }
        catch (PluginLoadException problem)
        {
            return new(use.Path, use.Plugin, null, use.Sha256, problem.Message);
        }
    }

    /// <summary>Whole or not at all; owner and mode stay.</summary>
    private static void Replace(string path, string text)
    {
        var unfinished = path + ".new";
        File.Delete(unfinished);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly.File };
        using (var file = new FileStream(unfinished, options))
        {
            if (FileFacts.Of(path) is { } old)
            {
                if (FileOwner.Change(unfinished, old.User, old.Group) is { } problem)
                    throw new IOException($"'{unfinished}' cannot be given to the owner of '{path}': {problem}.");
                File.SetUnixFileMode(file.SafeFileHandle, old.Permissions);
            }

            file.Write(Encoding.UTF8.GetBytes(text));
            file.Flush(flushToDisk: true);
        }

        File.Move(unfinished, path, overwrite: true);
    }
}
