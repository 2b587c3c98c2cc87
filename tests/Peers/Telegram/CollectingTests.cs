using System.Text.Json.Nodes;
using PluginGateway.PeerTests.Servers.Telegram;

namespace PluginGateway.PeerTests.Telegram;

/// <summary>Messages that belong together, as Telegram's clients send them: one turn each, through the real executable.</summary>
public sealed class CollectingTests : IDisposable
{
    private const long Ann = 501;
    private const long Group = -1_001_000_000_555;

    private readonly BotServer _server = new();
    private readonly TempFolder _folder = new();
    private readonly BotAccount _bot;

    public CollectingTests() => _bot = _server.Add(TelegramGateway.Token);

    public void Dispose()
    {
        _folder.Dispose();
        _server.Dispose();
    }

    [Fact]
    public void Paste_that_the_client_has_cut_in_three_is_one_turn()
    {
        using var gateway = TelegramGateway.Start(_folder, _server);
        SayCut(Ann, "");
        Await(gateway, () => _bot.TextsIn(Ann).Count >= 3);
        var answer = string.Concat(_bot.TextsIn(Ann));
        // The parts are numbered on their way back.
        Assert.Equal((4096, 4096), (answer.Count(static c => c == 'a'), answer.Count(static c => c == 'b')));
        Assert.Contains("the end", _bot.TextsIn(Ann)[^1], StringComparison.Ordinal);
        Assert.Equal(1, gateway.Status().Outbound("owed"));
        Assert.Equal(0, gateway.Stop());
    }

    /// <summary>The mention is in one part, whichever: the parts before it wait for it, those behind it need none.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Paste_in_a_group_that_hears_only_messages_to_the_bot_is_one_turn_with_the_mention_in_one_part(int part)
    {
        using var gateway = TelegramGateway.Start(_folder, _server, groups: "mentioned");
        SayCut(Group, $"@{BotAccount.Username} ", part);
        Await(gateway, () => _bot.TextsIn(Group).Count >= 3);
        Assert.Equal(1, gateway.Status().Outbound("owed"));
        Assert.Contains("the end", _bot.TextsIn(Group)[^1], StringComparison.Ordinal);
        Assert.Equal(0, gateway.Stop());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    public void Album_in_a_group_that_hears_only_messages_to_the_bot_is_one_turn_with_the_mention_at_one_picture(int mentioned)
    {
        using var gateway = TelegramGateway.Start(_folder, _server, groups: "mentioned");
        for (var i = 0; i < 5; i++)
        {
            var caption = $"{(i == mentioned ? $"@{BotAccount.Username} " : "")}picture {i}";
            _bot.Updates.Add("message", _bot.Message(Group, message => (message["photo"], message["caption"], message["media_group_id"],
                message["caption_entities"]) = (Photo(), caption, "album-1", Mentions(caption))));
        }

        // Somebody else's picture, and nobody has asked the bot.
        _bot.Updates.Add("message", _bot.Message(Group, message => (message["photo"], message["caption"], message["media_group_id"],
            message["from"]) = (Photo(), "another", "album-2", Person(777))));
        Await(gateway, () => _bot.TextsIn(Group).Count >= 1);
        Await(gateway, () => gateway.Status().Inbound("pending") == 0);
        Assert.Equal(5, gateway.Status().Inbound("handled"));
        Assert.Equal(1, gateway.Status().Outbound("owed"));
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public void Parts_that_a_kill_finds_held_are_one_turn_of_the_next_process()
    {
        using (var gateway = TelegramGateway.Start(_folder, _server))
        {
            SayCut(Ann, "", last: false);
            Await(gateway, () => gateway.Status().Inbound("pending") == 2);
            gateway.Kill();
        }

        using var next = TelegramGateway.Start(_folder, _server);
        Await(next, () => string.Concat(_bot.TextsIn(Ann)).Length >= 8192);
        Assert.Equal(1, next.Status().Outbound("owed"));
        Assert.Equal(0, next.Stop());
    }

    private void SayCut(long chat, string mention, int part = 0, bool last = true)
    {
        string[] parts = [new string('a', 4096), new string('b', 4096), "the end"];
        foreach (var (i, text) in parts[..(last ? 3 : 2)].Index())
        {
            // The client cuts the whole text: a part is as long with the mention as without it.
            var said = i != part || mention.Length == 0 ? text : mention + (text.Length == 4096 ? text[mention.Length..] : text);
            _bot.Say(chat, said, message => message["entities"] = Mentions(said));
        }
    }

    private static JsonArray Photo() => new(new JsonObject { ["file_id"] = "p", ["file_unique_id"] = "u", ["width"] = 1, ["height"] = 1, ["file_size"] = 10 });

    private static JsonObject Person(long id) => new() { ["id"] = id, ["is_bot"] = false, ["first_name"] = "Ben" };

    private static JsonArray Mentions(string text) => text.StartsWith('@')
        ? new(new JsonObject { ["type"] = "mention", ["offset"] = 0, ["length"] = BotAccount.Username.Length + 1 })
        : [];

    private static void Await(GatewayProcess gateway, Func<bool> condition) => Bound.Until(condition, Bound.Replies, () => gateway.Said);
}
