using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>The memory of sessions, the atomic end of turns, and what later attempts are told, as people and the operator see them.</summary>
public sealed class MemoryTests(ITestOutputHelper output)
{
    private const string Answer = "gateway: ";

    /// <summary>The handler answers differently each time: only what a person has read may be remembered.</summary>
    [Theory]
    [InlineData("inProcess")]
    [InlineData("process")]
    public async Task Memory_says_what_was_read_whenever_the_gateway_is_killed(string isolation)
    {
        using var folder = new TempFolder();
        var random = new Random(Chance.Seed(output));
        for (var round = 1; round <= 5; round++)
        {
            using var gateway = GatewayProcess.StartReady(folder, Plan(isolation));
            await AssertRemembersAsync(gateway, $"recall{round}", known: round > 1);
            using var chat = new ChatClient(gateway.Address);
            await chat.SendAsync("room", $"finish{round}", "finish");
            await Task.Delay(random.Next(0, 120), TestContext.Current.CancellationToken);
            gateway.Kill();
        }

        using var last = GatewayProcess.StartReady(folder, Plan(isolation));
        await AssertRemembersAsync(last, "recall6", known: true);
        Assert.Equal(11, (await TalkAsync(last)).Length);
        last.Status().AssertBalances();
        Assert.Equal(0, last.Stop());
    }

    [Theory]
    [InlineData("inProcess")]
    [InlineData("process")]
    public async Task An_attempt_after_a_kill_is_told_what_was_answered_and_noted(string isolation)
    {
        using var folder = new TempFolder();
        using (var gateway = GatewayProcess.StartReady(folder, Plan(isolation)))
        {
            await SayAsync(gateway, "1", "earlier");
            await UntilAsync(gateway, 1);
            gateway.Kill();
        }

        using (var gateway = GatewayProcess.StartReady(folder, Plan(isolation)))
        {
            gateway.Await(static status => status.IsIdle, Bound.Replies);
            await AssertRemembersAsync(gateway, "2", known: true);
            await SayAsync(gateway, "3", "note");
            await UntilAsync(gateway, 3);
            gateway.Kill();
        }

        using var last = GatewayProcess.StartReady(folder, Plan(isolation));
        last.Await(static status => status.IsIdle, Bound.Replies);
        Assert.Equal("called", await AskAsync(last, "4", "recall"));
        Assert.Equal(0, last.Stop());
    }

