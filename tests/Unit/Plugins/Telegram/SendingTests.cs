using System.Security.Cryptography;
using PluginGateway.PeerTests.Servers.Telegram;
using PluginGateway.Plugins.Telegram;

namespace PluginGateway.Tests.Plugins.Telegram;

/// <summary>How messages go out, against the fake Bot API.</summary>
public sealed class SendingTests : IAsyncLifetime
{
    private static readonly byte[] Png = [0x89, .. "PNG\r\n\u001a\n and so on"u8];

    private readonly TelegramFixture _fixture = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("telegram-").FullName;

    public async ValueTask InitializeAsync() => _ = await _fixture.ConnectAsync();

    public async ValueTask DisposeAsync()
    {
        await _fixture.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_text_goes_to_its_topic_as_a_reply_and_its_receipt_names_it()
    {
        var result = await _fixture.SendAsync("grüß dich 🎉 <b> *x*", TelegramFixture.Group,
            static message => new OutboundMessage(message.Key, message.Chat, message.Text) { ReplyTo = "77" }, "5");
        var sent = Assert.Single(_fixture.Bot.Sent);
        Assert.Equal(($"{TelegramFixture.Group}", "grüß dich 🎉 <b> *x*", 5, 77), (sent.Chat, sent.Text, sent.Topic, sent.ReplyTo));
        Assert.Equal((SendOutcome.Sent, $"{sent.Id}"), (result.Outcome, result.Receipt!.MessageId));
    }

    [Fact]
    public async Task Markdown_is_rendered_and_where_telegram_does_not_take_it_the_text_goes_as_it_is()
    {
        await _fixture.SendAsync("**bold** & `1 < 2`", change: Markdown);
        _fixture.Server.Script("sendMessage", BotReply.Bad("can't parse entities: Unsupported start tag"));
        await _fixture.SendAsync("**bold** again", change: Markdown);
        Assert.Equal([("bold & 1 < 2", "Html"), ("**bold** again", null)], _fixture.Bot.Sent.Select(static sent => (sent.Text, sent.ParseMode)));
    }

    [Theory]
    [InlineData(401, """{"error":"unauthorized","description":"The proxy wants a login."}""")]
    [InlineData(404, """{"message":"no route"}""")]
    [InlineData(421, "")]
    [InlineData(302, "")]
    [InlineData(307, "<html>")]
    [InlineData(200, "\n <!doctype html><title>Maintenance</title>")]
    [InlineData(499, "[]")]
    [InlineData(200, """{"status":"maintenance"}""")]
    [InlineData(200, "maintenance")]
    [InlineData(200, "[]")]
    [InlineData(200, "\uFEFF<html>")]
    [InlineData(403, """{"code":403,"message":"Forbidden"}""")]
    [InlineData(400, """{"ok":false,"error_code":418,"description":"a code that nobody knows"}""")]
    [InlineData(405, """{"ok":false,"error_code":405,"description":"Method Not Allowed"}""")]
    public async Task What_something_on_the_way_answers_is_passing_and_parks_nobody(int status, string body)
    {
        _fixture.Server.Script("sendMessage", new BotReply(status, body));
        var result = await _fixture.SendAsync("again");
        Assert.Equal((SendOutcome.NotSent, SendErrorKind.Transient), (result.Outcome, result.Error!.Kind));
        Assert.NotEqual(SendRetryKind.Never, result.Error.Retry.Kind);
        Assert.Empty(_fixture.Fatal);
        Assert.Equal(SendOutcome.Sent, (await _fixture.SendAsync("again")).Outcome);
    }

    [Fact]
    public async Task A_text_of_the_declared_length_is_taken_and_one_of_more_is_refused_for_good()
    {
        var most = string.Concat(Enumerable.Repeat("🎉", MessageSender.LongestText / 2));
        Assert.Equal(SendOutcome.Sent, (await _fixture.SendAsync(most)).Outcome);
        AssertRefused(await _fixture.SendAsync(most + "!"), SendErrorKind.TooLong);
        AssertRefused(await _fixture.SendAsync(" \n "), SendErrorKind.InvalidMessage);
    }

    [Theory]
    [InlineData("Forbidden: bot was blocked by the user", SendErrorKind.Forbidden)]
    [InlineData("Forbidden: user is deactivated", SendErrorKind.Forbidden)]
    [InlineData("Bad Request: not enough rights to send text messages to the chat", SendErrorKind.Forbidden)]
    [InlineData("Bad Request: TOPIC_CLOSED", SendErrorKind.Forbidden)]
    [InlineData("Bad Request: chat not found", SendErrorKind.NotFound)]
    [InlineData("Bad Request: message thread not found", SendErrorKind.NotFound)]
    [InlineData("Bad Request: SOMETHING_NEW", SendErrorKind.InvalidMessage)]
    public async Task What_telegram_refuses_for_good_is_not_tried_again(string words, SendErrorKind kind)
    {
        _fixture.Bot.Forbidden[$"{TelegramFixture.Ann}"] = words;
        AssertRefused(await _fixture.SendAsync("no"), kind);
        Assert.Empty(_fixture.Bot.Sent);
    }

    [Fact]
    public async Task Two_busy_groups_are_not_the_account_and_three_are()
    {
        _fixture.Bot.Floods["*"] = DateTimeOffset.UtcNow.AddSeconds(60);
        List<RateLimitScope?> scopes = [];
        foreach (var group in (long[])[TelegramFixture.Group, TelegramFixture.Group - 1, TelegramFixture.Group - 2])
            scopes.Add((await _fixture.SendAsync("no", group)).Error!.Scope);
        Assert.Equal([RateLimitScope.Chat, RateLimitScope.Chat, RateLimitScope.Account], scopes);
    }

    [Fact]
    public async Task A_rate_limit_holds_its_chat_and_when_others_are_refused_meanwhile_the_account()
    {
        _fixture.Bot.Floods["*"] = DateTimeOffset.UtcNow.AddSeconds(20);
        var first = await _fixture.SendAsync("no");
        Assert.Equal((SendOutcome.NotSent, SendErrorKind.RateLimited, RateLimitScope.Chat), (first.Outcome, first.Error!.Kind, first.Error.Scope));
        Assert.InRange(first.Error.Retry.Delay, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(20));
        Assert.Equal(RateLimitScope.Chat, (await _fixture.SendAsync("no")).Error!.Scope);
        Assert.Equal(RateLimitScope.Account, (await _fixture.SendAsync("no", TelegramFixture.Ann + 1)).Error!.Scope);
    }

    [Theory]
    [InlineData(500, true)]
    [InlineData(502, false)]
    public async Task A_server_that_fails_may_have_sent_it(int status, bool hasAnswer)
    {
        _fixture.Server.Script("sendMessage", hasAnswer ? BotReply.Fail(status, "Internal Server Error: restart") : BotReply.Html(status));
        AssertUnknown(await _fixture.SendAsync("perhaps"));
    }

    [Fact]
    public async Task An_answer_that_breaks_off_leaves_it_unknown_and_a_refused_connection_does_not()
    {
        _fixture.Server.Script("sendMessage", new BotReply(200, "{}") { IsCut = true, AfterTheDeed = true });
        AssertUnknown(await _fixture.SendAsync("perhaps"));
        Assert.Single(_fixture.Bot.Sent); // it did
        _fixture.Server.Kill();
        var result = await _fixture.SendAsync("nobody there");
        Assert.Equal(
            (SendOutcome.NotSent, SendErrorKind.Transient, SendRetryKind.WithBackoff), (result.Outcome, result.Error!.Kind, result.Error.Retry.Kind));
    }

    [Fact]
    public async Task What_is_owed_to_a_group_that_has_moved_goes_to_the_supergroup_also_after_a_restart()
    {
        _fixture.Bot.Migrated[$"{TelegramFixture.Group}"] = -1009;
        Assert.Equal(SendOutcome.Sent, (await _fixture.SendAsync("one", TelegramFixture.Group)).Outcome);
        await _fixture.RenewAsync();
        _ = await _fixture.ConnectAsync();
        var asked = _fixture.Server.CountOf("sendMessage");
        Assert.Equal(SendOutcome.Sent, (await _fixture.SendAsync("two", TelegramFixture.Group)).Outcome);
        Assert.Equal(["-1009", "-1009"], _fixture.Bot.Sent.Select(static sent => sent.Chat));
        Assert.Equal(asked + 1, _fixture.Server.CountOf("sendMessage"));
    }

    [Theory]
    [InlineData(AttachmentKind.Image, "a.png", "sendphoto")]
    [InlineData(AttachmentKind.Image, "a.svg", "senddocument")]
    [InlineData(AttachmentKind.Audio, "a.opus", "sendvoice")]
    [InlineData(AttachmentKind.Audio, "a.ogg", "sendaudio")] // no Opus in it
    [InlineData(AttachmentKind.Audio, "a.mp3", "sendaudio")]
    [InlineData(AttachmentKind.Voice, "a.mp3", "sendvoice")]
    [InlineData(AttachmentKind.Voice, "a.m4a", "sendvoice")]
    [InlineData(AttachmentKind.Voice, "a.flac", "sendaudio")]
    [InlineData(AttachmentKind.Sticker, "a.png", "sendphoto")]
    [InlineData(AttachmentKind.Image, "a.webp", "sendphoto")]
    [InlineData(AttachmentKind.Video, "a.mp4", "sendvideo")]
    [InlineData(AttachmentKind.File, "ä \"q\".pdf", "senddocument")]
    public async Task A_file_goes_whole_in_its_form_with_the_text_as_its_caption(AttachmentKind kind, string name, string method)
    {
        var bytes = name == "a.opus" ? [.. "OggS"u8, .. new byte[24], .. "OpusHead and so on"u8] : Png;
        var path = Write("file", bytes);
        var result = await _fixture.SendAsync(
            "**look**", change: message => Files(Markdown(message), new OutboundAttachment(path, kind) { Name = name }));
        var sent = Assert.Single(_fixture.Bot.Sent);
        Assert.Equal((SendOutcome.Sent, method, "look", name.Replace('"', '_')), (result.Outcome, sent.Method, sent.Text, sent.File!.Name));
        Assert.Equal(bytes, sent.File.Bytes);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(407)]
    [InlineData(408)]
    [InlineData(413)]
    [InlineData(421)]
    [InlineData(425)]
    [InlineData(499)]
    public async Task A_refusal_that_is_none_of_the_bot_apis_passes(int status)
    {
        foreach (var body in (string[])["<html>no</html>", "404 page not found", "", "{\"error\":\"blocked\"}", "[]", "null", "\uFEFF"])
        {
            _fixture.Server.Script("sendMessage", new BotReply(status, body));
            var error = (await _fixture.SendAsync("again")).Error!;
            Assert.Equal((SendErrorKind.Transient, SendRetryKind.After), (error.Kind, error.Retry.Kind));
        }

        Assert.Empty(_fixture.Fatal);
        Assert.Equal(SendOutcome.Sent, (await _fixture.SendAsync("now")).Outcome);
    }

    [Fact]
    public async Task A_method_that_the_server_does_not_know_is_refused_for_good_and_says_nothing_of_the_token()
    {
        _fixture.Server.Script("setMessageReaction", BotReply.Fail(404, "Not Found: method not found"));
        var sent = await _fixture.SendAsync("one");
        var message = new MessageRef(new Chat($"{TelegramFixture.Ann}", ChatKind.Direct), sent.Receipt!.MessageId);
        AssertRefused(await _fixture.Adapter.ReactAsync(new ReactionUpdate("reaction", message, "👍"), default), SendErrorKind.InvalidMessage);
        Assert.Empty(_fixture.Fatal);
    }

    [Fact]
    public async Task A_send_that_is_answered_not_found_says_nothing_of_the_token()
    {
        _fixture.Server.Script("sendMessage", BotReply.Fail(404, "Not Found"));
        var error = (await _fixture.SendAsync("again")).Error!;
        Assert.Equal((SendErrorKind.Transient, SendRetryKind.After), (error.Kind, error.Retry.Kind));
        Assert.Empty(_fixture.Fatal);
        Assert.DoesNotContain("token", error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(SendOutcome.Sent, (await _fixture.SendAsync("again")).Outcome);
    }

    [Theory]
    [InlineData("""{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 7","parameters":{"retry_after":7}}""", "9", 7)]
    [InlineData("""{"ok":false,"error_code":429,"description":"Too Many Requests"}""", "9", 9)]
    [InlineData("<html>slow down</html>", "9", 9)]
    [InlineData("", "soon", 5)]
    [InlineData("", "9999999", 5)]
    public async Task A_demanded_wait_stands_in_the_body_or_in_the_header(string body, string header, int seconds)
    {
        _fixture.Server.Script("sendMessage", new BotReply(429, body) { RetryAfter = header });
        var error = (await _fixture.SendAsync("no")).Error!;
        Assert.Equal((SendErrorKind.RateLimited, TimeSpan.FromSeconds(seconds)), (error.Kind, error.Retry.Delay));
    }

    [Fact]
    public async Task A_group_that_has_moved_is_named_with_both_ids_and_the_settings_that_may_name_it()
    {
        _fixture.Bot.Updates.Add("message", _fixture.Bot.Message(TelegramFixture.Group, static message => message["migrate_to_chat_id"] = -1009));
        _fixture.Bot.Say(TelegramFixture.Ann, "after");
        await _fixture.AwaitAsync(() => _fixture.Accepted.Count == 1, "it does not come");
        string[] words = [$"{TelegramFixture.Group}", "-1009", "allow.chats"];
        Assert.Contains(_fixture.Lines, line => words.All(word => line.Contains(word, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("# \n\n>")]
    [InlineData("#")]
    [InlineData("**\u200B**")]
    [InlineData("```\n```")]
    [InlineData(">")]
    public async Task Markup_that_shows_nothing_goes_as_it_was_written(string markdown)
    {
        Assert.Equal(SendOutcome.Sent, (await _fixture.SendAsync(markdown, change: Markdown)).Outcome);
        Assert.Equal((markdown, null), (_fixture.Bot.Sent[^1].Text, _fixture.Bot.Sent[^1].ParseMode));
    }

    [Theory]
    [InlineData("ENTITIES_TOO_LONG")]
    [InlineData("ENTITY_BOUNDS_INVALID")]
    public async Task Markup_that_is_too_much_goes_as_it_was_written(string code)
    {
        _fixture.Server.Script("sendMessage", BotReply.Bad(code));
        Assert.Equal(SendOutcome.Sent, (await _fixture.SendAsync("**x**", change: Markdown)).Outcome);
        Assert.Equal("**x**", Assert.Single(_fixture.Bot.Sent).Text);
    }

    [Fact]
    public async Task Without_its_topic_or_the_message_it_answers_a_message_is_delivered_all_the_same()
    {
        _fixture.Bot.GoneTopics["5"] = true;
        Assert.Equal(SendOutcome.Sent, (await _fixture.SendAsync("topic", TelegramFixture.Group, thread: "5")).Outcome);
        _fixture.Server.Script("sendMessage", BotReply.Bad("message to be replied not found"));
        Assert.Equal(SendOutcome.Sent, (await _fixture.SendAsync("reply", TelegramFixture.Group,
            static message => new OutboundMessage(message.Key, message.Chat, message.Text) { ReplyTo = "77" })).Outcome);
        Assert.Equal(
            [("topic", null, null), ("reply", null, (int?)null)], _fixture.Bot.Sent.Select(static sent => (sent.Text, sent.Topic, sent.ReplyTo)));
    }

    [Theory]
    [InlineData("VOICE_MESSAGES_FORBIDDEN", AttachmentKind.Audio, "a.opus")]
    [InlineData("VIDEO_FILE_INVALID", AttachmentKind.Video, "a.mp4")]
    [InlineData("CHAT_SEND_PHOTOS_FORBIDDEN", AttachmentKind.Image, "a.png")]
    [InlineData("not enough rights to send photos to the chat", AttachmentKind.Image, "a.png")]
    public async Task A_file_that_is_refused_as_what_it_is_goes_as_a_document(string words, AttachmentKind kind, string name)
    {
        var path = Write(name, name == "a.opus" ? [.. "OggS"u8, .. new byte[24], .. "OpusHead and so on"u8] : Png);
        _fixture.Server.Script(
            kind switch { AttachmentKind.Audio => "sendVoice", AttachmentKind.Video => "sendVideo", _ => "sendPhoto" }, BotReply.Bad(words));
        Assert.Equal(
            SendOutcome.Sent, (await _fixture.SendAsync("look", change: message => Files(message, new OutboundAttachment(path, kind)))).Outcome);
        Assert.Equal(("senddocument", "look"), (Assert.Single(_fixture.Bot.Sent).Method, _fixture.Bot.Sent[0].Text));
    }

    /// <summary>Messages of the last process are not known to this one: the platform names the wait.</summary>
    [Fact]
    public async Task A_group_whose_minute_is_used_up_is_waited_for_and_no_other_chat()
    {
        for (var i = 0; i < 20; i++) Assert.Equal(SendOutcome.Sent, (await _fixture.SendAsync($"{i}", TelegramFixture.Group)).Outcome);
        var error = (await _fixture.SendAsync("20", TelegramFixture.Group)).Error!;
        Assert.Equal((SendErrorKind.RateLimited, RateLimitScope.Chat), (error.Kind, error.Scope));
        Assert.InRange(error.Retry.Delay, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
        Assert.Equal(20, _fixture.Bot.Sent.Count);
        Assert.Equal(SendOutcome.Sent, (await _fixture.SendAsync("another group", TelegramFixture.Group - 1)).Outcome);
    }

    [Fact]
    public async Task A_picture_that_telegram_takes_for_none_goes_as_a_file_and_what_cannot_be_sent_is_said()
    {
        var result = await _fixture.SendAsync(
            "", change: message => Files(message, new OutboundAttachment(Write("a.png", [1, 2, 3]), AttachmentKind.Image)));
        Assert.Equal((SendOutcome.Sent, "senddocument"), (result.Outcome, Assert.Single(_fixture.Bot.Sent).Method));
        AssertRefused(await _fixture.SendAsync(
            "", change: message => Files(message, new OutboundAttachment(Path.Combine(_folder, "none"), AttachmentKind.File))),
            SendErrorKind.InvalidMessage);
        var large = Path.Combine(_folder, "large");
        using (var file = File.Create(large)) file.SetLength(OutboundFile.LargestFile + 1);
        AssertRefused(await _fixture.SendAsync("", change: message => Files(message, new OutboundAttachment(large, AttachmentKind.File))),
            SendErrorKind.InvalidMessage);
    }

    [Fact]
    public async Task A_message_is_edited_deleted_and_reacted_to_and_doing_it_twice_is_doing_it_once()
    {
        var (chat, id) = (new Chat($"{TelegramFixture.Ann}", ChatKind.Direct), (await _fixture.SendAsync("one")).Receipt!.MessageId);
        var message = new MessageRef(chat, id);
        SentMessage Now() => _fixture.Bot.Sent.First(sent => $"{sent.Id}" == id);

        for (var i = 0; i < 2; i++)
            Assert.Equal(SendOutcome.Sent,
                (await _fixture.Adapter.EditAsync(new MessageEdit("edit", message, "**two**") { Format = TextFormat.Markdown }, default)).Outcome);
        Assert.Equal("two", Now().Text);
        Assert.Equal(SendOutcome.Sent, (await _fixture.Adapter.ReactAsync(new ReactionUpdate("reaction", message, "👍"), default)).Outcome);
        Assert.Equal("👍", Now().Reaction);
        Assert.Equal(SendOutcome.Sent, (await _fixture.Adapter.ReactAsync(new ReactionUpdate("reaction", message, null), default)).Outcome);
        Assert.Null(Now().Reaction);
        AssertRefused(await _fixture.Adapter.ReactAsync(new ReactionUpdate("reaction", message, "🫥"), default), SendErrorKind.InvalidMessage);
        for (var i = 0; i < 2; i++) Assert.Equal(SendOutcome.Sent, (await _fixture.Adapter.DeleteAsync(new MessageDeletion("deletion", message), default)).Outcome);
        Assert.True(Now().IsDeleted);
        AssertRefused(await _fixture.Adapter.EditAsync(new MessageEdit("edit", message, "three"), default), SendErrorKind.NotFound);
        _fixture.Server.Script("deleteMessage", BotReply.Fail(500, "Internal Server Error: restart"));
        Assert.Equal((SendOutcome.NotSent, SendErrorKind.Transient),
            await _fixture.Adapter.DeleteAsync(new MessageDeletion("deletion", message), default) is var again ? (again.Outcome, again.Error!.Kind) : default);
    }

    [Fact]
    public async Task An_edit_whose_markup_is_not_taken_shows_the_text_as_it_was_written_and_the_log_says_why()
    {
        var id = (await _fixture.SendAsync("one")).Receipt!.MessageId;
        _fixture.Server.Script("editMessageText", BotReply.Bad("can't parse entities: no such tag"));
        Assert.Equal(SendOutcome.Sent, (await _fixture.Adapter.EditAsync(
            new MessageEdit("edit", new MessageRef(new Chat($"{TelegramFixture.Ann}", ChatKind.Direct), id), "**two**") { Format = TextFormat.Markdown },
            default)).Outcome);
        Assert.Equal("**two**", Assert.Single(_fixture.Bot.Sent).Text);
        Assert.Contains(
            _fixture.Lines, line => line.Contains("no such tag", StringComparison.Ordinal) && line.Contains(id, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_text_with_more_markup_than_the_server_takes_goes_as_it_was_written()
    {
        foreach (var (words, mode) in ((int, string?)[])[(100, "HTML"), (1000, null)])
        {
            var text = string.Join(' ', Enumerable.Repeat("`a`", words));
            Assert.Equal(
                SendOutcome.Sent, (await _fixture.SendAsync(text, change: static message => message with { Format = TextFormat.Markdown })).Outcome);
            var sent = _fixture.Bot.Sent[^1];
            Assert.Equal(
                (mode, mode is null ? text : text.Replace("`", "", StringComparison.Ordinal)), (sent.ParseMode?.ToUpperInvariant(), sent.Text));
        }

        Assert.Contains(_fixture.Lines, static line => line.Contains("ENTITIES_TOO_LONG", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_caption_of_a_file_is_edited_as_its_text()
    {
        var id = (await _fixture.SendAsync(
            "one", change: message => Files(message, new OutboundAttachment(Write("a.png", Png), AttachmentKind.Image)))).Receipt!.MessageId;
        Assert.Equal(SendOutcome.Sent, (await _fixture.Adapter.EditAsync(
            new MessageEdit("edit", new MessageRef(new Chat($"{TelegramFixture.Ann}", ChatKind.Direct), id), "two"), default)).Outcome);
        Assert.Equal("two", Assert.Single(_fixture.Bot.Sent).Text);
    }

    [Fact]
    public async Task Typing_is_shown_in_the_topic()
    {
        await _fixture.Adapter.ShowTypingAsync(new TypingIndication(new Chat($"{TelegramFixture.Group}", ChatKind.Group, "5")), default);
        Assert.Equal($"{TelegramFixture.Group} typing 5", Assert.Single(_fixture.Bot.Actions));
    }

    [Fact]
    public async Task Typing_in_the_first_topic_of_a_forum_is_shown_there()
    {
        const long forum = -1_001_000_000_007;
        _fixture.Bot.Say(forum, "hi", static message => message["chat"]!["is_forum"] = true);
        await _fixture.AwaitAsync(() => _fixture.Accepted.Count == 1, "it does not come");
        await _fixture.Adapter.ShowTypingAsync(new TypingIndication(_fixture.Accepted[0].Chat), default);
        Assert.Equal($"{forum} typing 1", Assert.Single(_fixture.Bot.Actions));
        Assert.Equal(SendOutcome.Sent, (await _fixture.SendAsync("answer", forum)).Outcome);
        Assert.Null(Assert.Single(_fixture.Bot.Sent).Topic);
    }

    [Fact]
    public async Task Typing_in_the_first_topic_is_shown_there_also_before_a_message_of_the_forum_has_come_and_telegram_is_asked_once()
    {
        const string forum = "-1001000000007", group = "-1001000000008";
        _fixture.Bot.Forums[forum] = true;
        for (var i = 0; i < 2; i++)
        {
            await _fixture.Adapter.ShowTypingAsync(new TypingIndication(new Chat(forum, ChatKind.Group)), default);
            await _fixture.Adapter.ShowTypingAsync(new TypingIndication(new Chat(group, ChatKind.Group)), default);
        }

        Assert.Equal([$"{forum} typing 1", $"{group} typing", $"{forum} typing 1", $"{group} typing"], _fixture.Bot.Actions);
        Assert.Equal(2, _fixture.Server.CountOf("getChat"));
    }

    [Theory]
    [InlineData("❤\uFE0F", "❤")]
    [InlineData("✍\uFE0F", "✍")]
    [InlineData("☃\uFE0F", "☃")]
    [InlineData("🕊\uFE0F", "🕊")]
    [InlineData("⚡\uFE0E", "⚡")]
    [InlineData("🤷\u200D♂\uFE0F", "🤷\u200D♂")]
    [InlineData("❤\uFE0F\u200D🔥", "❤\u200D🔥")]
    public async Task A_reaction_goes_in_the_spelling_of_telegrams_list(string emoji, string listed)
    {
        var id = (await _fixture.SendAsync("one")).Receipt!.MessageId;
        Assert.Equal(SendOutcome.Sent, (await _fixture.Adapter.ReactAsync(
            new ReactionUpdate("reaction", new MessageRef(new Chat($"{TelegramFixture.Ann}", ChatKind.Direct), id), emoji), default)).Outcome);
        Assert.Equal(listed, Assert.Single(_fixture.Bot.Sent).Reaction);
    }

    [Fact]
    public async Task A_file_of_a_local_server_is_read_from_the_folder_that_was_named_and_from_nowhere_else()
    {
        var local = Directory.CreateDirectory(Path.Combine(_folder, "api")).FullName;
        var path = Path.Combine(local, "documents", "file_1.bin");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, "content");
        var inside = _fixture.Bot.Keep(path, [1]);
        Write("outside", [1]);
        var link = Path.Combine(local, "link");
        File.CreateSymbolicLink(link, Write("secret", [1]));
        var missing = _fixture.Bot.Keep("documents/none.bin", [1]);
        _fixture.Server.Script(
            "getFile", BotReply.Ok(new System.Text.Json.Nodes.JsonObject { ["file_id"] = missing, ["file_path"] = "documents/not_served.bin" }));
        var told = await FetchMessageAsync(_fixture, missing);
        Assert.Contains("--local", told, StringComparison.Ordinal);
        Assert.DoesNotContain("token", told, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("settings.localFiles", await FetchMessageAsync(_fixture, inside), StringComparison.Ordinal);

        await using var fixture = new TelegramFixture(settings => settings["localFiles"] = local);
        _ = await fixture.ConnectAsync();
        var target = Path.Combine(_folder, "got");
        Assert.Equal(7, (await fixture.Adapter.FetchAsync(
            new AttachmentRequest(new Attachment(fixture.Bot.Keep(path, [1]), AttachmentKind.File), target, 7), default)).Size);
        Assert.Equal("content", await File.ReadAllTextAsync(target));
        Assert.Contains("larger", await FetchMessageAsync(fixture, fixture.Bot.Keep(path, [1]), most: 6), StringComparison.Ordinal);
        foreach (var bad in (string[])[Path.Combine(local, "..", "outside"), link, Path.Combine(local, "none"), "/etc/passwd"])
            Assert.Contains("settings.localFiles", await FetchMessageAsync(fixture, fixture.Bot.Keep(bad, [1])), StringComparison.Ordinal);

        // Beyond what Telegram's own server gives to bots.
        const long Large = Downloads.LargestFile + 1;
        var large = Path.Combine(local, "large");
        await using (var file = File.Create(large)) file.SetLength(Large);
        var attachment = new Attachment(fixture.Bot.Keep(large, [1]), AttachmentKind.File) { Size = Large };
        Assert.Equal(Large, (await fixture.Adapter.FetchAsync(new AttachmentRequest(attachment, target, Large), default)).Size);
    }

    [Fact]
    public async Task A_file_above_50_MB_goes_to_a_server_of_ones_own_and_to_no_other()
    {
        const long Length = OutboundFile.LargestFile + (1024 * 1024);
        var path = Sparse("large.bin", Length);
        var refused = await SendFileAsync(_fixture, path);
        AssertRefused(refused, SendErrorKind.InvalidMessage);
        Assert.Contains("Telegram takes 52428800. A Bot API server of your own that was started with --local takes 2097152000 (settings.localFiles)",
            refused.Error!.Message, StringComparison.Ordinal);
        Assert.Equal(0, _fixture.Server.CountOf("sendDocument"));

        await using var fixture = new TelegramFixture(settings => settings["localFiles"] = _folder);
        _ = await fixture.ConnectAsync();
        // One that was started without --local refuses it for good.
        var notLocal = await SendFileAsync(fixture, path);
        Assert.Equal((SendOutcome.NotSent, SendRetry.Never), (notLocal.Outcome, notLocal.Error!.Retry));
        Assert.Contains("--local", notLocal.Error.Hint, StringComparison.Ordinal);
        fixture.Server.IsLocal = true;
        Assert.Equal(SendOutcome.Sent, (await SendFileAsync(fixture, path)).Outcome);
        Assert.Equal(Length, Assert.Single(fixture.Bot.Sent).File!.Bytes.Length);
        var beyond = await SendFileAsync(fixture, Sparse("huge.bin", OutboundFile.LargestLocalFile + 1));
        Assert.Contains("--local takes 2097152000", beyond.Error!.Message, StringComparison.Ordinal);
        Assert.Equal(1, fixture.Server.CountOf("sendDocument"));
    }

    /// <summary>A file of holes: it takes no room.</summary>
    private string Sparse(string name, long length)
    {
        var path = Path.Combine(_folder, name);
        using var file = File.Create(path);
        file.SetLength(length);
        return path;
    }

    private static Task<SendResult> SendFileAsync(TelegramFixture fixture, string path) =>
        fixture.SendAsync("", change: message => message with { Attachments = [new OutboundAttachment(path, AttachmentKind.File)] });

    private async Task<string> FetchMessageAsync(TelegramFixture fixture, string id, long most = 100) =>
        (await Assert.ThrowsAsync<PluginException>(() => fixture.Adapter.FetchAsync(
            new AttachmentRequest(new Attachment(id, AttachmentKind.File), Path.Combine(_folder, "none"), most), default))).Fault.Message;

    [Fact]
    public async Task A_file_is_fetched_only_when_asked_for_and_not_above_the_limit()
    {
        var bytes = RandomNumberGenerator.GetBytes(300_000);
        var id = _fixture.Bot.Keep("documents/file_1.bin", bytes);
        _fixture.Bot.Updates.Add("message", _fixture.Bot.Message(TelegramFixture.Ann, message => message["document"] =
            new System.Text.Json.Nodes.JsonObject { ["file_id"] = id, ["file_name"] = "a.bin", ["mime_type"] = "application/x" }));
        await _fixture.AwaitAsync(() => _fixture.Accepted.Count == 1, "it does not come");
        var attachment = Assert.Single(_fixture.Accepted[0].Attachments);
        Assert.Equal(0, _fixture.Server.CountOf("getFile"));

        var path = Path.Combine(_folder, "got");
        Assert.Equal(new FetchedAttachment(bytes.Length, "application/x"),
            await _fixture.Adapter.FetchAsync(new AttachmentRequest(attachment, path, bytes.Length), default));
        Assert.Equal(bytes, await File.ReadAllBytesAsync(path));
        Assert.Equal("attachment-too-large", await FetchFaultAsync(attachment, bytes.Length - 1));
        Assert.Equal("attachment-too-large", await FetchFaultAsync(
            new Attachment(_fixture.Bot.Keep("large", new byte[Downloads.LargestFile + 1]), AttachmentKind.File), long.MaxValue));
        Assert.Equal("attachment-unknown", await FetchFaultAsync(new Attachment("nothing", AttachmentKind.File), 100));
        // A server that says too little and sends too much.
        _fixture.Server.Script(
            "getFile", BotReply.Ok(new System.Text.Json.Nodes.JsonObject { ["file_id"] = id, ["file_path"] = "documents/file_1.bin" }));
        Assert.Equal("attachment-too-large", await FetchFaultAsync(new Attachment(id, AttachmentKind.File), 1000));
    }

    [Theory]
    [InlineData("<html>Sign in</html>")]
    [InlineData("")]
    [InlineData("half")]
    public async Task What_comes_in_the_place_of_a_file_is_not_taken_for_it(string body)
    {
        var id = _fixture.Bot.Keep("documents/file_1.bin", [1, 2, 3, 4, 5, 6, 7, 8]);
        _fixture.Server.Script(BotServer.FileScript, new BotReply(200, body), BotReply.Html(404));
        Assert.Equal("attachment-incomplete", await FetchFaultAsync(new Attachment(id, AttachmentKind.File), 1000));
        Assert.Contains("settings.localFiles", await FetchMessageAsync(_fixture, id), StringComparison.Ordinal);
        var path = Path.Combine(_folder, "got");
        Assert.Equal(
            8, (await _fixture.Adapter.FetchAsync(new AttachmentRequest(new Attachment(id, AttachmentKind.File), path, 1000), default)).Size);
    }

    private async Task<string> FetchFaultAsync(Attachment attachment, long most) =>
        (await Assert.ThrowsAsync<PluginException>(
            () => _fixture.Adapter.FetchAsync(new AttachmentRequest(attachment, Path.Combine(_folder, "none"), most), default))).Fault.Code;

    private string Write(string name, byte[] bytes)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static OutboundMessage Markdown(OutboundMessage message) => new(message.Key, message.Chat, message.Text) { Format = TextFormat.Markdown };

    private static OutboundMessage Files(OutboundMessage message, params OutboundAttachment[] files) =>
        new(message.Key, message.Chat, message.Text) { Format = message.Format, Attachments = files };

    private static void AssertRefused(SendResult result, SendErrorKind kind) =>
        Assert.Equal((SendOutcome.NotSent, kind, SendRetryKind.Never), (result.Outcome, result.Error!.Kind, result.Error.Retry.Kind));

    private static void AssertUnknown(SendResult result) =>
        Assert.Equal((SendOutcome.Unknown, SendErrorKind.Transient), (result.Outcome, result.Error!.Kind));
}
