using System.Net;
using System.Text.Json;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>Reports of a platform about messages that were delivered.</summary>
public sealed class DeliveryReportTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_delivered_message_that_the_platform_reports_as_failed_is_bounced_once_in_the_books_and_after_a_kill(bool isolated)
    {
        using var folder = new TempFolder();
        var plan = Plans.With(
            [new() { ["id"] = RichPlatform.Id, ["plugin"] = "Rich", ["required"] = true, ["allow"] = Plans.Everybody }], isolated: isolated);
        var platform = new RichPlatform(folder);
        using (var gateway = GatewayProcess.StartReady(folder, plan))
        {
            using var api = new ApiClient(gateway.Address);
            using var events = new EventLines(gateway.Address, "/api/events");
            events.WaitUntilOpen();
            platform.Write("e1", "hello");
            platform.Write("e2", "again");
            platform.WaitFor(static deeds => deeds.Count == 2);
            var (first, second) = (platform.Deeds[0].Message, platform.Deeds[1].Message);
            gateway.Await(static status => status.IsIdle, Bound.Replies);
            platform.Write("r1", $"!read {second}");
            platform.Write("r2", $"!failed {first} the address is unknown");
            platform.Write("r3", $"!failed {first} told twice");
            platform.Write("r4", "!failed r-unknown nobody knows it");
            gateway.Await(static status => status.Outbound("bounced") == 1 && status.Inbound("discarded") == 1, Bound.Replies);
            platform.Write("r2", $"!failed {first} the address is unknown");
            var status = gateway.Await(static status => status.Inbound("duplicates") == 1, Bound.Replies);
            status.AssertBalances();
            Assert.Equal((2, 1, 1, 2),
                (status.Outbound("owed"), status.Outbound("delivered"), status.Outbound("bounced"), status.Inbound("handled")));
            var report = (await api.GetAsync("/api/messages/m1")).Json;
            Assert.Equal(("bounced", "the address is unknown"), (report.GetProperty("state").GetString(), report.GetProperty("reason").GetString()));
            Bound.Until(() => events.Lines.Any(static line => line.StartsWith("data: ", StringComparison.Ordinal)
                && line.Contains("\"reason\":\"the address is unknown\"", StringComparison.Ordinal)),
                Bound.Replies, () => string.Join('\n', events.Lines));
            Assert.Equal(["event: bounced", "event: read"],
                events.Lines.Where(static line => line is "event: bounced" or "event: read").Order(StringComparer.Ordinal));
            var figures = await api.TextAsync("/metrics");
            Assert.Contains("gateway_outbound_messages_total{outcome=\"bounced\"} 1", figures, StringComparison.Ordinal);
            Assert.Contains("gateway_outbound_reports_total{change=\"read\"} 1", figures, StringComparison.Ordinal);
            Bound.Until(() => gateway.Said.Contains("has bounced", StringComparison.Ordinal), Bound.Replies, () => gateway.Said);
            gateway.Kill();
        }

        using var next = GatewayProcess.StartReady(folder, plan);
        next.Status().AssertBalances();
        var list = Command.Run(folder.Path, "outbox", "list", "--state", "bounced", "--json", "--data", next.Data);
        var row = Assert.Single(JsonDocument.Parse(list.Output).RootElement.EnumerateArray().ToArray());
        Assert.Equal((1, "bounced", "the address is unknown"),
            (row.GetProperty("id").GetInt64(), row.GetProperty("state").GetString(), row.GetProperty("error").GetString()));
        Assert.Contains("+ 1 bounced", Command.Run(folder.Path, "status", "--data", next.Data).Output, StringComparison.Ordinal);
        // Sent again under its key it would be the same message to a platform with keys.
        Assert.Contains("it is bounced", Command.Run(folder.Path, "outbox", "resend", "1", "--data", next.Data).Error, StringComparison.Ordinal);
        Assert.Equal(0, next.Stop());
    }

    [Fact]
    public async Task A_reply_that_the_page_has_shown_is_reported_as_read_once()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder);
        using var chat = new ChatClient(gateway.Address);
        using var replies = chat.Listen("room");
        using var events = new EventLines(gateway.Address, "/api/events");
        events.WaitUntilOpen();
        await chat.SendAsync("room", "1", "Hello");
        replies.WaitFor(1, Bound.Replies);
        gateway.Await(static status => status.IsIdle, Bound.Replies);
        var reply = replies.Replies[0].Id;
        foreach (var expected in (string[])["stored", "duplicate"])
        {
            var answer = await chat.PostAsync("/chat/reads", new { conversation = "room", message = reply });
            Assert.Equal((HttpStatusCode.Accepted, expected), (answer.Status, answer.Json.GetProperty("status").GetString()));
        }

        Assert.Equal(HttpStatusCode.NotFound, (await chat.PostAsync("/chat/reads", new { conversation = "room", message = "1" })).Status);
        events.WaitFor("event: read");
        Assert.Single(events.Lines, static line => line == "event: read");
        var status = gateway.Status();
        status.AssertBalances();
        Assert.Equal((1, 1), (status.Outbound("delivered"), status.Inbound("accepted")));
        Assert.Equal(0, gateway.Stop());
    }
}
