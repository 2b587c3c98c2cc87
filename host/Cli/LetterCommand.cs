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

    public string? Chat { get; init; }

    /// <summary>How long ago they must have been parked; null: it does not matter.</summary>
    public TimeSpan? Older { get; init; }

    /// <summary>Whether all of them are touched only when their number was said.</summary>
    public bool NeedsCount { get; init; }

    /// <summary>The number that was said.</summary>
    public long? Confirmed { get; init; }
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
        "list" or "show" => LetterPages.Show(request, ask(Arguments(request, request.Action, request.Ids)), options.Json, wiring),
        _ when request is { AllParked: true, NeedsCount: true } => Confirm(request, options, wiring, ask),
        _ => LetterPages.Show(request, Change(request, ask, null), options.Json, wiring),
    };

    /// <summary>What cannot be taken back is done to all of them only by somebody who knows how many they are.</summary>
    private static int Confirm(LetterRequest request, CliOptions options, CommandWiring wiring, Func<ControlRequest, (string? Result, string? Error)> ask)
    {
        var (result, error) = ask(Arguments(request, "count", []));
        if (result is null) return LetterPages.Fail(wiring, options.Json, error ?? "The answer is empty.");
        var found = JsonSerializer.Deserialize(result, LetterJson.Line.LetterCount)!;
        var until = found.AsOfUtc.ToString("O", CultureInfo.InvariantCulture);
        if (found.Count == 0 && request.Confirmed is null or 0) return LetterPages.Show(request, (new LetterChanges([], [], false, found.AsOfUtc), null), options.Json, wiring);
        if (request.Confirmed == found.Count) return LetterPages.Show(request, Change(request, ask, until), options.Json, wiring);
        var said = request.Confirmed is { } number ? $", not {number}" : "";
        return LetterPages.Fail(wiring, options.Json, string.Create(CultureInfo.InvariantCulture,
            $"{found.Count} parked message(s) of the {request.Verb} would be dropped{said}; nothing was changed. To drop them, say their number: --confirm {found.Count}"));
    }

    /// <summary>In portions, each one transaction.</summary>
    private static (LetterChanges? Changes, string? Error) Change(LetterRequest request, Func<ControlRequest, (string? Result, string? Error)> ask, string? until)
    {
        List<long> done = [];
        List<LetterRefusal> refused = [];
        var asOf = default(DateTimeOffset);
        var portions = request.AllParked ? Endless() : request.Ids.Chunk(LetterDesk.MostAtOnce);
        string? after = null;
        foreach (var ids in portions)
        {
            var (result, error) = ask(Arguments(request, request.Action, ids, until, after));
            if (result is null) return (done.Count > 0 ? new(done, refused, true, asOf) : null, error);
            var part = JsonSerializer.Deserialize(result, LetterJson.Line.LetterChanges)!;
            done.AddRange(part.Done);
            refused.AddRange(part.Refused);
            asOf = part.AsOfUtc;
            (until, after) = (asOf.ToString("O", CultureInfo.InvariantCulture), part.After);
            if (request.AllParked && !part.More) break;
        }

        return (new(done, refused, false, asOf), null);

        static IEnumerable<long[]> Endless()
        {
            while (true) yield return [];
        }
    }

    private static ControlRequest Arguments(LetterRequest request, string action, IReadOnlyList<long> ids, string? until = null, string? after = null)
    {
        var arguments = new Dictionary<string, string> { ["action"] = action };
        void Add(string name, string? value)
        {
            if (value is not null) arguments[name] = value;
        }

        Add("ids", ids.Count > 0 ? string.Join(',', ids.Select(static id => id.ToString(CultureInfo.InvariantCulture))) : null);
        Add("all", request.AllParked ? "true" : null);
        Add("until", until);
        Add("after", after);
        Add("chat", request.Chat);
        Add("olderSeconds", request.Older?.TotalSeconds.ToString("R", CultureInfo.InvariantCulture));
        Add("state", request.State);
        Add("adapter", request.Adapter);
        Add("limit", request.Limit?.ToString(CultureInfo.InvariantCulture));
        return new ControlRequest(request.Verb, arguments);
    }
}
