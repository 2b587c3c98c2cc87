using System.Diagnostics;
using System.Text;
using System.Text.Json;
using PluginGateway.Plugins.WebChat;
using PluginGateway.Testing;

namespace PluginGateway.Tests.Plugins.WebChat;

public sealed class DeliveryTests
{
    [Fact]
    public async Task A_reply_is_durable_when_it_is_sent_and_the_receipt_is_its_key()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        var result = await fixture.ReplyAsync("c", "k1", "grüß dich 你好\nline two");
        Assert.Equal((SendOutcome.Sent, "k1"), (result.Outcome, result.Receipt?.MessageId));

        // Not closed: what the next generation reads is what was on disk at that moment.
        await fixture.ConnectAsync();
        Assert.Equal(["gateway:k1:grüß dich 你好\nline two"], await fixture.HistoryAsync("c"));
    }

    [Fact]
    public async Task The_same_key_is_delivered_once_also_after_a_restart_and_side_by_side()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => fixture.ReplyAsync("c", "k1")));
        Assert.All(results, result => Assert.Equal(SendOutcome.Sent, result.Outcome));
        Assert.Single(fixture.Context.Topics.Published);
        await fixture.ReconnectAsync();
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => fixture.ReplyAsync("c", "k1"))),
            result => Assert.Equal(SendOutcome.Sent, result.Outcome));
        Assert.Single(await fixture.HistoryAsync("c"));
    }

    /// <summary>Else a reader whose stream has gone on over a reload would miss what the generation before wrote and did not come to
    /// publish.</summary>
    [Fact]
    public async Task The_last_reply_that_an_earlier_generation_wrote_is_published_once_when_it_is_sent_again()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        await fixture.ReplyAsync("c", "k1");
        await fixture.ReplyAsync("c", "k2");
        await fixture.ReconnectAsync();
        foreach (var key in new[] { "k2", "k2", "k1", "k3" }) await fixture.ReplyAsync("c", key);
        Assert.Equal(["k2", "k3"], fixture.Context.Topics.Published.Select(static published => published.Event.Id));
        Assert.Equal(3, (await fixture.HistoryAsync("c")).Length);
    }

    [Fact]
    public async Task A_reply_is_an_event_with_its_key_as_id()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        await fixture.ReplyAsync("c", "k1", "a \"b\" <c>");
        var (topic, published) = Assert.Single(fixture.Context.Topics.Published);
        Assert.Equal("k1", published.Id);
        using var json = JsonDocument.Parse(published.Data);
        Assert.Equal(("k1", "a \"b\" <c>"), (json.RootElement.GetProperty("id").GetString(), json.RootElement.GetProperty("text").GetString()));
        Assert.Equal(topic, (await fixture.GetAsync("/events", "c")).Topic);
    }

    [Fact]
    public async Task A_conversation_can_be_named_in_a_header_which_no_proxy_logs()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        await fixture.ReplyAsync("änn/1", "k1");
        var name = Uri.EscapeDataString("änn/1");
        Assert.Equal((await fixture.GetAsync("/events", "änn/1")).Topic, (await fixture.GetAsync("/events", header: name)).Topic);
        Assert.Equal("k1", Assert.Single((await fixture.GetAsync("/events", header: name)).First).Id);
        Assert.Equal("änn/1", ChatFixture.Json(await fixture.GetAsync("/history", header: name)).GetProperty("conversation").GetString());
        Assert.Equal(400, (await fixture.GetAsync("/events")).Status);
        Assert.Equal(400, (await fixture.GetAsync("/events", header: "%0A")).Status);
    }

    [Fact]
    public async Task A_late_page_gets_every_reply_and_a_page_that_comes_back_only_what_it_missed()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        foreach (var key in new[] { "k1", "k2", "k3" }) await fixture.ReplyAsync("c", key);
        await fixture.ReplyAsync("other", "k4");
        Assert.Equal(["k1", "k2", "k3"], await fixture.StreamAsync("c"));
        Assert.Equal(["k2", "k3"], await fixture.StreamAsync("c", after: "k1"));
        Assert.Equal(["k3"], await fixture.StreamAsync("c", lastEventId: "k2"));
        Assert.Equal(["k3"], await fixture.StreamAsync("c", after: "k1", lastEventId: "k2"));
        Assert.Empty(await fixture.StreamAsync("c", after: "k3"));
        Assert.Equal(["k1", "k2", "k3"], await fixture.StreamAsync("c", after: "long forgotten"));
        Assert.Empty(await fixture.StreamAsync("nobody"));
    }

    [Fact]
    public async Task The_position_is_read_before_the_history_so_that_nothing_falls_between()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        fixture.Context.Topics.OnPosition = () => fixture.ReplyAsync("c", "between").GetAwaiter().GetResult();
        var reply = await fixture.GetAsync("/events", "c");
        Assert.Contains(reply.First, first => first.Id == "between");
    }

    [Fact]
    public async Task The_history_has_both_sides_in_the_order_of_the_talk_and_the_last_reply_of_the_stream()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();

        // The reply overtakes our own copy of the question.
        fixture.Context.Inbox.Answer = async message =>
        {
            await Task.Delay(5);
            await fixture.ReplyAsync("c", "k1", "answer");
            return Acceptance.Stored;
        };
        await fixture.PostAsync("""{"conversation":"c","id":"m1","text":"question"}""");
        Assert.Equal(["user:m1:question", "gateway:k1:answer"], await fixture.HistoryAsync("c"));
        Assert.Equal("k1", ChatFixture.Json(await fixture.GetAsync("/history", "c")).GetProperty("lastReply").GetString());
        await fixture.ReconnectAsync();
        Assert.Equal(["user:m1:question", "gateway:k1:answer"], await fixture.HistoryAsync("c"));
    }

    [Fact]
    public async Task A_visitors_id_that_looks_like_a_replys_key_hides_nothing()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        await fixture.PostAsync("""{"conversation":"c","id":"k1","text":"mine"}""");
        await fixture.ReplyAsync("c", "k1", "yours");
        Assert.Equal(2, (await fixture.HistoryAsync("c")).Length);
    }

    [Fact]
    public async Task Many_sends_at_once_share_the_waits_for_the_disk()
    {
        await using var fixture = new ChatFixture();
        var context = new FakeAdapterContext(dataDirectory: fixture.Folder);
        var settings = context.Settings.Read(WebChatSettings.Read);
        var history = ChatHistory.Open(context, settings, new ChatFiles(context, settings));
        const int count = 5_000;
        var clock = Stopwatch.StartNew();
        var outcomes = await Task.WhenAll(
            Enumerable.Range(0, count).Select(i => history.AppendAsync(new ChatEntry($"c{i % 64}", $"k{i}", false, "hello", i))));
        TestContext.Current.SendDiagnosticMessage($"{count} appends, {history.Flushes} flushes, {clock.Elapsed.TotalMilliseconds:0} ms");
        Assert.All(outcomes, outcome => Assert.Equal(WriteOutcome.Durable, outcome));
        Assert.InRange(history.Flushes, 1, count / 10);
        await history.CloseAsync();
        Assert.Equal(WriteOutcome.NotWritten, await history.AppendAsync(new ChatEntry("c", "late", false, "x", 1)));
    }

    [Fact]
    public async Task A_torn_last_line_and_rubbish_are_left_out_and_what_is_written_next_is_not_torn_with_them()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        await fixture.ReplyAsync("c", "k1");
        await fixture.Adapter.DisposeAsync();
        var file = Path.Combine(fixture.Folder, fixture.Files.Single());
        await File.AppendAllTextAsync(file, "rubbish\n{\"c\":\"c\",\"id\":\"k2\",\"te");
        var context = new FakeAdapterContext(dataDirectory: fixture.Folder);
        var again = new WebChatAdapter(context);
        await again.ConnectAsync(new ConnectContext(1, true, "start"), default);
        Assert.Equal(SendOutcome.Sent, (await again.SendAsync(new OutboundMessage("k3", new Chat("c", ChatKind.Direct), "x"), default)).Outcome);
        await again.DisposeAsync();
        Assert.Contains(context.Log.Lines, line => line.Message.Contains("unreadable", StringComparison.Ordinal));
        await fixture.ConnectAsync();
        Assert.Equal(["k1", "k3"], await fixture.StreamAsync("c"));
    }

    [Fact]
    public async Task Only_the_last_messages_of_a_conversation_and_the_last_conversations_are_kept()
    {
        const string settings = """{"messagesPerConversation":3,"maxConversations":2}""";
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync(settings);
        for (var i = 1; i <= 5; i++) await fixture.ReplyAsync("a", $"k{i}");
        await fixture.ReplyAsync("b", "k6");
        Assert.Equal(["k3", "k4", "k5"], await fixture.StreamAsync("a"));
        await fixture.ReplyAsync("c", "k7");
        Assert.Empty(await fixture.StreamAsync("a"));
        await fixture.ReconnectAsync(settings);
        Assert.Empty(await fixture.StreamAsync("a"));
        Assert.Equal(["k6"], await fixture.StreamAsync("b"));
    }

    /// <summary>An event that is refused would leave its message unsettled.</summary>
    [Theory]
    [InlineData('\u0001')]
    [InlineData('<')]
    [InlineData('世')]
    public void A_text_of_the_declared_length_fits_into_one_event_however_it_is_escaped(char character)
    {
        var text = new string(character, 100_000);
        var told = ChatReplies.EventOf(new ChatEntry("c", "id", FromUser: false, text, 0));
        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(told.Data), text.Length, PluginGateway.Guard.EventLimits.MaxEventBytes);
    }

    [Fact]
    public async Task A_log_that_has_grown_to_more_than_twice_what_is_kept_is_compacted()
    {
        const string settings = """{"messagesPerConversation":4}""";
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync(settings);
        var text = new string('x', 100_000);
        for (var i = 0; i < 40; i++) await fixture.ReplyAsync("c", $"k{i}", text);
        await fixture.ReconnectAsync(settings);
        Assert.InRange(fixture.Bytes, 400_000, 2_500_000);
        Assert.Equal(["k36", "k37", "k38", "k39"], await fixture.StreamAsync("c"));
        await fixture.ReconnectAsync(settings);
        Assert.Equal(["k36", "k37", "k38", "k39"], await fixture.StreamAsync("c"));
    }

    [Fact]
    public async Task A_log_does_not_grow_without_end_while_connected()
    {
        const string settings = """{"messagesPerConversation":2}""";
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync(settings);
        var text = new string('x', 100_000);
        for (var i = 0; i < 100; i++) Assert.Equal(SendOutcome.Sent, (await fixture.ReplyAsync("c", $"k{i}", text)).Outcome);
        Assert.InRange(fixture.Bytes, 100_000, 4_000_000);
        await fixture.ReconnectAsync(settings);
        Assert.Equal(["k98", "k99"], await fixture.StreamAsync("c"));
    }

    [Fact]
    public async Task Generations_do_not_leave_a_file_each()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        for (var i = 0; i < 30; i++)
        {
            await fixture.ReplyAsync("c", $"k{i}");
            await fixture.ReconnectAsync();
        }

        Assert.InRange(fixture.Files.Length, 1, 9);
        Assert.Equal(30, (await fixture.StreamAsync("c")).Length);
    }

    [Fact]
    public async Task A_generation_that_has_been_replaced_says_it_does_not_know_and_ends()
    {
        await using var fixture = new ChatFixture();
        var old = await fixture.ConnectAsync();
        var running = old.RunAsync(default);
        await fixture.ConnectAsync();
        var late = await old.SendAsync(new OutboundMessage("k1", new Chat("c", ChatKind.Direct), "x"), default);
        Assert.Equal(SendOutcome.Unknown, late.Outcome);
        await running.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(SendOutcome.NotSent, (await old.SendAsync(new OutboundMessage("k2", new Chat("c", ChatKind.Direct), "x"), default)).Outcome);

        // Sent again, as the host does, it stands there once, for the next generation too.
        Assert.Equal(SendOutcome.Sent, (await fixture.ReplyAsync("c", "k1")).Outcome);
        await fixture.ReconnectAsync();
        Assert.Equal(["k1"], await fixture.StreamAsync("c"));
    }

    [Fact]
    public async Task A_disconnect_writes_what_waits_and_ends_the_run()
    {
        await using var fixture = new ChatFixture();
        var adapter = await fixture.ConnectAsync();
        var running = adapter.RunAsync(default);
        var sends = Enumerable.Range(0, 100).Select(i => fixture.ReplyAsync("c", $"k{i}")).ToArray();
        await adapter.DisconnectAsync(default);
        await running.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.All(await Task.WhenAll(sends), result => Assert.Equal(SendOutcome.Sent, result.Outcome));
        await adapter.DisposeAsync();
    }

    [Fact]
    public async Task Lone_surrogates_in_a_reply_do_not_break_the_log()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        Assert.Equal(SendOutcome.Sent, (await fixture.ReplyAsync("c", "k1", "a\ud800b")).Outcome);
        Assert.Equal(SendOutcome.Sent, (await fixture.ReplyAsync("c", "k2", "ok")).Outcome);
        await fixture.ReconnectAsync();
        Assert.Equal(["gateway:k1:a\ufffdb", "gateway:k2:ok"], await fixture.HistoryAsync("c"));
    }

    [Fact]
    public async Task A_conversation_that_cannot_be_one_is_refused_for_good()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        var result = await fixture.ReplyAsync(new string('c', 200), "k1");
        Assert.Equal((SendOutcome.NotSent, SendRetryKind.Never), (result.Outcome, result.Error!.Retry.Kind));
    }

    [Fact]
    public async Task Only_the_owner_may_read_the_log()
    {
        if (OperatingSystem.IsWindows()) return;
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        await fixture.ReplyAsync("c", "k1");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(fixture.Folder, fixture.Files[0])));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_a_fault_with_a_sentence()
    {
        await using var fixture = new ChatFixture();
        var context = new FakeAdapterContext(dataDirectory: Path.Combine(fixture.Folder, "missing"));
        var fault = await Assert.ThrowsAsync<PluginException>(
            () => new WebChatAdapter(context).ConnectAsync(new ConnectContext(1, false, "start"), default));
        Assert.Equal(("history-unavailable", FaultRetry.WithBackoff), (fault.Fault.Code, fault.Fault.Retry));
    }

    [Fact]
    public async Task A_log_that_can_no_longer_be_kept_is_a_fatal_fault_and_the_outcome_is_unknown()
    {
        await using var fixture = new ChatFixture();
        var adapter = await fixture.ConnectAsync();
        var running = adapter.RunAsync(default);
        Directory.Delete(fixture.Folder, recursive: true);
        Assert.Equal(SendOutcome.Unknown, (await fixture.ReplyAsync("c", "k1")).Outcome);
        await running.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal("history-failed", Assert.Single(fixture.Context.Faults).Code);
        Directory.CreateDirectory(fixture.Folder);
    }

    [Theory]
    [InlineData("{}", "")]
    [InlineData("""{"maxTextLength":100}""", "")]
    [InlineData("""{"maxTextLength":0}""", "maxTextLength")]
    [InlineData("""{"maxConversations":"many","messagesPerConversation":1.5,"colour":1}""", "messagesPerConversation,maxConversations,colour")]
    public async Task Every_problem_of_the_settings_is_named(string settings, string keys)
    {
        await using var fixture = new ChatFixture();
        var adapter = new WebChatAdapter(new FakeAdapterContext(settings, dataDirectory: fixture.Folder));
        var report = await adapter.ValidateSettingsAsync(default);
        Assert.Equal(keys, string.Join(',', report.Problems.Select(problem => problem.Key)));
        if (keys.Length == 0) return;
        var fault = await Assert.ThrowsAsync<PluginException>(() => adapter.ConnectAsync(new ConnectContext(1, false, "start"), default));
        Assert.Equal(FaultRetry.AfterOperatorAction, fault.Fault.Retry);
    }

    [Fact]
    public async Task It_is_alive_while_the_log_is_open()
    {
        await using var fixture = new ChatFixture();
        var adapter = await fixture.ConnectAsync();
        Assert.Equal(new ProbeResult(true, true), await adapter.ProbeAsync(default));
        await adapter.DisconnectAsync(default);
        Assert.Equal(new ProbeResult(false, false), await adapter.ProbeAsync(default));
    }

    [Fact]
    public void A_line_of_the_log_is_json_without_a_line_break_inside()
    {
        var lines = new System.Buffers.ArrayBufferWriter<byte>();
        HistoryFile.WriteLine(lines, new ChatEntry("c", "m", true, "a\nb", 5));
        Assert.Equal("{\"c\":\"c\",\"id\":\"m\",\"u\":true,\"text\":\"a\\nb\",\"t\":5}\n", Encoding.UTF8.GetString(lines.WrittenSpan));
    }
}
