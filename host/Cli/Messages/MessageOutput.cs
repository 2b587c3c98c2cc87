using System.Globalization;
using System.Text.Json;
using PluginGateway.Control.Verbs;
using PluginGateway.Logging;
using PluginGateway.Posix;
using PluginGateway.Serialization;
using Spectre.Console;

namespace PluginGateway.Cli.Messages;

/// <summary>Output of <c>... --json</c> when nothing was done.</summary>
internal sealed record MessageFailure(string Error);

/// <summary>Output of <c>outbox</c> and <c>inbox</c>, as text and as JSON.</summary>
internal static class MessageOutput
{
    private const int ShownOfReason = 60;

    public static int Fail(CommandWiring wiring, bool json, string error)
    {
        if (json) wiring.Output.WriteLine(JsonSerializer.Serialize(new MessageFailure(error), CliJson.Indented.MessageFailure));
        else wiring.Error.WriteLine(Printable.Text($"plugin-gateway: {error}"));
        return ExitCodes.Failed;
    }

    /// <summary>Shows a list, or one message.</summary>
    public static int Show(MessageQuery query, (string? Result, string? Error) answer, bool json, CommandWiring wiring)
    {
        if (answer.Result is not { } result) return Fail(wiring, json, answer.Error ?? "The answer is empty.");
        if (json)
        {
            wiring.Output.WriteLine(Indented(query, result));
            return ExitCodes.Planned;
        }

        var now = wiring.Clock.GetUtcNow();
        if (query is { Verb: "outbox", Action: "list" })
            List(wiring.Output, JsonSerializer.Deserialize(result, AnswerMetadata.Default.OutboxLineArray)!, now);
        else if (query is { Verb: "inbox", Action: "list" })
            List(wiring.Output, JsonSerializer.Deserialize(result, AnswerMetadata.Default.InboxLineArray)!, now);
        else if (query.Verb == "outbox") One(wiring.Output, JsonSerializer.Deserialize(result, AnswerMetadata.Default.OutboxContent)!);
        else One(wiring.Output, JsonSerializer.Deserialize(result, AnswerMetadata.Default.InboxContent)!);
        return ExitCodes.Planned;
    }

    /// <summary>Shows the messages that were changed and those that were not. Exit code 0: all were changed.</summary>
    public static int Show(MessageQuery query, (MessageChanges? Changes, string? Error) answer, bool json, CommandWiring wiring)
    {
        if (answer.Changes is not { } changes) return Fail(wiring, json, answer.Error!);
        var whole = answer.Error is null && changes.Refused.Count == 0;
        if (json)
        {
            wiring.Output.WriteLine(JsonText.Indented(changes, MessageJson.Default.MessageChanges));
        }
        else
        {
            var done = query.Action switch
            {
                "resend" => "owed again",
                "mark-sent" => "marked as sent",
                "drop" => "dropped",
                _ => "waiting for a turn again"
            };
            wiring.Output.WriteLine(changes.Done.Count switch
            {
                0 => "Nothing was changed.",
                1 => $"Message {changes.Done[0]} is {done}.",
                var count => $"{count} messages are {done}."
            });
            foreach (var refused in changes.Refused) wiring.Error.WriteLine(Printable.Text($"plugin-gateway: {refused.Id}: {refused.Why}."));
        }

        if (answer.Error is { } error) wiring.Error.WriteLine(Printable.Text($"plugin-gateway: {error}"));
        return whole ? ExitCodes.Planned : ExitCodes.Failed;
    }

    private static string Indented(MessageQuery query, string result) => (query.Verb, query.Action) switch
    {
        ("outbox", "list") => Again(result, AnswerMetadata.Default.OutboxLineArray, MessageJson.Default.OutboxLineArray),
        ("inbox", "list") => Again(result, AnswerMetadata.Default.InboxLineArray, MessageJson.Default.InboxLineArray),
        ("outbox", _) => Again(result, AnswerMetadata.Default.OutboxContent, MessageJson.Default.OutboxContent),
        _ => Again(result, AnswerMetadata.Default.InboxContent, MessageJson.Default.InboxContent),
    };

    private static string Again<T>(
        string json, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> from, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> to) =>
        JsonText.Indented(JsonSerializer.Deserialize(json, from)!, to);

