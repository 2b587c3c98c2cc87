using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using PluginGateway.Plugins.Feishu;

namespace PluginGateway.Tests.Plugins.Feishu;

/// <summary>What becomes of the platform's events.</summary>
public sealed class ReceivedEventTests
{
    [Theory]
    [InlineData("im.chat.member.bot.added_v1", MemberChange.BotAdded, "")]
    [InlineData("im.chat.member.bot.deleted_v1", MemberChange.BotRemoved, "")]
    [InlineData("im.chat.member.user.added_v1", MemberChange.Joined, "Ben")]
    [InlineData("im.chat.member.user.deleted_v1", MemberChange.Left, "Ben")]
    [InlineData("im.chat.member.user.withdrawn_v1", MemberChange.Left, "Ben")]
    public void A_change_of_members_tells_who_made_it_and_of_whom(string type, MemberChange change, string member)
    {
        var told = ReceivedEvent.Read(Json($$"""
            { "schema": "2.0", "header": { "event_id": "ev1", "event_type": "{{type}}", "create_time": "1700000000000" },
              "event": { "chat_id": "oc_1", "operator_id": { "open_id": "ou_ann" }, "name": "Team",
                "users": [{{(member.Length == 0 ? "" : $$"""{ "name": "{{member}}", "user_id": { "open_id": "ou_ben" } }""")}}] } }
            """), new Surroundings("ou_bot", static _ => false), out var problem);
        Assert.Null(problem);
        var changed = Assert.IsType<MembersChanged>(told);
        Assert.Equal(
            (change, "ev1", new Chat("oc_1", ChatKind.Group), "ou_ann"), (changed.Change, changed.EventId, changed.Chat, changed.Sender?.Id));
        Assert.Equal(member, string.Join(',', changed.Members.Select(static one => one.Name)));
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1700000000), changed.PlatformTime);
    }

    [Fact]
    public void A_recall_tells_which_message_and_nobody()
    {
        var json = Json("""
            { "header": { "event_id": "ev1", "event_type": "im.message.recalled_v1", "create_time": "1700000000000" },
              "event": { "message_id": "om_1", "chat_id": "oc_1", "recall_time": "1700000000000", "recall_type": "message_owner" } }
            """);
        var told = Assert.IsType<MessageDeleted>(ReceivedEvent.Read(json, new Surroundings("ou_bot", static _ => false, IsDirect: true), out _));
        Assert.Equal(("ev1", "om_1", ChatKind.Direct, null), (told.EventId, Assert.Single(told.MessageIds), told.Chat.Kind, told.Sender));
    }

    [Theory]
    [InlineData("im.chat.member.bot.added_v1")]
    [InlineData("im.message.recalled_v1")]
    public void An_event_of_a_chat_without_its_ids_is_named(string type)
    {
        Assert.Null(ReceivedEvent.Read(Json($$"""{ "header": { "event_id": "ev2", "event_type": "{{type}}" }, "event": { } }"""),
            new Surroundings(null, static _ => false), out var problem));
        Assert.Contains($"{type} 'ev2' has no chat_id", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_has_its_ids_its_time_and_names_for_placeholders()
    {
        var message = Read(static json =>
        {
            json["chat_type"] = "group";
            json["content"] = """{"text":"@_user_1 and @_user_10: hi @_all"}""";
            json["root_id"] = "om_root";
            json["parent_id"] = "om_parent";
            json["mentions"] = new JsonArray(Mention("@_user_1", "ou_bot", "Gateway"), Mention("@_user_10", "ou_bob", "Bob"));
        })!;
        Assert.Equal(("om_1", "oc_1", ChatKind.Group, null, "ou_ann"),
            (message.EventId, message.Chat.Id, message.Chat.Kind, message.Chat.Thread, message.Sender.Id));
        Assert.Equal(("@Gateway and @Bob: hi @all", "om_parent", true), (message.Text, message.Quote?.MessageId, message.MentionsBot));
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123), message.PlatformTime);
        Assert.Equal(("ev_1", "om_root"), (message.Extras["feishu.eventId"], message.Extras["feishu.rootId"]));
    }

    [Fact]
    public void A_message_to_others_does_not_mention_the_bot()
    {
        var message = Read(static json => json["mentions"] = new JsonArray(Mention("@_user_1", "ou_bob", "Bob")))!;
        Assert.False(message.MentionsBot);
    }

    [Fact]
    public void Who_answers_a_message_of_the_bot_in_a_group_speaks_to_it()
    {
        static InboundMessage Answer(string to, string chat) => Read(json => (json["chat_type"], json["parent_id"]) = (chat, to))!;
        Assert.Equal((true, false, false),
            (Answer("om_ours", "group").MentionsBot, Answer("om_theirs", "group").MentionsBot, Answer("om_ours", "p2p").MentionsBot));
        Assert.False(Read(static json => (json["chat_type"], json["root_id"], json["parent_id"]) = ("group", "om_ours", "om_theirs"))!.MentionsBot);
    }

    [Fact]
    public void The_thread_and_the_name_come_from_around_the_event()
    {
        var message = Assert.IsType<InboundMessage>(ReceivedEvent.Read(
            Event(static _ => { }, ReceivedEvent.Received),
            new Surroundings(null, static _ => false, "omt_1", "Ann", new Quote("om_parent") { Text = "earlier" }), out _));
        Assert.Equal(("omt_1", "Ann", "earlier"), (message.Chat.Thread, message.Sender.Name, message.Quote?.Text));
    }

    [Fact]
    public void An_edit_is_an_event_of_its_own()
    {
        var message = Assert.IsType<MessageEdited>(ReceivedEvent.Read(
            Event(static json => json["update_time"] = "1700000001000", ReceivedEvent.Updated),
            new Surroundings("ou_bot", static _ => false), out _));
        Assert.Equal(("ev_1", "om_1"), (message.EventId, message.MessageId));
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_001_000), message.PlatformTime);
    }

    [Theory]
    [InlineData("image", """{"image_key":"img_1"}""", "", "om_1/image/img_1", AttachmentKind.Image, null)]
    [InlineData("file", """{"file_key":"f_1","file_name":"a.pdf"}""", "", "om_1/file/f_1", AttachmentKind.File, "a.pdf")]
    [InlineData("audio", """{"file_key":"f_1","duration":1000}""", "", "om_1/file/f_1", AttachmentKind.Voice, null)]
    [InlineData("sticker", """{"file_key":"f_1"}""", "[sticker]", "om_1/file/f_1", AttachmentKind.Sticker, null)]
    [InlineData("media", """{"file_key":"f_1","image_key":"img_1","file_name":"a.mp4"}""", "", "om_1/file/f_1", AttachmentKind.Video, "a.mp4")]
    [InlineData("post",
        """{"title":"T","content":[[{"tag":"img","image_key":"img_1"}],[{"tag":"text","text":"x "},{"tag":"a","text":"l","href":"u"},{"tag":"at","user_id":"@_user_1"}]]}""",
        "T\n\nx l (u)@_user_1", "om_1/image/img_1", AttachmentKind.Image, null)]
    public void Files_are_named_and_fetched_later(string type, string content, string text, string reference, AttachmentKind kind, string? name)
    {
        var message = Read(json => (json["message_type"], json["content"]) = (type, content))!;
        var attachment = Assert.Single(message.Attachments);
        Assert.Equal((text, reference, kind, name), (message.Text, attachment.Reference, attachment.Kind, attachment.Name));
    }

    [Theory]
    [InlineData("sticker", "{}", "[sticker]")]
    [InlineData("merge_forward", "Merged and Forwarded Message", "[merged forward]")]
    [InlineData("hologram", "{}", "[hologram]")]
    [InlineData("text", "no json", "[text]")]
    [InlineData("image", "{}", "[image]")]
    [InlineData("image", """{"image_key":"../../secret"}""", "[image]")]
    [InlineData("interactive", """{"title":"Card","elements":[[{"tag":"text","text":"one"}],[{"tag":"text","text":"two"}]]}""", "Card\none\ntwo")]
    [InlineData("post", """{"zh_cn":{"title":"","content":[[{"tag":"code_block","language":"GO","text":"x := 1\n"}]]}}""", "```go\nx := 1\n```")]
    public void What_has_no_text_says_what_it_is(string type, string content, string text) =>
        Assert.Equal(text, Read(json => (json["message_type"], json["content"]) = (type, content))!.Text);

    [Theory]
    [InlineData("audio", """{"file_key":"f_1","duration":1500}""", 1500.0)]
    [InlineData("audio", """{"file_key":"f_1","duration":"1500"}""", 1500.0)]
    [InlineData("media", """{"file_key":"f_1","image_key":"img_1","file_name":"a.mp4","duration":61000}""", 61_000.0)]
    [InlineData("audio", """{"file_key":"f_1"}""", null)]
    [InlineData("audio", """{"file_key":"f_1","duration":-1}""", null)]
    public void A_recording_has_its_length(string type, string content, double? milliseconds) => Assert.Equal(milliseconds,
        Assert.Single(Read(json => (json["message_type"], json["content"]) = (type, content))!.Attachments).Duration?.TotalMilliseconds);

    [Theory]
    [InlineData("""{"name":"Cafe","longitude":"116.25","latitude":"39.5"}""", "Cafe geo:39.5,116.25", "Cafe")]
    [InlineData("""{"longitude":116.25,"latitude":39.5}""", "geo:39.5,116.25", null)]
    public void A_place_has_its_coordinates_and_its_name(string content, string text, string? name)
    {
        var message = Read(json => (json["message_type"], json["content"]) = ("location", content))!;
        Assert.Equal((text, new Location(39.5, 116.25) { Name = name }), (message.Text, message.Location!));
    }

    [Theory]
    [InlineData("""{"name":"Cafe","longitude":"east","latitude":"39.5"}""", "Cafe")]
    [InlineData("""{"longitude":"181","latitude":"39.5"}""", "[location]")]
    [InlineData("""{"longitude":"NaN","latitude":"39.5"}""", "[location]")]
    [InlineData("{}", "[location]")]
    public void A_place_nowhere_on_earth_has_its_name_only(string content, string text)
    {
        var message = Read(json => (json["message_type"], json["content"]) = ("location", content))!;
        Assert.Equal((text, null), (message.Text, message.Location));
    }

    [Theory]
    [InlineData("message_id")]
    [InlineData("chat_id")]
    public void A_message_without_its_ids_is_a_problem_that_is_told(string missing)
    {
        Assert.Null(Read(json => json.Remove(missing), out var problem));
        Assert.Contains("ev_1", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Ids_that_the_gateway_cannot_keep_are_a_problem_that_is_told()
    {
        Assert.Null(Read(static json => json["message_id"] = new string('x', 600), out var problem));
        Assert.NotNull(problem);
    }

    [Fact]
    public void Other_events_are_no_messages()
    {
        Assert.Null(Read(static _ => { }, out var problem, type: "im.chat.disbanded_v1"));
        Assert.Null(problem);
    }

    /// <summary>Any member may be missing or of any kind: reading ends without a throw.</summary>
    [Fact]
    public void Whatever_the_shape_reading_does_not_throw()
    {
        JsonNode?[] odd = [null, JsonValue.Create(1), JsonValue.Create(""), new JsonArray(1, null, new JsonArray()),
            new JsonObject { ["content"] = 5 }, JsonValue.Create(true)];
        string[] names = [
            "message_id", "chat_id", "chat_type", "message_type", "content", "mentions", "thread_id", "root_id", "parent_id", "create_time"];
        Gen.Select(Gen.Int[0, names.Length - 1], Gen.Int[0, odd.Length - 1], Gen.Int[0, names.Length - 1], Gen.Int[0, odd.Length - 1])
            .Sample((name, value, other, second) =>
            Read(json => (json[names[name]], json[names[other]]) = (odd[value]?.DeepClone(), odd[second]?.DeepClone()), out _), iter: 500);
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    private static JsonObject Mention(string key, string id, string name) =>
        new() { ["key"] = key, ["id"] = new JsonObject { ["open_id"] = id }, ["name"] = name };

    private static InboundMessage? Read(Action<JsonObject> change, string type = ReceivedEvent.Received) => Read(change, out _, type);

    private static InboundMessage? Read(Action<JsonObject> change, out string? problem, string type = ReceivedEvent.Received)
    {
        return ReceivedEvent.Read(Event(change, type), new Surroundings("ou_bot", static id => id == "om_ours"), out problem) as InboundMessage;
    }

    private static JsonElement Event(Action<JsonObject> change, string type)
    {
        var message = new JsonObject
        {
            ["message_id"] = "om_1",
            ["chat_id"] = "oc_1",
            ["chat_type"] = "p2p",
            ["message_type"] = "text",
            ["content"] = """{"text":"hi"}""",
            ["create_time"] = "1700000000123"
        };
        change(message);
        var json = new JsonObject
        {
            ["header"] = new JsonObject { ["event_id"] = "ev_1", ["event_type"] = type },
            ["event"] = new JsonObject
            {
                ["sender"] = new JsonObject { ["sender_id"] = new JsonObject { ["open_id"] = "ou_ann" }, ["sender_type"] = "user" },
                ["message"] = message
            },
        };
        return JsonSerializer.SerializeToElement(json);
    }
}
