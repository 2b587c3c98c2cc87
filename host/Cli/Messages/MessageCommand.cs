using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using PluginGateway.Control;
using PluginGateway.Control.Verbs;

namespace PluginGateway.Cli.Messages;

/// <summary>Arguments of <c>outbox</c> and <c>inbox</c> on the command line.</summary>
internal sealed record MessageQuery(string Verb, string Action)
{
    public IReadOnlyList<long> Ids { get; init; } = [];

    public bool AllParked { get; init; }

    public string? State { get; init; }

    public string? Adapter { get; init; }

    public int? Limit { get; init; }

    public string? Chat { get; init; }

    /// <summary>Minimum age of the parked messages, since they were parked; null: any age.</summary>
    public TimeSpan? Older { get; init; }

    /// <summary>True when --all also needs the number of messages (--confirm).</summary>
    public bool NeedsCount { get; init; }

    /// <summary>The number given with --confirm; null: none.</summary>
    public long? Confirmed { get; init; }
}

/// <summary><c>outbox ...</c> and <c>inbox ...</c>.</summary>
internal static class MessageCommand
{
    public static int Execute(MessageQuery query, CliOptions options, CommandWiring wiring) =>
        StoreAccess.Open(options, wiring, query.Action is "list" or "show", store =>
    {
        var admin = new MessageAdmin(store, null, StoreAccess.PatienceWhenDown);
        return query.Verb == "outbox" ? new OutboxVerb(admin, wiring.Clock, NullLogger<OutboxVerb>.Instance)
            : new InboxVerb(admin, wiring.Clock, NullLogger<InboxVerb>.Instance);
    }, ask => Answer(query, options, wiring, ask));

    private static int Answer(MessageQuery query, CliOptions options, CommandWiring wiring, Func<ControlRequest, (string? Result, string? Error)> ask) => query.Action switch
    {
        "list" or "show" => MessageOutput.Show(query, ask(Arguments(query, query.Action, query.Ids)), options.Json, wiring),
        _ when query is { AllParked: true, NeedsCount: true } => Confirm(query, options, wiring, ask),
        _ => MessageOutput.Show(query, Change(query, ask, null), options.Json, wiring),
    };

    /// <summary>Changes all matching messages if the operator has confirmed their current number; otherwise fails and names it: a drop cannot be
    /// undone.</summary>
    private static int Confirm(
        MessageQuery query, CliOptions options, CommandWiring wiring, Func<ControlRequest, (string? Result, string? Error)> ask)
    {
        var (result, error) = ask(Arguments(query, "count", []));
        if (result is null) return MessageOutput.Fail(wiring, options.Json, error ?? "The answer is empty.");
        var found = JsonSerializer.Deserialize(result, AnswerMetadata.Default.MessageCount)!;
        var until = found.AsOfUtc.ToString("O", CultureInfo.InvariantCulture);
        if (found.Count == 0 && query.Confirmed is null or 0)
            return MessageOutput.Show(query, (new MessageChanges([], [], false, found.AsOfUtc), null), options.Json, wiring);
        if (query.Confirmed == found.Count) return MessageOutput.Show(query, Change(query, ask, until), options.Json, wiring);
        var said = query.Confirmed is { } number ? $", not {number}" : "";
        return MessageOutput.Fail(wiring, options.Json, string.Create(CultureInfo.InvariantCulture,
            $"{found.Count} parked message(s) of the {query.Verb} would be dropped{said}; nothing was changed. To drop them, say their number: --confirm {found.Count}"));
    }

    /// <summary>Makes the change in portions, each in one transaction.</summary>
    internal static (MessageChanges? Changes, string? Error) Change(
        MessageQuery query, Func<ControlRequest, (string? Result, string? Error)> ask, string? until)
    {
        List<long> done = [];
        List<MessageRefusal> refused = [];
        var asOf = default(DateTimeOffset);
        var portions = query.AllParked ? Endless() : query.Ids.Chunk(MessageAdmin.MostAtOnce);
        string? after = null;
        foreach (var ids in portions)
        {
            var (part, error) = StoreAnswers.Ask(
                Arguments(query, query.Action, ids, until, after), ask, AnswerMetadata.Default.MessageChanges, static changes => changes.Pending);
            if (part is null)
            {
                var soFar = done.Count > 0 ? new MessageChanges(done, refused, true, asOf) : null;
                return (soFar, $"{error} {Left(query, ask, until, done.Count)}".TrimEnd());
            }

            done.AddRange(part.Done);
            refused.AddRange(part.Refused);
            asOf = part.AsOfUtc;
            (until, after) = (asOf.ToString("O", CultureInfo.InvariantCulture), part.After);
            if (query.AllParked && !part.More) break;
        }

        return (new(done, refused, false, asOf), null);

        static IEnumerable<long[]> Endless()
        {
            while (true) yield return [];
        }
    }

    /// <summary>Sentence with the number of messages that are still parked and the command that continues with them.</summary>
    private static string Left(MessageQuery query, Func<ControlRequest, (string? Result, string? Error)> ask, string? until, int done)
    {
        if (!query.AllParked) return "";
        var counted = ask(Arguments(query, "count", [], until)).Result;
        var left = counted is null ? null : JsonSerializer.Deserialize(counted, AnswerMetadata.Default.MessageCount)?.Count;
        var (adapter, chat) = (query.Adapter is { } id ? $" --adapter {id}" : "", query.Chat is { } key ? $" --chat {key}" : "");
        var older = query.Older is { } age ? string.Create(CultureInfo.InvariantCulture, $" --older {age.TotalSeconds:0}s") : "";
        var confirm = query.NeedsCount ? $" --confirm {left?.ToString(CultureInfo.InvariantCulture) ?? "N"}" : "";
        return $"{done} changed, {left?.ToString(CultureInfo.InvariantCulture) ?? "an unknown number"} still parked; "
            + $"to go on with them: plugin-gateway {query.Verb} {query.Action} --all{adapter}{chat}{older}{confirm}";
    }

    private static ControlRequest Arguments(MessageQuery query, string action, IReadOnlyList<long> ids, string? until = null, string? after = null)
    {
        var arguments = new Dictionary<string, string> { ["action"] = action };
        void Add(string name, string? value)
        {
            if (value is not null) arguments[name] = value;
        }

        Add("ids", ids.Count > 0 ? string.Join(',', ids.Select(static id => id.ToString(CultureInfo.InvariantCulture))) : null);
        Add("all", query.AllParked ? "true" : null);
        Add("waits", "true");
        Add("until", until);
        Add("after", after);
        Add("chat", query.Chat);
        Add("olderSeconds", query.Older?.TotalSeconds.ToString("R", CultureInfo.InvariantCulture));
        Add("state", query.State);
        Add("adapter", query.Adapter);
        Add("limit", query.Limit?.ToString(CultureInfo.InvariantCulture));
        return new ControlRequest(query.Verb, arguments);
    }
}
