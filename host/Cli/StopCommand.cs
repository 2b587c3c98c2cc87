using System.Text.Json;
using PluginGateway.Cli.Service;
using PluginGateway.Control;
using PluginGateway.Posix;
using PluginGateway.Shutdown;

namespace PluginGateway.Cli;

/// <summary><c>stop</c>: over the control socket, else by SIGTERM; returns when the gateway has ended. Without a running gateway it
/// succeeds.</summary>
internal static class StopCommand
{
    public static int Execute(CliOptions options, CommandWiring wiring)
    {
        var dataDirectory = wiring.DataDirectory(options, DataUse.Gateway);
        var result = new StopClient(dataDirectory, wiring.Clock).Ask("stop", orBySignal: true);
        if (options.Json) wiring.Output.WriteLine(JsonSerializer.Serialize(result, CliJson.Indented.StopResult));
        else Say(result, dataDirectory, wiring);
        return result.Outcome is StopOutcome.Stopped or StopOutcome.NotRunning ? ExitCodes.Planned : ExitCodes.Failed;
    }

    /// <summary>Writes the result as one sentence, to standard output or standard error.</summary>
    internal static void Say(StopResult result, string dataDirectory, CommandWiring wiring)
    {
        if (result.Error is { } error) wiring.Error.WriteLine($"plugin-gateway: {error}");
        else if (result.Outcome == StopOutcome.NotRunning) wiring.Output.WriteLine($"No gateway runs in '{dataDirectory}'.");
        else wiring.Output.WriteLine($"Stopped pid {result.Pid} in {Ages.Text(TimeSpan.FromSeconds(result.Seconds))}{Overran(result.Shutdown)}.");
    }

    private static string Overran(ShutdownReport? shutdown)
    {
        var late = shutdown?.Adapters.Where(adapter => adapter.Outcome != "closed").Select(adapter => $"'{adapter.Id}' {adapter.Outcome}").ToArray()
            ?? [];
        return late.Length == 0 ? "" : $"; {string.Join(", ", late)}";
    }
}
