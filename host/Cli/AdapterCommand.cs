using System.Text.Json;
using PluginGateway.Lifetime;
using PluginGateway.Logging;

namespace PluginGateway.Cli;

/// <summary>What <c>adapter ... --json</c> prints. <paramref name="Error"/>: why it was not done; null: it was.</summary>
internal sealed record AdapterResult(string Id, string? Done, string? Note, string? Error);

/// <summary><c>adapter enable|disable|reconnect ID</c>: over the control socket; returns when the gateway has taken it, not when the adapter is connected.</summary>
internal static class AdapterCommand
{
    public static int Execute(AdapterAction action, string id, CliOptions options, CommandWiring wiring)
    {
        var result = Ask(action, id, wiring.DataDirectory(options));
        if (options.Json) wiring.Output.WriteLine(JsonSerializer.Serialize(result, CliJson.Indented.AdapterResult));
        else if (result.Error is { } error) wiring.Error.WriteLine(Printable.Text($"plugin-gateway: {error}"));
        else wiring.Output.WriteLine(Printable.Text($"Adapter '{id}' {result.Done}.{(result.Note is null ? "" : $" {result.Note}")}"));
        return result.Error is null ? ExitCodes.Planned : ExitCodes.Failed;
    }

    private static AdapterResult Ask(AdapterAction action, string id, string dataDirectory)
    {
        if (!InstanceLock.IsHeld(dataDirectory)) return new(id, null, null, $"No gateway runs in '{dataDirectory}'; start it first, or change \"enabled\" in plugins.json.");
        var arguments = new Dictionary<string, string> { ["action"] = action.ToString().ToLowerInvariant(), ["id"] = id };
        var answer = ControlClient.Ask(dataDirectory, "adapter", arguments, ControlClient.Patience);
        if (!answer.Answered) return new(id, null, null, $"control.sock gives no answer ({answer.Error}); see: plugin-gateway status --data '{dataDirectory}'");
        if (answer.Result is not { } json) return new(id, null, null, answer.Error);
        var done = JsonSerializer.Deserialize(json, LifetimeJson.Line.AdapterAnswer)!;
        return new(id, done.Done, done.Note, null);
    }
}
