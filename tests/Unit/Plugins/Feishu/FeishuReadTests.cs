using System.Text.Json.Nodes;

namespace PluginGateway.Tests.Plugins.Feishu;

/// <summary>Reports of the platform that messages were read.</summary>
public sealed class FeishuReadTests
{
    [Fact]
    public async Task Messages_that_were_read_are_a_report_each_in_the_chat_to_which_they_were_addressed()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        var toPerson = (await fixture.SendAsync("one", chat: "ou_ann")).Receipt!.MessageId;
        var toChat = (await fixture.SendAsync("two", chat: "oc_of_ou_ann", key: "key-2")).Receipt!.MessageId;
        var told = fixture.Platform.Read("ou_ann", toPerson, toChat);
        await FeishuFixture.UntilAsync(() => told.Acknowledged is not null, "it is not acknowledged");
        Assert.Equal(
            [($"{told.Id}#1", "ou_ann", toPerson), ($"{told.Id}#2", "oc_of_ou_ann", toChat)],
            fixture.Received.Cast<DeliveryChanged>().Select(static report => (report.EventId!, report.Chat.Id, report.MessageId)));
        Assert.All(fixture.Received.Cast<DeliveryChanged>(), static report => Assert.Equal(
            (DeliveryChange.Read, "ou_ann", DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000)),
            (report.Change, report.Sender!.Id, report.PlatformTime)));
    }

    [Fact]
    public async Task A_report_that_is_refused_comes_again()
    {
        await using var fixture = new FeishuFixture();
        fixture.Platform.PushAgain = [.. Enumerable.Repeat(TimeSpan.FromMilliseconds(50), 10)];
        _ = await fixture.ConnectAsync();
        var sent = (await fixture.SendAsync("one", chat: "ou_ann")).Receipt!.MessageId;
        var asked = 0;
        fixture.Accepts = _ => Task.FromResult(Interlocked.Increment(ref asked) == 1 ? Acceptance.Refused("full") : Acceptance.Stored);
        var told = fixture.Platform.Read("ou_ann", sent);
        await FeishuFixture.UntilAsync(() => told.Acknowledged is not null, "it is not acknowledged");
        Assert.Equal((1, sent), (told.Refusals, Assert.IsType<DeliveryChanged>(Assert.Single(fixture.Received)).MessageId));
    }

    [Fact]
    public async Task A_report_about_a_message_that_cannot_be_read_or_about_none_is_acknowledged_and_said()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        var sent = (await fixture.SendAsync("one", chat: "ou_ann")).Receipt!.MessageId;
        var gone = fixture.Platform.Read("ou_ann", "om_gone", sent);
        await FeishuFixture.UntilAsync(() => gone.Acknowledged is not null, "it is not acknowledged");
        var odd = fixture.Platform.Emit("im.message.message_read_v1", new JsonObject { ["message_id_list"] = new JsonArray(1, null, "") });
        await FeishuFixture.UntilAsync(() => odd.Acknowledged is not null, "it is not acknowledged");
        Assert.Equal(sent, Assert.IsType<DeliveryChanged>(Assert.Single(fixture.Received)).MessageId);
        Assert.Contains(fixture.Lines, static line => line.Contains("'om_gone' that was read cannot be read", StringComparison.Ordinal));
        Assert.Contains(fixture.Lines, line => line.Contains($"the read report '{odd.Id}' names no message", StringComparison.Ordinal));
    }
}
