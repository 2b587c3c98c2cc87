using System.Text.Json.Nodes;
using PluginGateway.FakeFeishu;

namespace PluginGateway.Tests.Feishu;

/// <summary>The adapter against the fake platform: connections, events and what becomes of them.</summary>
public sealed class FeishuAdapterTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_connected_when_the_platform_has_answered_a_ping()
    {
        await using var bench = new FeishuBench();
        _ = await bench.ConnectAsync();
        Assert.True(bench.Connection.Pings >= 1);
        Assert.Contains("Gateway on 127.0.0.1", bench.Healths[^1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_is_acknowledged_when_it_is_durable_and_not_before()
    {
        var durable = new TaskCompletionSource<Acceptance>();
        await using var bench = new FeishuBench { Accepts = _ => durable.Task };
        _ = await bench.ConnectAsync();
        bench.Platform.Say("oc_1", "hello");
        await FeishuBench.UntilAsync(() => bench.Platform.Events[0].Pushes == 1, "it is not pushed");
        await Task.Delay(200, Token); // time enough for an answer that should not come
        Assert.Empty(bench.Connection.Answers);
        durable.SetResult(Acceptance.Stored);
        await FeishuBench.UntilAsync(() => bench.Platform.Events[0].Acknowledged is not null, "it is not acknowledged");
        Assert.Equal("hello", Assert.Single(bench.Accepted).Text);
    }

    [Fact]
    public async Task What_is_refused_comes_again_and_is_taken_then()
    {
        var times = 0;
        await using var bench = new FeishuBench { Accepts = _ => Task.FromResult(++times < 3 ? Acceptance.Refused("full") : Acceptance.Stored) };
        bench.Platform.PushAgain = [.. Enumerable.Repeat(TimeSpan.FromMilliseconds(50), 10)];
        _ = await bench.ConnectAsync();
        bench.Platform.Say("oc_1", "hello");
        await FeishuBench.UntilAsync(() => bench.Platform.Events[0].Acknowledged is not null, "it is not acknowledged");
        Assert.Equal((3, 2), (bench.Platform.Events[0].Pushes, bench.Platform.Events[0].Refusals));
        Assert.Single(bench.Accepted);
    }

    [Fact]
    public async Task A_generation_that_was_replaced_acknowledges_nothing_and_ends()
    {
        await using var bench = new FeishuBench { Accepts = static _ => Task.FromResult(Acceptance.Retired) };
        var running = await bench.ConnectAsync();
        bench.Platform.Say("oc_1", "hello");
        await Assert.ThrowsAsync<AdapterException>(() => running.WaitAsync(TimeSpan.FromSeconds(30), Token));
        Assert.Null(bench.Platform.Events[0].Acknowledged);
    }

    [Fact]
    public async Task Events_in_parts_are_put_together_and_answered_once_and_their_order_is_kept()
    {
        await using var bench = new FeishuBench();
        _ = await bench.ConnectAsync();
        for (var i = 0; i < 30; i++) bench.Platform.Say("oc_1", $"{i} {new string('世', i * 50)}", parts: 1 + (i % 5));
        await FeishuBench.UntilAsync(() => bench.Platform.Events.All(static sent => sent.Acknowledged is not null), "not all are acknowledged");
        Assert.Equal(30, bench.Connection.Answers.Count);
        Assert.Equal(Enumerable.Range(0, 30).Select(static i => $"{i}"), bench.Accepted.Select(static message => message.Text.Split(' ')[0]));
    }

    [Fact]
    public async Task A_silent_platform_is_noticed_by_its_missing_pong()
    {
        await using var bench = new FeishuBench(""", "pingSeconds": 1, "pongTimeoutSeconds": 1""");
        var running = await bench.ConnectAsync();
        bench.Platform.IsSilent = true;
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var ended = await Assert.ThrowsAsync<AdapterException>(() => running.WaitAsync(TimeSpan.FromSeconds(30), Token));
        Assert.Equal("pong-timeout", ended.Fault.Code);
        Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task The_platforms_own_rules_are_kept()
    {
        await using var bench = new FeishuBench();
        bench.Platform.PingInterval = 1; // said at the connect and with every pong; the setting is 30
        var running = await bench.ConnectAsync();
        await FeishuBench.UntilAsync(() => bench.Connection.Pings >= 3, "it does not ping at the platform's interval");
        bench.Platform.ReconnectNonce = 7;
        var pings = bench.Connection.Pings;
        await FeishuBench.UntilAsync(() => bench.Connection.Pings >= pings + 2, "it does not ping");
        bench.Connection.Abort();
        var ended = await Assert.ThrowsAsync<AdapterException>(() => running.WaitAsync(TimeSpan.FromSeconds(30), Token));
        Assert.InRange(ended.Fault.RetryAfter!.Value, TimeSpan.Zero, TimeSpan.FromSeconds(7));
    }

    [Theory]
    [InlineData("ffffff")]
    [InlineData("")]
    [InlineData("08001000180020012a0d0a0474797065120568656c6c6f")] // a data frame without an id and without a payload
    public async Task Frames_that_make_no_sense_are_passed_over(string bytes)
    {
        await using var bench = new FeishuBench();
        _ = await bench.ConnectAsync();
        bench.Connection.SendRaw(Convert.FromHexString(bytes));
        bench.Connection.SendRaw("text"u8.ToArray(), System.Net.WebSockets.WebSocketMessageType.Text);
        bench.Connection.Send(bench.Connection.Frame("m-1", 5, 2, [1]));
        bench.Connection.Send(bench.Connection.Frame("m-2", 0, 1, "[1]"u8.ToArray()));
        bench.Connection.Send(bench.Connection.Frame("m-3", 0, 1, "{}"u8.ToArray(), type: "card"));
        bench.Platform.Say("oc_1", "after it");
        await FeishuBench.UntilAsync(() => bench.Platform.Events[0].Acknowledged is not null, "the event after them is not acknowledged");
        Assert.Equal("after it", Assert.Single(bench.Accepted).Text);
    }

    [Fact]
    public async Task A_frame_without_end_ends_the_connection_and_not_the_memory()
    {
        await using var bench = new FeishuBench();
        var running = await bench.ConnectAsync();
        bench.Connection.SendRaw(new byte[5 * 1024 * 1024]);
        var ended = await Assert.ThrowsAsync<AdapterException>(() => running.WaitAsync(TimeSpan.FromSeconds(30), Token));
        Assert.Equal("connection-lost", ended.Fault.Code);
    }

    [Fact]
    public async Task A_message_that_cannot_be_read_is_told_and_not_asked_for_again()
    {
        await using var bench = new FeishuBench();
        _ = await bench.ConnectAsync();
        bench.Platform.Emit("im.message.receive_v1", new JsonObject { ["message"] = new JsonObject { ["message_id"] = "om_x" } });
        bench.Platform.Emit("im.chat.disbanded_v1", []);
        await FeishuBench.UntilAsync(() => bench.Platform.Events.All(static sent => sent.Acknowledged is not null), "they are not acknowledged");
        Assert.Empty(bench.Accepted);
        Assert.Contains(bench.Lines, static line => line.Contains("cannot be read", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_wrong_secret_parks_the_adapter_and_is_nowhere_to_be_seen()
    {
        await using var bench = new FeishuBench { WrongSecret = "wrong-secret-4711" };
        bench.Platform.RepeatsSecrets = true;
        var refused = await Assert.ThrowsAsync<AdapterException>(bench.ConnectAsync);
        Assert.Equal((AdapterFault.UnauthorizedCode, FaultRetry.AfterOperatorAction), (refused.Fault.Code, refused.Fault.Retry));
        Assert.DoesNotContain("4711", refused.ToString() + string.Concat(bench.Lines), StringComparison.Ordinal);
        Assert.Contains("***", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(514, AdapterFault.UnauthorizedCode, FaultRetry.AfterOperatorAction)]
    [InlineData(1000040343, "refused", FaultRetry.WithBackoff)]
    [InlineData(1000040350, "too-many-connections", FaultRetry.AfterOperatorAction)]
    public async Task A_refused_connect_says_why(int code, string fault, FaultRetry retry)
    {
        await using var bench = new FeishuBench();
        bench.Platform.EndpointCode = code;
        var refused = await Assert.ThrowsAsync<AdapterException>(bench.ConnectAsync);
        Assert.Equal((fault, retry), (refused.Fault.Code, refused.Fault.Retry));
    }

    [Fact]
    public async Task A_refused_upgrade_says_why()
    {
        await using var bench = new FeishuBench();
        bench.Platform.MostConnections = 0;
        var refused = await Assert.ThrowsAsync<AdapterException>(bench.ConnectAsync);
        Assert.Equal("too-many-connections", refused.Fault.Code);
    }

    [Fact]
    public async Task A_platform_that_is_away_is_tried_again()
    {
        await using var bench = new FeishuBench();
        bench.Platform.Stop();
        var refused = await Assert.ThrowsAsync<AdapterException>(bench.ConnectAsync);
        Assert.Equal(("unreachable", FaultRetry.WithBackoff), (refused.Fault.Code, refused.Fault.Retry));
    }

    [Fact]
    public async Task A_probe_proves_both_directions_and_a_silent_platform_neither()
    {
        await using var bench = new FeishuBench(""", "pongTimeoutSeconds": 1, "requestTimeoutSeconds": 1""");
        _ = await bench.ConnectAsync();
        Assert.Equal(new ProbeResult(true, true), await bench.Adapter.ProbeAsync(Token));
        bench.Platform.IsSilent = true;
        Assert.Equal(new ProbeResult(false, false), await bench.Adapter.ProbeAsync(Token));
    }

    [Fact]
    public async Task It_says_goodbye_and_nothing_runs_on_and_a_silent_platform_is_not_waited_for()
    {
        await using var bench = new FeishuBench();
        _ = await bench.ConnectAsync();
        bench.Platform.IsSilent = true;
        await bench.Adapter.DisconnectAsync(Token).WaitAsync(TimeSpan.FromSeconds(30), Token);
        await bench.Adapter.DisposeAsync().WaitAsync(TimeSpan.FromSeconds(30), Token);
        bench.Platform.IsSilent = false;

        bench.Renew();
        _ = await bench.ConnectAsync();
        await bench.Adapter.DisconnectAsync(Token);
        await FeishuBench.UntilAsync(() => bench.Platform.Connections.IsEmpty, "the platform still has a connection");
    }

    [Fact]
    public async Task Dispose_in_the_middle_of_a_connect_leaves_nothing_behind()
    {
        await using var bench = new FeishuBench();
        bench.Platform.IsSilent = true;
        var connecting = bench.ConnectAsync();
        await bench.Adapter.DisposeAsync();
        bench.Platform.IsSilent = false;
        await Assert.ThrowsAnyAsync<Exception>(() => connecting.WaitAsync(TimeSpan.FromSeconds(30), Token));
        await FeishuBench.UntilAsync(() => bench.Platform.Connections.IsEmpty, "the platform has a connection");
    }
}
