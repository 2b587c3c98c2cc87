using System.Text;
using PluginGateway.FakeFeishu;

namespace PluginGateway.Tests.Feishu;

/// <summary>The adapter against the fake platform: what it sends, changes and fetches.</summary>
public sealed class FeishuSendTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_is_sent_with_the_gateways_key_and_the_same_key_is_the_same_message()
    {
        await using var bench = new FeishuBench();
        _ = await bench.ConnectAsync();
        var first = await bench.SendAsync("hello", key: "db1.t7.0");
        bench.Platform.FailNext(new FakeFault(CutsOff: true));
        var lost = await bench.SendAsync("again", key: "db1.t7.1");
        var second = await bench.SendAsync("again", key: "db1.t7.1");
        Assert.Equal((SendOutcome.Sent, SendOutcome.Unknown, SendOutcome.Sent), (first.Outcome, lost.Outcome, second.Outcome));
        Assert.Equal(["hello", "again"], bench.Platform.TextsIn("oc_1"));
        Assert.Equal("db1.t7.0", bench.Platform.Messages[0].Uuid);
        Assert.Equal(bench.Platform.Messages[1].Id, second.Receipt!.MessageId);
    }

    [Fact]
    public async Task An_expired_token_is_renewed_once_and_the_message_goes()
    {
        await using var bench = new FeishuBench();
        _ = await bench.ConnectAsync();
        bench.Platform.ExpireTokens();
        var results = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => bench.SendAsync($"{i}", key: $"k{i}")));
        Assert.All(results, static result => Assert.Equal(SendOutcome.Sent, result.Outcome));
        Assert.Equal(2, bench.Platform.TokensGiven);

        // A platform that refuses every token is not asked for ever.
        bench.Platform.FailNext(new FakeFault(99991663), new FakeFault(99991663));
        var refused = await bench.SendAsync("x", key: "x");
        Assert.Equal((SendOutcome.NotSent, SendErrorKind.Unauthorized, SendRetryKind.After), (refused.Outcome, refused.Error!.Kind, refused.Error.Retry.Kind));
        Assert.Equal(3, bench.Platform.TokensGiven);
    }

    [Theory]
    [InlineData(230020, 400, null, SendErrorKind.RateLimited, RateLimitScope.Chat)]
    [InlineData(99991400, 429, 7, SendErrorKind.RateLimited, RateLimitScope.Account)]
    [InlineData(230002, 400, null, SendErrorKind.Forbidden, null)]
    [InlineData(230013, 200, null, SendErrorKind.Forbidden, null)]
    public async Task A_refusal_is_told_with_its_code_and_its_wait(int code, int status, int? reset, SendErrorKind kind, RateLimitScope? scope)
    {
        await using var bench = new FeishuBench();
        _ = await bench.ConnectAsync();
        bench.Platform.FailNext(new FakeFault(code, status, Reset: reset));
        var error = (await bench.SendAsync("x")).Error!;
        Assert.Equal((kind, scope, $"{code}"), (error.Kind, error.Scope, error.PlatformCode));
        if (reset is { } seconds) Assert.Equal(TimeSpan.FromSeconds(seconds), error.Retry.Delay);
        Assert.Contains("log-1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_the_platform_is_away_nothing_has_left()
    {
        await using var bench = new FeishuBench();
        _ = await bench.ConnectAsync();
        bench.Platform.Stop();
        Assert.Equal(SendOutcome.NotSent, (await bench.SendAsync("x")).Outcome);
    }

    [Fact]
    public async Task A_platform_that_does_not_answer_leaves_it_open()
    {
        await using var bench = new FeishuBench(""", "requestTimeoutSeconds": 1""");
        _ = await bench.ConnectAsync();
        bench.Platform.IsSlow = true;
        Assert.Equal(SendOutcome.Unknown, (await bench.SendAsync("x")).Outcome);
    }

    [Fact]
    public async Task Answers_go_to_their_message_and_threads_stay_together()
    {
        await using var bench = new FeishuBench();
        _ = await bench.ConnectAsync();
        var asked = bench.Platform.Say("oc_1", "question");
        await bench.SendAsync("answer", replyTo: asked, key: "k1");
        await bench.SendAsync("in the thread", thread: asked, key: "k2");
        bench.Platform.Withdraw(asked);
        await bench.SendAsync("too late", replyTo: asked, key: "k3");
        var lost = await bench.SendAsync("gone", thread: asked, key: "k4");
        Assert.Equal([(asked, false), (asked, true), (null, false)], bench.Platform.Messages.Select(static message => (message.ReplyTo, message.InThread)));
        Assert.Equal(SendErrorKind.NotFound, lost.Error!.Kind);
        Assert.Equal(SendErrorKind.InvalidMessage, (await bench.SendAsync("x", thread: "omt_1", key: "k5")).Error!.Kind);
    }

    [Fact]
    public async Task A_text_that_is_too_long_for_one_request_is_sent_in_part_and_the_rest_follows()
    {
        await using var bench = new FeishuBench();
        bench.Platform.EnforcesRates = false;
        _ = await bench.ConnectAsync();
        var text = string.Concat(Enumerable.Range(0, 9_000).Select(static i => $"\"line\" {i}\n"));
        var sent = new StringBuilder();
        for (var rest = text; rest.Length > 0;)
        {
            var result = await bench.SendAsync(rest, key: $"k{sent.Length}", format: TextFormat.Markdown);
            Assert.Equal(rest.Length == (result.Receipt!.DeliveredLength ?? rest.Length), result.Outcome == SendOutcome.Sent);
            var length = result.Receipt.DeliveredLength ?? rest.Length;
            sent.Append(rest[..length]);
            rest = rest[length..];
        }

        Assert.Equal(text, string.Concat(bench.Platform.TextsIn("oc_1")));
    }

    [Fact]
    public async Task A_text_is_edited_twenty_times_and_then_refused_with_a_hint()
    {
        await using var bench = new FeishuBench();
        _ = await bench.ConnectAsync();
        var id = (await bench.SendAsync("0")).Receipt!.MessageId;
        for (var i = 1; i <= 20; i++) Assert.Equal(SendOutcome.Sent, (await EditAsync(bench, id, $"{i}")).Outcome);
        Assert.Equal("20", bench.Platform.Messages[0].Text);
        var refused = await EditAsync(bench, id, "21");
        Assert.Equal(("230072", SendRetryKind.Never), (refused.Error!.PlatformCode, refused.Error.Retry.Kind));
        Assert.Contains("card", refused.Error.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("card")]
    [InlineData("post")]
    public async Task Markdown_is_edited_in_its_own_form_also_by_the_next_generation(string form)
    {
        await using var bench = new FeishuBench($$""", "markdown": "{{form}}" """);
        _ = await bench.ConnectAsync();
        var id = (await bench.SendAsync("**0**", format: TextFormat.Markdown)).Receipt!.MessageId;
        Assert.Equal(SendOutcome.Sent, (await EditAsync(bench, id, "**1**", TextFormat.Markdown)).Outcome);
        await bench.Adapter.DisposeAsync();
        bench.Renew();
        _ = await bench.ConnectAsync();
        Assert.Equal(SendOutcome.Sent, (await EditAsync(bench, id, "**2**", TextFormat.Markdown)).Outcome);
        Assert.Equal(SendOutcome.Sent, (await EditAsync(bench, id, "3")).Outcome);
        Assert.Equal((form == "card" ? "interactive" : "post", "3"), (bench.Platform.Messages[0].Type, bench.Platform.Messages[0].Text));
    }

    [Fact]
    public async Task A_message_is_recalled_once_and_is_gone_then()
    {
        await using var bench = new FeishuBench();
        _ = await bench.ConnectAsync();
        var message = new MessageRef(new Chat("oc_1", ChatKind.Group), (await bench.SendAsync("x")).Receipt!.MessageId);
        Assert.Equal(SendOutcome.Sent, (await bench.Adapter.DeleteAsync(message, Token)).Outcome);
        Assert.True(bench.Platform.Messages[0].IsRecalled);
        Assert.Equal(SendOutcome.Sent, (await bench.Adapter.DeleteAsync(message, Token)).Outcome);
        Assert.Equal("230012", (await bench.Adapter.DeleteAsync(new MessageRef(message.Chat, "om_of_somebody"), Token)).Error!.PlatformCode);
    }

    [Fact]
    public async Task Our_reaction_is_one_and_replaces_ours_only()
    {
        await using var bench = new FeishuBench();
        _ = await bench.ConnectAsync();
        var on = bench.Platform.ReactionsOn("om_1");
        on.Add(("user1", "HEART"));
        var message = new MessageRef(new Chat("oc_1", ChatKind.Group), "om_1");
        foreach (var emoji in (string[])["👍", "👍", "SMILE"]) Assert.Equal(SendOutcome.Sent, (await bench.Adapter.ReactAsync(new Reaction(message, emoji), Token)).Outcome);
        Assert.Equal(["HEART", "SMILE"], on.Select(static one => one.Emoji));
        Assert.Equal(SendOutcome.Sent, (await bench.Adapter.ReactAsync(new Reaction(message, null), Token)).Outcome);
        Assert.Equal("HEART", Assert.Single(on).Emoji);
        Assert.Equal(SendErrorKind.InvalidMessage, (await bench.Adapter.ReactAsync(new Reaction(message, "🦄"), Token)).Error!.Kind);
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

            await using var bench = new FeishuBench();
            bench.Platform.EnforcesRates = false;
            _ = await bench.ConnectAsync();
            OutboundAttachment[] files = [File("a.png", AttachmentKind.Image), File("b.pdf", AttachmentKind.File), File("c.opus", AttachmentKind.Audio), File("d.mp4", AttachmentKind.Video), File("e.svg", AttachmentKind.Image), File("ü.txt", AttachmentKind.File)];
            bench.Platform.FailNext(new FakeFault(), new FakeFault(), new FakeFault(230020));
            Assert.Equal(SendErrorKind.RateLimited, (await bench.SendAsync("look", files: files)).Error!.Kind);
            Assert.Equal(SendOutcome.Sent, (await bench.SendAsync("look", files: files)).Outcome);
            Assert.Equal(["image", "file", "audio", "media", "file", "file", "text"], bench.Platform.Messages.Select(static message => message.Type));
            Assert.Equal("a.png", Encoding.UTF8.GetString(bench.Platform.File((string)System.Text.Json.Nodes.JsonNode.Parse(bench.Platform.Messages[0].Content)!["image_key"]!)!));

            // A file that has arrived is not sent again for the sake of its text.
            bench.Platform.FailNext(new FakeFault(), new FakeFault(230022));
            var half = await bench.SendAsync("refused", key: "k3", files: files[..1]);
            Assert.Equal((SendOutcome.Partial, 0, "230022"), (half.Outcome, half.Receipt!.DeliveredLength, half.Error!.PlatformCode));

            var gone = await bench.SendAsync("", key: "k2", files: [new OutboundAttachment(Path.Combine(folder, "none"), AttachmentKind.File)]);
            Assert.Equal((SendOutcome.NotSent, SendRetryKind.Never), (gone.Outcome, gone.Error!.Retry.Kind));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task What_hangs_on_a_message_is_fetched_and_never_more_than_is_allowed()
    {
        await using var bench = new FeishuBench();
        bench.Platform.AddFile("img_1", new byte[1000]);
        _ = await bench.ConnectAsync();
        bench.Platform.Say("oc_1", "", type: "image", content: """{"image_key":"img_1"}""");
        await FeishuBench.UntilAsync(() => bench.Accepted.Count == 1, "it does not come");
        var attachment = Assert.Single(bench.Accepted[0].Attachments);
        var path = Path.GetTempFileName();
        try
        {
            bench.Platform.ExpireTokens(); // also here a new token is fetched once
            Assert.Equal(1000, (await bench.Adapter.FetchAsync(new AttachmentRequest(attachment, path, 1000), Token)).Size);
            Assert.Equal(1000, new FileInfo(path).Length);
            await Assert.ThrowsAsync<AdapterException>(() => bench.Adapter.FetchAsync(new AttachmentRequest(attachment, path, 999), Token));
            foreach (var reference in (string[])["om_1/image/none", "../../x", "om_1/script/img_1", "om_1/image/.."])
                await Assert.ThrowsAsync<AdapterException>(() => bench.Adapter.FetchAsync(new AttachmentRequest(new Attachment(reference, AttachmentKind.File), path, 10), Token));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static Task<SendResult> EditAsync(FeishuBench bench, string id, string text, TextFormat format = TextFormat.Plain) =>
        bench.Adapter.EditAsync(new MessageEdit(new MessageRef(new Chat("oc_1", ChatKind.Group), id), text) { Format = format }, Token);
}
