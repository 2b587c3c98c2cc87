using System.Text.Json;
using PluginGateway.Access;
using PluginGateway.Control;
using PluginGateway.Control.Verbs;
using PluginGateway.Dispatch.External;
using PluginGateway.Logging;
using PluginGateway.Posix;
using PluginGateway.Serialization;
using Spectre.Console;

namespace PluginGateway.Cli.Messages;

/// <summary><c>pair list|approve|revoke</c>.</summary>
internal static class PairCommand
{
    public static int Execute(PairRequest request, CliOptions options, CommandWiring wiring)
    {
        var arguments = new Dictionary<string, string> { ["action"] = request.Action.ToString().ToLowerInvariant() };
        if (request.Code is { } code) arguments["code"] = code;
        if (request.Adapter is { } adapter) arguments["adapter"] = adapter;
        if (new[] { request.Code, request.Whose, request.User, request.Chat }.Count(static said => said is not null)
            != (request.Action == PairAction.List ? 0 : 1))
            return MessageOutput.Fail(wiring, options.Json,
                $"Say one of {(request.Action == PairAction.Approve ? "CODE, --user [ADAPTER:]ID" : "ADAPTER:USER")} and --chat [ADAPTER:]ID. See: plugin-gateway pair list");
        if (request.Whose is { } whose)
        {
            if (!MessageReferences.TryTarget(whose, out var adapterId, out var user))
                return MessageOutput.Fail(wiring, options.Json, "Say whose pairing: ADAPTER:USER, as 'plugin-gateway pair list' shows them.");
            (arguments["adapter"], arguments["user"]) = (adapterId, user);
        }

        if (request.User is { } one) Put("user", one);
        if (request.Chat is { } group) Put("chat", group);

        return StoreAccess.Open(
            options, wiring, request.Action == PairAction.List,
            // Without a gateway there are no new requests, so no code is sent.
            store => new PairVerb(new PairingRequests(store, static (_, _, _) => { }, wiring.Clock), StoreAccess.PatienceWhenDown),
            ask => Show(request, ask(new ControlRequest("pair", arguments)), options.Json, wiring));

        // With --adapter the whole of it is the id, which may have colons of its own.
        void Put(string name, string said)
        {
            if (request.Adapter is null && MessageReferences.TryTarget(said, out var adapterId, out var id)) (
                arguments["adapter"], arguments[name]) = (adapterId, id);
            else arguments[name] = said;
        }
    }

    private static int Show(PairRequest request, (string? Result, string? Error) answer, bool json, CommandWiring wiring)
    {
        if (answer.Result is not { } result) return MessageOutput.Fail(wiring, json, answer.Error ?? "The answer is empty.");
        if (request.Action == PairAction.List)
        {
            var lines = JsonSerializer.Deserialize(result, AnswerMetadata.Default.PairingLineArray)!;
            if (json) wiring.Output.WriteLine(JsonText.Indented(lines, VerbsJson.Default.PairingLineArray));
            else List(wiring.Output, lines, wiring.Clock.GetUtcNow());
            return ExitCodes.Planned;
        }

        var line = JsonSerializer.Deserialize(result, AnswerMetadata.Default.PairingLine)!;
        if (json) wiring.Output.WriteLine(JsonText.Indented(line, VerbsJson.Default.PairingLine));
        else wiring.Output.WriteLine(Printable.Text(Sentence(request.Action, line)));
        return ExitCodes.Planned;
    }

    private static string Sentence(PairAction action, PairingLine line)
    {
        if (line.Chat is { } chat)
        {
            return action == PairAction.Approve ? $"Group '{chat}' of adapter '{line.Adapter}' is let in; what is said to the bot there is heard."
                : line.State == "paired" ? $"Group '{chat}' of adapter '{line.Adapter}' is no longer let in."
                : $"The request of group '{chat}' to adapter '{line.Adapter}' is turned down.";
        }

        var who = $"'{line.User}'{(line.Name is null || line.Name == line.User ? "" : $" ({line.Name})")}";
        return action == PairAction.Approve ? $"{who} is paired with adapter '{line.Adapter}' and may write to it."
            : line.State == "paired" ? $"{who} is no longer paired with adapter '{line.Adapter}'."
            : $"The request of {who} to adapter '{line.Adapter}' is turned down.";
    }

    private static void List(Terminal terminal, PairingLine[] lines, DateTimeOffset now)
    {
        if (lines.Length == 0)
        {
            terminal.WriteLine("Nobody is paired, and nobody has asked to be.");
            return;
        }

        var table = new Table { Border = TableBorder.None };
        foreach (var heading in new[] { "Adapter", "User or group", "Name", "State", "Since", "Code good for" })
            table.AddColumn(new TableColumn(Cell(heading)) { Padding = new Padding(0, 0, 2, 0) });
        foreach (var line in lines)
        {
            table.AddRow(
                Cell(line.Adapter), Cell(line.User ?? $"group {line.Chat}"), Cell(line.Name ?? ""), Cell(line.State),
                Cell(Ages.Text(now - line.SinceUtc) + " ago"),
                Cell(line.ExpiresUtc is { } expires ? Ages.Text(expires - now) : ""));
        }

        terminal.Console.Write(table);
    }

    private static Text Cell(string text) => new(Printable.Text(text));
}