    private static void List(Terminal terminal, OutboxLine[] lines, DateTimeOffset now) =>
        List(terminal, ["Id", "Adapter", "Chat", "State", "Attempts", "Owed", "Error"],
            lines.Select(line => new[]
            {
                $"{line.Id}", line.Adapter, line.Chat, line.State, $"{line.Attempts}", Ages.Text(now - line.OwedUtc) + " ago", Short(line.Error)
            }));

    private static void List(Terminal terminal, InboxLine[] lines, DateTimeOffset now) =>
        List(terminal, ["Id", "Adapter", "Conversation", "State", "Attempts", "Accepted", "Reason"],
            lines.Select(line => new[]
            {
                $"{line.Id}", line.Adapter, line.Conversation, line.State, $"{line.Attempts}", Ages.Text(now - line.AcceptedUtc) + " ago",
                Short(line.Reason)
            }));

    private static void List(Terminal terminal, string[] headings, IEnumerable<string[]> rows)
    {
        var table = new Table { Border = TableBorder.None };
        foreach (var heading in headings) table.AddColumn(new TableColumn(Cell(heading)) { Padding = new Padding(0, 0, 2, 0) });
        foreach (var row in rows) table.AddRow([.. row.Select(Cell)]);
        if (table.Rows.Count == 0) terminal.WriteLine("No such message.");
        else terminal.Console.Write(table);
    }

    private static void One(Terminal terminal, OutboxContent content)
    {
        var line = content.Message;
        Fact(terminal, content.Kind, $"{line.Id}  {line.State}{(content.About is { } about ? $"  about message {about}" : "")}  adapter {line.Adapter}  chat {line.Chat}  {(line.InboxId == 0 ? "sent from outside" : $"answers inbox message {line.InboxId}")}");
        Fact(terminal, "owed",
            $"{Time(line.OwedUtc)}  attempts {line.Attempts}  {(line.EndedUtc is { } ended ? $"ended {Time(ended)}" : $"due {Time(line.DueUtc)}")}");
        if (line.Error is { Length: > 0 } error) Fact(terminal, "error", error);
        if (content.MessageId is { } id) Fact(terminal, "receipt", id);
        if (content.DeliveredLength > 0) Fact(terminal, "arrived",
            $"the first {content.DeliveredLength} {(content.Attachments.Count > 0 ? "files and characters" : content.Kind == "message" ? "characters" : "parts")}");
        Fact(terminal, "key", content.Key);
        Text(terminal, content.Text, content.Attachments);
    }

    private static void One(Terminal terminal, InboxContent content)
    {
        var line = content.Message;
        Fact(terminal, "message", $"{line.Id}  {line.State}  adapter {line.Adapter}  conversation {line.Conversation}");
        Fact(terminal, "accepted",
            $"{Time(line.AcceptedUtc)}  attempts {line.Attempts}{(line.EndedUtc is { } ended ? $"  ended {Time(ended)}" : "")}");
        if (line.EventId is { } eventId) Fact(terminal, "event", eventId);
        if (line.Reason is { Length: > 0 } reason) Fact(terminal, "reason", reason);
        if (content.Replies.Count > 0) Fact(terminal, "replies", string.Join(", ", content.Replies));
        if (content.Sender is { } sender) Fact(terminal, "from", sender);
        if (content.Kind is { } kind) Fact(terminal, "kind", kind);
        Text(terminal, content.Text, content.Attachments);
    }

    private static void Text(Terminal terminal, string? text, IReadOnlyList<string> attachments)
    {
        foreach (var attachment in attachments) Fact(terminal, "attached", attachment);
        terminal.WriteLine("");
        foreach (var line in (text ?? "(the stored message cannot be read)").Split('\n'))
            terminal.WriteLine("  " + Printable.Text(line.TrimEnd('\r')));
    }

    private static void Fact(Terminal terminal, string name, string value) => terminal.WriteLine($"{name,-9} {Printable.Text(value)}");

    private static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private static string Short(string? reason) => reason is null ? "" : reason.Length <= ShownOfReason ? reason : reason[..ShownOfReason] + "...";

    private static Text Cell(string text) => new(Printable.Text(text));
}
