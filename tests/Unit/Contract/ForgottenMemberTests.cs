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

    /// <summary>Members that the host sets: they come from no adapter.</summary>
    private static bool IsHostsOwn(string member) =>
        member.EndsWith(".Target", StringComparison.Ordinal) || member.StartsWith(".Button", StringComparison.Ordinal);

    /// <summary>Members that are not kept: a ticket is used at once, state is committed beside the event, and history is discarded.</summary>
    private static bool IsNotKept(string member) => member is ".IsHistory"
        || member.StartsWith(".Ticket", StringComparison.Ordinal) || member.StartsWith(".State", StringComparison.Ordinal);

    private static IEnumerable<KeyValuePair<string, string>> Members(InboundEvent e, Func<string, bool> without) =>
        FullMessage.Members(e).Where(member => !without(member.Key));

    public static TheoryData<int> Kinds => [.. Enumerable.Range(0, FullMessage.Events.Count)];

    /// <summary>All but reports about deliveries, which have neither a row nor a turn.</summary>
    public static TheoryData<int> KindsOfTurns =>
        [.. Enumerable.Range(0, FullMessage.Events.Count).Where(static kind => FullMessage.Events[kind] is not DeliveryChanged)];

    [Fact]
    public void Every_kind_of_event_is_here() => Assert.Equal(
        typeof(InboundEvent).Assembly.GetExportedTypes().Where(static type => !type.IsAbstract && type.IsAssignableTo(typeof(InboundEvent)))
            .Select(static type => type.Name).Order(),
        FullMessage.Events.Select(static e => e.GetType().Name).Order());

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_member_has_a_value_here(int kind) => Assert.Empty(
        FullMessage.Members(FullMessage.Events[kind])
            .Where(static member => member.Value.Length == 0 && !IsHostsOwn(member.Key))
            .Select(static member => member.Key));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Frames_of_a_worker_have_every_member(int kind)
    {
        var writer = FrameWriter.Begin(FrameKind.Request, RemoteOperation.Accept, 1);
        writer.Write(FullMessage.Events[kind]);
        var reader = new FrameReader(writer.Finish()[Frame.LengthBytes..]);
        (_, _, _) = (reader.Byte(), reader.Byte(), reader.Int());
        Assert.Equal(Members(FullMessage.Events[kind], IsHostsOwn), Members(Events.Read(ref reader), IsHostsOwn));
        reader.End();
    }

    /// <summary>A message that stands for a press is made when its turn begins.</summary>
    [Theory]
    [MemberData(nameof(KindsOfTurns))]
    public void The_store_has_every_member(int kind)
    {
        bool IsElsewhere(string member) => IsNotKept(member) || (FullMessage.Events[kind] is InboundMessage && IsHostsOwn(member));
        Assert.Equal(Members(FullMessage.Events[kind], IsElsewhere),
            Members(Payloads.ReadInbound(Payloads.Write(FullMessage.Events[kind])), IsElsewhere));
    }

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
    [MemberData(nameof(KindsOfTurns))]
    public void The_webhooks_json_has_every_member(int kind)
    {
        var received = FullMessage.Events[kind];
        using var json = JsonDocument.Parse(WebhookBody.Write(received is InboundMessage message ? new SomeTurn { Received = message } : new SomeTurn(), received));
        var written = new List<string>();
        Collect(json.RootElement, written);
        var expected = FullMessage.Members(received).Where(static member => member.Key is not ".Attachments[0].Reference"
            && !IsNotKept(member.Key) && !(IsHostsOwn(member.Key) && member.Value.Length == 0)).ToArray();
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
