using System.Net;
using System.Text.Json.Nodes;
using PluginGateway.FakeFeishu;

namespace PluginGateway.PeerTests.Feishu;

/// <summary>Files, edits, recalls, reactions and threads, through the real executable.</summary>
public sealed class FeishuRichTests
{
    [Fact]
    public void On_feishu_a_handler_is_given_edits_recalls_reactions_and_who_comes_and_goes()
    {
        using var platform = new FakePlatform();
        platform.Names["ou_ann"] = "Ann";
        platform.Start();
        using var folder = new TempFolder();
        using var gateway = FeishuGateway.Start(folder, platform);
        platform.Emit("im.message.recalled_v1", Recall("oc_ann", "om_early"));
        var said = platform.Say("oc_ann", "a secret");
        Answered("a secret");
        platform.Edit(said, "no secret");
        Answered($"(edited {said}) no secret");
        platform.React(said, "THUMBSUP");
        Answered($"(Ann reacted to {said}: +👍)");
        var ours = platform.Messages[0].Id;
        platform.React(ours, "HEART");
        Answered($"(Ann reacted to {ours}: +❤)");
        platform.React(ours, "HEART", isTakenBack: true);
        Answered($"(Ann reacted to {ours}: -❤)");
        platform.Emit("im.message.recalled_v1", Recall("oc_ann", said));
        Answered($"(deleted {said})");
        platform.Emit("im.chat.member.user.added_v1", new JsonObject
        {
            ["chat_id"] = "oc_ann",
            ["operator_id"] = new JsonObject { ["open_id"] = "ou_ann" },
            ["users"] = new JsonArray(new JsonObject { ["name"] = "Ben", ["user_id"] = new JsonObject { ["open_id"] = "ou_ben" } }),
        });
        Answered("(joined: Ben)");
        // A recall in a chat in which the bot had not written is nobody's business.
        Assert.Equal(7, platform.TextsIn("oc_ann").Count);
        Assert.Equal(0, gateway.Stop());

        void Answered(string text) => Await(gateway, () => platform.TextsIn("oc_ann") is [.., var last] && last == text, $"no answer '{text}'");

        static JsonObject Recall(string chat, string message) =>
            new() { ["chat_id"] = chat, ["message_id"] = message, ["recall_time"] = "1700000000000", ["recall_type"] = "message_owner" };
    }

