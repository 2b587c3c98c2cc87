using System.Globalization;
using System.Text.Json;
using PluginGateway.Lifetime;

namespace PluginGateway.Cli;

/// <summary>What <c>outbox</c> and <c>inbox</c> were asked on the command line.</summary>
internal sealed record LetterRequest(string Verb, string Action)
{
    public IReadOnlyList<long> Ids { get; init; } = [];

    public bool AllParked { get; init; }

    public string? State { get; init; }

    public string? Adapter { get; init; }

    public int? Limit { get; init; }
}

/// <summary><c>outbox ...</c> and <c>inbox ...</c>.</summary>
internal static class LetterCommand
{
    public static int Execute(LetterRequest request, CliOptions options, CommandWiring wiring) => StoreDoor.Open(options, wiring, request.Action is "list" or "show", store =>
    {
        var desk = new LetterDesk(store, null, StoreDoor.PatienceWhenDown);
        return request.Verb == "outbox" ? new OutboxVerb(desk, wiring.Clock) : new InboxVerb(desk, wiring.Clock);
    }, ask => Answer(request, options, wiring, ask));

    private static int Answer(LetterRequest request, CliOptions options, CommandWiring wiring, Func<ControlRequest, (string? Result, string? Error)> ask) => request.Action switch
    {
        "list" or "show" => LetterPages.Show(request, ask(Arguments(request, request.Ids)), options.Json, wiring),
        _ => LetterPages.Show(request, Change(request, ask), options.Json, wiring),
    };

    /// <summary>In portions, each one transaction.</summary>
    private static (LetterChanges? Changes, string? Error) Change(LetterRequest request, Func<ControlRequest, (string? Result, string? Error)> ask)
    {
        var whole = new LetterChanges([], [], false, default);
        var portions = request.AllParked ? Endless() : request.Ids.Chunk(LetterDesk.MostAtOnce);
        string? until = null;
        foreach (var ids in portions)
        {
            var (result, error) = ask(Arguments(request, ids, until));
            if (result is null) return (whole.Done.Count > 0 ? whole : null, error);
            var part = JsonSerializer.Deserialize(result, LetterJson.Line.LetterChanges)!;
            whole = part with { Done = [.. whole.Done, .. part.Done], Refused = [.. whole.Refused, .. part.Refused] };
            until = part.AsOfUtc.ToString("O", CultureInfo.InvariantCulture);
            if (request.AllParked && !part.More) break;
        }

        return (whole, null);

        static IEnumerable<long[]> Endless()
        {
            while (true) yield return [];
        }
    }

    private static ControlRequest Arguments(LetterRequest request, IReadOnlyList<long> ids, string? until = null)
    {
        var arguments = new Dictionary<string, string> { ["action"] = request.Action };
        void Add(string name, string? value)
        {
            if (value is not null) arguments[name] = value;
        }

        Add("ids", ids.Count > 0 ? string.Join(',', ids.Select(static id => id.ToString(CultureInfo.InvariantCulture))) : null);
        Add("all", request.AllParked ? "true" : null);
        Add("until", until);
        Add("state", request.State);
        Add("adapter", request.Adapter);
        Add("limit", request.Limit?.ToString(CultureInfo.InvariantCulture));
        return new ControlRequest(request.Verb, arguments);
    }
}
