using System.Text.Encodings.Web;
using System.Text.Json;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Isolation.Protocol;
using PluginGateway.Plugins.Webhook;
using PluginGateway.Store;
using PluginGateway.Tests.Plugins;

namespace PluginGateway.Tests.Contract;

/// <summary>A member that is added to a received message reaches a handler on every way, or one of these tests names it: the worker's frames, the
/// store, the sanitised copy, and the webhook's JSON.</summary>
public sealed class ForgottenMemberTests
{
    private static readonly Dictionary<string, string> All = FullMessage.Members(FullMessage.Value);

    [Fact]
    public void Every_member_has_a_value_here() => Assert.Empty(All.Where(static member => member.Value.Length == 0).Select(static member => member.Key));

    [Fact]
    public void Frames_of_a_worker_have_every_member()
    {
        var writer = FrameWriter.Begin(FrameKind.Request, RemoteOperation.Accept, 1);
        writer.Write(FullMessage.Value);
        var reader = new FrameReader(writer.Finish()[Frame.LengthBytes..]);
        (_, _, _) = (reader.Byte(), reader.Byte(), reader.Int());
        Assert.Equal(All, FullMessage.Members(Messages.ReadInbound(ref reader)));
        reader.End();
    }

    /// <summary>State is committed beside the message; the report of a membership is not stored.</summary>
    [Fact]
    public void The_store_has_every_member() => Assert.Equal(
        All.Where(static member => !member.Key.StartsWith(".State", StringComparison.Ordinal) && member.Key != ".AddsBot"),
        FullMessage.Members(Payloads.ReadInbound(Payloads.Write(FullMessage.Value)))
            .Where(static member => member.Key != ".AddsBot"));

    [Fact]
    public void The_sanitised_copy_has_every_member_and_every_text_that_people_read_is_sound()
    {
        var message = FullMessage.Value with
        {
            Text = "a\0b",
            Quote = FullMessage.Value.Quote! with { Text = "c\ud800" },
            Command = FullMessage.Value.Command! with { Arguments = "\0" },
        };
        var expected = new Dictionary<string, string>(All)
        {
            [".Text"] = "a\uFFFDb", [".Quote.Text"] = "c\uFFFD", [".Command.Arguments"] = "\uFFFD", [$".Extras.{InboundRules.ReplacedFlag}"] = "true",
        };
        Assert.Equal(expected, FullMessage.Members(InboundRules.Sanitize(message)));
        Assert.Same(FullMessage.Value, InboundRules.Sanitize(FullMessage.Value));
    }

    /// <summary>A file is fetched by its place in the message, not by the platform's reference; the state and the report of a membership are the
    /// host's.</summary>
    [Fact]
    public void The_webhooks_json_has_every_member()
    {
        using var json = JsonDocument.Parse(WebhookBody.Write(new SomeTurn { Received = FullMessage.Value }));
        var written = new List<string>();
        Collect(json.RootElement, written);
        var expected = All.Where(static member => member.Key is not (".AddsBot" or ".Attachments[0].Reference")
            && !member.Key.StartsWith(".State", StringComparison.Ordinal)).ToArray();
        Assert.Empty(expected.Where(member => !written.Contains(InJson(member.Value), StringComparer.OrdinalIgnoreCase))
            .Select(static member => member.Key));
        Assert.Equal("quoted", json.RootElement.GetProperty("replyTo").GetString());
    }

    private static string InJson(string value) =>
        TimeSpan.TryParse(value, out var duration) && value.Contains(':', StringComparison.Ordinal) ? duration.TotalSeconds.ToString("0.###") :
        DateTimeOffset.TryParse(value, out var time) && value.Contains('/', StringComparison.Ordinal)
            ? JsonEncodedText.Encode(time.ToString("yyyy-MM-dd'T'HH:mm:sszzz"), JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString()
            : value;

    private static void Collect(JsonElement element, List<string> values)
    {
        if (element.ValueKind == JsonValueKind.Object)
            foreach (var member in element.EnumerateObject()) Collect(member.Value, values);
        else if (element.ValueKind == JsonValueKind.Array)
            foreach (var item in element.EnumerateArray()) Collect(item, values);
        else values.Add(element.ToString());
    }
}
