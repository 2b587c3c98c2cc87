using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PluginGateway.Cli.Service;
using PluginGateway.Control;
using PluginGateway.Control.Verbs;
using PluginGateway.Instance;
using PluginGateway.Logging;
using PluginGateway.Posix;
using PluginGateway.Serialization;

namespace PluginGateway.Cli.Messages;

/// <summary><c>turns</c> and <c>turn stop ID</c>, over the control socket.</summary>
internal static class TurnCommands
{
    /// <summary>Builds the command lines.</summary>
    /// <param name="execute">Executes an action, with the id of a turn or 0.</param>
    /// <param name="options">Options of both.</param>
    public static IEnumerable<Command> All(Func<TurnAction, long, Func<ParseResult, int>> execute, params Option[] options)
    {
        var id = new Argument<long>("ID") { Description = "Id of the turn, as 'plugin-gateway turns' shows it." };
        yield return Complete(
            new Command("turns", "List the turns of the running gateway that run, wait, or were stopped and have not ended. Exit 0: listed."),
            execute(TurnAction.List, 0));
        yield return new Command("turn", "Stop a turn of the running gateway. Exit 0: stopped; 1: not, with the reason.")
        {
            Complete(
                new Command("stop", "Stop a turn. It does not run again, unless 'plugin-gateway inbox rerun' lets it.") { id },
                result => execute(TurnAction.Stop, result.GetValue(id))(result)),
        };

        Command Complete(Command command, Func<ParseResult, int> action)
        {
            foreach (var option in options) command.Add(option);
            command.SetAction(action);
            return command;
        }
    }

    public static int Execute(TurnAction action, long id, CliOptions options, CommandWiring wiring)
    {
        var dataDirectory = wiring.DataDirectory(options, DataUse.Gateway);
        if (!InstanceLock.IsHeld(dataDirectory)) return MessageOutput.Fail(wiring, options.Json, $"No gateway runs in '{dataDirectory}'.");
        var arguments = new Dictionary<string, string> { ["action"] = action.ToString().ToLowerInvariant() };
        if (action == TurnAction.Stop) arguments["ids"] = id.ToString(CultureInfo.InvariantCulture);
        var answer = ControlClient.Ask(dataDirectory, "turns", arguments, ControlClient.Patience);
        if (answer.Result is not { } result) return MessageOutput.Fail(wiring, options.Json, answer.Error ?? "The answer is empty.");
        if (action == TurnAction.List) List(result, options.Json, wiring);
        else Stopped(id, result, options.Json, wiring);
        return ExitCodes.Planned;
    }

    private static void List(string result, bool json, CommandWiring wiring)
    {
        var lines = JsonSerializer.Deserialize(result, AnswerMetadata.Default.TurnLineArray)!;
        if (json) wiring.Output.WriteLine(JsonText.Indented(lines, VerbsJson.Default.TurnLineArray));
        else if (lines.Length == 0) wiring.Output.WriteLine("No turn runs or waits.");
        foreach (var line in json ? [] : lines)
        {
            var time = line.SinceUtc is { } since ? $" for {Ages.Text(wiring.Clock.GetUtcNow() - since)}" : "";
            var reason = line.Reason is null ? "" : $": {line.Reason}";
            wiring.Output.WriteLine(Printable.Text(string.Create(CultureInfo.InvariantCulture,
                $"{line.Id}  {line.State}{time}  attempt {line.Attempt}  {line.Session}  handler {line.Handler}{reason}")));
        }
    }

    private static void Stopped(long id, string result, bool json, CommandWiring wiring)
    {
        var stopped = JsonSerializer.Deserialize(result, AnswerMetadata.Default.TurnStopped)!;
        if (json) wiring.Output.WriteLine(JsonText.Indented(stopped, VerbsJson.Default.TurnStopped));
        else wiring.Output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"Turn {id} is stopped: {stopped.Messages.Count} message(s) dropped, {stopped.Replies.Count} reply(ies) withdrawn."));
    }
}
