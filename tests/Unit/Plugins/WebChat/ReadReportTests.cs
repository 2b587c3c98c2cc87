using PluginGateway.Plugins.WebChat;

namespace PluginGateway.Tests.Plugins.WebChat;

/// <summary>Reports of pages that the visitor has seen a reply.</summary>
public sealed class ReadReportTests
{
    [Fact]
    public async Task A_reply_that_a_page_has_shown_is_an_event_with_one_id_whoever_reports_it_and_other_messages_are_none()
    {
        await using var fixture = new ChatFixture();
        var adapter = await fixture.ConnectAsync();
        await adapter.SendAsync(new OutboundMessage("k1", ChatFixture.ChatOf("c"), "Hello"), default);
        for (var i = 0; i < 2; i++) Assert.Equal(202, (await PostAsync(fixture, "k1")).Status);
        Assert.Equal(404, (await PostAsync(fixture, "another")).Status);
        Assert.Equal(400, (await fixture.PostAsync("""{"conversation":"c"}""", path: "/reads")).Status);
        Assert.All(fixture.Context.Inbox.Offered, static accepted =>
        {
            var report = Assert.IsType<DeliveryChanged>(accepted);
            Assert.Equal(("read:1:c:k1", "c", "k1", DeliveryChange.Read), (report.EventId, report.Chat.Id, report.MessageId, report.Change));
        });
        Assert.Equal(2, fixture.Context.Inbox.Offered.Count);
    }

    /// <summary>The history keeps replies for longer than the store.</summary>
    [Fact]
    public async Task A_reply_that_the_store_no_longer_has_is_taken_and_ignored_and_a_full_store_asks_to_come_again()
    {
        await using var fixture = new ChatFixture();
        var adapter = await fixture.ConnectAsync();
        await adapter.SendAsync(new OutboundMessage("k1", ChatFixture.ChatOf("c"), "Hello"), default);
        fixture.Context.Inbox.Answer = static _ => Task.FromResult(Acceptance.Discarded("unknownMessage"));
        var ignored = await PostAsync(fixture, "k1");
        Assert.Equal((202, "ignored"), (ignored.Status, ChatFixture.Json(ignored).GetProperty("status").GetString()));
        fixture.Context.Inbox.Answer = static _ => Task.FromResult(Acceptance.Refused("full"));
        Assert.Equal(503, (await PostAsync(fixture, "k1")).Status);
    }

    private static Task<HttpReply> PostAsync(ChatFixture fixture, string message) =>
        fixture.PostAsync($$"""{"conversation":"c","message":"{{message}}"}""", path: "/reads");
}
