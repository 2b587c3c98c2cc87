using System.Text.Json;
using PluginGateway.Cli.Service;
using PluginGateway.Logging;
using PluginGateway.Posix;
using PluginGateway.Store;
using PluginGateway.Store.Files;

namespace PluginGateway.Cli;

/// <summary>Output of <c>backup --json</c>. <paramref name="Error"/>: reason why no backup was made; null on success.</summary>
internal sealed record BackupResult(string File, long? Bytes, long? Pending, long? Owed, string? Error);

/// <summary><c>backup FILE</c>: copies the store, also while the gateway runs. The command reads the file itself: no thread of the gateway waits for
/// the copy.</summary>
internal static class BackupCommand
{
    public static int Execute(string file, CliOptions options, CommandWiring wiring)
    {
        var result = Write(StoreFile.In(wiring.DataDirectory(options, DataUse.Store)), Path.GetFullPath(file), wiring.Clock);
        if (options.Json) wiring.Output.WriteLine(JsonSerializer.Serialize(result, CliJson.Indented.BackupResult));
        else if (result.Error is { } error) wiring.Error.WriteLine(Printable.Text($"plugin-gateway: {error}"));
        else wiring.Output.WriteLine(
            Printable.Text($"{result.File}: {result.Bytes} bytes, checked; {result.Pending} message(s) to answer, {result.Owed} to deliver."));
        return result.Error is null ? ExitCodes.Planned : ExitCodes.Failed;
    }

    private static BackupResult Write(string source, string target, TimeProvider clock)
    {
        try
        {
            var report = Backup.Write(source, target, clock);
            return new(report.File, report.Bytes, report.Pending, report.Owed, null);
        }
        catch (StoreException problem)
        {
            return new(target, null, null, null, problem.Message);
        }
    }
}
