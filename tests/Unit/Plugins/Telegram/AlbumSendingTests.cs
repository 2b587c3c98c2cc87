using PluginGateway.PeerTests.Servers.Telegram;
using PluginGateway.Plugins.Telegram;

namespace PluginGateway.Tests.Plugins.Telegram;

/// <summary>Several files of one message: albums, and what goes one after the other.</summary>
public sealed class AlbumSendingTests : IAsyncLifetime
{
    private readonly TelegramFixture _fixture = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("telegram-").FullName;

    public async ValueTask InitializeAsync() => _ = await _fixture.ConnectAsync();

    public async ValueTask DisposeAsync()
    {
        await _fixture.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("photo video photo", AttachmentKind.Image, AttachmentKind.Video, AttachmentKind.Image)]
    [InlineData("document document", AttachmentKind.File, AttachmentKind.File)]
    [InlineData("audio audio audio", AttachmentKind.Audio, AttachmentKind.Audio, AttachmentKind.Audio)]
    public async Task Files_that_telegram_shows_together_are_one_album_with_the_text_at_the_last(string types, params AttachmentKind[] kinds)
    {
        // The names are the same: what tells the files apart is their place.
        var files = kinds.Select((kind, at) => File(kind, at)).ToArray();
        var result = await _fixture.SendAsync("**look**", TelegramFixture.Group, message => message with
        {
            Format = TextFormat.Markdown, Attachments = [.. files.Select(static file => file with { Name = "a.png" })], ReplyTo = "77", Silent = true,
        }, "5");
        var sent = _fixture.Bot.Sent;
        Assert.Equal(types.Split(' ').Select(static type => $"album:{type}"), sent.Select(static one => one.Method));
        Assert.Equal([.. Enumerable.Repeat("", kinds.Length - 1), "look"], sent.Select(static one => one.Text));
        Assert.Equal(files.Select(static file => System.IO.File.ReadAllBytes(file.Path)), sent.Select(static one => one.File!.Bytes));
        Assert.All(sent, one => Assert.Equal(
            ($"{TelegramFixture.Group}", 5, 77, true, sent[0].GroupId), (one.Chat, one.Topic, one.ReplyTo, one.IsSilent, one.GroupId)));
        Assert.NotNull(sent[0].GroupId);
        Assert.Equal((SendOutcome.Sent, $"{sent[^1].Id}"), (result.Outcome, result.Receipt!.MessageId));
        Assert.Equal(sent.SkipLast(1).Select(static one => $"{one.Id}"), result.Receipt.EarlierParts);
        Assert.Equal(1, _fixture.Server.CountOf("sendMediaGroup"));
    }

    [Fact]
    public async Task What_telegram_does_not_show_together_goes_one_after_the_other_and_what_has_arrived_is_said_each_time()
    {
        AttachmentKind[] kinds = [AttachmentKind.Image, AttachmentKind.Video, AttachmentKind.File, AttachmentKind.Voice, AttachmentKind.Audio];
        var ends = await DeliverAsync("look", [.. kinds.Select(File)]);
        Assert.Equal(["album:photo", "album:video", "senddocument", "sendvoice", "sendaudio"], _fixture.Bot.Sent.Select(static sent => sent.Method));
        Assert.Equal(["", "", "", "", "look"], _fixture.Bot.Sent.Select(static sent => sent.Text));
        Assert.Equal([2, 1, 1, null], ends.Select(static end => end.Receipt!.DeliveredAttachments));
        Assert.Equal(_fixture.Bot.Sent.Select(static sent => $"{sent.Id}"),
            ends.SelectMany(static end => end.Receipt!.EarlierParts.Append(end.Receipt.MessageId)));
    }

