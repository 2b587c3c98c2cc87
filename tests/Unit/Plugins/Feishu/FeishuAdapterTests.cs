using System.Text.Json;
using System.Text.Json.Nodes;
using PluginGateway.FakeFeishu;
using PluginGateway.Plugins.Feishu;

namespace PluginGateway.Tests.Plugins.Feishu;

/// <summary>The adapter against the fake platform: connections, events and what becomes of them.</summary>
public sealed class FeishuAdapterTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_connected_when_the_platform_has_answered_a_ping()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        Assert.True(fixture.Connection.Pings >= 1);
        Assert.Contains("Gateway on 127.0.0.1", fixture.Healths[^1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_account_is_the_bot_that_the_platform_tells()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        Assert.Equal(new ConnectionInfo { AccountId = fixture.Platform.BotId, AccountName = "Gateway" }, fixture.Info);
    }

    [Fact]
    public async Task An_event_is_acknowledged_when_it_is_durable_and_not_before()
    {
        var durable = new TaskCompletionSource<Acceptance>();
        await using var fixture = new FeishuFixture { Accepts = _ => durable.Task };
        _ = await fixture.ConnectAsync();
        fixture.Platform.Say("oc_1", "hello");
        await FeishuFixture.UntilAsync(() => fixture.Platform.Events[0].Pushes == 1, "it is not pushed");
        await Task.Delay(200, Token); // time enough for an answer that should not come
        Assert.Empty(fixture.Connection.Answers);
        durable.SetResult(Acceptance.Stored);
        await FeishuFixture.UntilAsync(() => fixture.Platform.Events[0].Acknowledged is not null, "it is not acknowledged");
        Assert.Equal("hello", Assert.Single(fixture.Accepted).Text);
    }

    [Fact]
    public async Task What_is_refused_comes_again_and_is_taken_then()
    {
        var times = 0;
        await using var fixture = new FeishuFixture { Accepts = _ => Task.FromResult(++times < 3 ? Acceptance.Refused("full") : Acceptance.Stored) };
        fixture.Platform.PushAgain = [.. Enumerable.Repeat(TimeSpan.FromMilliseconds(50), 10)];
        _ = await fixture.ConnectAsync();
        fixture.Platform.Say("oc_1", "hello");
        await FeishuFixture.UntilAsync(() => fixture.Platform.Events[0].Acknowledged is not null, "it is not acknowledged");
        Assert.Equal((3, 2), (fixture.Platform.Events[0].Pushes, fixture.Platform.Events[0].Refusals));
        Assert.Single(fixture.Accepted);
    }

    [Theory]
    [InlineData("topic_group", true)]
    [InlineData("group", true)] // the group is one of topics, which only the platform's page of the chat tells
    [InlineData("group", true, true)] // the group is none of topics, and its messages stand in topics
    [InlineData("p2p", false)]
    public async Task A_thread_is_one_conversation_also_where_the_event_does_not_name_it(string chatType, bool isTopicGroup, bool isOfThreads = false)
    {
        await using var fixture = new FeishuFixture();
        if (isTopicGroup) (isOfThreads ? fixture.Platform.ThreadGroups : fixture.Platform.TopicGroups).Add("oc_1");
        _ = await fixture.ConnectAsync();
        string? root = null;
        if (isTopicGroup) root = fixture.Platform.Say("oc_1", "first", chatType: chatType, topic: "omt_1");
        root ??= fixture.Platform.Say(
            "oc_1", "elsewhere", chatType: chatType, topic: "omt_1", change: static message => message["thread_id"] = "omt_1");
        await FeishuFixture.UntilAsync(() => fixture.Accepted.Count == 1, "it does not come");
        fixture.Platform.Say(
            "oc_1", "reply", chatType: chatType, topic: "omt_1", change: message => (message["root_id"], message["parent_id"]) = (root, root));
        fixture.Platform.Say("oc_1", "said in the topic", chatType: chatType, change: static message => message["thread_id"] = "omt_1");
        fixture.Platform.Say("oc_1", "a root that is a thread", chatType: chatType, change: static message => message["root_id"] = "omt_1");
        await FeishuFixture.UntilAsync(() => fixture.Accepted.Count == 4, "not all come");
        Assert.All(fixture.Accepted, static message => Assert.Equal("omt_1", message.Chat.Thread));
        Assert.Equal(["reply", "said in the topic", "a root that is a thread"], fixture.Accepted.Skip(1).Select(static message => message.Text));
    }

    [Fact]
    public async Task A_reply_in_an_ordinary_group_stands_in_no_thread_and_a_platform_that_does_not_tell_is_not_waited_for()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        fixture.Platform.Say(
            "oc_1", "reply", chatType: "group", change: static message => (message["root_id"], message["parent_id"]) = ("om_1", "om_1"));
        await FeishuFixture.UntilAsync(() => fixture.Accepted.Count == 1, "it does not come");
        Assert.Null(fixture.Accepted[0].Chat.Thread);
        fixture.Platform.IsSlow = true; // the long connection stands, calls are not answered
        fixture.Platform.Say(
            "oc_2", "topic", chatType: "topic_group", change: static message => (message["root_id"], message["parent_id"]) = ("om_2", "om_2"));
        await FeishuFixture.UntilAsync(() => fixture.Accepted.Count == 2, "it waits");
        Assert.Equal("om_2", fixture.Accepted[1].Chat.Thread);
        Assert.Equal(1, fixture.Platform.Events[1].Pushes);
    }

    [Fact]
    public async Task A_topic_that_is_opened_later_on_a_message_is_seen()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        var root = fixture.Platform.Say("oc_1", "question");
        fixture.Platform.Say("oc_1", "answered", change: message => (message["root_id"], message["parent_id"]) = (root, root));
        await FeishuFixture.UntilAsync(() => fixture.Accepted.Count == 2, "it does not come");
        fixture.Platform.Say("oc_1", "in the topic", topic: "omt_1", change: message => (message["root_id"], message["parent_id"]) = (root, root));
        await FeishuFixture.UntilAsync(() => fixture.Accepted.Count == 3, "it does not come");
        Assert.Equal([null, null, "omt_1"], fixture.Accepted.Select(static message => message.Chat.Thread));
    }

    [Fact]
    public async Task A_group_that_becomes_one_of_topics_is_asked_for_again_after_a_while()
    {
        await using var fixture = new FeishuFixture();
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        using var api = new OpenApi(new FeishuSettings
        {
            BaseUrl = fixture.Platform.Address,
            AppId = fixture.Platform.AppId,
            AppSecret = fixture.Platform.AppSecret
        }, TimeProvider.System);
        var threads = new PluginGateway.Plugins.Feishu.Threads(api, fixture, new ChatModes(api, clock));
        var message = JsonElement.Parse("""{ "chat_type": "group", "chat_id": "oc_1", "message_id": "om_1" }""");
        Assert.Null((await threads.ThreadOfAsync(message, Token)).Thread);
        fixture.Platform.TopicGroups.Add("oc_1");
        Assert.Null((await threads.ThreadOfAsync(message, Token)).Thread);
        clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal("om_1", (await threads.ThreadOfAsync(message, Token)).Thread);
        Assert.Equal(2, fixture.Platform.Calls["GET /open-apis/im/v1/chats/oc_1"]);
    }

    [Fact]
    public async Task People_have_names_where_the_app_may_read_them_and_are_asked_for_once()
    {
        await using var fixture = new FeishuFixture();
        fixture.Platform.Names["ou_ann"] = "Ann";
        _ = await fixture.ConnectAsync();
        for (var i = 0; i < 3; i++) fixture.Platform.Say("oc_1", $"{i}");
        await FeishuFixture.UntilAsync(() => fixture.Accepted.Count == 3, "not all come");
        fixture.Platform.Say("oc_1", "3");
        await FeishuFixture.UntilAsync(() => fixture.Accepted.Count == 4, "it does not come");
        Assert.Equal("Ann", fixture.Accepted[3].Sender.Name);
        Assert.All(fixture.Accepted, static message => Assert.Equal("Ann", message.Sender.Name));
    }

    [Fact]
    public async Task Without_the_permission_people_have_ids_and_the_log_says_why_once()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        for (var i = 0; i < 3; i++)
        {
            fixture.Platform.Say("oc_1", $"{i}", sender: $"ou_{i}");
            await FeishuFixture.UntilAsync(() => fixture.Accepted.Count == i + 1, "it does not come");
        }

        Assert.All(fixture.Accepted, static message => Assert.Null(message.Sender.Name));
        Assert.Single(fixture.Lines, static line => line.Contains("contact:user.base:readonly", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_edit_is_read_from_the_platform_with_its_author_and_what_cannot_be_read_is_passed_over()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        var id = fixture.Platform.Say("oc_1", "before");
        await FeishuFixture.UntilAsync(() => fixture.Accepted.Count == 1, "it does not come");
        fixture.Platform.Edit(id, "after");
        await FeishuFixture.UntilAsync(() => fixture.Received.Count == 2, "the edit does not come");
        var edit = Assert.IsType<MessageEdited>(fixture.Received[1]);
        Assert.Equal((id, "after", "ou_ann", "oc_1"), (edit.MessageId, edit.Text, edit.Sender.Id, edit.Chat.Id));
        fixture.Platform.Emit("im.message.updated_v1", new JsonObject { ["message"] = new JsonObject { ["message_id"] = "om_gone" } });
        await FeishuFixture.UntilAsync(() => fixture.Platform.Events[^1].Acknowledged is not null, "it is not acknowledged");
        Assert.Equal(2, fixture.Received.Count);
        Assert.Contains(fixture.Lines, static line => line.Contains("om_gone", StringComparison.Ordinal));
    }

    /// <summary>A message is told from another one by its message_id (the vendor's page of the event), and people do say the same twice.</summary>
    [Fact]
    public async Task The_same_words_said_twice_are_two_messages()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        static void At(JsonObject message) => message["create_time"] = "1700000000000";
        string[] ids = [fixture.Platform.Say("oc_1", "yes", change: At), fixture.Platform.Say("oc_1", "yes", change: At)];
        await FeishuFixture.UntilAsync(() => fixture.Accepted.Count == 2, "they do not come");
        Assert.Equal(ids.Order(), fixture.Accepted.Select(static message => message.EventId!).Order());
    }

    [Fact]
    public async Task A_generation_that_was_replaced_acknowledges_nothing_and_ends()
    {
        await using var fixture = new FeishuFixture { Accepts = static _ => Task.FromResult(Acceptance.Retired) };
        var running = await fixture.ConnectAsync();
        fixture.Platform.Say("oc_1", "hello");
        await Assert.ThrowsAsync<PluginException>(() => running.WaitAsync(TimeSpan.FromSeconds(30), Token));
        Assert.Null(fixture.Platform.Events[0].Acknowledged);
    }

    [Fact]
    public async Task Events_in_parts_are_put_together_and_answered_once_and_their_order_is_kept()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        for (var i = 0; i < 30; i++) fixture.Platform.Say("oc_1", $"{i} {new string('世', i * 50)}", parts: 1 + (i % 5));
        await FeishuFixture.UntilAsync(() => fixture.Platform.Events.All(static sent => sent.Acknowledged is not null), "not all are acknowledged");
        Assert.Equal(30, fixture.Connection.Answers.Count);
        Assert.Equal(Enumerable.Range(0, 30).Select(static i => $"{i}"), fixture.Accepted.Select(static message => message.Text.Split(' ')[0]));
    }

    [Theory]
    [InlineData("/ws/v2")]
    [InlineData("/callback/ws/endpoint")]
    [InlineData("/open-apis/auth/v3/tenant_access_token/internal")]
    [InlineData("/open-apis/bot/v3/info")]
    public async Task What_something_on_the_way_answers_never_waits_for_the_operator(string path)
    {
        await using var fixture = new FeishuFixture();
        foreach (var (status, body) in ((int, string)[])[(403, "<html>"), (401, ""), (404, "404 page not found"), (407, "{}"), (200, "<html>"),
            (200, "\uFEFF"), (302, "")])
        {
            fixture.Platform.Intercepted.Enqueue((path, status, body));
            var refused = await Assert.ThrowsAsync<PluginException>(() => fixture.ConnectAsync());
            Assert.True(refused.Fault.Retry == FaultRetry.WithBackoff, $"{status} '{body}' parks: {refused.Fault.Message}");
            await fixture.Adapter.DisposeAsync();
            fixture.Renew();
        }

        _ = await fixture.ConnectAsync();
    }

    [Fact]
    public async Task A_byte_order_mark_before_an_answer_does_no_harm()
    {
        await using var fixture = new FeishuFixture();
        fixture.Platform.Intercepted.Enqueue(
            ("/open-apis/bot/v3/info", 200, "\uFEFF{\"code\":0,\"bot\":{\"app_name\":\"Gateway\",\"open_id\":\"ou_bot\"}}"));
        _ = await fixture.ConnectAsync();
        Assert.Empty(fixture.Platform.Intercepted);
    }

    [Theory]
    [InlineData(403, "<html>")]
    [InlineData(404, "404 page not found")]
    [InlineData(413, "")]
    [InlineData(200, "<html>")]
    [InlineData(302, "")]
    public async Task A_message_whose_answer_is_not_the_platforms_goes_again(int status, string body)
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        fixture.Platform.Intercepted.Enqueue(("/open-apis/im/v1/messages", status, body));
        var result = await fixture.SendAsync("again");
        Assert.Equal((SendOutcome.NotSent, SendErrorKind.Transient), (result.Outcome, result.Error!.Kind));
        Assert.NotEqual(SendRetryKind.Never, result.Error.Retry.Kind);
        Assert.Equal(SendOutcome.Sent, (await fixture.SendAsync("again")).Outcome);
        Assert.Equal(["again"], fixture.Platform.TextsIn("oc_1"));
    }

    [Theory]
    [InlineData("❤", "HEART")]
    [InlineData("❤️", "HEART")]
    [InlineData("👍\uFE0F", "THUMBSUP")]
    [InlineData("Fire", "Fire")]
    public void An_emoji_is_known_with_and_without_a_variation_selector(string emoji, string name) => Assert.Equal(name, Emoji.NameOf(emoji));

    [Fact]
    public async Task A_silent_platform_is_noticed_by_its_missing_pong()
    {
        await using var fixture = new FeishuFixture(""", "pingSeconds": 1, "pongTimeoutSeconds": 1""");
        var running = await fixture.ConnectAsync();
        fixture.Platform.IsSilent = true;
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var ended = await Assert.ThrowsAsync<PluginException>(() => running.WaitAsync(TimeSpan.FromSeconds(30), Token));
        Assert.Equal("pong-timeout", ended.Fault.Code);
        Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task The_platforms_own_rules_are_kept()
    {
        await using var fixture = new FeishuFixture();
        fixture.Platform.PingInterval = 1; // said at the connect and with every pong; the setting is 30
        var running = await fixture.ConnectAsync();
        await FeishuFixture.UntilAsync(() => fixture.Connection.Pings >= 3, "it does not ping at the platform's interval");
        fixture.Platform.ReconnectNonce = 7;
        var pings = fixture.Connection.Pings;
        await FeishuFixture.UntilAsync(() => fixture.Connection.Pings >= pings + 2, "it does not ping");
        fixture.Connection.Abort();
        var ended = await Assert.ThrowsAsync<PluginException>(() => running.WaitAsync(TimeSpan.FromSeconds(30), Token));
        Assert.InRange(ended.Fault.RetryAfter!.Value, TimeSpan.Zero, TimeSpan.FromSeconds(7));
    }

    [Theory]
    [InlineData("ffffff")]
    [InlineData("")]
    [InlineData("08001000180020012a0d0a0474797065120568656c6c6f")] // a data frame without an id and without a payload
    public async Task Frames_that_make_no_sense_are_passed_over(string bytes)
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        fixture.Connection.SendRaw(Convert.FromHexString(bytes));
        fixture.Connection.SendRaw("text"u8.ToArray(), System.Net.WebSockets.WebSocketMessageType.Text);
        fixture.Connection.Send(fixture.Connection.Frame("m-1", 5, 2, [1]));
        fixture.Connection.Send(fixture.Connection.Frame("m-2", 0, 1, "[1]"u8.ToArray()));
        fixture.Connection.Send(fixture.Connection.Frame("m-3", 0, 1, "{}"u8.ToArray(), type: "card"));
        fixture.Platform.Say("oc_1", "after it");
        await FeishuFixture.UntilAsync(() => fixture.Platform.Events[0].Acknowledged is not null, "the event after them is not acknowledged");
        Assert.Equal("after it", Assert.Single(fixture.Accepted).Text);
    }

    [Fact]
    public async Task A_frame_without_end_ends_the_connection_and_not_the_memory()
    {
        await using var fixture = new FeishuFixture();
        var running = await fixture.ConnectAsync();
        fixture.Connection.SendRaw(new byte[5 * 1024 * 1024]);
        var ended = await Assert.ThrowsAsync<PluginException>(() => running.WaitAsync(TimeSpan.FromSeconds(30), Token));
        Assert.Equal("connection-lost", ended.Fault.Code);
    }

    [Fact]
    public async Task A_message_that_cannot_be_read_is_told_and_not_asked_for_again()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        fixture.Platform.Emit("im.message.receive_v1", new JsonObject { ["message"] = new JsonObject { ["message_id"] = "om_x" } });
        fixture.Platform.Emit("im.chat.disbanded_v1", []);
        await FeishuFixture.UntilAsync(() => fixture.Platform.Events.All(static sent => sent.Acknowledged is not null), "they are not acknowledged");
        Assert.Empty(fixture.Accepted);
        Assert.Contains(fixture.Lines, static line => line.Contains("cannot be read", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_wrong_secret_parks_the_adapter_and_is_nowhere_to_be_seen()
    {
        await using var fixture = new FeishuFixture { WrongSecret = "wrong-secret-4711" };
        fixture.Platform.RepeatsSecrets = true;
        var refused = await Assert.ThrowsAsync<PluginException>(fixture.ConnectAsync);
        Assert.Equal((PluginFault.UnauthorizedCode, FaultRetry.AfterOperatorAction), (refused.Fault.Code, refused.Fault.Retry));
        Assert.DoesNotContain("4711", refused.ToString() + string.Concat(fixture.Lines), StringComparison.Ordinal);
        Assert.Contains("***", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(514, PluginFault.UnauthorizedCode, FaultRetry.AfterOperatorAction)]
    [InlineData(1000040343, "refused", FaultRetry.WithBackoff)]
    [InlineData(1000040350, "too-many-connections", FaultRetry.AfterOperatorAction)]
    public async Task A_refused_connect_says_why(int code, string fault, FaultRetry retry)
    {
        await using var fixture = new FeishuFixture();
        fixture.Platform.EndpointCode = code;
        var refused = await Assert.ThrowsAsync<PluginException>(fixture.ConnectAsync);
        Assert.Equal((fault, retry), (refused.Fault.Code, refused.Fault.Retry));
    }

    [Fact]
    public async Task A_refused_upgrade_says_why()
    {
        await using var fixture = new FeishuFixture();
        fixture.Platform.MostConnections = 0;
        var refused = await Assert.ThrowsAsync<PluginException>(fixture.ConnectAsync);
        Assert.Equal("too-many-connections", refused.Fault.Code);
    }

    [Fact]
    public async Task A_platform_that_is_away_is_tried_again()
    {
        await using var fixture = new FeishuFixture();
        fixture.Platform.Stop();
        var refused = await Assert.ThrowsAsync<PluginException>(fixture.ConnectAsync);
        Assert.Equal(("unreachable", FaultRetry.WithBackoff), (refused.Fault.Code, refused.Fault.Retry));
    }

    [Fact]
    public async Task A_probe_proves_both_directions_and_a_silent_platform_neither()
    {
        await using var fixture = new FeishuFixture(""", "pongTimeoutSeconds": 1, "requestTimeoutSeconds": 1""");
        _ = await fixture.ConnectAsync();
        Assert.Equal(new ProbeResult(true, true), await fixture.Adapter.ProbeAsync(Token));
        fixture.Platform.IsSilent = true;
        Assert.Equal(new ProbeResult(false, false), await fixture.Adapter.ProbeAsync(Token));
    }

    [Fact]
    public async Task It_says_goodbye_and_nothing_runs_on_and_a_silent_platform_is_not_waited_for()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        fixture.Platform.IsSilent = true;
        await fixture.Adapter.DisconnectAsync(Token).WaitAsync(TimeSpan.FromSeconds(30), Token);
        await fixture.Adapter.DisposeAsync().WaitAsync(TimeSpan.FromSeconds(30), Token);
        fixture.Platform.IsSilent = false;

        fixture.Renew();
        _ = await fixture.ConnectAsync();
        await fixture.Adapter.DisconnectAsync(Token);
        await FeishuFixture.UntilAsync(() => fixture.Platform.Connections.IsEmpty, "the platform still has a connection");
    }

    [Fact]
    public async Task Dispose_in_the_middle_of_a_connect_leaves_nothing_behind()
    {
        await using var fixture = new FeishuFixture();
        fixture.Platform.IsSilent = true;
        var connecting = fixture.ConnectAsync();
        await fixture.Adapter.DisposeAsync();
        fixture.Platform.IsSilent = false;
        await Assert.ThrowsAnyAsync<Exception>(() => connecting.WaitAsync(TimeSpan.FromSeconds(30), Token));
        await FeishuFixture.UntilAsync(() => fixture.Platform.Connections.IsEmpty, "the platform has a connection");
    }
}
