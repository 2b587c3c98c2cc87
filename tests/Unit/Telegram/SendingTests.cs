using System.Security.Cryptography;
using PluginGateway.PeerTests.Servers.Telegram;
using PluginGateway.Plugins.Telegram;

namespace PluginGateway.Tests.Telegram;

/// <summary>How messages go out, against the fake Bot API.</summary>
public sealed class SendingTests : IAsyncLifetime
{
    private static readonly byte[] Png = [0x89, .. "PNG\r\n\u001a\n and so on"u8];

    private readonly TelegramBench _bench = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("telegram-").FullName;

    public async ValueTask InitializeAsync() => _ = await _bench.ConnectAsync();

    public async ValueTask DisposeAsync()
    {
        await _bench.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_text_goes_to_its_topic_as_a_reply_and_its_receipt_names_it()
    {
        var result = await _bench.SendAsync("grüß dich 🎉 <b> *x*", TelegramBench.Group, static message => new OutboundMessage(message.Key, message.Chat, message.Text) { ReplyTo = "77" }, "5");
        var sent = Assert.Single(_bench.Bot.Sent);
        Assert.Equal(($"{TelegramBench.Group}", "grüß dich 🎉 <b> *x*", 5, 77), (sent.Chat, sent.Text, sent.Topic, sent.ReplyTo));
        Assert.Equal((SendOutcome.Sent, $"{sent.Id}"), (result.Outcome, result.Receipt!.MessageId));
    }

    [Fact]
    public async Task Markdown_is_rendered_and_where_telegram_does_not_take_it_the_text_goes_as_it_is()
    {
        await _bench.SendAsync("**bold** & `1 < 2`", change: Markdown);
        _bench.Server.Script("sendMessage", BotReply.Bad("can't parse entities: Unsupported start tag"));
        await _bench.SendAsync("**bold** again", change: Markdown);
        Assert.Equal([("bold & 1 < 2", "Html"), ("**bold** again", null)], _bench.Bot.Sent.Select(static sent => (sent.Text, sent.ParseMode)));
    }

    [Fact]
    public async Task A_text_of_the_declared_length_is_taken_and_one_of_more_is_refused_for_good()
    {
        var most = string.Concat(Enumerable.Repeat("🎉", Speaker.LongestText / 2));
        Assert.Equal(SendOutcome.Sent, (await _bench.SendAsync(most)).Outcome);
        AssertRefused(await _bench.SendAsync(most + "!"), SendErrorKind.TooLong);
        AssertRefused(await _bench.SendAsync(" \n "), SendErrorKind.InvalidMessage);
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
        _bench.Bot.Forbidden[$"{TelegramBench.Ann}"] = words;
        AssertRefused(await _bench.SendAsync("no"), kind);
        Assert.Empty(_bench.Bot.Sent);
    }

    [Fact]
    public async Task A_rate_limit_holds_its_chat_and_when_others_are_refused_meanwhile_the_account()
    {
        _bench.Bot.Floods["*"] = DateTimeOffset.UtcNow.AddSeconds(20);
        var first = await _bench.SendAsync("no");
        Assert.Equal((SendOutcome.NotSent, SendErrorKind.RateLimited, RateLimitScope.Chat), (first.Outcome, first.Error!.Kind, first.Error.Scope));
        Assert.InRange(first.Error.Retry.Delay, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(20));
        Assert.Equal(RateLimitScope.Chat, (await _bench.SendAsync("no")).Error!.Scope);
        Assert.Equal(RateLimitScope.Account, (await _bench.SendAsync("no", TelegramBench.Ann + 1)).Error!.Scope);
    }

    [Theory]
    [InlineData(500, true)]
    [InlineData(502, false)]
    public async Task A_server_that_fails_may_have_sent_it(int status, bool hasAnswer)
    {
        _bench.Server.Script("sendMessage", hasAnswer ? BotReply.Fail(status, "Internal Server Error: restart") : BotReply.Html(status));
        AssertUnknown(await _bench.SendAsync("perhaps"));
    }

    [Fact]
    public async Task An_answer_that_breaks_off_leaves_it_unknown_and_a_refused_connection_does_not()
    {
        _bench.Server.Script("sendMessage", new BotReply(200, "{}") { IsCut = true, AfterTheDeed = true });
        AssertUnknown(await _bench.SendAsync("perhaps"));
        Assert.Single(_bench.Bot.Sent); // it did
        _bench.Server.Kill();
        var result = await _bench.SendAsync("nobody there");
        Assert.Equal((SendOutcome.NotSent, SendErrorKind.Transient, SendRetryKind.Now), (result.Outcome, result.Error!.Kind, result.Error.Retry.Kind));
    }

    [Fact]
    public async Task What_is_owed_to_a_group_that_has_moved_goes_to_the_supergroup_also_after_a_restart()
    {
        _bench.Bot.Migrated[$"{TelegramBench.Group}"] = -1009;
        Assert.Equal(SendOutcome.Sent, (await _bench.SendAsync("one", TelegramBench.Group)).Outcome);
        await _bench.RenewAsync();
        _ = await _bench.ConnectAsync();
        var asked = _bench.Server.CountOf("sendMessage");
        Assert.Equal(SendOutcome.Sent, (await _bench.SendAsync("two", TelegramBench.Group)).Outcome);
        Assert.Equal(["-1009", "-1009"], _bench.Bot.Sent.Select(static sent => sent.Chat));
        Assert.Equal(asked + 1, _bench.Server.CountOf("sendMessage"));
    }

    [Theory]
    [InlineData(AttachmentKind.Image, "a.png", "sendphoto")]
    [InlineData(AttachmentKind.Image, "a.svg", "senddocument")]
    [InlineData(AttachmentKind.Audio, "a.ogg", "sendvoice")]
    [InlineData(AttachmentKind.Audio, "a.mp3", "sendaudio")]
    [InlineData(AttachmentKind.Video, "a.mp4", "sendvideo")]
    [InlineData(AttachmentKind.File, "ä \"q\".pdf", "senddocument")]
    public async Task A_file_goes_whole_in_its_form_with_the_text_as_its_caption(AttachmentKind kind, string name, string method)
    {
        var path = Write("file", Png);
        var result = await _bench.SendAsync("**look**", change: message => Files(Markdown(message), new OutboundAttachment(path, kind) { Name = name }));
        var sent = Assert.Single(_bench.Bot.Sent);
        Assert.Equal((SendOutcome.Sent, method, "look", name.Replace('"', '_')), (result.Outcome, sent.Method, sent.Text, sent.File!.Name));
        Assert.Equal(Png, sent.File.Bytes);
    }

    [Fact]
    public async Task A_picture_that_telegram_takes_for_none_goes_as_a_file_and_what_cannot_be_sent_is_said()
    {
        var result = await _bench.SendAsync("", change: message => Files(message, new OutboundAttachment(Write("a.png", [1, 2, 3]), AttachmentKind.Image)));
        Assert.Equal((SendOutcome.Sent, "senddocument"), (result.Outcome, Assert.Single(_bench.Bot.Sent).Method));
        AssertRefused(await _bench.SendAsync("", change: message => Files(message, new OutboundAttachment(Path.Combine(_folder, "none"), AttachmentKind.File))), SendErrorKind.InvalidMessage);
        var large = Path.Combine(_folder, "large");
        using (var file = File.Create(large)) file.SetLength(OutboundFile.LargestFile + 1);
        AssertRefused(await _bench.SendAsync("", change: message => Files(message, new OutboundAttachment(large, AttachmentKind.File))), SendErrorKind.InvalidMessage);
    }

    [Fact]
    public async Task A_text_too_long_for_a_caption_follows_its_file_and_is_all_that_is_left_when_it_does_not_get_through()
    {
        var text = new string('x', Speaker.LongestCaption + 1);
        OutboundMessage WithFile(OutboundMessage message) => Files(message, new OutboundAttachment(Write("a.png", Png), AttachmentKind.Image));
        _bench.Server.Script("sendMessage", BotReply.TooMany(3));
        var result = await _bench.SendAsync(text, change: WithFile);
        Assert.Equal((SendOutcome.Partial, SendErrorKind.RateLimited, 0), (result.Outcome, result.Error!.Kind, result.Receipt!.DeliveredLength));
        Assert.Equal(["sendphoto"], _bench.Bot.Sent.Select(static sent => sent.Method));

        var whole = await _bench.SendAsync(text, change: WithFile);
        Assert.Equal(["sendphoto", "sendphoto", "sendmessage"], _bench.Bot.Sent.Select(static sent => sent.Method));
        var (photo, said) = ($"{_bench.Bot.Sent[1].Id}", $"{_bench.Bot.Sent[2].Id}");
        Assert.Equal((SendOutcome.Sent, said, photo), (whole.Outcome, whole.Receipt!.MessageId, Assert.Single(whole.Receipt.EarlierParts)));
        AssertRefused(await _bench.SendAsync("", change: message => Files(message, new OutboundAttachment(Write("a.png", Png), AttachmentKind.Image), new OutboundAttachment(Write("b.png", Png), AttachmentKind.Image))), SendErrorKind.InvalidMessage);
    }

    [Fact]
    public async Task A_message_is_edited_deleted_and_reacted_to_and_doing_it_twice_is_doing_it_once()
    {
        var (chat, id) = (new Chat($"{TelegramBench.Ann}", ChatKind.Direct), (await _bench.SendAsync("one")).Receipt!.MessageId);
        var message = new MessageRef(chat, id);
        SentMessage Now() => _bench.Bot.Sent.First(sent => $"{sent.Id}" == id);

        for (var i = 0; i < 2; i++) Assert.Equal(SendOutcome.Sent, (await _bench.Adapter.EditAsync(new MessageEdit(message, "**two**") { Format = TextFormat.Markdown }, default)).Outcome);
        Assert.Equal("two", Now().Text);
        Assert.Equal(SendOutcome.Sent, (await _bench.Adapter.ReactAsync(new Reaction(message, "👍"), default)).Outcome);
        Assert.Equal("👍", Now().Reaction);
        Assert.Equal(SendOutcome.Sent, (await _bench.Adapter.ReactAsync(new Reaction(message, null), default)).Outcome);
        Assert.Null(Now().Reaction);
        AssertRefused(await _bench.Adapter.ReactAsync(new Reaction(message, "🫥"), default), SendErrorKind.InvalidMessage);
        for (var i = 0; i < 2; i++) Assert.Equal(SendOutcome.Sent, (await _bench.Adapter.DeleteAsync(message, default)).Outcome);
        Assert.True(Now().IsDeleted);
        AssertRefused(await _bench.Adapter.EditAsync(new MessageEdit(message, "three"), default), SendErrorKind.NotFound);
        _bench.Server.Script("deleteMessage", BotReply.Fail(500, "Internal Server Error: restart"));
        Assert.Equal((SendOutcome.NotSent, SendErrorKind.Transient), await _bench.Adapter.DeleteAsync(message, default) is var again ? (again.Outcome, again.Error!.Kind) : default);
    }

    [Fact]
    public async Task The_caption_of_a_file_is_edited_as_its_text()
    {
        var id = (await _bench.SendAsync("one", change: message => Files(message, new OutboundAttachment(Write("a.png", Png), AttachmentKind.Image)))).Receipt!.MessageId;
        Assert.Equal(SendOutcome.Sent, (await _bench.Adapter.EditAsync(new MessageEdit(new MessageRef(new Chat($"{TelegramBench.Ann}", ChatKind.Direct), id), "two"), default)).Outcome);
        Assert.Equal("two", Assert.Single(_bench.Bot.Sent).Text);
    }

    [Fact]
    public async Task Typing_is_shown_in_the_topic()
    {
        await _bench.Adapter.ShowTypingAsync(new Chat($"{TelegramBench.Group}", ChatKind.Group, "5"), default);
        Assert.Equal($"{TelegramBench.Group} typing 5", Assert.Single(_bench.Bot.Actions));
    }

    [Fact]
    public async Task A_file_is_fetched_only_when_asked_for_and_not_above_the_limit()
    {
        var bytes = RandomNumberGenerator.GetBytes(300_000);
        var id = _bench.Bot.Keep("documents/file_1.bin", bytes);
        _bench.Bot.Updates.Add("message", _bench.Bot.Message(TelegramBench.Ann, message => message["document"] = new System.Text.Json.Nodes.JsonObject { ["file_id"] = id, ["file_name"] = "a.bin", ["mime_type"] = "application/x" }));
        await _bench.AwaitAsync(() => _bench.Accepted.Count == 1, "it does not come");
        var attachment = Assert.Single(_bench.Accepted[0].Attachments);
        Assert.Equal(0, _bench.Server.CountOf("getFile"));

        var path = Path.Combine(_folder, "got");
        Assert.Equal(new FetchedAttachment(bytes.Length, "application/x"), await _bench.Adapter.FetchAsync(new AttachmentRequest(attachment, path, bytes.Length), default));
        Assert.Equal(bytes, await File.ReadAllBytesAsync(path));
        Assert.Equal("attachment-too-large", await FetchFaultAsync(attachment, bytes.Length - 1));
        Assert.Equal("attachment-too-large", await FetchFaultAsync(new Attachment(_bench.Bot.Keep("large", new byte[Downloads.LargestFile + 1]), AttachmentKind.File), long.MaxValue));
        Assert.Equal("attachment-unknown", await FetchFaultAsync(new Attachment("nothing", AttachmentKind.File), 100));
        // A server that says too little and sends too much.
        _bench.Server.Script("getFile", BotReply.Ok(new System.Text.Json.Nodes.JsonObject { ["file_id"] = id, ["file_path"] = "documents/file_1.bin" }));
        Assert.Equal("attachment-too-large", await FetchFaultAsync(new Attachment(id, AttachmentKind.File), 1000));
    }

    private async Task<string> FetchFaultAsync(Attachment attachment, long most) =>
        (await Assert.ThrowsAsync<AdapterException>(() => _bench.Adapter.FetchAsync(new AttachmentRequest(attachment, Path.Combine(_folder, "none"), most), default))).Fault.Code;

    private string Write(string name, byte[] bytes)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static OutboundMessage Markdown(OutboundMessage message) => new(message.Key, message.Chat, message.Text) { Format = TextFormat.Markdown };

    private static OutboundMessage Files(OutboundMessage message, params OutboundAttachment[] files) => new(message.Key, message.Chat, message.Text) { Format = message.Format, Attachments = files };

    private static void AssertRefused(SendResult result, SendErrorKind kind) => Assert.Equal((SendOutcome.NotSent, kind, SendRetryKind.Never), (result.Outcome, result.Error!.Kind, result.Error.Retry.Kind));

    private static void AssertUnknown(SendResult result) => Assert.Equal((SendOutcome.Unknown, SendErrorKind.Transient), (result.Outcome, result.Error!.Kind));
}
