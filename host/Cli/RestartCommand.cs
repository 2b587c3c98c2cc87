using System.Text.Json;
using PluginGateway.Cli.Service;
using PluginGateway.Control;
using PluginGateway.Instance;
using PluginGateway.Posix;

namespace PluginGateway.Cli;

/// <summary><c>restart</c>: the gateway ends with exit code 75, and its service manager starts it again.</summary>
internal static class RestartCommand
{
    /// <summary>Longest wait for the new process. The shipped units wait 5 s before they start it.</summary>
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(20);

    public static int Execute(CliOptions options, CommandWiring wiring)
    {
        var dataDirectory = wiring.DataDirectory(options, DataUse.Gateway);
        var stopClient = new StopClient(dataDirectory, wiring.Clock);
        var result = stopClient.Ask("restart", orBySignal: false);
        if (result.Outcome == StopOutcome.Stopped)
        {
            result = stopClient.RunsAgain(StartTime)
                ? result with { Outcome = StopOutcome.Restarted }
                : result with { Error = $"It stopped, and nothing started it again within {StartTime.TotalSeconds:0} s: a restart needs a service manager. Start it: plugin-gateway --data '{dataDirectory}'" };
        }

        if (options.Json) wiring.Output.WriteLine(JsonSerializer.Serialize(result, CliJson.Indented.StopResult));
        else if (result.Outcome == StopOutcome.Restarted)
            wiring.Output.WriteLine($"Restarted; pid {result.Pid} is now pid {PidFile.Read(dataDirectory)?.Process.Pid}.");
        else StopCommand.Say(result, dataDirectory, wiring);
        return result.Outcome == StopOutcome.Restarted ? ExitCodes.Planned : ExitCodes.Failed;
    }
}
