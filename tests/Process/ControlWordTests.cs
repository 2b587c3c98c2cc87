using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>People and operators who stop turns, with a handler that hangs.</summary>
public sealed class ControlWordTests
{
    [Theory]
    [InlineData("inProcess")]
    [InlineData("process")]
    public async Task A_stopped_handler_is_told_why_and_a_second_delivery_of_the_word_does_not_stop_a_newer_turn(string isolation)
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder, Plan(isolation));
        using var chat = new ChatClient(gateway.Address);
        using var replies = chat.Listen("room");
        await chat.SendAsync("room", "1", "listen");
        await RunningAsync(gateway, 1);
        await chat.SendAsync("room", "2", "/stop");
        replies.WaitFor(1, Bound.Replies);
        Assert.Equal("Stopped.", replies.Replies[0].Text);
        Until(gateway, "cancelled: Stopped");
        Until(gateway, "over");
        await chat.SendAsync("room", "3", "listen again");
        await RunningAsync(gateway, 1);
        await chat.SendAsync("room", "2", "/stop");
        await chat.SendAsync("room", "4", "/status");
        replies.WaitFor(2, Bound.Replies);
        Assert.StartsWith("Running for ", replies.Replies[1].Text, StringComparison.Ordinal);
        await chat.SendAsync("room", "5", "/stop");
        await chat.SendAsync("room", "6", "hello");
        replies.WaitFor(4, Bound.Replies);
        Assert.Equal(["Stopped.", "1: hello"], replies.Replies.Skip(2).Select(static reply => reply.Text));
        await chat.SendAsync("room", "7", "/stop");
        await chat.SendAsync("room", "8", "/help");
        replies.WaitFor(6, Bound.Replies);
        Assert.Equal("Nothing was running.", replies.Replies[4].Text);
        Assert.StartsWith("/weather: Tells the weather\n/stop: ", replies.Replies[5].Text, StringComparison.Ordinal);
        var status = gateway.Await(static status => status.IsIdle, Bound.Replies);
        Assert.Equal((8, 6, 2), (status.Inbound("accepted"), status.Inbound("handled"), status.Inbound("dropped")));
        status.AssertBalances();
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public async Task A_stopped_turn_does_not_run_again_after_a_kill_and_its_replies_are_withdrawn()
    {
        using var folder = new TempFolder();
        using (var gateway = GatewayProcess.StartReady(folder, Plan("inProcess")))
        {
            using var chat = new ChatClient(gateway.Address);
            await chat.SendAsync("room", "1", "ignore");
            await chat.SendAsync("room", "2", "hello");
            await RunningAsync(gateway, 1);
            // The word is on the disk when it is accepted.
            await chat.SendAsync("room", "3", "/stop");
            gateway.Kill();
        }

        using var next = GatewayProcess.StartReady(folder, Plan("inProcess"));
        using var again = new ChatClient(next.Address);
        using var replies = again.Listen("room");
        replies.WaitFor(1, Bound.Replies);
        await again.SendAsync("room", "4", "next");
        replies.WaitFor(2, Bound.Replies);
        Assert.Equal(["Stopped.", "1: next"], replies.Replies.Select(static reply => reply.Text));
        var status = next.Await(static status => status.IsIdle, Bound.Replies);
        Assert.Equal((4, 2, 2), (status.Inbound("accepted"), status.Inbound("handled"), status.Inbound("dropped")));
        status.AssertBalances();
        Assert.Equal(0, next.Stop());
    }

    [Fact]
    public async Task New_right_behind_a_held_message_drops_it_and_what_follows_is_of_the_new_session()
    {
        using var folder = new TempFolder();
        var plan = JsonNode.Parse(Plan("inProcess"))!;
        plan["adapters"]![0]!["conversation"] = new JsonObject { ["collectMilliseconds"] = 4000 };
        using var gateway = GatewayProcess.StartReady(folder, plan.ToJsonString());
        using var chat = new ChatClient(gateway.Address);
        using var replies = chat.Listen("room");
        await chat.SendAsync("room", "1", "held");
        await chat.SendAsync("room", "2", "/new");
        await chat.SendAsync("room", "3", "hello");
        replies.WaitFor(2, Bound.Replies);
        Assert.Equal(["A new conversation begins.", "1: hello"], replies.Replies.Select(static reply => reply.Text));
        var status = gateway.Await(static status => status.IsIdle, Bound.Replies);
        Assert.Equal((3, 2, 1), (status.Inbound("accepted"), status.Inbound("handled"), status.Inbound("dropped")));
        status.AssertBalances();
        Assert.Equal(0, gateway.Stop());
    }

    [Theory]
    [InlineData("ignore", "inProcess")]
    [InlineData("block", "inProcess")]
    [InlineData("ignore", "process")]
    [InlineData("block", "process")]
    public async Task Two_hundred_stops_of_a_handler_that_does_not_listen_wedge_nothing_and_others_are_answered(string how, string isolation)
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder, Plan(isolation));
        using var chat = new ChatClient(gateway.Address);
        for (var i = 0; i < 200; i++)
        {
            await chat.SendAsync("room", $"m{i}", how);
            await chat.SendAsync("room", $"s{i}", "/stop");
            if (i % 50 == 0) await AnsweredAsync(chat, $"other{i}");
        }

        await AnsweredAsync(chat, "last");
        var status = gateway.Await(static status => status.Outbound("pending") == 0, Bound.Replies);
        Assert.Equal(0, status.Inbound("parked"));
        Assert.Equal(205, status.Inbound("handled"));
        Assert.Equal(200, status.Inbound("dropped") + status.Inbound("pending"));
        status.AssertBalances();
        var handler = Assert.Single(status.Json.GetProperty("handlers").EnumerateArray());
        Assert.Equal(("connected", 1), (handler.GetProperty("state").GetString(), handler.GetProperty("generation").GetInt32()));
        // A call that runs holds the session, another one is detached: no more.
        Assert.InRange(status.Json.GetProperty("turns").GetProperty("detached").GetInt32(), 0, 1);
    }

    [Fact]
    public async Task Twenty_people_whose_turns_hang_and_twenty_whose_turns_block_keep_nobody_else_from_an_answer()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder, Plan("inProcess"));
        using var chat = new ChatClient(gateway.Address);
        for (var i = 0; i < 20; i++)
        {
            await chat.SendAsync($"ignores{i}", "1", "ignore");
            await chat.SendAsync($"blocks{i}", "1", "block");
        }

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => AnsweredAsync(chat, $"other{i}")));
        var status = gateway.Status();
        Assert.Equal((20, 40), (status.Inbound("handled"), status.Inbound("pending")));
        Assert.Equal(1, Assert.Single(status.Json.GetProperty("handlers").EnumerateArray()).GetProperty("generation").GetInt32());
    }

    [Fact]
    public async Task An_operator_sees_the_turns_and_stops_them_by_command_and_by_the_api()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder, Plan("inProcess"));
        using var chat = new ChatClient(gateway.Address);
        await chat.SendAsync("room", "1", "listen");
        await chat.SendAsync("room", "2", "hello");
        await chat.SendAsync("other", "1", "listen");
        await RunningAsync(gateway, 2);
        var lines = JsonDocument.Parse(Command.Run(folder.Path, "turns", "--json", "--data", gateway.Data).Output).RootElement.EnumerateArray().ToArray();
        Assert.Equal(["running", "running", "waiting"], lines.Select(static line => line.GetProperty("state").GetString()).Order(StringComparer.Ordinal));
        var room = lines.Single(static line => line.GetProperty("state").GetString() == "running"
            && line.GetProperty("session").GetString() == "web/room").GetProperty("id").GetInt64();
        using var replies = chat.Listen("room");
        var stopped = Command.Run(folder.Path, "turn", "stop", room.ToString(CultureInfo.InvariantCulture), "--data", gateway.Data);
        Assert.Equal(0, stopped.ExitCode);
        replies.WaitFor(1, Bound.Replies);
        Assert.Equal("1: hello", replies.Replies.Single().Text);
        Assert.Equal(1, Command.Run(folder.Path, "turn", "stop", room.ToString(CultureInfo.InvariantCulture), "--data", gateway.Data).ExitCode);
        using var http = new HttpClient { BaseAddress = gateway.Address };
        var listed = JsonDocument.Parse(await http.GetStringAsync("/api/turns")).RootElement.GetProperty("turns");
        var id = Assert.Single(listed.EnumerateArray()).GetProperty("id").GetInt64();
        using (var posted = await http.PostAsync($"/api/turns/{id}/stop", null)) Assert.Equal(HttpStatusCode.OK, posted.StatusCode);
        using (var posted = await http.PostAsync($"/api/turns/{id}/stop", null)) Assert.Equal(HttpStatusCode.NotFound, posted.StatusCode);
        var status = gateway.Await(static status => status.IsIdle, Bound.Replies);
        Assert.Equal((1, 2), (status.Inbound("handled"), status.Inbound("dropped")));
        Assert.Contains($"The operator has stopped turn {room}", gateway.Said, StringComparison.Ordinal);
        Assert.Contains($"A client of /api/turns has stopped turn {id}", gateway.Said, StringComparison.Ordinal);
        Assert.Contains("gateway_turns_stopped_total 2", await http.GetStringAsync("/metrics"), StringComparison.Ordinal);
        Assert.Contains("No turn runs or waits", Command.Run(folder.Path, "turns", "--data", gateway.Data).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Words_have_the_names_of_the_configuration_and_one_without_a_name_is_a_message()
    {
        using var folder = new TempFolder();
        var plan = JsonNode.Parse(Plan("inProcess"))!;
        plan["gateway"]!["controlWords"] = JsonNode.Parse("""{ "stop": ["halt", "стоп"], "new": [], "status": ["weather"] }""");
        plan["adapters"]![0]!["controlWords"] = JsonNode.Parse("""{ "help": ["?"] }""");
        var refused = Command.Run(folder.Path, "check", "--config", folder.Write("refused.json", plan.ToJsonString()), "--data", folder["none"]);
        Assert.Contains("is no name of a control word", refused.Said, StringComparison.Ordinal);
        plan["adapters"]![0]!["controlWords"] = JsonNode.Parse("""{ "help": ["words"] }""");
        var warned = Command.Run(folder.Path, "check", "--config", folder.Write("warned.json", plan.ToJsonString()), "--data", folder["none"]);
        Assert.Contains("names 'weather', which is a command of the handler 'Stubborn' too", warned.Said, StringComparison.Ordinal);
        using var gateway = GatewayProcess.StartReady(folder, plan.ToJsonString());
        using var chat = new ChatClient(gateway.Address);
        using var replies = chat.Listen("room");
        foreach (var (index, text) in new[] { "/new", "/stop", "!стоп", "/words" }.Index())
        {
            await chat.SendAsync("room", $"{index}", text);
            replies.WaitFor(index + 1, Bound.Replies);
        }

        Assert.Equal(["1: /new", "1: /stop", "Nothing was running."], replies.Replies.Take(3).Select(static reply => reply.Text));
        Assert.Contains("/halt: stops", replies.Replies[3].Text, StringComparison.Ordinal);
        Assert.DoesNotContain("/new", replies.Replies[3].Text, StringComparison.Ordinal);
    }

    private static string Plan(string isolation) => Plans.With(
        [], timeouts: new JsonObject { ["loadSeconds"] = 60 }, handler: new JsonObject { ["plugin"] = "Stubborn", ["isolation"] = isolation });

    /// <summary>Sends a message, and waits for its answer.</summary>
    private static async Task AnsweredAsync(ChatClient chat, string room)
    {
        using var replies = chat.Listen(room);
        await chat.SendAsync(room, "1", "hello");
        await Task.Run(() => replies.WaitFor(1, Bound.Replies));
        Assert.Equal("1: hello", replies.Replies[0].Text);
    }

    /// <summary>Waits until so many turns run.</summary>
    private static Task RunningAsync(GatewayProcess gateway, int count) => Task.Run(() =>
        gateway.Await(status => status.Json.GetProperty("turns").GetProperty("running").GetInt32() == count, Bound.Replies));

    private static void Until(GatewayProcess gateway, string said) =>
        Bound.Until(() => gateway.Said.Contains(said, StringComparison.Ordinal), Bound.Replies, () => gateway.Said);
}
