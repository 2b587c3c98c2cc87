using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using PluginGateway.Control;

namespace PluginGateway.Cli.Messages;

/// <summary>Answers to changes that are made in portions, however long the store takes for one: a slow disk is no reason to leave the rest as it
/// is.</summary>
internal static class StoreAnswers
{
    /// <summary>A disk that takes longer for one commit is broken.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(100);

    /// <summary>Asks for one portion, and again for its answer until it is available. Returns the answer, or the error.</summary>
    /// <param name="request">The change, with the argument that its caller waits.</param>
    /// <param name="ask">Executes a request in the gateway or on the store.</param>
    /// <param name="type">The answer.</param>
    /// <param name="pendingOf">The number of a change that the store has not answered yet.</param>
    /// <param name="longest">Longest time for which the answer is asked for. Default: a minute.</param>
    public static (T? Answer, string? Error) Ask<T>(
        ControlRequest request, Func<ControlRequest, (string? Result, string? Error)> ask, JsonTypeInfo<T> type, Func<T, long?> pendingOf,
        TimeSpan? longest = null)
        where T : class
    {
        var bound = longest ?? Longest;
        var asked = Stopwatch.GetTimestamp();
        while (true)
        {
            var (result, error) = ask(request);
            if (result is null) return (null, error ?? "The answer is empty.");
            var answer = JsonSerializer.Deserialize(result, type)!;
            if (pendingOf(answer) is not { } number) return (answer, null);
            if (Stopwatch.GetElapsedTime(asked) >= bound)
                return (null, $"The store has not answered within {bound.TotalSeconds:0} s. The change is queued and may still be made.");
            request = new ControlRequest(request.Verb, new Dictionary<string, string>
            {
                ["action"] = "result",
                ["number"] = number.ToString(CultureInfo.InvariantCulture),
                ["waits"] = "true",
            });
            Thread.Sleep(AskAgainAfter);
        }
    }
}
