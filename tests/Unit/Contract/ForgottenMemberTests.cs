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

    /// <summary>Ending of the members that the host sets, which do not cross.</summary>
    private const string HostsOwn = ".Target";

    public static TheoryData<int> Kinds => [.. Enumerable.Range(0, FullMessage.Events.Count)];

    [Fact]
    public void Every_kind_of_event_is_here() => Assert.Equal(
        typeof(InboundEvent).Assembly.GetExportedTypes().Where(static type => !type.IsAbstract && type.IsAssignableTo(typeof(InboundEvent)))
            .Select(static type => type.Name).Order(),
        FullMessage.Events.Select(static e => e.GetType().Name).Order());

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_member_has_a_value_here(int kind) => Assert.Empty(
        FullMessage.Members(FullMessage.Events[kind])
            .Where(static member => member.Value.Length == 0 && !member.Key.EndsWith(HostsOwn, StringComparison.Ordinal))
            .Select(static member => member.Key));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Frames_of_a_worker_have_every_member(int kind)
    {
        var writer = FrameWriter.Begin(FrameKind.Request, RemoteOperation.Accept, 1);
        writer.Write(FullMessage.Events[kind]);
        var reader = new FrameReader(writer.Finish()[Frame.LengthBytes..]);
        (_, _, _) = (reader.Byte(), reader.Byte(), reader.Int());
        Assert.Equal(FullMessage.Members(FullMessage.Events[kind]), FullMessage.Members(Events.Read(ref reader)));
        reader.End();
    }

    /// <summary>State is committed beside the event.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_store_has_every_member(int kind) => Assert.Equal(
        FullMessage.Members(FullMessage.Events[kind]).Where(static member => !member.Key.StartsWith(".State", StringComparison.Ordinal)),
        FullMessage.Members(Payloads.ReadInbound(Payloads.Write(FullMessage.Events[kind]))));

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

    /// <summary>A file is fetched by its place in the message, not by the platform's reference; the state is the host's.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_webhooks_json_has_every_member(int kind)
    {
        var received = FullMessage.Events[kind];
        using var json = JsonDocument.Parse(WebhookBody.Write(new SomeTurn(), received));
        var written = new List<string>();
        Collect(json.RootElement, written);
        var expected = FullMessage.Members(received).Where(static member => member.Key is not ".Attachments[0].Reference"
            && !member.Key.StartsWith(".State", StringComparison.Ordinal) && !member.Key.EndsWith(HostsOwn, StringComparison.Ordinal)).ToArray();
        Assert.Empty(expected.Where(member => !written.Contains(InJson(member.Value), StringComparer.OrdinalIgnoreCase))
            .Select(static member => member.Key));
        if (received is InboundMessage) Assert.Equal("quoted", json.RootElement.GetProperty("replyTo").GetString());
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
