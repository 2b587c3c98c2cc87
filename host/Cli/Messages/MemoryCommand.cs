using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PluginGateway.Control;
using PluginGateway.Control.Verbs;
using PluginGateway.Logging;
using PluginGateway.Posix;
using PluginGateway.Serialization;

namespace PluginGateway.Cli.Messages;

/// <summary>Selection of <c>memory</c>. A null member selects all.</summary>
internal sealed record MemorySelection(MemoryAction Action)
{
    public string? Adapter { get; init; }

    public string? Handler { get; init; }

    public string? Session { get; init; }

    /// <summary>Least time since the last message.</summary>
    public TimeSpan? Older { get; init; }

    /// <summary>True: all of them, without another selection.</summary>
    public bool All { get; init; }

    /// <summary>True: with values.</summary>
    public bool Text { get; init; }

    public int Limit { get; init; }
}

/// <summary><c>memory list|show|drop</c>.</summary>
internal static class MemoryCommand
{
    /// <summary>Builds the command line of the verb.</summary>
    public static Command Verb(Func<MemorySelection, Func<ParseResult, int>> execute, params Option[] options)
    {
        var adapter = Word("--adapter", "ID", "Only sessions of this adapter; it need not be configured any more.");
        var handler = Word("--handler", "ID", "Only the memory of this handler, such as handler:default.");
        var session = Word("--session", "SESSION", "Only this session, as 'list' shows it.");
        var older = Word("--older", "AGE", "Only sessions whose last message is at least this old: 90s, 30m, 12h, 7d.");
        var all = new Option<bool>("--all") { Description = "Drop the memory of all sessions." };
        var text = new Option<bool>("--text") { Description = "Show the values too: what handlers have kept of people's messages. The log records it." };
        var limit = new Option<int>("--limit") { HelpName = "N", Description = "Number of sessions. Default: 50.", DefaultValueFactory = static _ => 50 };
        var shown = new Argument<string>("SESSION") { Description = "Session, as 'list' shows it." };
        older.Validators.Add(result =>
        {
            if (result.GetValue(older) is { } age && Ages.Read(age) is null)
                result.AddError($"'--older {age}' is no age; allowed: a number with s, m, h or d, such as 12h.");
        });

        MemorySelection Selected(MemoryAction action, ParseResult result) => new(action)
        {
            Adapter = result.GetValue(adapter),
            Handler = result.GetValue(handler),
            Session = action == MemoryAction.Show ? result.GetRequiredValue(shown) : result.GetValue(session),
            Older = result.GetValue(older) is { } age ? Ages.Read(age) : null,
            All = result.GetValue(all),
            Text = result.GetValue(text),
            Limit = result.GetValue(limit),
        };

        return new("memory", "Show or delete what handlers keep of sessions between their turns. Works with and without a running gateway. "
            + "Exit 0: done; 1: not, with the reason.")
        {
            Complete(new Command("list", "List the sessions with memory: keys, bytes and the time of the last message.")
                { adapter, handler, session, older, limit }, MemoryAction.List),
            Complete(new Command("show", "List the keys of one session with their sizes.") { shown, handler, text }, MemoryAction.Show),
            Complete(new Command("drop", "Delete the memory of sessions. A turn that runs may write it again.")
                { adapter, handler, session, older, all }, MemoryAction.Drop),
        };

        Command Complete(Command command, MemoryAction action)
        {
            foreach (var option in options) command.Add(option);
            command.SetAction(result => execute(Selected(action, result))(result));
            return command;
        }
    }

    public static int Execute(MemorySelection selection, CliOptions options, CommandWiring wiring) => StoreAccess.Open(
        options, wiring, selection.Action != MemoryAction.Drop,
        store => new MemoryVerb(store, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, StoreAccess.PatienceWhenDown),
        ask => selection.Action switch
        {
            MemoryAction.List => List(selection, ask, options.Json, wiring),
            MemoryAction.Show => Show(selection, ask, options.Json, wiring),
            _ => Drop(selection, ask, options.Json, wiring),
        });

