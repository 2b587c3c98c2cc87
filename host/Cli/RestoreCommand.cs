using System.Text.Json;
using PluginGateway.Cli.Service;
using PluginGateway.Instance;
using PluginGateway.Logging;
using PluginGateway.Posix;
using PluginGateway.Store;
using PluginGateway.Store.Files;

namespace PluginGateway.Cli;

/// <summary>Output of <c>restore --json</c>. <paramref name="Kept"/>: path of the store that was replaced; <paramref name="Error"/>: reason why
/// nothing was done; null on success.</summary>
internal sealed record RestoreResult(string? Store, string? Kept, long? Pending, long? Owed, string? Error);

/// <summary><c>restore FILE</c>: puts a backup into the place of the store, while the gateway is down.</summary>
internal static class RestoreCommand
{
    public static int Execute(string file, CliOptions options, CommandWiring wiring)
    {
        var result = Write(Path.GetFullPath(file), wiring.DataDirectory(options, DataUse.Replace), wiring.Clock);
        if (options.Json) wiring.Output.WriteLine(JsonSerializer.Serialize(result, CliJson.Indented.RestoreResult));
        else if (result.Error is { } error) wiring.Error.WriteLine(Printable.Text($"plugin-gateway: {error}"));
        else wiring.Output.WriteLine(
            Printable.Text($"'{result.Store}' is what '{file}' holds: {result.Pending} message(s) to answer, {result.Owed} to deliver. " +
            (result.Kept is { } kept ? $"What was there is kept as '{kept}'. " : "") + "The gateway can be started."));
        return result.Error is null ? ExitCodes.Planned : ExitCodes.Failed;
    }

    private static RestoreResult Write(string file, string dataDirectory, TimeProvider clock)
    {
        using var instance = InstanceLock.TryAcquire(dataDirectory);
        if (instance is null) return Failed($"A gateway runs in '{dataDirectory}'; stop it first: plugin-gateway stop --data '{dataDirectory}'");
        try
        {
            var report = Restore.Run(file, StoreFile.In(dataDirectory), clock);
            return new(report.Store, report.Kept, report.Pending, report.Owed, null);
        }
        catch (StoreException problem)
        {
            return Failed(problem.Message);
        }
    }

    private static RestoreResult Failed(string error) => new(null, null, null, null, error);
}