    [Fact]
    public void On_feishu_echo_answers_in_a_group_to_its_asker_alone_when_asked_to()
    {
        using var platform = new FakePlatform();
        platform.Start();
        using var folder = new TempFolder();
        using var gateway = FeishuGateway.Start(folder, platform, allow: new JsonObject { ["users"] = new JsonArray("*"), ["groups"] = "all" });
        platform.Say("oc_group", "only me: hello", chatType: "group");
        Await(gateway, () => platform.Messages.Count == 1, "it is not answered");
        Assert.StartsWith("ou_", platform.Messages[0].Chat, StringComparison.Ordinal);
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public async Task On_feishu_a_backend_begins_a_thread()
    {
        using var platform = new FakePlatform();
        platform.Start();
        using var folder = new TempFolder();
        using var backend = new Backend();
        using var gateway = FeishuGateway.Start(folder, platform, handler: backend.Handler);
        var asked = platform.Say("oc_ann", "a long question");
        var turn = await backend.NextAsync();
        turn.Answer(new { text = "answer", replyTo = asked, extras = new Dictionary<string, object> { ["feishu.reply_in_thread"] = true } });
        Await(gateway, () => platform.Messages.Count == 1, "it is not answered");
        Assert.Equal((asked, true), (platform.Messages[0].ReplyTo, platform.Messages[0].InThread));
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public void On_feishu_a_handler_is_given_what_is_quoted_also_where_it_is_the_bots_own_and_the_id_alone_where_nothing_more_is_told()
    {
        using var platform = new FakePlatform();
        platform.Names["ou_ann"] = "Ann";
        platform.Start();
        using var folder = new TempFolder();
        using var gateway = FeishuGateway.Start(folder, platform);
        var story = platform.Say("oc_ann", "A long story.");
        Answered("A long story.");
        platform.Say("oc_ann", "summarise this", change: message => message["parent_id"] = story);
        Answered("summarise this\n(answers Ann: A long story.)");
        platform.Say("oc_ann", "and this", change: message => message["parent_id"] = platform.Messages[0].Id);
        Answered("and this\n(answers me: A long story.)");
        platform.Say("oc_ann", "gone", change: static message => message["parent_id"] = "om_gone");
        Answered("gone\n(answers om_gone)");
        Assert.Equal(0, gateway.Stop());

        void Answered(string text) => Await(gateway, () => platform.TextsIn("oc_ann") is [.., var last] && last == text, $"no answer '{text}'");
    }

    [Fact]
    public async Task On_feishu_a_handler_is_given_what_was_forwarded_places_stickers_and_what_a_card_said_that_is_quoted()
    {
        using var platform = new FakePlatform();
        platform.Names["ou_ben"] = "Ben";
        platform.Start();
        using var folder = new TempFolder();
        using var gateway = FeishuGateway.Start(folder, platform);
        platform.Forward("oc_ann", [FakeForwarded.Text("ou_ben", "one"), FakeForwarded.Text("ou_ben", "two")]);
        Answered("Ben: one\nBen: two\n(forwarded from Ben)");
        platform.Say("oc_ann", "", type: "location", content: """{"name":"Cafe","longitude":"116.25","latitude":"39.5"}""");
        Answered("Cafe geo:39.5,116.25\n(at 39.5, 116.25: Cafe)");
        platform.Say("oc_ann", "", type: "sticker", content: """{"file_key":"stk_1"}""");
        Await(gateway, () => platform.TextsIn("oc_ann") is [.., var last] && last.StartsWith("[sticker] (", StringComparison.Ordinal), "no sticker");
        using (var api = new ApiClient(gateway.Address))
        {
            var (status, _) = await api.PostAsync(new { to = "feishu:oc_ann", text = "# Plan\n\nWe **eat**.", format = "markdown", key = "c" });
            Assert.Equal(HttpStatusCode.Accepted, status);
            api.WaitFor("c", "delivered");
        }

        var card = platform.Messages[^1];
        Assert.Equal("interactive", card.Type);
        platform.Say("oc_ann", "and then?", change: message => message["parent_id"] = card.Id);
        Answered("and then?\n(answers me: # Plan\n\nWe **eat**.)");
        var gone = platform.Say("oc_ann", "a secret");
        Answered("a secret");
        platform.Withdraw(gone);
        platform.Say("oc_ann", "what was that?", change: message => message["parent_id"] = gone);
        Answered($"what was that?\n(answers {gone})");
        gateway.AwaitBalance();
        Assert.Equal(0, gateway.Stop());

        void Answered(string text) => Await(gateway, () => platform.TextsIn("oc_ann") is [.., var last] && last == text, $"no answer '{text}'");
    }

    [Fact]
    public async Task On_feishu_files_come_back_byte_for_byte_and_go_out_from_a_shell_and_from_a_program()
    {
        using var platform = new FakePlatform();
        platform.Start();
        using var folder = new TempFolder();
        using var gateway = FeishuGateway.Start(folder, platform);
        var (picture, document, voice) = (Bytes.Png(40_000), Bytes.Noise(300_000), Bytes.Voice(20_000));
        platform.AddFile("img_in", picture);
        platform.AddFile("file_in", document);
        platform.AddFile("voice_in", voice);

        var root = platform.Say("oc_topics", "", type: "image", content: """{"image_key":"img_in"}""", chatType: "topic_group",
            change: static message => message["thread_id"] = "omt_1");
        platform.Say("oc_ann", "", type: "file", content: """{"file_key":"file_in","file_name":"notes.bin"}""");
        platform.Say("oc_ben", "", type: "audio", content: """{"file_key":"voice_in","duration":3000}""");
        Await(gateway, () => platform.Messages.Count == 3, "not every file comes back");
        string[] chats = ["oc_topics", "oc_ann", "oc_ben"];
        Assert.Equal(["image", "file", "audio"], chats.Select(chat => OnlyIn(platform, chat).Type));
        Assert.Equal([picture, document, voice], chats.Select(chat => FileOf(platform, OnlyIn(platform, chat))));
        Assert.Equal((root, true), (OnlyIn(platform, "oc_topics").ReplyTo, OnlyIn(platform, "oc_topics").InThread));
        using (var http = new HttpClient()) Assert.Equal(picture, await http.GetByteArrayAsync(new Uri(gateway.Address, "/api/attachments/i1/0")));

        var plot = folder["plot.png"];
        await File.WriteAllBytesAsync(plot, picture);
        var told = Command.Run(folder.Path, "send", "--to", "feishu:oc_shell", "A plot", "--attach", plot, "--wait", "--data", gateway.Data);
        Assert.True(told.ExitCode == 0, told.Said);
        using var api = new ApiClient(gateway.Address);
        var report = Bytes.Text(100_000);
        var id = (await api.UploadAsync(report)).Json.GetProperty("id").GetString();
        Assert.Equal(HttpStatusCode.Accepted, (await api.PostAsync(new
        {
            adapter = "feishu",
            chat = "oc_topics",
            thread = "omt_1",
            text = "A report",
            key = "k",
            attachments = new[] { new { id, kind = "file", name = "report.txt" } }
        })).Status);
        api.WaitFor("k", "delivered");
        // Each file is a message of its own, the text below it.
        var fromShell = platform.Messages.Where(static message => message.Chat == "oc_shell").ToArray();
        Assert.Equal([("image", picture), ("text", Bytes.Of("A plot"))], fromShell.Select(message => (message.Type, FileOf(platform, message))));
        var fromProgram = platform.Messages.Where(static message => message.Chat == "oc_topics").Skip(1).ToArray();
        Assert.Equal(
            [("file", Bytes.Of(report)), ("text", Bytes.Of("A report"))], fromProgram.Select(message => (message.Type, FileOf(platform, message))));
        Assert.All(fromProgram, message => Assert.Equal((root, true), (message.ReplyTo, message.InThread)));
        // A recording is a voice message, whatever its name.
        var note = folder["note.ogg"];
        await File.WriteAllBytesAsync(note, voice);
        told = Command.Run(folder.Path, "send", "--to", "feishu:oc_note", "--attach", note, "--wait", "--data", gateway.Data);
        Assert.True(told.ExitCode == 0, told.Said);
        Assert.Equal("audio", OnlyIn(platform, "oc_note").Type);
        gateway.AwaitBalance();
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public async Task On_feishu_a_program_edits_reacts_to_and_recalls_what_it_sent_and_reacts_to_what_people_said()
    {
        using var platform = new FakePlatform { TellsReactions = true };
        platform.Start();
        using var folder = new TempFolder();
        using var gateway = FeishuGateway.Start(folder, platform);
        using var api = new ApiClient(gateway.Address);
        var heard = platform.Say("oc_ann", "hello");
        gateway.AwaitAnswers(platform, [("oc_ann", "hello")]);

        await api.PostAsync(new { to = "feishu:oc_ben", text = "Working ...", key = "k" });
        await api.PostAsync(new { to = "feishu:oc_card", text = "**Working**", format = "markdown", key = "c" });
        Assert.Equal(HttpStatusCode.Accepted, (await api.SendAsync(HttpMethod.Patch, "/api/messages/k", new { text = "Done", key = "e1" })).Status);
        Assert.Equal(HttpStatusCode.Accepted,
            (await api.SendAsync(HttpMethod.Patch, "/api/messages/c", new { text = "**Done**", format = "markdown", key = "e2" })).Status);
        Assert.Equal(
            HttpStatusCode.Accepted, (await api.SendAsync(HttpMethod.Put, "/api/messages/k/reaction", new { emoji = "👍", key = "r1" })).Status);
        Assert.Equal(
            HttpStatusCode.Accepted, (await api.SendAsync(HttpMethod.Put, "/api/messages/i1/reaction", new { emoji = "SMILE", key = "r2" })).Status);
        foreach (var key in (string[])["e1", "e2", "r1", "r2"]) api.WaitFor(key, "delivered");
        Assert.Equal(("Done", "**Done**", "interactive"),
            (OnlyIn(platform, "oc_ben").Text, OnlyIn(platform, "oc_card").Text, OnlyIn(platform, "oc_card").Type));
        Assert.Equal(["THUMBSUP"], platform.ReactionsOn(OnlyIn(platform, "oc_ben").Id).Select(static one => one.Emoji));
        Assert.Equal(["SMILE"], platform.ReactionsOn(heard).Select(static one => one.Emoji));
        Assert.Equal(HttpStatusCode.Accepted,
            (await api.SendAsync(HttpMethod.Put, "/api/messages/i1/reaction", new { emoji = (string?)null, key = "r3" })).Status);
        Assert.Equal(HttpStatusCode.Accepted, (await api.SendAsync(HttpMethod.Delete, "/api/messages/k?key=d", null)).Status);
        foreach (var key in (string[])["r3", "d"]) api.WaitFor(key, "delivered");
        Assert.Empty(platform.ReactionsOn(heard));
        Assert.True(OnlyIn(platform, "oc_ben").IsRecalled);

        // A reaction of a person and a recall are events for the handler; the three changes of the app's own reactions are not.
        platform.React(heard, "SMILE");
        platform.Emit("im.message.recalled_v1", new JsonObject { ["message_id"] = heard, ["chat_id"] = "oc_ann", ["recall_type"] = "message_owner" });
        platform.Say("oc_ann", "still there?");
        gateway.AwaitAnswers(platform, [("oc_ann", "hello"), ("oc_ann", $"(ou_ann reacted to {heard}: +😄)"), ("oc_ann", $"(deleted {heard})"),
            ("oc_ann", "still there?")]);
        Bound.Until(() => platform.Events.All(static sent => sent.Acknowledged is not null), Bound.Replies, () => "not every event is acknowledged");
        Assert.Equal(4, gateway.AwaitBalance());
        Assert.Equal(7, platform.Events.Count);
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public async Task On_feishu_a_backend_hears_a_voice_message_edits_its_draft_reacts_and_answers_in_the_thread_with_a_file()
    {
        using var platform = new FakePlatform();
        platform.Start();
        using var backend = new Backend();
        using var folder = new TempFolder();
        using var gateway = FeishuGateway.Start(folder, platform, handler: backend.Handler);
        using var api = new ApiClient(gateway.Address);
        var voice = Bytes.Voice(50_000);
        platform.AddFile("voice_in", voice);
        var heard = platform.Say("oc_topics", "", type: "audio", content: """{"file_key":"voice_in","duration":3000}""", chatType: "topic_group",
            change: static message => message["thread_id"] = "omt_1");

        var turn = await backend.NextAsync();
        Assert.Equal(["edit", "delete", "react", "attach", "fetch"], turn.Capabilities);
        using (var file = await api.DownloadAsync(turn.Url(0), turn.Token))
        {
            Assert.Equal(voice, await file.Content.ReadAsByteArrayAsync());
            Assert.Equal("audio/ogg", file.Content.Headers.ContentType?.MediaType);
        }

        Await(gateway, () => platform.ReactionsOn(heard).Exists(static one => one.Emoji == "Typing"), "nobody types");
        await api.PostAsync(new { text = "Listening ...", key = "draft" }, turn.Token);
        Assert.Equal(HttpStatusCode.Accepted,
            (await api.SendAsync(HttpMethod.Patch, "/api/messages/draft", new { text = "I have heard it.", key = "e" }, turn.Token)).Status);
        var transcript = Bytes.Text(10_000);
        var id = (await api.UploadAsync(transcript, turn.Token)).Json.GetProperty("id").GetString();
        turn.Answer(new { react = "OK" },
            new { text = "Here", replyTo = turn.Of("messageId"), attachments = new[] { new { id, kind = "file", name = "transcript.txt" } } });

        Await(gateway, () => platform.TextsIn("oc_topics") is ["I have heard it.", _, "Here"], "the answer is not there");
        Assert.Equal(["text", "file", "text"], platform.Messages.Select(static message => message.Type));
        Assert.All(platform.Messages, message => Assert.Equal((heard, true), (message.ReplyTo, message.InThread)));
        Assert.Equal(Bytes.Of(transcript), FileOf(platform, platform.Messages[1]));
        Await(gateway, () => platform.ReactionsOn(heard) is [{ Emoji: "OK" }], "there is no reaction");

        // What somebody edits comes as an edit of what it was.
        platform.Say("oc_ann", "first");
        var first = await backend.NextAsync();
        first.Answer();
        platform.Edit(first.Of("messageId"), "in other words");
        var edit = await backend.NextAsync();
        Assert.Equal(
            (true, first.Of("messageId"), "in other words"), (edit.Json.GetProperty("isEdit").GetBoolean(), edit.Of("messageId"), edit.Of("text")));
        edit.Answer();
        gateway.AwaitBalance();
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public void On_feishu_in_a_group_who_answers_a_message_of_the_bot_speaks_to_it_also_after_a_restart()
    {
        using var platform = new FakePlatform();
        platform.Start();
        using var folder = new TempFolder();
        static JsonObject OnlyMentioned() => new() { ["groups"] = "mentioned" };
        using (var gateway = FeishuGateway.Start(folder, platform, allow: OnlyMentioned()))
        {
            platform.Say("oc_group", "@_user_1 hello", chatType: "group", change: message => message["mentions"] = new JsonArray(
                new JsonObject { ["key"] = "@_user_1", ["name"] = "Gateway", ["id"] = new JsonObject { ["open_id"] = platform.BotId } }));
            gateway.AwaitAnswers(platform, [("oc_group", "@Gateway hello")]);
            var theirs = platform.Say("oc_group", "nobody in particular", chatType: "group");
            platform.Say("oc_group", "to somebody else", chatType: "group", change: message => message["parent_id"] = theirs);
            platform.Say("oc_group", "and how are you?", chatType: "group", change: message => message["parent_id"] = platform.Messages[0].Id);
            gateway.AwaitAnswers(platform, [("oc_group", "@Gateway hello"), ("oc_group", $"and how are you?{Quoting}")]);
            Assert.Equal(2, gateway.AwaitIdle(accepted: 2).Adapter("feishu").GetProperty("discarded").GetProperty("notMentioned").GetInt64());
            Assert.Equal(0, gateway.Stop());
        }

        using var next = FeishuGateway.Start(folder, platform, allow: OnlyMentioned());
        platform.Say("oc_group", "still there?", chatType: "group", change: message => message["parent_id"] = platform.Messages[0].Id);
        next.AwaitAnswers(
            platform, [("oc_group", "@Gateway hello"), ("oc_group", $"and how are you?{Quoting}"), ("oc_group", $"still there?{Quoting}")]);
        Assert.Equal(0, next.Stop());
    }

    private const string Quoting = "\n(answers me: @Gateway hello)";

    private static FakeMessage OnlyIn(FakePlatform platform, string chat) => Assert.Single(platform.Messages, message => message.Chat == chat);

    /// <summary>The bytes that somebody sees: of the file, or of the text where it has none.</summary>
    private static byte[] FileOf(FakePlatform platform, FakeMessage message)
    {
        var content = JsonNode.Parse(message.Content)!;
        return (string?)(content["image_key"] ?? content["file_key"]) is { } key ? platform.File(key)! : Bytes.Of(message.Text);
    }

    private static void Await(GatewayProcess gateway, Func<bool> condition, string otherwise) =>
        Bound.Until(condition, Bound.Replies, () => $"{otherwise}. The gateway said:\n{gateway.Said}");
}