    private static int List(MemorySelection selection, Func<ControlRequest, (string? Result, string? Error)> ask, bool json, CommandWiring wiring)
    {
        var (result, error) = ask(Request(selection, wiring));
        if (result is null) return MessageOutput.Fail(wiring, json, error ?? "The answer is empty.");
        var lines = JsonSerializer.Deserialize(result, AnswerMetadata.Default.MemoryLineArray)!;
        if (json) wiring.Output.WriteLine(JsonText.Indented(lines, VerbsJson.Default.MemoryLineArray));
        else if (lines.Length == 0) wiring.Output.WriteLine("No such session has memory.");
        foreach (var line in json ? [] : lines)
        {
            wiring.Output.WriteLine(Printable.Text(string.Create(CultureInfo.InvariantCulture,
                $"{line.Session}: {line.Keys} keys, {line.Bytes} bytes of {line.Handler}; last message {Ages.Text(wiring.Clock.GetUtcNow() - line.LastMessage)} ago")));
        }

        return ExitCodes.Planned;
    }

    private static int Show(MemorySelection selection, Func<ControlRequest, (string? Result, string? Error)> ask, bool json, CommandWiring wiring)
    {
        var (result, error) = ask(Request(selection, wiring));
        if (result is null) return MessageOutput.Fail(wiring, json, error ?? "The answer is empty.");
        var keys = JsonSerializer.Deserialize(result, AnswerMetadata.Default.MemoryKeyArray)!;
        if (keys.Length == 0) return MessageOutput.Fail(wiring, json, $"Session '{selection.Session}' has no memory. See: plugin-gateway memory list");
        if (json) wiring.Output.WriteLine(JsonText.Indented(keys, VerbsJson.Default.MemoryKeyArray));
        foreach (var key in json ? [] : keys)
        {
            wiring.Output.WriteLine(Printable.Text(string.Create(
                CultureInfo.InvariantCulture, $"{key.Handler} {key.Key}: {key.Bytes} bytes{(key.Text is { } text ? $": {text}" : "")}")));
        }

        return ExitCodes.Planned;
    }

    /// <summary>Drops the memory in portions, each in one transaction.</summary>
    private static int Drop(MemorySelection selection, Func<ControlRequest, (string? Result, string? Error)> ask, bool json, CommandWiring wiring)
    {
        var (dropped, request) = (new MemoryDropped(0, true), Request(selection, wiring));
        while (dropped.More)
        {
            var (part, error) = StoreAnswers.Ask(request, ask, AnswerMetadata.Default.MemoryDropped, static part => part.Pending);
            if (part is null)
            {
                var soFar = dropped.Sessions == 0 ? "" : string.Create(
                    CultureInfo.InvariantCulture, $" The memory of {dropped.Sessions} sessions is dropped so far; to go on: the same command.");
                return MessageOutput.Fail(wiring, json, error + soFar);
            }

            dropped = new(dropped.Sessions + part.Sessions, part.More);
        }

        if (json) wiring.Output.WriteLine(JsonText.Indented(dropped, VerbsJson.Default.MemoryDropped));
        else wiring.Output.WriteLine($"The memory of {dropped.Sessions} sessions is dropped.");
        return ExitCodes.Planned;
    }

    private static ControlRequest Request(MemorySelection selection, CommandWiring wiring)
    {
        var arguments = new Dictionary<string, string>
        {
            ["action"] = MessageRequests.Name(selection.Action),
            ["limit"] = selection.Limit.ToString(CultureInfo.InvariantCulture),
            ["waits"] = "true",
        };
        Add("adapter", selection.Adapter);
        Add("handler", selection.Handler);
        Add("session", selection.Session);
        Add("until", selection.Older is { } older ? (wiring.Clock.GetUtcNow() - older).ToString("O", CultureInfo.InvariantCulture) : null);
        Add("all", selection.All ? "true" : null);
        Add("text", selection.Text ? "true" : null);
        return new ControlRequest("memory", arguments);

        void Add(string name, string? value)
        {
            if (value is not null) arguments[name] = value;
        }
    }

    private static Option<string> Word(string name, string value, string description) => new(name) { HelpName = value, Description = description };
}
