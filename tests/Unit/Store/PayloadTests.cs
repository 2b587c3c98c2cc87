using System.Text;
using System.Text.Json;
using PluginGateway.Store;

namespace PluginGateway.Tests.Store;

public sealed class PayloadTests
{
    [Fact]
    public void Inbound_message_comes_back_as_it_was()
    {
        var message = new InboundMessage("e1", new Chat("c", ChatKind.Group, "t"), new Sender("u", "Ünï \"x\"", true), "line\n<b>😀</b>")
        {
            MessageId = "m1",
            Attachments = [new Attachment("ref", AttachmentKind.Video) { Name = "n", ContentType = "video/mp4", Size = 5 }],
            Quote = new Quote("r"),
            PlatformTime = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_123),
            Extras = new Dictionary<string, string> { ["k"] = "v" },
        };
        var read = Assert.IsType<InboundMessage>(Payloads.ReadInbound(Payloads.Write(message)));
        Assert.Equal((message.EventId, message.Chat, message.Sender, message.Text), (read.EventId, read.Chat, read.Sender, read.Text));
        Assert.Equal(message.Attachments, read.Attachments);
        Assert.Equal((message.MessageId, message.Quote, message.PlatformTime), (read.MessageId, read.Quote, read.PlatformTime));
        Assert.Equal(message.Extras, read.Extras);
    }

    [Fact]
    public void Outbound_message_comes_back_as_it_was()
    {
        var chat = new Chat("c", ChatKind.Channel, "t");
        var reply = new Reply("text")
        {
            Format = TextFormat.Markdown,
            ReplyTo = "m",
            Attachments = [new OutboundAttachment("/f", AttachmentKind.Image) { Name = "n" }]
        };
        var payload = Payloads.ReadOutbound(Payloads.Write(chat, reply));
        var message = payload.ToMessage("key", true, payload.Files, "text", true);
        Assert.Equal((chat, "text", TextFormat.Markdown, "m", "key"),
            (message.Chat, message.Text, message.Format, message.ReplyTo, message.Key));
        Assert.Equal(reply.Attachments, message.Attachments);
    }

    [Fact]
    public void Payload_of_a_version_that_knew_less_is_read()
    {
        var read = Assert.IsType<InboundMessage>(
            Payloads.ReadInbound("""{"chat":{"id":"c"},"sender":{"id":"u"},"replyTo":"r","someday":1}"""u8.ToArray()));
        Assert.Equal(new Quote("r"), read.Quote);
        Assert.Equal(("c", ChatKind.Unknown, ""), (read.Chat.Id, read.Chat.Kind, read.Text));
        Assert.Empty(read.Attachments);
        var edit = Assert.IsType<MessageEdited>(Payloads.ReadInbound(
            """{"eventId":"e","chat":{"id":"c","kind":"Group"},"sender":{"id":"u"},"text":"t","isEdit":true,"messageId":"m"}"""u8.ToArray()));
        Assert.Equal(("e", "m", "t", ChatKind.Group), (edit.EventId, edit.MessageId, edit.Text, edit.Chat.Kind));
    }

    [Fact]
    public void Reactions_have_the_ids_of_a_platforms_own_emoji_beside_them_and_older_ones_have_none()
    {
        var reaction = new ReactionChanged("e", new Chat("c", ChatKind.Direct), null, "m")
        {
            Added = [new("like"), new("party") { CustomId = "party:77" }],
        };
        Assert.Contains(
            "\"added\":[\"like\",\"party\"],\"addedIds\":[null,\"party:77\"]", Encoding.UTF8.GetString(Payloads.Write(reaction)), StringComparison.Ordinal);
        Assert.Equal(reaction.Added, Assert.IsType<ReactionChanged>(Payloads.ReadInbound(Payloads.Write(reaction))).Added);
        var older = Assert.IsType<ReactionChanged>(Payloads.ReadInbound(
            """{"kind":"reaction","eventId":"e","chat":{"id":"c"},"messageId":"m","added":["👍"],"removed":["a","b"]}"""u8.ToArray()));
        Assert.Equal([new("👍")], older.Added);
        Assert.Equal([new("a"), new("b")], older.Removed);
    }

    [Fact]
    public void Enums_are_written_by_name_and_names_of_a_newer_version_are_read_safely()
    {
        Assert.Equal("""{"chat":{"id":"c","kind":"Direct"},"text":"t","format":"Markdown"}""",
            Encoding.UTF8.GetString(Payloads.Write(new Chat("c", ChatKind.Direct), new Reply("t") { Format = TextFormat.Markdown })));
        Assert.Equal("""{"chat":{"id":"c"},"text":"t","attachments":[{"path":"/f","kind":"File"}]}""", Encoding.UTF8.GetString(
            Payloads.Write(new Chat("c", ChatKind.Unknown), new Reply("t") { Attachments = [new OutboundAttachment("/f", AttachmentKind.File)] })));
        var read = Payloads.ReadOutbound(
            """{"chat":{"id":"c","kind":"Forum"},"format":"Html","attachments":[{"path":"/f","kind":"Hologram"}]}"""u8.ToArray());
        Assert.Equal((ChatKind.Unknown, TextFormat.Plain), (read.Chat.ToChat().Kind, read.TextFormat));
        Assert.Equal(AttachmentKind.File, Assert.Single(read.Files).ToAttachment().Kind);
    }

    [Fact]
    public void A_message_is_the_same_when_only_one_of_two_says_the_kind_of_its_chat()
    {
        byte[] Of(ChatKind kind, string text = "t") => Payloads.Write(new Chat("c", kind), new Reply(text));
        Assert.True(Payloads.AreSame(Of(ChatKind.Group), Of(ChatKind.Group)));
        Assert.True(Payloads.AreSame(Of(ChatKind.Direct), Of(ChatKind.Unknown)));
        Assert.True(Payloads.AreSame(Of(ChatKind.Unknown), Of(ChatKind.Group)));
        Assert.False(Payloads.AreSame(Of(ChatKind.Direct), Of(ChatKind.Group)));
        Assert.False(Payloads.AreSame(Of(ChatKind.Direct), Of(ChatKind.Unknown, "other")));
        Assert.False(Payloads.AreSame([0], Of(ChatKind.Direct)));
    }

    [Fact]
    public void Every_text_can_be_written()
    {
        var text = new string([.. Enumerable.Range(0, 0xD800).Select(i => (char)i)]);
        var message = new InboundMessage("e", new Chat("c", ChatKind.Direct), new Sender("u"), text);
        Assert.Equal(text, Assert.IsType<InboundMessage>(Payloads.ReadInbound(Payloads.Write(message))).Text);
    }

    [Fact]
    public void Nonsense_is_an_exception_and_not_a_message()
    {
        Assert.ThrowsAny<JsonException>(() => Payloads.ReadInbound(Encoding.UTF8.GetBytes("{")));
        Assert.Null(Payloads.TryRead("""{"kind":"of tomorrow","chat":{"id":"c"},"sender":{"id":"u"}}"""u8.ToArray(), Payloads.ReadInbound));
    }
}
