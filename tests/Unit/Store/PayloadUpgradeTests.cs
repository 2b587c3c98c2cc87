using System.Text;
using PluginGateway.Store;

namespace PluginGateway.Tests.Store;

/// <summary>Payloads of schema 5 and before, in which 0 was left out and meant the first value of an enum of then.</summary>
public sealed class PayloadUpgradeTests
{
    [Theory]
    [InlineData("", ChatKind.Direct)]
    [InlineData(",\"kind\":1", ChatKind.Group)]
    [InlineData(",\"kind\":2", ChatKind.Channel)]
    [InlineData(",\"kind\":3", ChatKind.Unknown)]
    public void Chat_keeps_the_kind_that_its_number_meant(string kind, ChatKind expected)
    {
        var chat = $$"""{"id":"c"{{kind}},"thread":"t"}""";
        var message = Assert.IsType<InboundMessage>(Payloads.ReadInbound(PayloadUpgrade.Inbound(
            Bytes($$"""{"eventId":"e","chat":{{chat}},"sender":{"id":"u"},"text":"hi","mentionsBot":true,"extras":{"a":"b"} }"""))));
        Assert.Equal((expected, "t", "e", "hi", true), (message.Chat.Kind, message.Chat.Thread, message.EventId, message.Text, message.MentionsBot));
        Assert.Equal("b", message.Extras["a"]);
        var outbound = PayloadUpgrade.Outbound(Bytes($$"""{"chat":{{chat}},"text":"hi"}"""));
        Assert.Equal(expected, Payloads.ReadChat(outbound).Kind);
        // Byte by byte as this version writes it, so that a program that repeats a request is told that it is known.
        Assert.Equal(Payloads.Write(new Chat("c", expected, "t"), new Reply("hi")), outbound);
    }

    [Fact]
    public void Attachments_and_formats_keep_what_their_numbers_meant()
    {
        var files = """[{"reference":"a"},{"reference":"b","kind":1},{"reference":"c","kind":3},{"reference":"d","kind":4,"duration":"00:00:02"}]""";
        var message = Assert.IsType<InboundMessage>(Payloads.ReadInbound(PayloadUpgrade.Inbound(
            Bytes($$"""{"chat":{"id":"c"},"sender":{"id":"u"},"attachments":{{files}}}"""))));
        Assert.Equal([AttachmentKind.File, AttachmentKind.Image, AttachmentKind.Video, AttachmentKind.Voice], message.Attachments.Select(static a => a.Kind));
        Assert.Equal(TimeSpan.FromSeconds(2), message.Attachments[3].Duration);
        var outbound = Payloads.ReadOutbound(PayloadUpgrade.Outbound(Bytes(
            """{"chat":{"id":"c","kind":1},"text":"*t*","format":1,"attachments":[{"path":"p"},{"path":"q","kind":2,"size":5}],"fullText":"*t*","files":[]}""")));
        Assert.Equal(TextFormat.Markdown, outbound.TextFormat);
        Assert.Equal([AttachmentKind.File, AttachmentKind.Audio], outbound.Files.Select(static file => file.ToAttachment().Kind));
        Assert.Equal(5, outbound.Files[1].Size);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"text\":\"hello\"}")]
    [InlineData("{\"chat\":{\"id\":\"c\",\"kind\":\"Group\"},\"sender\":{\"id\":\"u\"}}")]
    public void Payload_that_is_none_of_then_stays_as_it_is(string payload)
    {
        Assert.Equal(payload, Encoding.UTF8.GetString(PayloadUpgrade.Inbound(Bytes(payload))));
        Assert.Equal(payload, Encoding.UTF8.GetString(PayloadUpgrade.Outbound(Bytes(payload))));
    }

    private static byte[] Bytes(string json) => Encoding.UTF8.GetBytes(json);
}
