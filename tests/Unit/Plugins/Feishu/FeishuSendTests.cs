using System.Text;
using PluginGateway.FakeFeishu;

namespace PluginGateway.Tests.Plugins.Feishu;

/// <summary>The adapter against the fake platform: what it sends, changes and fetches.</summary>
public sealed class FeishuSendTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_is_sent_with_the_gateways_key_and_the_same_key_is_the_same_message()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        var first = await fixture.SendAsync("hello", key: "db1.t7.0");
        fixture.Platform.FailNext(new FakeFault(CutsOff: true));
        var lost = await fixture.SendAsync("again", key: "db1.t7.1");
        var second = await fixture.SendAsync("again", key: "db1.t7.1");
        Assert.Equal((SendOutcome.Sent, SendOutcome.Unknown, SendOutcome.Sent), (first.Outcome, lost.Outcome, second.Outcome));
        Assert.Equal(["hello", "again"], fixture.Platform.TextsIn("oc_1"));
        Assert.Equal("db1.t7.0", fixture.Platform.Messages[0].Uuid);
        Assert.Equal(fixture.Platform.Messages[1].Id, second.Receipt!.MessageId);
    }

    [Fact]
    public async Task An_expired_token_is_renewed_once_and_the_message_goes()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        fixture.Platform.ExpireTokens();
        var results = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => fixture.SendAsync($"{i}", key: $"k{i}")));
        Assert.All(results, static result => Assert.Equal(SendOutcome.Sent, result.Outcome));
        Assert.Equal(2, fixture.Platform.TokensGiven);

        // A platform that refuses every token is not asked for ever.
        fixture.Platform.FailNext(new FakeFault(99991663), new FakeFault(99991663));
        var refused = await fixture.SendAsync("x", key: "x");
        Assert.Equal(
            (SendOutcome.NotSent, SendErrorKind.Unauthorized, SendRetryKind.After), (refused.Outcome, refused.Error!.Kind, refused.Error.Retry.Kind));
        Assert.Equal(3, fixture.Platform.TokensGiven);
    }

    [Theory]
    [InlineData(230020, 400, null, SendErrorKind.RateLimited, RateLimitScope.Chat)]
    [InlineData(99991400, 429, 7, SendErrorKind.RateLimited, RateLimitScope.Account)]
    [InlineData(230002, 400, null, SendErrorKind.Forbidden, null)]
    [InlineData(230013, 200, null, SendErrorKind.Forbidden, null)]
    public async Task A_refusal_is_told_with_its_code_and_its_wait(int code, int status, int? reset, SendErrorKind kind, RateLimitScope? scope)
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        fixture.Platform.FailNext(new FakeFault(code, status, Reset: reset));
        var error = (await fixture.SendAsync("x")).Error!;
        Assert.Equal((kind, scope, $"{code}"), (error.Kind, error.Scope, error.PlatformCode));
        if (reset is { } seconds) Assert.Equal(TimeSpan.FromSeconds(seconds), error.Retry.Delay);
        Assert.Contains("log-1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_the_platform_is_away_nothing_has_left()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        fixture.Platform.Stop();
        Assert.Equal(SendOutcome.NotSent, (await fixture.SendAsync("x")).Outcome);
    }

    [Fact]
    public async Task A_platform_that_does_not_answer_leaves_it_open()
    {
        await using var fixture = new FeishuFixture(""", "requestTimeoutSeconds": 1""");
        _ = await fixture.ConnectAsync();
        fixture.Platform.IsSlow = true;
        Assert.Equal(SendOutcome.Unknown, (await fixture.SendAsync("x")).Outcome);
    }

    [Fact]
    public async Task Answers_go_to_their_message_then_to_the_thread_then_into_the_chat()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        fixture.Platform.EnforcesRates = false;
        var asked = fixture.Platform.Say("oc_1", "question", topic: "omt_1", chatType: "topic_group");
        await FeishuFixture.UntilAsync(() => fixture.Accepted.Count == 1, "it does not come");
        await fixture.SendAsync("answer", replyTo: asked, key: "k1");
        await fixture.SendAsync("in the thread", thread: "omt_1", key: "k2");
        await fixture.SendAsync("named as before", thread: asked, key: "k3");
        await fixture.SendAsync("gone, so to the thread", thread: "omt_1", replyTo: "om_none", key: "k4");
        await fixture.SendAsync("an id that is none", replyTo: "none", key: "k5");
        fixture.Platform.FailNext(new FakeFault(1, Text: "The message was withdrawn.", HasNoCode: true));
        await fixture.SendAsync("said in words only", replyTo: asked, key: "k6");
        fixture.Platform.Withdraw(asked);
        var lost = await fixture.SendAsync("no thread left", thread: "omt_unknown", key: "k7");
        Assert.Equal(
            [(asked, false), (asked, true), (asked, true), (asked, true), (null, false), (null, false), (null, false)],
            fixture.Platform.Messages.Select(static message => (message.ReplyTo, message.InThread)));
        Assert.Equal(SendOutcome.Sent, lost.Outcome);
        Assert.Equal(SendErrorKind.InvalidMessage, (await fixture.SendAsync("x", thread: "oc_2", key: "k8")).Error!.Kind);
        Assert.Contains(fixture.Lines, static line => line.Contains("is gone", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_thread_is_answered_after_a_restart_also_where_the_platform_has_to_be_asked()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        var kept = fixture.Platform.Say("oc_1", "kept", topic: "omt_kept", chatType: "topic_group");
        await FeishuFixture.UntilAsync(() => fixture.Accepted.Count == 1, "it does not come");
        await fixture.Adapter.DisposeAsync();
        fixture.Renew();
        _ = await fixture.ConnectAsync();
        await fixture.SendAsync("x", thread: "omt_kept", key: "k1");
        await fixture.Adapter.DisposeAsync();
        fixture.Forget();
        fixture.Renew();
        _ = await fixture.ConnectAsync();
        await fixture.SendAsync("y", thread: "omt_kept", key: "k2");
        Assert.Equal([(kept, true), (kept, true)], fixture.Platform.Messages.Select(static message => (message.ReplyTo, message.InThread)));
    }

    [Theory]
    [InlineData("![plot](https://example.org/a.png) done", "interactive")]
    [InlineData("tables", "post")]
    public async Task Markdown_that_a_card_cannot_hold_is_delivered_once_in_another_form(string markdown, string form)
    {
        var text = markdown == "tables" ? string.Concat(Enumerable.Range(0, 6).Select(static i => $"|a{i}|b|\n|-|-|\n|1|2|\n\n")) : markdown;
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        Assert.Equal(SendOutcome.Sent, (await fixture.SendAsync(text, format: TextFormat.Markdown)).Outcome);
        var message = Assert.Single(fixture.Platform.Messages);
        Assert.Equal(form, message.Type);
        Assert.Equal(form == "post", fixture.Lines.Exists(static line => line.Contains("11310", StringComparison.Ordinal)));
        if (form == "post") Assert.Equal(text, message.Text);
        else Assert.Contains("https://example.org/a.png", message.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(230054)]
    [InlineData(230099)]
    [InlineData(200570)]
    [InlineData(230001)]
    [InlineData(777777)]
    public async Task A_form_that_is_refused_falls_back_to_a_post_and_then_to_a_text(int code)
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        fixture.Platform.FailNext(new FakeFault(code), new FakeFault(code));
        Assert.Equal(SendOutcome.Sent, (await fixture.SendAsync("**x**", format: TextFormat.Markdown)).Outcome);
        Assert.Equal(("text", "**x**"), (Assert.Single(fixture.Platform.Messages).Type, fixture.Platform.Messages[0].Text));

        // What is refused for what it says is not said otherwise.
        fixture.Platform.FailNext(new FakeFault(230022));
        Assert.Equal("230022", (await fixture.SendAsync("**y**", key: "y", format: TextFormat.Markdown)).Error!.PlatformCode);
    }

    [Fact]
    public async Task A_video_that_is_refused_goes_as_a_file_and_a_recording_tells_its_length()
    {
        var folder = Directory.CreateTempSubdirectory("feishu-").FullName;
        try
        {
            var (video, voice) = (Path.Combine(folder, "v.mp4"), Path.Combine(folder, "v.opus"));
            await File.WriteAllBytesAsync(video, MediaLengthTests.Mp4(scale: 1000, units: 2500), Token);
            await File.WriteAllBytesAsync(voice, MediaLengthTests.Opus(granules: 48_312, preSkip: 312), Token);
            await using var fixture = new FeishuFixture();
            _ = await fixture.ConnectAsync();
            fixture.Platform.FailNext(new FakeFault(230055));
            Assert.Equal(SendOutcome.Sent, (await fixture.SendAsync("", files: [new OutboundAttachment(video, AttachmentKind.Video)])).Outcome);
            Assert.Equal(
                SendOutcome.Sent, (await fixture.SendAsync("", key: "v", files: [new OutboundAttachment(voice, AttachmentKind.Audio)])).Outcome);
            Assert.Equal(["file", "audio"], fixture.Platform.Messages.Select(static message => message.Type));
            Assert.Equal(["1000", "2500"], fixture.Platform.Durations.Values.Order(StringComparer.Ordinal));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task An_edit_that_a_card_cannot_hold_shows_the_text_as_it_is_written()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        var id = (await fixture.SendAsync("**0**", format: TextFormat.Markdown)).Receipt!.MessageId;
        var tables = string.Concat(Enumerable.Repeat("|a|b|\n|-|-|\n|1|2|\n\n", 6));
        Assert.Equal(SendOutcome.Sent, (await EditAsync(fixture, id, tables, TextFormat.Markdown)).Outcome);
        Assert.Equal(tables, fixture.Platform.Messages[0].Text);
        Assert.Contains(fixture.Lines,
            static line => line.Contains("11310", StringComparison.Ordinal) && line.Contains("without its format", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Typing_is_a_reaction_on_the_last_message_until_the_bot_has_spoken()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        var asked = fixture.Platform.Say("oc_1", "question");
        await FeishuFixture.UntilAsync(() => fixture.Accepted.Count == 1, "it does not come");
        var chat = fixture.Accepted[0].Chat;
        for (var i = 0; i < 3; i++) await fixture.Adapter.ShowTypingAsync(new TypingIndication(chat), Token);
        Assert.Equal("Typing", Assert.Single(fixture.Platform.ReactionsOn(asked)).Emoji);
        Assert.Equal(SendOutcome.Sent, (await fixture.Adapter.SendAsync(new OutboundMessage("k", chat, "answer"), Token)).Outcome);
        await FeishuFixture.UntilAsync(() => fixture.Platform.ReactionsOn(asked).Count == 0, "it stays");
        await fixture.Adapter.ShowTypingAsync(new TypingIndication(new Chat("oc_never_heard", ChatKind.Group)), Token);
    }

    [Fact]
    public async Task A_text_that_is_too_long_for_one_request_is_sent_in_part_and_the_rest_follows()
    {
        await using var fixture = new FeishuFixture();
        fixture.Platform.EnforcesRates = false;
        _ = await fixture.ConnectAsync();
        var text = string.Concat(Enumerable.Range(0, 9_000).Select(static i => $"\"line\" {i}\n"));
        var sent = new StringBuilder();
        for (var rest = text; rest.Length > 0;)
        {
            var result = await fixture.SendAsync(rest, key: $"k{sent.Length}", format: TextFormat.Markdown);
            Assert.Equal(rest.Length == (result.Receipt!.DeliveredLength ?? rest.Length), result.Outcome == SendOutcome.Sent);
            var length = result.Receipt.DeliveredLength ?? rest.Length;
            sent.Append(rest[..length]);
            rest = rest[length..];
        }

        Assert.Equal(text, string.Concat(fixture.Platform.TextsIn("oc_1")));
    }

    [Fact]
    public async Task A_text_is_edited_twenty_times_and_then_refused_with_a_hint()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        var id = (await fixture.SendAsync("0")).Receipt!.MessageId;
        for (var i = 1; i <= 20; i++) Assert.Equal(SendOutcome.Sent, (await EditAsync(fixture, id, $"{i}")).Outcome);
        Assert.Equal("20", fixture.Platform.Messages[0].Text);
        var refused = await EditAsync(fixture, id, "21");
        Assert.Equal(("230072", SendRetryKind.Never), (refused.Error!.PlatformCode, refused.Error.Retry.Kind));
        Assert.Contains("card", refused.Error.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("card")]
    [InlineData("post")]
    public async Task Markdown_is_edited_in_its_own_form_also_by_the_next_generation(string form)
    {
        await using var fixture = new FeishuFixture($$""", "markdown": "{{form}}" """);
        _ = await fixture.ConnectAsync();
        var id = (await fixture.SendAsync("**0**", format: TextFormat.Markdown)).Receipt!.MessageId;
        Assert.Equal(SendOutcome.Sent, (await EditAsync(fixture, id, "**1**", TextFormat.Markdown)).Outcome);
        await fixture.Adapter.DisposeAsync();
        fixture.Renew();
        _ = await fixture.ConnectAsync();
        Assert.Equal(SendOutcome.Sent, (await EditAsync(fixture, id, "**2**", TextFormat.Markdown)).Outcome);
        Assert.Equal(SendOutcome.Sent, (await EditAsync(fixture, id, "3")).Outcome);
        Assert.Equal((form == "card" ? "interactive" : "post", "3"), (fixture.Platform.Messages[0].Type, fixture.Platform.Messages[0].Text));
    }

    [Fact]
    public async Task A_message_is_recalled_once_and_is_gone_then()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        var message = new MessageRef(new Chat("oc_1", ChatKind.Group), (await fixture.SendAsync("x")).Receipt!.MessageId);
        Assert.Equal(SendOutcome.Sent, (await fixture.Adapter.DeleteAsync(new MessageDeletion("deletion", message), Token)).Outcome);
        Assert.True(fixture.Platform.Messages[0].IsRecalled);
        Assert.Equal(SendOutcome.Sent, (await fixture.Adapter.DeleteAsync(new MessageDeletion("deletion", message), Token)).Outcome);
        Assert.Equal("230012", (await fixture.Adapter.DeleteAsync(
            new MessageDeletion("deletion", new MessageRef(message.Chat, "om_of_somebody")), Token)).Error!.PlatformCode);
    }

    [Fact]
    public async Task Our_reaction_is_one_and_replaces_ours_only()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        var said = fixture.Platform.Say("oc_1", "hello");
        var on = fixture.Platform.ReactionsOn(said);
        on.Add(("user1", "HEART"));
        var message = new MessageRef(new Chat("oc_1", ChatKind.Group), said);
        foreach (var emoji in (string[])["👍", "👍", "SMILE"])
            Assert.Equal(SendOutcome.Sent, (await fixture.Adapter.ReactAsync(new ReactionUpdate("reaction", message, emoji), Token)).Outcome);
        Assert.Equal(["HEART", "SMILE"], on.Select(static one => one.Emoji));
        Assert.Equal(SendOutcome.Sent, (await fixture.Adapter.ReactAsync(new ReactionUpdate("reaction", message, null), Token)).Outcome);
        Assert.Equal("HEART", Assert.Single(on).Emoji);
        Assert.Equal(SendErrorKind.InvalidMessage, (await fixture.Adapter.ReactAsync(new ReactionUpdate("reaction", message, "🦄"), Token)).Error!.Kind);
        var unknown = (await fixture.Adapter.ReactAsync(new ReactionUpdate("reaction", message, "UNICORN"), Token)).Error!;
        Assert.Equal((SendErrorKind.InvalidMessage, SendRetryKind.Never, "231001"), (unknown.Kind, unknown.Retry.Kind, unknown.PlatformCode));
        Assert.Equal("HEART", Assert.Single(on).Emoji);
    }

    [Fact]
    public async Task Files_go_out_by_their_kind_and_once_each()
    {
        var folder = Directory.CreateTempSubdirectory("feishu-").FullName;
        try
        {
            OutboundAttachment File(string name, AttachmentKind kind)
            {
                System.IO.File.WriteAllText(Path.Combine(folder, name), name);
                return new OutboundAttachment(Path.Combine(folder, name), kind);
            }

            await using var fixture = new FeishuFixture();
            fixture.Platform.EnforcesRates = false;
            _ = await fixture.ConnectAsync();
            OutboundAttachment[] files = [
                File("a.png", AttachmentKind.Image), File("b.pdf", AttachmentKind.File), File("c.opus", AttachmentKind.Audio),
                File("d.mp4", AttachmentKind.Video), File("e.svg", AttachmentKind.Image), File("ü.txt", AttachmentKind.File)];
            fixture.Platform.FailNext(new FakeFault(), new FakeFault(), new FakeFault(230020));
            Assert.Equal(SendErrorKind.RateLimited, (await fixture.SendAsync("look", files: files)).Error!.Kind);
            Assert.Equal(SendOutcome.Sent, (await fixture.SendAsync("look", files: files)).Outcome);
            Assert.Equal(
                ["image", "file", "audio", "media", "file", "file", "text"], fixture.Platform.Messages.Select(static message => message.Type));
            Assert.Equal("a.png", Encoding.UTF8.GetString(
                fixture.Platform.File((string)System.Text.Json.Nodes.JsonNode.Parse(fixture.Platform.Messages[0].Content)!["image_key"]!)!));

            // A file that has arrived is not sent again for the sake of its text.
            fixture.Platform.FailNext(new FakeFault(), new FakeFault(230022));
            var half = await fixture.SendAsync("refused", key: "k3", files: files[..1]);
            Assert.Equal((SendOutcome.Partial, 0, "230022"), (half.Outcome, half.Receipt!.DeliveredLength, half.Error!.PlatformCode));

            var gone = await fixture.SendAsync("", key: "k2", files: [new OutboundAttachment(Path.Combine(folder, "none"), AttachmentKind.File)]);
            Assert.Equal((SendOutcome.NotSent, SendRetryKind.Never), (gone.Outcome, gone.Error!.Retry.Kind));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("note.ogg", AttachmentKind.Voice, "audio")]
    [InlineData("note", AttachmentKind.Voice, "audio")]
    [InlineData("note.opus", AttachmentKind.Audio, "audio")]
    [InlineData("note.ogg", AttachmentKind.File, "file")]
    public async Task A_recording_with_opus_is_a_voice_message_with_its_length_whatever_its_name(string name, AttachmentKind kind, string type)
    {
        var folder = Directory.CreateTempSubdirectory("feishu-").FullName;
        try
        {
            var path = Path.Combine(folder, name);
            await File.WriteAllBytesAsync(path, MediaLengthTests.Opus(48_312, 312), Token);
            await using var fixture = new FeishuFixture();
            _ = await fixture.ConnectAsync();
            Assert.Equal(SendOutcome.Sent, (await fixture.SendAsync("", files: new OutboundAttachment(path, kind))).Outcome);
            var sent = Assert.Single(fixture.Platform.Messages);
            Assert.Equal(type, sent.Type);
            if (type == "audio") Assert.Equal("1000", Assert.Single(fixture.Platform.Durations.Values));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task What_hangs_on_a_message_is_fetched_and_never_more_than_is_allowed()
    {
        await using var fixture = new FeishuFixture();
        fixture.Platform.AddFile("img_1", new byte[1000]);
        _ = await fixture.ConnectAsync();
        fixture.Platform.Say("oc_1", "", type: "image", content: """{"image_key":"img_1"}""");
        await FeishuFixture.UntilAsync(() => fixture.Accepted.Count == 1, "it does not come");
        var attachment = Assert.Single(fixture.Accepted[0].Attachments);
        var path = Path.GetTempFileName();
        try
        {
            fixture.Platform.ExpireTokens(); // also here a new token is fetched once
            Assert.Equal(1000, (await fixture.Adapter.FetchAsync(new AttachmentRequest(attachment, path, 1000), Token)).Size);
            Assert.Equal(1000, new FileInfo(path).Length);
            await Assert.ThrowsAsync<PluginException>(() => fixture.Adapter.FetchAsync(new AttachmentRequest(attachment, path, 999), Token));
            foreach (var reference in (string[])["om_1/image/none", "../../x", "om_1/script/img_1", "om_1/image/.."])
                await Assert.ThrowsAsync<PluginException>(
                    () => fixture.Adapter.FetchAsync(new AttachmentRequest(new Attachment(reference, AttachmentKind.File), path, 10), Token));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("text/html; charset=utf-8", "<html>Sign in</html>")]
    [InlineData("application/json", """{"code":0,"msg":"ok"}""")]
    public async Task What_comes_in_the_place_of_a_file_is_not_taken_for_it(string type, string body)
    {
        await using var fixture = new FeishuFixture();
        fixture.Platform.AddFile("img_1", new byte[1000]);
        _ = await fixture.ConnectAsync();
        fixture.Platform.InterceptedType = type;
        fixture.Platform.Intercepted.Enqueue(("/open-apis/im/v1/messages/om_1/resources/img_1", 200, body));
        var request = new AttachmentRequest(new Attachment("om_1/image/img_1", AttachmentKind.Image), Path.GetTempFileName(), 1000);
        try
        {
            Assert.Equal("not-fetched", (await Assert.ThrowsAsync<PluginException>(() => fixture.Adapter.FetchAsync(request, Token))).Fault.Code);
            Assert.Equal(1000, (await fixture.Adapter.FetchAsync(request, Token)).Size);
        }
        finally
        {
            File.Delete(request.Path);
        }
    }

    [Theory]
    [InlineData("application/xhtml+xml", "<html/>", AttachmentKind.Image, "x.png", null, false)]
    [InlineData("application/xhtml+xml", "<html/>", AttachmentKind.File, "x.pdf", null, false)]
    [InlineData("text/plain", "Sign in", AttachmentKind.Image, null, null, false)]
    [InlineData("text/plain", "Sign in", AttachmentKind.Audio, null, 9, false)]
    [InlineData("text/plain", "Sign in", AttachmentKind.File, "x.txt", 9, false)]
    [InlineData("text/plain", "  <!DOCTYPE html><p>Sign in", AttachmentKind.File, "x.txt", null, false)]
    [InlineData("text/plain", "Sign in", AttachmentKind.File, "x.pdf", null, false)]
    [InlineData("text/plain", "%PDF-1.7", AttachmentKind.File, "x.pdf", null, true)]
    [InlineData(null, "<html>Sign in</html>", AttachmentKind.Video, null, null, false)]
    [InlineData(null, "<html>Sign in</html>", AttachmentKind.File, "x.pdf", null, false)]
    [InlineData(null, "some bytes", AttachmentKind.File, "x.bin", 9, false)]
    [InlineData("text/plain", "a note", AttachmentKind.File, "note.txt", 6, true)]
    [InlineData("text/plain", "a note", AttachmentKind.File, "note.txt", null, true)]
    [InlineData("text/plain", "a,b", AttachmentKind.File, "table.csv", null, true)]
    [InlineData("text/html", "<html/>", AttachmentKind.File, "page.html", 7, true)]
    [InlineData(null, "<html/>", AttachmentKind.File, "page.html", null, true)]
    [InlineData(null, "some bytes", AttachmentKind.File, "x.bin", null, true)]
    public async Task A_page_without_a_name_is_told_from_a_file_by_length_type_and_content(
        string? type, string body, AttachmentKind kind, string? name, int? size, bool isFile)
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        fixture.Platform.InterceptedType = type;
        fixture.Platform.Intercepted.Enqueue(("/open-apis/im/v1/messages/om_1/resources/k", 200, body));
        var request = new AttachmentRequest(new Attachment("om_1/file/k", kind) { Name = name, Size = size }, Path.GetTempFileName(), 1000);
        try
        {
            if (isFile) Assert.Equal(body.Length, (await fixture.Adapter.FetchAsync(request, Token)).Size);
            else Assert.Equal(
                "not-fetched", (await Assert.ThrowsAsync<PluginException>(() => fixture.Adapter.FetchAsync(request, Token))).Fault.Code);
        }
        finally
        {
            File.Delete(request.Path);
        }
    }

    private static Task<SendResult> EditAsync(FeishuFixture fixture, string id, string text, TextFormat format = TextFormat.Plain) =>
        fixture.Adapter.EditAsync(new MessageEdit("edit", new MessageRef(new Chat("oc_1", ChatKind.Group), id), text) { Format = format }, Token);
}