    [Fact]
    public async Task A_file_that_telegram_refuses_in_an_album_goes_alone_as_a_document_and_the_others_as_albums()
    {
        var files = Enumerable.Range(0, 6).Select(static at => (AttachmentKind.Image, at)).Select(one => File(one.Image, one.at)).ToArray();
        System.IO.File.WriteAllText(files[2].Path, "no picture");
        await DeliverAsync("look", files);
        Assert.Equal(["album:photo", "album:photo", "senddocument", "album:photo", "album:photo", "album:photo"],
            _fixture.Bot.Sent.Select(static sent => sent.Method));
        Assert.Equal(files.Select(static file => System.IO.File.ReadAllBytes(file.Path)), _fixture.Bot.Sent.Select(static sent => sent.File!.Bytes));
        Assert.Equal("look", _fixture.Bot.Sent[^1].Text);
        Assert.Contains(_fixture.Lines, static line => line.Contains("#3", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("group send failed")]
    [InlineData("too many messages to send as an album")]
    [InlineData("document can't be mixed with other media types")]
    [InlineData("not enough rights to send photos to the chat")]
    public async Task Files_that_are_refused_as_an_album_go_one_by_one(string words)
    {
        _fixture.Server.Script("sendMediaGroup", BotReply.Bad(words));
        await DeliverAsync("look", [File(AttachmentKind.Image, 0), File(AttachmentKind.Image, 1)]);
        Assert.Equal(["sendphoto", "sendphoto"], _fixture.Bot.Sent.Select(static sent => sent.Method));
        Assert.Equal(["", "look"], _fixture.Bot.Sent.Select(static sent => sent.Text));
    }

    [Fact]
    public async Task An_album_whose_outcome_is_unknown_is_in_doubt_as_a_whole_and_what_arrived_before_it_is_not()
    {
        var photos = new[] { File(AttachmentKind.Image, 0), File(AttachmentKind.Image, 1) };
        var first = await _fixture.SendAsync("", change: message => message with { Attachments = [File(AttachmentKind.Voice, 2), .. photos] });
        Assert.Equal((SendOutcome.Partial, 1), (first.Outcome, first.Receipt!.DeliveredAttachments));
        _fixture.Server.Script("sendMediaGroup", new BotReply(200, "{}") { IsCut = true, AfterTheDeed = true });
        var second = await _fixture.SendAsync("", change: message => message with { Attachments = photos });
        Assert.Equal((SendOutcome.Unknown, null), (second.Outcome, second.Receipt));
        Assert.Equal(3, _fixture.Bot.Sent.Count); // it did
    }

    [Fact]
    public async Task A_file_that_cannot_be_sent_does_not_cost_the_files_before_it()
    {
        OutboundAttachment[] files =
        [
            File(AttachmentKind.Image, 0), File(AttachmentKind.Image, 1), new(Path.Combine(_folder, "none"), AttachmentKind.Image),
            File(AttachmentKind.Image, 3),
        ];
        var ends = await DeliverAsync("look", files);
        Assert.Equal(["album:photo", "album:photo"], _fixture.Bot.Sent.Select(static sent => sent.Method));
        Assert.Equal((SendOutcome.NotSent, SendRetryKind.Never), (ends[^1].Outcome, ends[^1].Error!.Retry.Kind));
    }

    /// <summary>The host counts the messages of a receipt, and the platform does.</summary>
    [Fact]
    public async Task Each_file_of_an_album_is_a_message_of_its_receipt_and_counts_in_the_minute_of_its_group()
    {
        var album = Enumerable.Range(0, 9).Select(at => File(AttachmentKind.Image, at)).ToArray();
        Task<SendResult> SendAsync(int count) =>
            _fixture.SendAsync("", TelegramFixture.Group, message => message with { Attachments = album[..count] });
        for (var i = 0; i < 2; i++)
        {
            var sent = await SendAsync(9);
            Assert.Equal((SendOutcome.Sent, 8), (sent.Outcome, sent.Receipt!.EarlierParts.Count));
        }

        var third = await SendAsync(3);
        Assert.Equal((SendOutcome.NotSent, SendErrorKind.RateLimited), (third.Outcome, third.Error!.Kind));
        Assert.InRange(third.Error.Retry.Delay, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
        Assert.Equal(SendOutcome.Sent, (await _fixture.SendAsync("two are left", TelegramFixture.Group)).Outcome);
        Assert.Equal(3, _fixture.Server.CountOf("sendMediaGroup"));
    }

    [Theory]
    [InlineData("a.webp", "image/webp", "RIFF1234WEBP", "sendsticker sendmessage")]
    [InlineData("a.tgs", "application/x-tgsticker", "RIFF, as far as the test goes", "sendsticker sendmessage")]
    [InlineData("a.webp", null, "no sticker", "senddocument sendmessage")]
    public async Task A_sticker_goes_as_one_and_its_text_after_it(string name, string? type, string content, string methods)
    {
        var path = Path.Combine(_folder, name);
        await System.IO.File.WriteAllTextAsync(path, content);
        await DeliverAsync("look", [new OutboundAttachment(path, AttachmentKind.Sticker) { ContentType = type }]);
        Assert.Equal(methods.Split(' '), _fixture.Bot.Sent.Select(static sent => sent.Method));
        Assert.Equal(["", "look"], _fixture.Bot.Sent.Select(static sent => sent.Text));
    }

    [Theory]
    [InlineData(10, 1, 10)]
    [InlineData(12, 1, 10)]
    [InlineData(10, 20, 2)]
    [InlineData(10, 60, 1)]
    public void An_album_has_ten_files_at_most_and_is_no_larger_than_one_file_may_be(int count, int megabytes, int length) =>
        Assert.Equal(length, Album.LengthOf(
            [.. Enumerable.Repeat(new OutboundFile("p", "n", FileForm.Document, megabytes * 1024 * 1024), count)], OutboundFile.LargestFile));

    /// <summary>Sends a message as the host does: what is left is sent by another call.</summary>
    private async Task<List<SendResult>> DeliverAsync(string text, OutboundAttachment[] files)
    {
        for (List<SendResult> ends = []; ;)
        {
            var end = await _fixture.SendAsync(text, change: message => message with { Attachments = files });
            ends.Add(end);
            if (end.Outcome != SendOutcome.Partial) return ends;
            files = files[(end.Receipt!.DeliveredAttachments ?? files.Length)..];
        }
    }

    private OutboundAttachment File(AttachmentKind kind, int at)
    {
        var type = kind switch { AttachmentKind.Image => "png", AttachmentKind.Video => "mp4", AttachmentKind.File => "pdf", _ => "mp3" };
        var path = Path.Combine(_folder, $"{at}.{type}");
        System.IO.File.WriteAllBytes(path, [0x89, .. "PNG\r\n\u001a\n"u8, (byte)at]);
        return new OutboundAttachment(path, kind);
    }
}
