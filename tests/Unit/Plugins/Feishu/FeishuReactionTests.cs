using System.Text.Json.Nodes;
using PluginGateway.Plugins.Feishu;

namespace PluginGateway.Tests.Plugins.Feishu;

/// <summary>Reactions of people: the event names the message only.</summary>
public sealed class FeishuReactionTests
{
    [Fact]
    public async Task A_reaction_of_a_person_tells_who_added_and_removed_what_and_stands_in_the_chat_of_its_message()
    {
        await using var fixture = new FeishuFixture();
        fixture.Platform.Names["ou_ben"] = "Ben";
        _ = await fixture.ConnectAsync();
        var said = fixture.Platform.Say("oc_1", "hello", chatType: "group", change: static message => message["thread_id"] = "omt_1");
        await FeishuFixture.UntilAsync(() => fixture.Accepted.Count == 1, "it does not come");
        fixture.Platform.React(said, "THUMBSUP", "ou_ben");
        fixture.Platform.React(said, "THUMBSUP", "ou_ben", isTakenBack: true);
        fixture.Platform.React(said, "MeMeMe", "ou_ben");
        await FeishuFixture.UntilAsync(() => fixture.Received.Count == 4, "not every reaction comes");
        var reactions = fixture.Received.Skip(1).Cast<ReactionChanged>().ToArray();
        Assert.All(reactions, reaction => Assert.Equal((said, new Chat("oc_1", ChatKind.Group, "omt_1"), ChatKind.Group, "ou_ben", "Ben"),
            (reaction.MessageId, reaction.Chat, reaction.Chat.Kind, reaction.Sender?.Id, reaction.Sender?.Name)));
        Assert.All(reactions, static reaction => Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000), reaction.PlatformTime));
        Assert.Equal(
            ["+👍", "-👍", "+MeMeMe"],
            reactions.SelectMany(static one =>
                one.Added.Select(static added => $"+{added.Emoji}").Concat(one.Removed.Select(static gone => $"-{gone.Emoji}"))));
        Assert.Equal(3, reactions.Select(static reaction => reaction.EventId).Distinct().Count());
        Assert.False(fixture.Platform.Calls.ContainsKey($"GET /open-apis/im/v1/messages/{said}"), "a message that was just received is asked for");
    }

    [Theory]
    [InlineData("p2p", ChatKind.Direct)]
    [InlineData("group", ChatKind.Group)]
    public async Task A_reaction_to_a_message_that_the_bot_has_sent_or_that_a_gateway_before_it_has_seen_is_one_too(string chatType, ChatKind kind)
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        var early = fixture.Platform.Say("oc_1", "hello", chatType: chatType, topic: "omt_1");
        await FeishuFixture.UntilAsync(() => fixture.Accepted.Count == 1, "it does not come");
        await fixture.Adapter.DisposeAsync();
        fixture.Renew();
        _ = await fixture.ConnectAsync();
        var sent = (await fixture.SendAsync("answer")).Receipt!.MessageId;
        fixture.Platform.Calls.Clear();
        foreach (var (message, emoji) in ((string, string)[])[(sent, "OK"), (early, "HEART"), (early, "HEART")])
        {
            var told = fixture.Platform.React(message, emoji);
            await FeishuFixture.UntilAsync(() => told.Acknowledged is not null, "it is not acknowledged");
        }

        var reactions = fixture.Received.Skip(1).Cast<ReactionChanged>().ToArray();
        Assert.Equal(
            [(sent, "oc_1", null, kind, "👌"), (early, "oc_1", "omt_1", kind, "❤"), (early, "oc_1", "omt_1", kind, "❤")],
            reactions.Select(static one => (one.MessageId, one.Chat.Id, one.Chat.Thread, one.Chat.Kind, Assert.Single(one.Added).Emoji)));
        Assert.Equal(1, fixture.Platform.Calls[$"GET /open-apis/im/v1/messages/{early}"]);
        Assert.False(fixture.Platform.Calls.ContainsKey($"GET /open-apis/im/v1/messages/{sent}"), "a message that was just sent is asked for");
        Assert.Equal(1, fixture.Platform.Calls["GET /open-apis/im/v1/chats/oc_1"]);
    }

    [Fact]
    public async Task A_reaction_to_a_message_that_was_sent_to_a_person_stands_in_the_chat_with_that_person()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        var sent = (await fixture.SendAsync("answer", chat: "ou_ann")).Receipt!.MessageId;
        fixture.Platform.React(sent, "OK");
        await FeishuFixture.UntilAsync(() => fixture.Received.Count == 1, "the reaction does not come");
        Assert.Equal(("oc_of_ou_ann", ChatKind.Direct), (fixture.Received[0].Chat.Id, fixture.Received[0].Chat.Kind));
    }

    [Fact]
    public async Task A_reaction_in_a_group_that_the_bot_has_left_is_one_of_a_group_and_does_not_come_again()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        var sent = (await fixture.SendAsync("answer")).Receipt!.MessageId;
        fixture.Platform.LeftGroups.Add("oc_1");
        var told = fixture.Platform.React(sent, "OK");
        await FeishuFixture.UntilAsync(() => told.Acknowledged is not null, "it is not acknowledged");
        Assert.Equal((1, 0), (told.Pushes, told.Refusals));
        Assert.Equal(("oc_1", ChatKind.Group), (Assert.Single(fixture.Received).Chat.Id, fixture.Received[0].Chat.Kind));
    }

    [Fact]
    public async Task A_reaction_to_a_message_that_cannot_be_read_is_acknowledged_and_said()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        var gone = fixture.Platform.React("om_gone", "OK");
        await FeishuFixture.UntilAsync(() => gone.Acknowledged is not null, "it is not acknowledged");
        var odd = fixture.Platform.Emit("im.message.reaction.created_v1", new JsonObject { ["operator_type"] = "user" });
        await FeishuFixture.UntilAsync(() => odd.Acknowledged is not null, "it is not acknowledged");
        Assert.Empty(fixture.Received);
        Assert.Contains(fixture.Lines, static line => line.Contains("'om_gone' of a reaction cannot be read", StringComparison.Ordinal)
            && line.Contains("231003", StringComparison.Ordinal));
        Assert.Contains(fixture.Lines, line => line.Contains($"the reaction '{odd.Id}' names no message", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_reaction_whose_message_the_platform_does_not_tell_in_time_comes_again_twice_and_then_is_passed_over()
    {
        await using var fixture = new FeishuFixture();
        fixture.Platform.PushAgain = [.. Enumerable.Repeat(TimeSpan.FromMilliseconds(50), 10)];
        fixture.Platform.AckWithin = TimeSpan.FromSeconds(30); // a busy machine is late, and late is not lost
        _ = await fixture.ConnectAsync();
        fixture.Platform.IsSlow = true;
        var lost = fixture.Platform.React("om_early", "OK");
        await FeishuFixture.UntilAsync(() => lost.Acknowledged is not null, "it is not acknowledged");
        Assert.Equal((3, 2), (lost.Pushes, lost.Refusals));
        Assert.Empty(fixture.Received);
        Assert.Contains(fixture.Lines, static line => line.Contains("'om_early' of a reaction cannot be read", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_apps_own_reactions_are_no_events_and_those_of_another_app_are_a_bots()
    {
        await using var fixture = new FeishuFixture();
        fixture.Platform.TellsReactions = true;
        _ = await fixture.ConnectAsync();
        var said = fixture.Platform.Say("oc_1", "hello");
        await FeishuFixture.UntilAsync(() => fixture.Accepted.Count == 1, "it does not come");
        var token = TestContext.Current.CancellationToken;
        var message = new MessageRef(new Chat("oc_1", ChatKind.Direct), said);
        foreach (var emoji in (string?[])["👍", null]) await fixture.Adapter.ReactAsync(new ReactionUpdate("reaction", message, emoji), token);
        fixture.Platform.Emit("im.message.reaction.created_v1", new JsonObject
        {
            ["message_id"] = said, ["reaction_type"] = new JsonObject { ["emoji_type"] = "OK" }, ["operator_type"] = "app", ["app_id"] = "cli_other",
        });
        await FeishuFixture.UntilAsync(() => fixture.Platform.Events.All(static sent => sent.Acknowledged is not null), "not all are acknowledged");
        Assert.Equal(4, fixture.Platform.Events.Count);
        var other = Assert.IsType<ReactionChanged>(Assert.Single(fixture.Received.Skip(1)));
        Assert.Equal(("cli_other", true, false), (other.Sender!.Id, other.Sender.IsBot, other.Sender.IsSelf));
    }

    [Theory]
    [InlineData("THUMBSUP", "👍")]
    [InlineData("SMILE", "😄")]
    [InlineData("Fire", "🔥")]
    [InlineData("fire", "fire")] // upper and lower case differ
    [InlineData("MeMeMe", "MeMeMe")]
    public void A_name_of_the_platform_is_an_emoji_where_there_is_one_and_can_be_given_back(string name, string emoji)
    {
        Assert.Equal(emoji, Emoji.OfName(name));
        Assert.Equal(name, Emoji.NameOf(emoji));
    }
}
