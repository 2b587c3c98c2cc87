using System.Text.Json.Nodes;
using PluginGateway.PeerTests.Servers.Telegram;

namespace PluginGateway.Tests.Plugins.Telegram;

/// <summary>Albums: several messages, of which one has the caption.</summary>
public sealed class AlbumTests
{
    [Fact]
    public async Task An_album_is_to_the_bot_as_a_whole_when_its_caption_is()
    {
        await using var fixture = new TelegramFixture();
        for (var i = 0; i < 3; i++)
        {
            var caption = i == 1 ? $"@{BotAccount.Username} look" : null;
            fixture.Bot.Updates.Add("message", fixture.Bot.Message(TelegramFixture.Group, message =>
            {
                message["media_group_id"] = "a1";
                message["photo"] = new JsonArray(new JsonObject { ["file_id"] = $"p{i}" });
                if (caption is not null) (message["caption"], message["caption_entities"]) = (
                    caption, new JsonArray(new JsonObject { ["type"] = "mention", ["offset"] = 0, ["length"] = BotAccount.Username.Length + 1 }));
            }));
        }

        fixture.Bot.Updates.Add("message", fixture.Bot.Message(TelegramFixture.Group,
            static message => (message["media_group_id"], message["photo"]) = ("a2", new JsonArray(new JsonObject { ["file_id"] = "other" }))));
        _ = await fixture.ConnectAsync();
        await fixture.AwaitAsync(() => fixture.Accepted.Count == 4, "they do not come");
        Assert.Equal([true, true, true, false], fixture.Accepted.Select(static message => message.MentionsBot));
    }

    [Fact]
    public async Task An_album_whose_caption_comes_with_the_next_poll_is_to_the_bot_as_a_whole()
    {
        await using var fixture = new TelegramFixture();
        for (var i = 0; i < 2; i++)
        {
            var isLast = i == 1;
            fixture.Bot.Updates.Add("message", fixture.Bot.Message(TelegramFixture.Group, message =>
            {
                (message["media_group_id"], message["photo"]) = ("a1", new JsonArray(new JsonObject { ["file_id"] = "p" }));
                if (isLast) (message["caption"], message["caption_entities"]) = ($"@{BotAccount.Username} look",
                    new JsonArray(new JsonObject { ["type"] = "mention", ["offset"] = 0, ["length"] = BotAccount.Username.Length + 1 }));
            }));
            // The first poll is answered before the second photo has come.
            if (i == 0) fixture.Server.Script("getUpdates", BotReply.Ok(new JsonArray(JsonNode.Parse(fixture.Bot.Updates.Peek()!.Value.Json))));
        }

        _ = await fixture.ConnectAsync();
        await fixture.AwaitAsync(() => fixture.Accepted.Count == 2 && fixture.Bot.Updates.Waiting == 0, "they do not come");
        Assert.Equal([true, true], fixture.Accepted.Select(static message => message.MentionsBot));
    }

    [Fact]
    public async Task An_album_to_nobody_is_waited_for_once()
    {
        await using var fixture = new TelegramFixture();
        fixture.Bot.Updates.Add("message", fixture.Bot.Message(TelegramFixture.Group,
            static message => (message["media_group_id"], message["photo"]) = ("a1", new JsonArray(new JsonObject { ["file_id"] = "p" }))));
        _ = await fixture.ConnectAsync();
        await fixture.AwaitAsync(() => fixture.Accepted.Count == 1 && fixture.Bot.Updates.Waiting == 0, "it does not come");
        Assert.False(fixture.Accepted[0].MentionsBot);
        Assert.Equal(3, fixture.Server.CountOf("getUpdates")); // the one that brought it, the one for the rest, the one that acknowledges it
    }
}
