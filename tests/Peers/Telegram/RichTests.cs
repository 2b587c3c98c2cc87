using System.Net;
using System.Text.Json.Nodes;
using PluginGateway.PeerTests.Servers.Telegram;

namespace PluginGateway.PeerTests.Telegram;

/// <summary>Files, edits, deletions, reactions, topics and typing, through the real executable.</summary>
public sealed class RichTests : IDisposable
{
    private const long Ann = 501;
    private const long Ben = 502;
    private const long Forum = -1_001_000_000_777;

    private readonly BotServer _server = new();
    private readonly TempFolder _folder = new();
    private readonly BotAccount _bot;

    public RichTests() => _bot = _server.Add(TelegramGateway.Token);

    public void Dispose()
    {
        _folder.Dispose();
        _server.Dispose();
    }

    [Theory]
    [InlineData("inProcess")]
    [InlineData("process")]
    public void On_telegram_the_menu_shows_the_commands_of_the_handler_again_after_a_reconnect(string isolation)
    {
        using var gateway = TelegramGateway.Start(
            _folder, _server, handler: new JsonObject { ["plugin"] = "Echo", ["isolation"] = isolation });
        Bound.Until(() => _bot.Commands.GetValueOrDefault("de") is ["echo: Antwortet mit deinem Text"], Bound.Replies, () => gateway.Said);
        Assert.Equal(["echo: Answers with your text"], _bot.Commands[""]);
        _bot.Commands.Clear();
        _server.Script("setMyCommands", BotReply.Bad("BOT_COMMAND_INVALID"));
        Assert.Equal(0, Command.Run(_folder.Path, "adapter", "reconnect", "tg", "--data", gateway.Data).ExitCode);
        Bound.Until(() => gateway.Said.Contains("the commands of its handler were not published: ", StringComparison.Ordinal), Bound.Replies,
            () => gateway.Said);
        gateway.AwaitTelegram("connected");
        Assert.Equal(0, Command.Run(_folder.Path, "adapter", "reconnect", "tg", "--data", gateway.Data).ExitCode);
        Bound.Until(() => _bot.Commands.Count == 2, Bound.Replies, () => gateway.Said);
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public async Task On_telegram_files_come_back_byte_for_byte_and_go_out_from_a_shell_and_from_a_program()
    {
        using var gateway = TelegramGateway.Start(_folder, _server);
        var (photo, document, voice) = (Bytes.Png(40_000), Bytes.Noise(300_000), Bytes.Voice(20_000));

        _bot.Updates.Add("message", _bot.Message(Forum, message => (message["photo"], message["caption"], message["is_topic_message"],
            message["message_thread_id"]) = (new JsonArray(File([1, 2, 3]), File(photo)), "look", true, 5)));
        _bot.Updates.Add("message", _bot.Message(Ann, message => message["document"] = File(document, "notes.bin")));
        _bot.Updates.Add("message", _bot.Message(Ben, message => message["voice"] = File(voice)));
        Await(gateway, () => _bot.Sent.Count == 3, "not every file comes back");
        Assert.Equal([("sendphoto", "look"), ("senddocument", ""), ("sendvoice", "")],
            new[] { Forum, Ann, Ben }.Select(OnlyIn).Select(static sent => (sent.Method, sent.Text)));
        Assert.Equal(photo, OnlyIn(Forum).File!.Bytes);
        Assert.Equal(5, OnlyIn(Forum).Topic);
        Assert.Equal(document, OnlyIn(Ann).File!.Bytes);
        Assert.Equal("notes.bin", OnlyIn(Ann).File!.Name);
        Assert.Equal(voice, OnlyIn(Ben).File!.Bytes);
        using (var http = new HttpClient()) Assert.Equal(photo, await http.GetByteArrayAsync(new Uri(gateway.Address, "/api/attachments/i1/0")));

        var plot = _folder["plot.png"];
        await System.IO.File.WriteAllBytesAsync(plot, photo);
        var told = Command.Run(_folder.Path, "send", "--to", $"tg:{Ann}", "A plot", "--attach", plot, "--wait", "--data", gateway.Data);
        Assert.True(told.ExitCode == 0, told.Said);
        using var api = new ApiClient(gateway.Address);
        var report = Bytes.Text(100_000);
        var id = (await api.UploadAsync(report)).Json.GetProperty("id").GetString();
        Assert.Equal(HttpStatusCode.Accepted, (await api.PostAsync(new
        {
            adapter = "tg",
            chat = TelegramGateway.Digits(Forum),
            thread = "5",
            text = new string('x', 1500),
            key = "k",
            attachments = new[] { new { id, kind = "file", name = "report.txt" } }
        })).Status);
        api.WaitFor("k", "delivered");
        var fromShell = _bot.Sent.Last(static sent => sent.Chat == TelegramGateway.Digits(Ann));
        Assert.Equal(("sendphoto", "A plot", "plot.png"), (fromShell.Method, fromShell.Text, fromShell.File!.Name));
        Assert.Equal(photo, fromShell.File.Bytes);
        // A text that no caption holds is a message of its own, below the file.
        var fromProgram = _bot.Sent.Where(static sent => sent.Chat == TelegramGateway.Digits(Forum)).Skip(1).ToArray();
        Assert.Equal(
            [("senddocument", 0, 5), ("sendmessage", 1500, 5)], fromProgram.Select(static sent => (sent.Method, sent.Text.Length, sent.Topic ?? 0)));
        Assert.Equal(Bytes.Of(report), fromProgram[0].File!.Bytes);
        gateway.AwaitIdle(accepted: 3).AssertBalances();
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public void On_telegram_a_handler_is_given_what_is_quoted_where_a_message_came_from_commands_links_and_places()
    {
        using var gateway = TelegramGateway.Start(_folder, _server);
        _bot.Say(Ann, "summarise this", static message => message["reply_to_message"] = new JsonObject
        {
            ["message_id"] = 3, ["text"] = "A long story.", ["from"] = new JsonObject { ["id"] = Ben, ["first_name"] = "Ben" },
        });
        Answered("summarise this\n(answers Ben: A long story.)");
        _bot.Say(Ann, "and this", static message => (message["reply_to_message"], message["quote"]) = (
            new JsonObject { ["message_id"] = 3, ["text"] = "A long story." }, new JsonObject { ["text"] = "long", ["position"] = 2 }));
        Answered("and this\n(answers 3: long)");
        _bot.Say(Ann, "look", static message => message["forward_origin"] = new JsonObject
        {
            ["type"] = "channel", ["date"] = 1_700_000_000, ["chat"] = new JsonObject { ["id"] = -1002, ["title"] = "News" }, ["message_id"] = 9,
        });
        Answered("look\n(forwarded from News)");
        _bot.Say(Ann, "/ask@gateway_test_bot what now?", static message => message["entities"] = new JsonArray(
            new JsonObject { ["type"] = "bot_command", ["offset"] = 0, ["length"] = 21 }));
        Answered("/ask@gateway_test_bot what now?\n(command ask: what now?)");
        _bot.Say(Ann, "see the plan", static message => message["entities"] = new JsonArray(
            new JsonObject { ["type"] = "text_link", ["offset"] = 4, ["length"] = 8, ["url"] = "https://example.org/plan" }));
        Answered("see the plan (https://example.org/plan)");
        _bot.Updates.Add("message", _bot.Message(Ann, static message => message["venue"] = new JsonObject
        {
            ["location"] = new JsonObject { ["latitude"] = 52.5, ["longitude"] = 13.25 }, ["title"] = "Cafe", ["address"] = "Street 1",
        }));
        Answered("Cafe Street 1 geo:52.5,13.25\n(at 52.5, 13.25: Cafe)");
        Assert.Equal(0, gateway.Stop());

        void Answered(string text) => Await(gateway, () => _bot.TextsIn(Ann) is [.., var last] && last == text, $"no answer '{text}'");
    }

    [Fact]
    public void On_telegram_a_handler_is_given_edits_reactions_and_who_comes_and_goes()
    {
        using var gateway = TelegramGateway.Start(_folder, _server, groups: "mentioned");
        _bot.Say(Ann, "helo");
        Answered(Ann, "helo");
        var answer = _bot.Sent[^1].Id;
        _bot.Updates.Add("edited_message", _bot.Message(Ann, static message =>
            (message["message_id"], message["text"], message["edit_date"]) = (77, "hello", DateTimeOffset.UtcNow.ToUnixTimeSeconds())));
        Answered(Ann, "(edited 77) hello");
        Assert.NotEqual(0, _bot.Updates.Add("message_reaction", Reaction(Ann, answer, "👍")));
        Answered(Ann, $"(Ann reacted to {answer}: +👍)");

        // In a group that is heard when it mentions the bot: a reaction to the bot's own message, and none to anybody else's.
        _bot.Updates.Add("message", _bot.Message(Forum, static message => (message["text"], message["entities"]) = ("@gateway_test_bot hi",
            new JsonArray(new JsonObject { ["type"] = "mention", ["offset"] = 0, ["length"] = 17 }))));
        Answered(Forum, "@gateway_test_bot hi");
        var ours = _bot.Sent[^1].Id;
        _bot.Updates.Add("message_reaction", Reaction(Forum, ours + 1000, "🔥"));
        _bot.Updates.Add("message_reaction", Reaction(Forum, ours, "🎉"));
        Answered(Forum, $"(Ann reacted to {ours}: +🎉)");
        _bot.Updates.Add("message", _bot.Message(
            Forum, static message => message["new_chat_members"] = new JsonArray(new JsonObject { ["id"] = Ben, ["first_name"] = "Ben" })));
        Answered(Forum, "(joined: Ben)");
        _bot.Updates.Add("message", _bot.Message(
            Forum, static message => message["left_chat_member"] = new JsonObject { ["id"] = Ben, ["first_name"] = "Ben" }));
        Answered(Forum, "(left: Ben)");
        Assert.Equal(4, _bot.TextsIn(Forum).Count);
        gateway.AwaitIdle(accepted: 7).AssertBalances();
        Assert.Equal(0, gateway.Stop());

        void Answered(long chat, string text) => Await(gateway, () => _bot.TextsIn(chat) is [.., var last] && last == text, $"no answer '{text}'");

        static JsonObject Reaction(long chat, int message, string emoji) => new()
        {
            ["chat"] = new JsonObject { ["id"] = chat, ["type"] = chat > 0 ? "private" : "supergroup" },
            ["message_id"] = message,
            ["date"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
            ["user"] = new JsonObject { ["id"] = Ann, ["first_name"] = "Ann" },
            ["old_reaction"] = new JsonArray(),
            ["new_reaction"] = new JsonArray(new JsonObject { ["type"] = "emoji", ["emoji"] = emoji }),
        };
    }

    /// <summary>Echo makes buttons of labels in brackets; a press is answered by Telegram's own means, handled once and shown in the
    /// message.</summary>
    [Theory]
    [InlineData("inProcess")]
    [InlineData("process")]
    public void On_telegram_a_press_is_answered_handled_once_and_shown(string isolation)
    {
        using var gateway = GatewayProcess.StartReady(_folder, TelegramGateway.Configuration(_server, groups: "mentioned")
            .Replace("\"plugin\":\"Telegram\"", $"\"plugin\":\"Telegram\",\"isolation\":\"{isolation}\"", StringComparison.Ordinal));
        gateway.AwaitTelegram("connected");
        _bot.Say(Forum, "@gateway_test_bot Shall I? [Yes] [No]", static message => message["entities"] =
            new JsonArray(new JsonObject { ["type"] = "mention", ["offset"] = 0, ["length"] = 17 }));
        Await(gateway, () => _bot.Sent.Count == 1, "it is not answered");
        var asked = _bot.Sent[0];
        Assert.Equal(["Yes", "No"], asked.Buttons.Select(static button => button.Text));

        // Somebody else, who the buttons are not for; then the person who asked, twice; then a button that no gateway has made.
        var foreign = _bot.Press(asked, asked.Buttons[0].Data, by: Ben);
        Told(foreign, "Dieser Knopf ist nicht für Sie.");
        var first = _bot.Press(asked, asked.Buttons[1].Data, by: Math.Abs(Forum));
        Told(first, "");
        Await(gateway, () => _bot.TextsIn(Forum) is [.., var last] && last == $"(P{Math.Abs(Forum)} pressed No)", "the press is not handled");
        Await(gateway, () => _bot.Sent[0] is { Buttons: [] } shown && shown.Text.EndsWith("✓ No", StringComparison.Ordinal), "it is not shown");
        Told(_bot.Press(asked, asked.Buttons[0].Data, by: Math.Abs(Forum)), "Das wurde schon beantwortet.");
        Told(_bot.Press(asked, "0123456789012345678901", by: Math.Abs(Forum)), "Dieser Knopf wirkt nicht mehr.");
        Assert.Equal(2, _bot.Sent.Count);
        gateway.AwaitIdle(accepted: 2).AssertBalances();
        Assert.Equal(0, gateway.Stop());

        void Told(string query, string text) => Await(gateway, () => _bot.PressAnswers.Contains((query, text)),
            $"the press {query} is not answered '{text}': {string.Join("; ", _bot.PressAnswers)}");
    }

    private static object Choice => new
    {
        text = "Which?",
        buttons = new object[] { new { id = "a", label = "First", style = "danger" }, new { id = "b", label = "Second" } },
        once = false,
        expiresSeconds = 60,
    };

    [Fact]
    public async Task On_telegram_a_backend_sends_buttons_and_is_posted_the_press()
    {
        using var backend = new Backend();
        var handler = backend.Handler;
        using (var killed = TelegramGateway.Start(_folder, _server, handler: handler.DeepClone().AsObject()))
        {
            _bot.Say(Ann, "hello");
            (await backend.NextAsync()).Answer(Choice);
            Await(killed, () => _bot.Sent.Count == 1, "it is not answered");
            killed.AwaitIdle(accepted: 1);
            killed.Kill();
        }

        using var gateway = TelegramGateway.Start(_folder, _server, handler: handler);
        _bot.Press(_bot.Sent[0], _bot.Sent[0].Buttons[1].Data);
        var press = await backend.NextAsync();
        var button = press.Json.GetProperty("button");
        Assert.Equal(("pressed", "b", "Second", "m1", TelegramGateway.Digits(_bot.Sent[0].Id)), (press.Of("event"),
            button.GetProperty("id").GetString(), button.GetProperty("label").GetString(), button.GetProperty("target").GetString(),
            press.Of("messageId")));
        press.Answer(new { edit = button.GetProperty("target").GetString(), text = "Second it is." });
        Await(gateway, () => _bot.Sent[0].Text == "Second it is.", "it is not edited");
        Assert.Equal(2, _bot.Sent[0].Buttons.Count);
        gateway.AwaitIdle(accepted: 2).AssertBalances();
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public async Task On_telegram_albums_come_and_go_stickers_too_and_what_arrived_before_an_album_in_doubt_is_not_sent_again()
    {
        using var gateway = TelegramGateway.Start(_folder, _server);
        using var api = new ApiClient(gateway.Address);
        var (one, two, paper) = (Bytes.Png(1000), Bytes.Png(2000), Bytes.Noise(3000));
        foreach (var (name, bytes) in ((string, byte[])[])[("a.png", one), ("b.png", two), ("c.pdf", paper)])
            await System.IO.File.WriteAllBytesAsync(_folder[name], bytes);
        var told = Command.Run(_folder.Path, "send", "--to", $"tg:{Ben}", "Plots", "--attach", _folder["a.png"], "--attach", _folder["b.png"],
            "--attach", _folder["c.pdf"], "--key", "plots", "--wait", "--data", gateway.Data);
        Assert.True(told.ExitCode == 0, told.Said);
        Assert.Equal([("album:photo", "", one), ("album:photo", "", two), ("senddocument", "Plots", paper)],
            _bot.Sent.Select(static sent => (sent.Method, sent.Text, sent.File!.Bytes)));
        Assert.Equal(_bot.Sent[0].GroupId, _bot.Sent[1].GroupId);
        await AskAsync(api, HttpMethod.Delete, "/api/messages/plots?key=d", null);
        api.WaitFor("d", "delivered");
        Assert.All(_bot.Sent, static sent => Assert.True(sent.IsDeleted));

        // An album of which nobody knows whether it has arrived, behind a recording that has.
        var ids = new List<string?>();
        foreach (var text in (string[])["tone", "page 1", "page 2"]) ids.Add((await api.UploadAsync(text)).Json.GetProperty("id").GetString());
        _server.Script("sendMediaGroup", new BotReply(200, "{}") { IsCut = true, AfterTheDeed = true });
        await api.PostAsync(new
        {
            to = $"tg:{Ben}",
            text = "Pages",
            key = "pages",
            attachments = ids.Select(static (id, at) => new { id, kind = at == 0 ? "audio" : "file", name = $"{at}.{(at == 0 ? "mp3" : "txt")}" }),
        });
        api.WaitFor("pages", "parked");
        Assert.Equal(["sendaudio", "album:document", "album:document"], _bot.Sent.Skip(3).Select(static sent => sent.Method));
        var parked = (await api.GetAsync("/api/messages/pages")).Json.GetProperty("id").GetString()!;
        told = Command.Run(_folder.Path, "outbox", "resend", parked.TrimStart('m'), "--data", gateway.Data);
        Assert.True(told.ExitCode == 0, told.Said);
        api.WaitFor("pages", "delivered");
        Assert.Equal([("sendaudio", ""), ("album:document", ""), ("album:document", "Pages"), ("album:document", ""), ("album:document", "Pages")],
            _bot.Sent.Skip(3).Select(static sent => (sent.Method, sent.Text)));

        // What comes as an album is one turn, and comes back as an album; a sticker comes back as one.
        foreach (var photo in (byte[][])[one, two])
            _bot.Updates.Add("message", _bot.Message(
                Ann, message => (message["photo"], message["media_group_id"]) = (new JsonArray(File(photo)), "g1")));
        byte[] sticker = [.. "RIFF1234WEBP"u8, .. Bytes.Noise(100)];
        _bot.Updates.Add("message", _bot.Message(Ann, message => message["sticker"] = File(sticker, "s.webp")));
        Await(gateway, () => _bot.TextsIn(Ann).Count == 3, "not everything comes back");
        var back = _bot.Sent.Where(static sent => sent.Chat == TelegramGateway.Digits(Ann)).ToArray();
        Assert.Equal([("album:photo", ""), ("album:photo", ""), ("sendsticker", "")],
            back.Select(static sent => (sent.Method, sent.Text)));
        Assert.Equal(sticker, back[2].File!.Bytes);
        gateway.AwaitIdle(accepted: 3).AssertBalances();
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public async Task On_telegram_a_backend_is_posted_the_events_that_it_asks_for_and_no_others()
    {
        using var backend = new Backend();
        var handler = backend.Handler;
        handler["settings"]!["events"] = new JsonArray("reaction");
        using var gateway = TelegramGateway.Start(_folder, _server, handler: handler);
        _bot.Say(Ann, "hello");
        var message = await backend.NextAsync();
        Assert.Equal(("message", "hello"), (message.Of("event"), message.Of("text")));
        message.Answer(new { text = "answer" });
        Await(gateway, () => _bot.Sent.Count == 1, "it is not answered");
        // Until the receipt is stored nobody knows whose message it is.
        gateway.AwaitIdle(accepted: 1);
        _bot.Updates.Add("edited_message", _bot.Message(Ann, static edited => edited["text"] = "hello again"));
        _bot.Updates.Add("message_reaction", new JsonObject
        {
            ["chat"] = new JsonObject { ["id"] = Ann, ["type"] = "private" },
            ["message_id"] = _bot.Sent[0].Id,
            ["date"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
            ["user"] = new JsonObject { ["id"] = Ann, ["first_name"] = "Ann" },
            ["old_reaction"] = new JsonArray(new JsonObject { ["type"] = "emoji", ["emoji"] = "👎" }),
            ["new_reaction"] = new JsonArray(new JsonObject { ["type"] = "emoji", ["emoji"] = "👍" }),
        });
        var reaction = await backend.NextAsync();
        Assert.Equal(("reaction", $"{_bot.Sent[0].Id}", "m1", "Ann"),
            (reaction.Of("event"), reaction.Of("messageId"), reaction.Of("target"),
                reaction.Json.GetProperty("sender").GetProperty("name").GetString()));
        Assert.Equal(("👍", "👎"), (reaction.Json.GetProperty("added")[0].GetString(), reaction.Json.GetProperty("removed")[0].GetString()));
        reaction.Answer(new { react = "🤝" }, new { text = "Thanks" });
        Await(gateway, () => _bot.TextsIn(Ann) is [.., "Thanks"], "it is not answered");
        Assert.Equal("🤝", _bot.Sent[0].Reaction);
        _bot.Say(Ann, "shorter, please", message => message["reply_to_message"] =
            new JsonObject { ["message_id"] = _bot.Sent[0].Id, ["text"] = "answer", ["from"] = new JsonObject { ["id"] = 4711, ["is_bot"] = true } });
        var quoting = await backend.NextAsync();
        Assert.Equal("m1", quoting.Json.GetProperty("quote").GetProperty("target").GetString());
        quoting.Answer(new { edit = "m1", text = "answ" });
        Await(gateway, () => _bot.Sent[0].Text == "answ", "it is not edited");
        gateway.AwaitIdle(accepted: 4).AssertBalances();
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public async Task On_telegram_a_backend_is_told_the_format_custom_emoji_and_who_blocks_and_unblocks_the_bot()
    {
        using var backend = new Backend();
        var handler = backend.Handler;
        handler["settings"]!["events"] = new JsonArray("reaction", "members");
        using var gateway = TelegramGateway.Start(_folder, _server, handler: handler);
        _bot.Say(Ann, "*hello*");
        var message = await backend.NextAsync();
        Assert.Equal(("*hello*", "plain"), (message.Of("text"), message.Of("format")));
        message.Answer(new { text = "answer" });
        Await(gateway, () => _bot.Sent.Count == 1, "it is not answered");
        _bot.Updates.Add("message_reaction", new JsonObject
        {
            ["chat"] = new JsonObject { ["id"] = Ann, ["type"] = "private" },
            ["message_id"] = _bot.Sent[0].Id,
            ["date"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
            ["user"] = new JsonObject { ["id"] = Ann, ["first_name"] = "Ann" },
            ["old_reaction"] = new JsonArray(new JsonObject { ["type"] = "emoji", ["emoji"] = "👎" }),
            ["new_reaction"] = new JsonArray(
                new JsonObject { ["type"] = "emoji", ["emoji"] = "👍" },
                new JsonObject { ["type"] = "custom_emoji", ["custom_emoji_id"] = "5368324170671202286" }),
        });
        var reaction = await backend.NextAsync();
        string?[] Texts(string name) => [.. reaction.Json.GetProperty(name).EnumerateArray().Select(static one => one.GetString())];
        Assert.Equal(["👍", "5368324170671202286"], Texts("added"));
        Assert.Equal([null, "5368324170671202286"], Texts("addedIds"));
        Assert.Equal(["👎"], Texts("removed"));
        Assert.False(reaction.Json.TryGetProperty("removedIds", out _));
        reaction.Answer();
        foreach (var (before, now, change) in ((string, string, string)[])[("member", "kicked", "botBlocked"), ("kicked", "member", "botAdded")])
        {
            _bot.Updates.Add("my_chat_member", new JsonObject
            {
                ["chat"] = new JsonObject { ["id"] = Ann, ["type"] = "private", ["first_name"] = "Ann" },
                ["from"] = new JsonObject { ["id"] = Ann, ["first_name"] = "Ann" },
                ["date"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
                ["old_chat_member"] = new JsonObject { ["user"] = new JsonObject { ["id"] = 4711, ["is_bot"] = true }, ["status"] = before },
                ["new_chat_member"] = new JsonObject { ["user"] = new JsonObject { ["id"] = 4711, ["is_bot"] = true }, ["status"] = now },
            });
            var changed = await backend.NextAsync();
            Assert.Equal(("members", change), (changed.Of("event"), changed.Of("change")));
            Assert.Equal(("direct", "Ann"), (changed.Json.GetProperty("chat").GetProperty("kind").GetString(),
                changed.Json.GetProperty("sender").GetProperty("name").GetString()));
            changed.Answer();
        }

        gateway.AwaitIdle(accepted: 4).AssertBalances();
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public async Task On_telegram_a_program_and_a_shell_deliver_without_a_sound_and_a_program_without_previews_of_links()
    {
        using var gateway = TelegramGateway.Start(_folder, _server);
        using var api = new ApiClient(gateway.Address);
        await api.PostAsync(new { to = $"tg:{Ben}", text = "as usual", key = "usual" });
        api.WaitFor("usual", "delivered");
        await api.PostAsync(new { to = $"tg:{Ben}", text = "https://example.org", key = "quiet", silent = true, linkPreview = false });
        api.WaitFor("quiet", "delivered");
        await AskAsync(api, HttpMethod.Patch, "/api/messages/usual", new { text = "https://example.org", key = "edit", linkPreview = false });
        api.WaitFor("edit", "delivered");
        var picture = _folder["picture.png"];
        await System.IO.File.WriteAllBytesAsync(picture, Bytes.Png(1000));
        var told = Command.Run(
            _folder.Path, "send", "--to", $"tg:{Ben}", "at night", "--silent", "--attach", picture, "--wait", "--data", gateway.Data);
        Assert.True(told.ExitCode == 0, told.Said);
        Assert.Equal(
            [("https://example.org", false, false), ("https://example.org", true, false), ("at night", true, true)],
            _bot.Sent.Select(static sent => (sent.Text, sent.IsSilent, sent.HasPreview)));
        var (status, refused) = await api.PostAsync(new { to = $"tg:{Ben}", text = "x", key = "wrong", silent = "yes" });
        Assert.Equal((HttpStatusCode.BadRequest, "'silent' must be true or false."), (status, refused.GetProperty("message").GetString()));
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public async Task On_telegram_a_program_edits_reacts_to_and_deletes_what_it_sent_and_reacts_to_what_people_said()
    {
        using var gateway = TelegramGateway.Start(_folder, _server);
        using var api = new ApiClient(gateway.Address);
        _bot.Say(Ann, "hello");
        Await(gateway, () => _bot.TextsIn(Ann).Count == 1, "it is not answered");
        var heard = _bot.Heard.Single();

        await api.PostAsync(new { to = $"tg:{Ben}", text = "Working ...", key = "k" });
        await AskAsync(api, HttpMethod.Patch, "/api/messages/k", new { text = "**Done**", format = "markdown", key = "e" });
        await AskAsync(api, HttpMethod.Put, "/api/messages/k/reaction", new { emoji = "👍", key = "r1" });
        await AskAsync(api, HttpMethod.Put, "/api/messages/i1/reaction", new { emoji = "👀", key = "r2" });
        foreach (var key in (string[])["e", "r1", "r2"]) api.WaitFor(key, "delivered");
        Assert.Equal(("Done", "👍"), (OnlyIn(Ben).Text, OnlyIn(Ben).Reaction));
        Assert.Equal("👀", _bot.Reactions[heard]);
        await AskAsync(api, HttpMethod.Put, "/api/messages/i1/reaction", new { emoji = (string?)null, key = "r3" });
        await AskAsync(api, HttpMethod.Delete, "/api/messages/k?key=d", null);
        foreach (var key in (string[])["r3", "d"]) api.WaitFor(key, "delivered");
        Assert.Null(_bot.Reactions[heard]);
        Assert.True(OnlyIn(Ben).IsDeleted);

        // A reaction of somebody is an event of its own.
        _bot.Updates.Add("message_reaction", new JsonObject
        {
            ["chat"] = new JsonObject { ["id"] = Ann, ["type"] = "private" },
            ["message_id"] = heard.Id,
            ["user"] = new JsonObject { ["id"] = Ann, ["is_bot"] = false },
            ["date"] = 1_700_000_000,
            ["old_reaction"] = new JsonArray(),
            ["new_reaction"] = new JsonArray(new JsonObject { ["type"] = "emoji", ["emoji"] = "🔥" })
        });
        _bot.Say(Ann, "still there?");
        Await(gateway, () => _bot.TextsIn(Ann).Count == 3 && _bot.Updates.Waiting == 0, "it does not go on after a reaction");
        var status = gateway.AwaitIdle(accepted: 3);
        status.AssertBalances();
        Assert.Equal((3L, 9L, 9L), (status.Inbound("accepted"), status.Outbound("owed"), status.Outbound("delivered")));
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public async Task On_telegram_a_backend_hears_a_voice_message_shows_typing_edits_its_draft_reacts_and_answers_in_the_topic_with_a_file()
    {
        using var backend = new Backend();
        using var gateway = TelegramGateway.Start(_folder, _server, handler: backend.Handler);
        using var api = new ApiClient(gateway.Address);
        var voice = Bytes.Voice(50_000);
        _bot.Updates.Add("message",
            _bot.Message(Forum, message => (message["voice"], message["is_topic_message"], message["message_thread_id"]) = (File(voice), true, 5)));
        var heard = _bot.Heard.Single();

        var turn = await backend.NextAsync();
        Assert.Equal(["edit", "delete", "react", "attach", "fetch"], turn.Capabilities);
        using (var file = await api.DownloadAsync(turn.Url(0), turn.Token)) Assert.Equal(voice, await file.Content.ReadAsByteArrayAsync());
        Await(gateway, () => _bot.Actions.Contains($"{Forum} typing 5"), "nobody types in the topic");
        await api.PostAsync(new { text = "Listening ...", key = "draft" }, turn.Token);
        await AskAsync(api, HttpMethod.Patch, "/api/messages/draft", new { text = "I have heard it.", key = "e" }, turn.Token);
        var transcript = Bytes.Text(10_000);
        var id = (await api.UploadAsync(transcript, turn.Token)).Json.GetProperty("id").GetString();
        turn.Answer(new { react = "👀" },
            new { text = "Here", replyTo = turn.Of("messageId"), attachments = new[] { new { id, kind = "file", name = "transcript.txt" } } });

        Await(gateway, () => _bot.Sent.Any(static sent => sent.Text == "Here") && _bot.Sent.Any(static sent => sent.Text == "I have heard it."),
            "the answer is not there");
        Assert.Equal([("sendmessage", "I have heard it.", 5), ("senddocument", "Here", 5)],
            _bot.Sent.Select(static sent => (sent.Method, sent.Text, sent.Topic ?? 0)));
        Assert.Equal((heard.Id, "transcript.txt"), (_bot.Sent[1].ReplyTo, _bot.Sent[1].File!.Name));
        Assert.Equal(Bytes.Of(transcript), _bot.Sent[1].File!.Bytes);
        Assert.Equal("👀", _bot.Reactions[heard]);

        // What somebody edits comes as an edit of what it was.
        _bot.Updates.Add("edited_message", _bot.Message(Forum, message => (message["message_id"], message["caption"], message["voice"],
            message["edit_date"]) = (heard.Id, "in other words", File(voice), 1_700_000_000)));
        var edit = await backend.NextAsync();
        Assert.Equal(
            (true, turn.Of("messageId"), "in other words"), (edit.Json.GetProperty("isEdit").GetBoolean(), edit.Of("messageId"), edit.Of("text")));
        edit.Answer();
        gateway.AwaitIdle(accepted: 2).AssertBalances();
        Assert.Equal(0, gateway.Stop());
    }

    private static async Task AskAsync(ApiClient api, HttpMethod method, string path, object? body, string? token = null) =>
        Assert.Equal(HttpStatusCode.Accepted, (await api.SendAsync(method, path, body, token)).Status);

    private SentMessage OnlyIn(long chat) => Assert.Single(_bot.Sent, sent => sent.Chat == TelegramGateway.Digits(chat));

    private JsonObject File(byte[] bytes, string? name = null)
    {
        var id = _bot.Keep($"files/{Guid.NewGuid():N}", bytes);
        var file = new JsonObject { ["file_id"] = id, ["file_unique_id"] = $"u-{id}", ["file_size"] = bytes.Length };
        if (name is not null) file["file_name"] = name;
        return file;
    }

    private static void Await(GatewayProcess gateway, Func<bool> condition, string otherwise) =>
        Bound.Until(condition, Bound.Replies, () => $"{otherwise}. The gateway said:\n{gateway.Said}");
}
