using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using PluginGateway.Dispatch;
using PluginGateway.Lifetime;
using PluginGateway.Logging;
using PluginGateway.Store;

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

/// <summary><c>outbox ...</c> and <c>inbox ...</c>: over the control socket while the gateway runs; on the store itself, under the instance lock, while it is down.</summary>
internal static class LetterCommand
{
    /// <summary>Without a gateway nobody else is kept waiting.</summary>
    private static readonly TimeSpan PatienceWhenDown = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan CloseTime = TimeSpan.FromSeconds(10);

    public static int Execute(LetterRequest request, CliOptions options, CommandWiring wiring)
    {
        var dataDirectory = wiring.DataDirectory(options);
        using var instance = InstanceLock.IsHeld(dataDirectory) || !Directory.Exists(dataDirectory) ? null : InstanceLock.TryAcquire(dataDirectory);
        if (instance is null && Directory.Exists(dataDirectory)) return Answer(request, options, wiring, asked => AskGateway(dataDirectory, asked));

        var path = StoreFile.In(dataDirectory);
        if (!File.Exists(path)) return LetterPages.Fail(wiring, options.Json, $"There is no store in '{dataDirectory}': no gateway has run there yet. Another data directory: --data DIR");
        try
        {
            var store = MessageStore.Open(new StoreOptions(path), wiring.Clock, NullLogger.Instance);
            var desk = new LetterDesk(store, null, PatienceWhenDown);
            IControlVerb verb = request.Verb == "outbox" ? new OutboxVerb(desk, wiring.Clock) : new InboxVerb(desk, wiring.Clock);
            var code = Answer(request, options, wiring, asked => verb.Execute(asked) is { Result: var result, Error: var error } ? (result, error) : default);
            store.Close(CloseTime);
            return code;
        }
        catch (StoreException problem)
        {
            return LetterPages.Fail(wiring, options.Json, problem.Message);
        }
    }

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

    private static (string? Result, string? Error) AskGateway(string dataDirectory, ControlRequest request)
    {
        var answer = ControlClient.Ask(dataDirectory, request.Verb, request.Arguments, ControlClient.Patience);
        return answer.Answered ? (answer.Result, answer.Error) : (null, $"control.sock gives no answer ({answer.Error}); see: plugin-gateway status --data '{dataDirectory}'");
    }
}
