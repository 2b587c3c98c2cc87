using System.Diagnostics;
using System.Text.Json;
using PluginGateway.Cli.Service;
using PluginGateway.Control;
using PluginGateway.Instance;
using PluginGateway.Logging;
using PluginGateway.Posix;
using PluginGateway.Status;
using PluginGateway.Units;

namespace PluginGateway.Cli;

/// <summary>Output of <c>adapter ... --json</c>. <paramref name="Error"/>: reason for the refusal, or the state that the adapter fell back to; null
/// on success.</summary>
internal sealed record AdapterResult(string Id, string? Done, string? Note, string? Error)
{
    /// <summary>State of the adapter or handler after an enable or reconnect; null: unknown, or after a disable.</summary>
    public string? State { get; init; }
}

/// <summary><c>adapter enable|disable|reconnect ID</c>: over the control socket. Enable and reconnect watch the unit for up to 3 s: a unit that is
/// parked again at once is reported as an error.</summary>
internal static class AdapterCommand
{
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(50);

    /// <summary>Longest wait for the new generation to leave loading and connecting; a unit that still connects then is reported as it is.</summary>
    private static readonly TimeSpan SettlesWithin = TimeSpan.FromSeconds(3);

    public static int Execute(AdapterAction action, string id, CliOptions options, CommandWiring wiring)
    {
        var result = Ask(action, id, wiring.DataDirectory(options, DataUse.Gateway));
        if (options.Json) wiring.Output.WriteLine(JsonSerializer.Serialize(result, CliJson.Indented.AdapterResult));
        else if (result.Error is { } error) wiring.Error.WriteLine(Printable.Text($"plugin-gateway: {error}"));
        else wiring.Output.WriteLine(Printable.Text($"Adapter '{id}' {result.Done}.{(result.Note is null ? "" : $" {result.Note}")}"));
        return result.Error is null ? ExitCodes.Planned : ExitCodes.Failed;
    }

    private static AdapterResult Ask(AdapterAction action, string id, string dataDirectory)
    {
        if (!InstanceLock.IsHeld(dataDirectory))
            return new(id, null, null, $"No gateway runs in '{dataDirectory}'; start it first, or change \"enabled\" in plugins.json.");
        var before = action == AdapterAction.Disable ? null : Find(id, dataDirectory);
        var arguments = new Dictionary<string, string> { ["action"] = action.ToString().ToLowerInvariant(), ["id"] = id };
        var response = ControlClient.Ask(dataDirectory, "adapter", arguments, ControlClient.Patience);
        if (!response.Answered)
            return new(id, null, null,
                $"control.sock gives no answer ({response.Error}): whether it was done is unknown; see: plugin-gateway status --data '{dataDirectory}'");
        if (response.Result is not { } json) return new(id, null, null, response.Error);
        var done = JsonSerializer.Deserialize(json, AnswerMetadata.Default.AdapterControlResult)!;
        return before is null ? new(id, done.Done, done.Note, null) : After(done, before, dataDirectory);
    }

    /// <summary>Waits until the unit has settled and reports its state.</summary>
    private static AdapterResult After(AdapterControlResult done, AdapterStatus before, string dataDirectory)
    {
        var start = Stopwatch.GetTimestamp();
        var now = Find(done.Id, dataDirectory);
        while (now is not null && !IsSettled(now, before, done) && Stopwatch.GetElapsedTime(start) < SettlesWithin)
        {
            Thread.Sleep(LookAgainAfter);
            now = Find(done.Id, dataDirectory) ?? now;
        }

        var result = new AdapterResult(done.Id, done.Done, done.Note, null) { State = now?.State };
        if (now is null || !IsSettled(now, before, done)) return result;
        if (now.State is not ("parked" or "quarantined")) return result;
        return result with { Error = $"'{done.Id}' {done.Done}, and is {now.State} again: {now.Reason}" };
    }

    private static bool IsSettled(AdapterStatus now, AdapterStatus before, AdapterControlResult done) =>
        (now.Generation > before.Generation || done.Done.EndsWith("already", StringComparison.Ordinal))
        && now.State is not ("loading" or "connecting");

    private static AdapterStatus? Find(string id, string dataDirectory)
    {
        if (ControlClient.Ask(dataDirectory, "status", null, ControlClient.Patience).Result is not { } json) return null;
        var report = JsonSerializer.Deserialize(json, AnswerMetadata.Default.StatusReport)!;
        return report.Adapters.Concat(report.Handlers).FirstOrDefault(unit => unit.Id == id);
    }
}