    [Theory]
    [InlineData("inProcess")]
    [InlineData("process")]
    public async Task A_turn_that_fails_leaves_no_memory_and_one_that_has_ended_is_over_whatever_its_handler_does(string isolation)
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder, Plan(isolation, new JsonObject { ["turnSeconds"] = 3, ["loadSeconds"] = 60 }));
        var answer = await AskAsync(gateway, "1", "finish");
        await SayAsync(gateway, "2", "fail");
        gateway.Await(static status => status.Inbound("parked") == 1, Bound.Replies);
        Assert.Equal(answer, await AskAsync(gateway, "3", "recall"));
        // Behind its end it hangs for good.
        answer = await AskAsync(gateway, "4", "hang");
        Assert.Equal(answer, await AskAsync(gateway, "5", "recall"));
        Assert.Equal(
            "ArgumentException,ArgumentException,InvalidOperationException,note", await AskAsync(gateway, "6", "limits"));
        Assert.DoesNotContain(Answer + "behind the end", await TalkAsync(gateway));
        Assert.Equal((5, 1), (gateway.Status().Inbound("handled"), gateway.Status().Inbound("parked")));
        gateway.Status().AssertBalances();
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public async Task With_ten_thousand_sessions_at_the_quota_messages_are_answered_and_the_idle_sessions_are_forgotten()
    {
        using var folder = new TempFolder();
        var store = new JsonObject { ["maxMemoryMegabytes"] = 10 };
        string data;
        using (var gateway = GatewayProcess.StartReady(folder, Plan("inProcess", store: store)))
        {
            await AskAsync(gateway, "1", "finish");
            data = gateway.Data;
            Assert.Equal(0, gateway.Stop());
        }

        using (var file = new StoreFile(data))
        {
            file.Run("""
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
                INSERT INTO memory SELECT 'handler:default', 'web/s' || i, 'k', zeroblob(1030) FROM n;
                INSERT INTO memory_sessions (handler_id, session, adapter_id, bytes, touched_utc)
                  SELECT handler_id, session, 'web', 1031, unixepoch() * 1000 - 1000000 FROM memory WHERE session LIKE 'web/s%';
                UPDATE usage SET memory_sessions = memory_sessions + 10000, memory_bytes = memory_bytes + 10310000 WHERE adapter_id = 'handler:default';
                """);
        }

        using var full = GatewayProcess.StartReady(folder, Plan("inProcess", store: store));
        var before = full.Status().Json.GetProperty("memory")[0];
        Assert.True(before.GetProperty("sessions").GetInt64() >= 9_000, before.ToString());
        for (var i = 0; i < 10; i++) Assert.Equal("kept", await AskAsync(full, $"new{i}", "fill 60", $"room{i}"));
        await AssertRemembersAsync(full, "recall", known: true);
        var after = full.Status().Json.GetProperty("memory")[0];
        Assert.True(after.GetProperty("forgotten").GetInt64() >= 600, after.ToString());
        Assert.True(after.GetProperty("bytes").GetInt64() <= 10 * 1024 * 1024, after.ToString());
        Assert.Contains("are forgotten", full.Said, StringComparison.Ordinal);
        full.Status().AssertBalances();
        Assert.Equal(0, full.Stop());
    }

    [Fact]
    public async Task The_operator_lists_shows_and_drops_memory_and_sees_values_only_when_asked_for()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder, Plan("inProcess"));
        var answer = await AskAsync(gateway, "1", "finish");
        await AskAsync(gateway, "2", "finish", "other");
        Assert.Equal(2, JsonDocument.Parse(Memory("list", "--json")).RootElement.GetArrayLength());
        var listed = JsonDocument.Parse(Memory("list", "--session", "web/room", "--handler", "handler:default", "--json")).RootElement[0];
        Assert.Equal(("web", 1, 36), (listed.GetProperty("adapter").GetString(), listed.GetProperty("keys").GetInt32(), listed.GetProperty("bytes").GetInt32()));
        Assert.DoesNotContain(answer, Memory("show", "web/room"), StringComparison.Ordinal);
        Assert.Contains($"last: 36 bytes: {answer}", Memory("show", "web/room", "--text"), StringComparison.Ordinal);
        Assert.Contains("was shown the memory of session 'web/room' with its values", gateway.Said, StringComparison.Ordinal);
        Assert.Contains("Say whose memory", Command.Run(folder.Path, "memory", "drop", "--data", gateway.Data).Said, StringComparison.Ordinal);
        Assert.Contains("The memory of 0 sessions is dropped.", Memory("drop", "--older", "1h"), StringComparison.Ordinal);
        Assert.Contains("The memory of 1 sessions is dropped.", Memory("drop", "--session", "web/room"), StringComparison.Ordinal);
        Assert.Equal("nothing", await AskAsync(gateway, "3", "recall"));
        Assert.Equal(0, gateway.Stop());
        Assert.Contains("web/other", Memory("list"), StringComparison.Ordinal);
        Assert.Contains("The memory of 1 sessions is dropped.", Memory("drop", "--all"), StringComparison.Ordinal);
        Assert.Contains("No such session has memory.", Memory("list"), StringComparison.Ordinal);

        string Memory(params string[] arguments)
        {
            var command = Command.Run(folder.Path, ["memory", .. arguments, "--data", gateway.Data]);
            Assert.True(command.ExitCode == 0, command.Said);
            return command.Output;
        }
    }

    [Fact]
    public async Task Memory_over_http_needs_a_token_of_its_own()
    {
        using var folder = new TempFolder();
        const string Main = "main-0123456789abcdef0123456789", Events = "events-0123456789abcdef01234567", Own = "memory-0123456789abcdef01234567";
        using var gateway = GatewayProcess.StartReady(folder, $$"""
            { "gateway": { "httpToken": "{{Main}}", "httpTokens": [
                { "token": "{{Events}}", "may": ["events", "metrics", "send:web"] }, { "token": "{{Own}}", "may": ["memory"] } ] },
              "adapters": [ { "id": "web", "plugin": "WebChat" } ] }
            """);
        using (var chat = new ChatClient(gateway.Address))
        {
            await chat.SendAsync("room", "1", "remember: the milk");
            await UntilAsync(gateway, 1);
            Assert.Equal("the milk", await AskAsync(gateway, "2", "recall"));
        }

        foreach (var path in (string[])["/api/memory", "/api/memory/values?session=web/room&text=true", "/API/Memory"])
        {
            Assert.Equal((HttpStatusCode.Unauthorized, "token"), await RefusalAsync(HttpMethod.Get, path, null));
            Assert.Equal((HttpStatusCode.Forbidden, "scope"), await RefusalAsync(HttpMethod.Get, path, Main));
            Assert.Equal((HttpStatusCode.Forbidden, "scope"), await RefusalAsync(HttpMethod.Get, path, Events));
        }

        Assert.Equal((HttpStatusCode.Forbidden, "scope"), await RefusalAsync(HttpMethod.Get, "/status", Own));
        var (_, listed) = await SendAsync(HttpMethod.Get, "/api/memory?adapter=web", Own);
        Assert.Equal("web/room", listed.GetProperty("sessions")[0].GetProperty("session").GetString());
        Assert.DoesNotContain("milk", (await SendAsync(HttpMethod.Get, "/api/memory/values?session=web/room", Own)).Json.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("was shown the memory", gateway.Said, StringComparison.Ordinal);
        var (_, shown) = await SendAsync(HttpMethod.Get, "/api/memory/values?session=web/room&text=true", Own);
        Assert.Equal("the milk", shown.GetProperty("values")[0].GetProperty("text").GetString());
        Assert.Contains("was shown the memory of session 'web/room' with its values", gateway.Said, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.BadRequest, "badRequest"), await RefusalAsync(HttpMethod.Delete, "/api/memory", Own));
        Assert.Equal(1, (await SendAsync(HttpMethod.Delete, "/api/memory?all=true", Own)).Json.GetProperty("sessions").GetInt32());
        Assert.Equal(0, (await SendAsync(HttpMethod.Get, "/api/memory", Own)).Json.GetProperty("sessions").GetArrayLength());
        Assert.Equal(0, gateway.Stop());

        async Task<(HttpStatusCode Status, JsonElement Json)> SendAsync(HttpMethod method, string path, string? token)
        {
            using var http = new HttpClient { BaseAddress = gateway.Address };
            using var request = new HttpRequestMessage(method, path);
            if (token is not null) request.Headers.Authorization = new("Bearer", token);
            using var response = await http.SendAsync(request);
            return (response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement);
        }

        async Task<(HttpStatusCode Status, string? Reason)> RefusalAsync(HttpMethod method, string path, string? token)
        {
            var (status, json) = await SendAsync(method, path, token);
            return (status, json.TryGetProperty("reason", out var reason) ? reason.GetString() : null);
        }
    }

    private static string Plan(string isolation, JsonObject? timeouts = null, JsonObject? store = null)
    {
        var plan = JsonNode.Parse(Plans.With(
            [], timeouts: timeouts ?? new JsonObject { ["loadSeconds"] = 60 },
            handler: new JsonObject { ["plugin"] = "Remembering", ["isolation"] = isolation }))!;
        if (store is not null) plan["gateway"]!["store"] = store.DeepClone();
        return plan.ToJsonString();
    }

    private static async Task<string[]> TalkAsync(GatewayProcess gateway, string room = "room")
    {
        using var chat = new ChatClient(gateway.Address);
        return [.. (await chat.TalkAsync(room)).Where(static line => line.StartsWith(Answer, StringComparison.Ordinal))];
    }

    private static async Task SayAsync(GatewayProcess gateway, string id, string text, string room = "room")
    {
        using var chat = new ChatClient(gateway.Address);
        await chat.SendAsync(room, id, text);
    }

    /// <summary>Waits for a number of answers in a room.</summary>
    private static async Task<string[]> UntilAsync(GatewayProcess gateway, int count, string room = "room")
    {
        string[] talk = [];
        await Task.Run(() => Bound.Until(() => (talk = TalkAsync(gateway, room).Result).Length >= count, Bound.Replies,
            () => string.Create(CultureInfo.InvariantCulture, $"{talk.Length} answers; {gateway.Said}")));
        return talk;
    }

    /// <summary>Sends a message, and returns its answer.</summary>
    private static async Task<string> AskAsync(GatewayProcess gateway, string id, string text, string room = "room")
    {
        var before = (await TalkAsync(gateway, room)).Length;
        await SayAsync(gateway, id, text, room);
        return (await UntilAsync(gateway, before + 1, room))[before][Answer.Length..];
    }

    /// <summary>Asks for the memory, which is the last answer that was read.</summary>
    private static async Task AssertRemembersAsync(GatewayProcess gateway, string id, bool known)
    {
        gateway.Await(static status => status.IsIdle, Bound.Replies);
        var read = (await TalkAsync(gateway)).LastOrDefault()?[Answer.Length..];
        Assert.Equal(known ? read : "nothing", await AskAsync(gateway, id, "recall"));
    }
}
