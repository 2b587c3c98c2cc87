using System.Text.Json;
using PluginGateway.Cli.Service;
using PluginGateway.Instance;
using PluginGateway.Logging;
using PluginGateway.Posix;
using PluginGateway.Store;
using PluginGateway.Store.Files;

namespace PluginGateway.Cli;

/// <summary>Output of <c>recover --json</c>. <paramref name="Error"/>: reason why nothing was done; null on success, or when there was nothing to do
/// (then <paramref name="Kept"/> is null).</summary>
/// <param name="Kept">Path of the damaged file, under its new name.</param>
/// <param name="Tables">Rows saved and lost, by table; lost = null: unknown.</param>
/// <param name="AcceptedBefore">Messages accepted, by the old balance; null: it could not be read.</param>
/// <param name="AcceptedAfter">Messages accepted that are accounted for now.</param>
/// <param name="OwedBefore">Messages owed, by the old balance; null: it could not be read.</param>
/// <param name="OwedAfter">Messages owed that are accounted for now.</param>
/// <param name="Error">A sentence, or null.</param>
internal sealed record RecoverResult(
    string? Kept, IReadOnlyList<SalvagedTable> Tables, long? AcceptedBefore, long? AcceptedAfter, long? OwedBefore, long? OwedAfter, string? Error)
{
    /// <summary>True when data was lost, or when a loss cannot be ruled out.</summary>
    public bool HasLost { get; init; }
}

/// <summary><c>recover</c>: saves the readable rows of a damaged store, while the gateway is down.</summary>
internal static class RecoverCommand
{
    public static int Execute(string? to, CliOptions options, CommandWiring wiring)
    {
        var target = to is null ? null : Path.GetFullPath(to);
        var result = Recover(wiring.DataDirectory(options, DataUse.Replace), target, wiring.Clock);
        if (options.Json) wiring.Output.WriteLine(JsonSerializer.Serialize(result, CliJson.Indented.RecoverResult));
        else if (result.Error is { } error) wiring.Error.WriteLine(Printable.Text($"plugin-gateway: {error}"));
        else foreach (var line in Lines(result, target)) wiring.Output.WriteLine(Printable.Text(line));
        return result.Error is null && !result.HasLost ? ExitCodes.Planned : ExitCodes.Failed;
    }

    private static RecoverResult Recover(string dataDirectory, string? to, TimeProvider clock)
    {
        if (!Directory.Exists(dataDirectory)) return Failed($"There is no store in '{dataDirectory}'.");
        // The lock of the target directory: the old one may be on a disk that cannot be locked.
        using var instance = InstanceLock.TryAcquire(to ?? dataDirectory);
        if (instance is null || (to is not null && InstanceLock.IsHeld(dataDirectory)))
        {
            var running = instance is null ? to ?? dataDirectory : dataDirectory;
            return Failed($"A gateway runs in '{running}'; stop it first: plugin-gateway stop --data '{running}'");
        }

        try
        {
            var report = Recovery.Run(StoreFile.In(dataDirectory), clock, to is null ? null : StoreFile.In(to));
            return new(report.Kept, report.Tables, report.Before?.Inbound.Accepted, report.After.Inbound.Accepted, report.Before?.Outbound.Owed,
                report.After.Outbound.Owed, null)
            {
                HasLost = report.HasLost,
            };
        }
        catch (StoreException problem)
        {
            return Failed(problem.Message);
        }
    }

    private static IEnumerable<string> Lines(RecoverResult result, string? to)
    {
        if (result.Kept is not { } kept)
        {
            yield return "The store is sound; nothing was changed.";
            yield break;
        }

        foreach (var table in result.Tables) yield return
            $"{table.Table,-14} {table.Saved} saved{table.Lost switch { null => ", an unknown number lost", 0 => "", var lost => $", {lost} lost" }}";
        yield return Missing("accepted", "inbox", result.AcceptedBefore, result.AcceptedAfter, result);
        yield return Missing("owed", "outbox", result.OwedBefore, result.OwedAfter, result);
        if (result.HasLost)
            yield return "Not everything could be saved. If you have a newer backup than what is missing: plugin-gateway restore FILE";
        yield return $"The damaged store is kept as '{kept}'. The gateway can be started{(to is null ? "" : $" with --data '{to}'")}.";
    }

    /// <summary>Returns a sentence about the messages missing. The balance counts ended messages even without their rows, so a row may be lost
    /// although the balance is exact.</summary>
    private static string Missing(string word, string table, long? before, long? after, RecoverResult result) => before switch
    {
        null => $"messages {word}: {after} accounted for; how many there were cannot be read any more",
        _ when before == after && result.Tables.Single(found => found.Table == table) is { Lost: var lost and not 0 } =>
            $"messages {word}: {after} in the books; {(lost is { } rows ? $"{rows} of them" : "an unknown number of them")} lost, all of them settled or parked before",
        _ when before == after => $"messages {word}: all {after} accounted for",
        _ => $"messages {word}: {after} of {before} accounted for, {before - after} lost",
    };

    private static RecoverResult Failed(string error) => new(null, [], null, null, null, null, error);
}
