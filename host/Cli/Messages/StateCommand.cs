using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PluginGateway.Control;
using PluginGateway.Control.Verbs;
using PluginGateway.Logging;
using PluginGateway.Posix;
using PluginGateway.Serialization;
using PluginGateway.Store.Quota;

namespace PluginGateway.Cli.Messages;

/// <summary><c>state list|forget</c>.</summary>
internal static class StateCommand
{
    /// <summary>Builds the command line of the verb.</summary>
    public static Command Verb(Func<StateAction, string?, Func<ParseResult, int>> execute, params Option[] options)
    {
        var adapter = new Argument<string>("ADAPTER") { Description = "Id of the adapter or handler; it need not be configured any more." };
        return new("state", "Show or delete the state that adapters and handlers keep in the store between starts, such as cursors. "
            + "Works with and without a running gateway. Exit 0: done; 1: not, with the reason.")
        {
            Complete(new Command("list", "List the number of keys, bytes and remembered event ids of each adapter and handler."),
                execute(StateAction.List, null)),
            Complete(
                new Command("forget", "Delete the state of an adapter or handler. A running adapter may write it again: disable it before.") { adapter },
                result => execute(StateAction.Forget, result.GetRequiredValue(adapter))(result)),
        };

        Command Complete(Command command, Func<ParseResult, int> action)
        {
            foreach (var option in options) command.Add(option);
            command.SetAction(action);
            return command;
        }
    }

    public static int Execute(StateAction action, string? adapter, CliOptions options, CommandWiring wiring) => StoreAccess.Open(
        options, wiring, action == StateAction.List, store => new StateVerb(store, StoreAccess.PatienceWhenDown),
        ask => action == StateAction.List ? List(ask, options.Json, wiring) : Forget(adapter!, ask, options.Json, wiring));

    private static int List(Func<ControlRequest, (string? Result, string? Error)> ask, bool json, CommandWiring wiring)
    {
        var (result, error) = ask(Request(StateAction.List, null));
        if (result is null) return MessageOutput.Fail(wiring, json, error ?? "The answer is empty.");
        var lines = JsonSerializer.Deserialize(result, AnswerMetadata.Default.StateLineArray)!;
        if (json) wiring.Output.WriteLine(JsonText.Indented(lines, VerbsJson.Default.StateLineArray));
        else if (lines.Length == 0) wiring.Output.WriteLine("No adapter and no handler keeps anything.");
        foreach (var line in json ? [] : lines)
        {
            wiring.Output.WriteLine(Printable.Text(string.Create(CultureInfo.InvariantCulture,
                $"{line.Adapter}: {line.Keys} keys of state, {line.Bytes / 1048576.0:0.###} MB; {line.EventIds} event ids remembered")));
        }

        return ExitCodes.Planned;
    }

    /// <summary>Forgets the keys in portions, each in one transaction.</summary>
    private static int Forget(string adapter, Func<ControlRequest, (string? Result, string? Error)> ask, bool json, CommandWiring wiring)
    {
        var forgotten = new StateForgotten(0, true);
        while (forgotten.More)
        {
            var (part, error) = StoreAnswers.Ask(
                Request(StateAction.Forget, adapter), ask, AnswerMetadata.Default.StateForgotten, static part => part.Pending);
            if (part is null)
            {
                var so = string.Create(CultureInfo.InvariantCulture, $"{forgotten.Keys} keys of {StateOwner.NameOf(adapter)} are forgotten so far");
                return MessageOutput.Fail(wiring, json, $"{error} {so}; to go on: plugin-gateway state forget {adapter}");
            }

            forgotten = new(forgotten.Keys + part.Keys, part.More);
        }

        if (json) wiring.Output.WriteLine(JsonText.Indented(forgotten, VerbsJson.Default.StateForgotten));
        else wiring.Output.WriteLine(Printable.Text($"{forgotten.Keys} keys of the state of {StateOwner.NameOf(adapter)} are forgotten."));
        return ExitCodes.Planned;
    }

    private static ControlRequest Request(StateAction action, string? adapter)
    {
        var arguments = new Dictionary<string, string> { ["action"] = action.ToString().ToLowerInvariant(), ["waits"] = "true" };
        if (adapter is not null) arguments["adapter"] = adapter;
        return new ControlRequest("state", arguments);
    }
}
