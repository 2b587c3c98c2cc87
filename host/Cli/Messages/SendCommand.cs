using System.Text;
using System.Text.Json;
using PluginGateway.Cli.Service;
using PluginGateway.Control;
using PluginGateway.Dispatch.External;
using PluginGateway.Instance;
using PluginGateway.Logging;
using PluginGateway.Posix;

namespace PluginGateway.Cli.Messages;

/// <summary>The arguments of <c>send</c>. <paramref name="Wait"/>: for how long the outcome is waited for; null: not at all.</summary>
internal sealed record SendOptions(string? To, string? Text, string? Thread, string? Key, string? Status, bool Markdown, TimeSpan? Wait)
{
    /// <summary>Files to send with it.</summary>
    public IReadOnlyList<string> Attach { get; init; } = [];

    /// <summary>True: people get it without a sound, where the platform can.</summary>
    public bool Silent { get; init; }
}

/// <summary>Output of <c>send --json</c>. <paramref name="Error"/>: reason why nothing was sent; null on success.</summary>
internal sealed record SendCommandResult(DeliveryReport? Message, string? Error)
{
    /// <summary>Key under which the outcome can be asked for while it is unknown; null: it is known.</summary>
    public string? Key { get; init; }
}

/// <summary><c>send --to ADAPTER:CHAT TEXT</c> and <c>send --status KEY</c>: over the control socket. Ends with 0 when the message is owed (with
/// <c>--wait</c>: delivered), else with 1.</summary>
internal static class SendCommand
{
    private const int LongestText = 48 * 1024;
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(200);

    public static int Execute(SendOptions send, CliOptions options, CommandWiring wiring)
    {
        var key = send.Status ?? send.Key ?? Guid.NewGuid().ToString("N");
        var result = Problem(send) is { } problem
            ? new SendCommandResult(null, problem)
            : Ask(send, key, wiring.DataDirectory(options, DataUse.Gateway), wiring.Clock, () =>
        {
            // Printed before the request: a user whose connection is lost can ask for the state by this key, or repeat the command without sending
            // the message twice.
            if (send.Status is null && !options.Json) wiring.Error.WriteLine(Printable.Text($"key {key}"));
        });
        if (options.Json) wiring.Output.WriteLine(JsonSerializer.Serialize(result, CliJson.Indented.SendCommandResult));
        else if (result.Error is { } error) wiring.Error.WriteLine(Printable.Text($"plugin-gateway: {error}"));
        else wiring.Output.WriteLine(Printable.Text(Sentence(result.Message!)));
        return result.Message is { State: "delivered" } || (result.Message is { State: "pending" } && send.Wait is null)
            ? ExitCodes.Planned
            : ExitCodes.Failed;
    }

    private static string? Problem(SendOptions send) => send switch
    {
        { Status: not null, To: not null } or { Status: not null, Text: not null } => "Either --status KEY, or --to ADAPTER:CHAT and a text.",
        { Status: not null } => null,
        { To: null } => "Say where to: plugin-gateway send --to ADAPTER:CHAT \"text\"",
        { Text: null or "", Attach.Count: 0 } => "Say what: plugin-gateway send --to ADAPTER:CHAT \"text\"",
        _ when Encoding.UTF8.GetByteCount(send.Text ?? "") > LongestText => $"The text is longer than {LongestText} bytes; POST it to /api/messages.",
        _ => null,
    };

    private static SendCommandResult Ask(SendOptions send, string key, string dataDirectory, TimeProvider clock, Action asking)
    {
        if (!InstanceLock.IsHeld(dataDirectory)) return new(null, $"No gateway runs in '{dataDirectory}'; start it first.");
        var start = clock.GetTimestamp();
        SendCommandResult result;
        try
        {
            var request = send.Status is null ? MessageOf(send, key, AttachedFiles.Take(send.Attach, dataDirectory)) : StatusOf(key);
            asking();
            result = Once(request, dataDirectory, key);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return new(null, $"A file cannot be attached: {problem.Message}");
        }

        while (send.Wait is { } patience && result.Message is { State: "pending" } && clock.GetElapsedTime(start) < patience)
        {
            Thread.Sleep(AskAgainAfter);
            // A question that a busy machine left without an answer is asked again.
            if (Once(StatusOf(key), dataDirectory, key) is { Message: not null } later) result = later;
        }

        return result;
    }

    private static SendCommandResult Once(Dictionary<string, string> arguments, string dataDirectory, string key)
    {
        var response = ControlClient.Ask(dataDirectory, "send", arguments, ControlClient.Patience);
        if (!response.Answered)
        {
            return new(null, $"It is unknown whether the message was taken: control.sock gives no answer ({response.Error}). Ask again: plugin-gateway send --status {key} --data '{dataDirectory}'; "
                + $"a repeated send with --key {key} is not sent twice")
            {
                Key = key,
            };
        }

        return response.Result is { } json
            ? new(JsonSerializer.Deserialize(json, AnswerMetadata.Default.DeliveryReport), null)
            : new(null, response.Error);
    }

    private static Dictionary<string, string> StatusOf(string key) => new() { ["status"] = key };

    private static Dictionary<string, string> MessageOf(SendOptions send, string key, string files)
    {
        var arguments = new Dictionary<string, string>
        {
            ["to"] = send.To!,
            ["text"] = send.Text ?? "",
            ["attachments"] = files,
            ["key"] = key,
            ["format"] = send.Markdown ? "markdown" : "plain"
        };
        if (send.Thread is { } thread) arguments["thread"] = thread;
        if (send.Silent) arguments["silent"] = "true";
        return arguments;
    }

    private static string Sentence(DeliveryReport message) =>
        $"{message.Id} to {message.Adapter}:{message.Chat} is {message.State}{(message.Attempts > 1 ? $" after {message.Attempts} attempts" : "")}{((message.Reason ?? message.Note) is { } said ? $": {said}" : "")}"
        + (message.Key is null ? "" : $" (key {message.Key})");
}
