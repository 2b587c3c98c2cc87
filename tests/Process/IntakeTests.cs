using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>Intake where there is no room, under the real executable: who waits, who is refused, and what no cursor may pass.</summary>
public sealed class IntakeTests
{
    [Theory]
    [InlineData("inProcess")]
    [InlineData("process")]
    public void Where_nothing_is_delivered_again_a_full_inbox_is_a_wait_and_every_event_is_answered_in_its_order(string isolation)
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder, Plan("Lossy", isolation, maxPending: 8));
        Burst(gateway, Enumerable.Range(0, 200).Select(static i => $"m{i:000} 10"));
        Bound.Until(() => Journal(gateway, "sent").Length == 200, Bound.Replies, () => $"{gateway.Status().Json}\n{gateway.Said}");
        Assert.Equal(Enumerable.Range(0, 200).Select(static i => $"m{i:000}"), Journal(gateway, "sent"));
        Bound.Until(() => Journal(gateway, "m").Length == 200, Bound.Replies, () => gateway.Said);
        Assert.All(Journal(gateway, "m"), static line => Assert.EndsWith(" Stored", line, StringComparison.Ordinal));
        var status = gateway.Await(static status => status.IsIdle, Bound.Replies);
        status.AssertBalances();
        Assert.Equal((200, 0), (status.Inbound("accepted"), status.Inbound("refused")));
        Assert.Equal(0, status.Adapter("bursts").GetProperty("waiting").GetInt32());
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public void What_waits_and_what_is_lost_is_in_the_status_and_the_stop_ends_the_wait()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(
            folder, Plan("Lossy", "inProcess", maxPending: 2, Plans.SinningHandler("never")));
        Burst(gateway, Enumerable.Range(0, 300).Select(static i => $"m{i:000} 10"));
        var status = gateway.Await(static status => status.Find("bursts") is { } seen && seen.TryGetProperty("lost", out _)
            && seen.GetProperty("waiting").GetInt32() == 256, Bound.Replies);
        var adapter = status.Adapter("bursts");
        var (lost, waitsSince) = (adapter.GetProperty("lost"), adapter.GetProperty("waitingSinceUtc").GetDateTimeOffset());
        Assert.InRange(lost.GetProperty("events").GetInt64(), 40, 44);
        Assert.InRange(lost.GetProperty("untilUtc").GetDateTimeOffset() - lost.GetProperty("sinceUtc").GetDateTimeOffset(), TimeSpan.Zero,
            TimeSpan.FromMinutes(1));
        Assert.InRange(DateTimeOffset.UtcNow - waitsSince, TimeSpan.Zero, TimeSpan.FromMinutes(2));
        var command = Command.Run(Path.GetTempPath(), "status", "--data", gateway.Data);
        Assert.Contains("256 events wait for room in the inbox", command.Said, StringComparison.Ordinal);
        Assert.Contains("are lost since the start", command.Said, StringComparison.Ordinal);
        Assert.Contains("of adapter 'bursts' were refused since the start (full) and are lost", gateway.Said, StringComparison.Ordinal);
        Assert.Equal(0, gateway.Stop());
        Assert.Equal(256, Journal(gateway, "m").Count(static line => line.EndsWith(" Refused stopping", StringComparison.Ordinal)));
    }

    /// <summary>The first large event that does not fit is refused, and the small one behind it would fit. With its cursor the platform would go on
    /// behind both after the reconnect.</summary>
    [Theory]
    [InlineData("inProcess")]
    [InlineData("process")]
    public void A_cursor_does_not_pass_a_refused_event_and_after_a_reconnect_nothing_is_missing(string isolation)
    {
        using var folder = new TempFolder();
        var plan = JsonNode.Parse(Plan("Polled", isolation, maxPending: 1000, Plans.SinningHandler("never")))!;
        plan["gateway"]!["inbox"]!["maxPendingBytes"] = 4 * 1024 * 1024;
        using var gateway = GatewayProcess.StartReady(folder, plan.ToJsonString());
        Burst(gateway, ["a 1000000", "b 1000000", "c 1000000", "d 1000000", "e 1000000", "f 10"]);
        Bound.Until(() => Journal(gateway, "f").Length == 1, Bound.Replies, () => gateway.Said);
        var outcomes = Journal(gateway, "").Where(static line => line[1] == ' ').ToArray();
        Assert.Contains("e Refused full", outcomes);
        Assert.Equal("f Refused outOfOrder", outcomes[^1]);
        var stored = outcomes.Last(static line => line.EndsWith(" Stored", StringComparison.Ordinal))[..1];
        Assert.Equal(0, Command.Run(Path.GetTempPath(), "adapter", "reconnect", "bursts", "--data", gateway.Data).ExitCode);
        Bound.Until(() => Journal(gateway, "connected at").Length == 2, Bound.Replies, () => gateway.Said);
        // The platform goes on behind the last event that was stored, at the one that was refused.
        Assert.Equal($"{stored}", Journal(gateway, "connected at")[^1]);
        Assert.Equal(0, gateway.Stop());
    }

    [Theory]
    [InlineData("inProcess")]
    [InlineData("process")]
    public void A_batch_is_stored_with_its_cursor_and_every_event_has_its_outcome(string isolation)
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder, Plan("Polled", isolation, maxPending: 100));
        Burst(gateway, ["batch", .. Enumerable.Range(0, 30).Select(static i => $"m{i:00} 10"), "m00 10"]);
        Bound.Until(() => Journal(gateway, "sent").Length == 30, Bound.Replies, () => $"{gateway.Status().Json}\n{gateway.Said}");
        Assert.Equal(Enumerable.Range(0, 30).Select(static i => $"m{i:00}"), Journal(gateway, "sent"));
        Bound.Until(() => Journal(gateway, "m").Length == 31, Bound.Replies, () => gateway.Said);
        Assert.Equal([.. Enumerable.Range(0, 30).Select(static i => $"m{i:00} Stored"), "m00 Duplicate"], Journal(gateway, "m"));
        Assert.Equal(0, Command.Run(Path.GetTempPath(), "adapter", "reconnect", "bursts", "--data", gateway.Data).ExitCode);
        Bound.Until(() => Journal(gateway, "connected at").Length == 2, Bound.Replies, () => gateway.Said);
        Assert.Equal("m00", Journal(gateway, "connected at")[^1]);
        gateway.Await(static status => status.IsIdle, Bound.Replies).AssertBalances();
        Assert.Equal(0, gateway.Stop());
    }

    /// <summary>The person is told within two seconds, and the press counts once although the disk took it later.</summary>
    [Fact]
    public async Task A_press_on_a_disk_that_does_not_answer_is_busy_in_time_and_counts_once()
    {
        using var folder = new TempFolder();
        var disk = new SlowDisk(folder, Plans.With([]));
        using var gateway = disk.Gateway;
        gateway.WaitUntilReady();
        using var chat = new ChatClient(gateway.Address, Bound.Replies);
        using var replies = chat.Listen("room");
        await chat.SendAsync("room", "1", "Shall I? [Yes] [No]");
        replies.WaitFor(1, Bound.Replies);
        var asked = (await chat.HistoryAsync("room")).GetProperty("messages").EnumerateArray().Last();
        var token = asked.GetProperty("buttons")[0].GetProperty("token").GetString();
        Bound.Until(() => gateway.Status().IsIdle, Bound.Replies, () => gateway.Said);
        disk.Takes(3600);
        var press = new { conversation = "room", id = "p1", token, messageId = asked.GetProperty("id").GetString() };
        var watch = Stopwatch.StartNew();
        var (status, json) = await chat.PostAsync("/chat/presses", press);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "busy"), (status, json.GetProperty("reason").GetString()));
        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(1.4), TimeSpan.FromSeconds(8));
        disk.Takes(0);
        Bound.Until(() => chat.PostAsync("/chat/presses", press).Result is { Status: HttpStatusCode.Accepted } answer
            && answer.Json.GetProperty("status").GetString() == "duplicate", Bound.Replies, () => gateway.Said);
        var idle = gateway.Await(static status => status.IsIdle, Bound.Replies);
        idle.AssertBalances();
        Assert.Equal(2, idle.Inbound("handled"));
        Assert.Single(await chat.TalkAsync("room"), static line => line == "gateway: (Visitor pressed Yes)");
        Assert.Equal(0, gateway.Stop());
    }

    private static string Plan(string plugin, string isolation, int maxPending, JsonObject? handler = null)
    {
        var plan = JsonNode.Parse(Plans.With(
            [new JsonObject { ["id"] = "bursts", ["plugin"] = plugin, ["isolation"] = isolation, ["allow"] = Plans.Everybody }], handler: handler))!;
        plan["gateway"]!["inbox"] = new JsonObject { ["maxPending"] = maxPending };
        return plan.ToJsonString();
    }

    private static string Folder(GatewayProcess gateway) => Path.Combine(gateway.Data, "adapters", "bursts");

    private static void Burst(GatewayProcess gateway, IEnumerable<string> lines)
    {
        var draft = Path.Combine(Folder(gateway), "draft");
        File.WriteAllLines(draft, lines);
        File.Move(draft, Path.Combine(Folder(gateway), "burst"));
    }

    /// <summary>Lines of the journal that begin so; of sends and connections the rest of the line.</summary>
    private static string[] Journal(GatewayProcess gateway, string start)
    {
        var path = Path.Combine(Folder(gateway), "journal");
        if (!File.Exists(path)) return [];
        var lines = File.ReadAllLines(path).Where(line => line.StartsWith(start, StringComparison.Ordinal));
        return [.. start is "sent" or "connected at" ? lines.Select(line => line[start.Length..].Trim()) : lines];
    }
}
