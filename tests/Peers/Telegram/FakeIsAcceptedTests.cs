using System.Text.Json.Nodes;
using PluginGateway.PeerTests.Servers.Telegram;

namespace PluginGateway.PeerTests.Telegram;

/// <summary>Three libraries that nobody here wrote take the fake for the Bot API; so what our adapter does against it, it does against
/// Telegram.</summary>
public sealed class FakeIsAcceptedTests
{
    private const string Token = "4712:AAanothersecretanothersecretanother";
    private const long Ann = 501;

    [Theory]
    [InlineData("grammy")]
    [InlineData("telegraf")]
    [InlineData("Telegram.Bot")]
    public void A_bot_written_with_it_receives_answers_edits_uploads_downloads_and_understands_errors(string library)
    {
        using var server = new BotServer();
        var bot = server.Add(Token);
        using var client = Start(library, server);
        Await(client, () => client.Said.Contains($"ready {BotAccount.Username}", StringComparison.Ordinal), "it does not start");

        // One after another: Telegraf answers what comes together in any order.
        (string Order, Func<bool> Done)[] orders =
        [
            ("grüß dich 🎉", () => bot.Sent.Count == 1), ("/photo", () => bot.Sent.Count == 2),
            ("/edit", () => bot.Sent is [.., { Reaction: not null }]),
            ("/delete", () => bot.Sent is [_, _, _, { IsDeleted: true }]), ("/type", () => !bot.Actions.IsEmpty),
        ];
        foreach (var (order, done) in orders)
        {
            bot.Say(Ann, order);
            Await(client, done, $"it does not do what '{order}' tells it");
        }

        var sent = bot.Sent;
        Assert.Equal(["grüß dich 🎉", "a picture", "final", "not for long"], sent.Select(static message => message.Text));
        Assert.Equal(("sendphoto", "a.png", 18), (sent[1].Method, sent[1].File!.Name, sent[1].File!.Bytes.Length));
        Assert.Equal(("👍", $"{Ann} typing"), (sent[2].Reaction, bot.Actions.First()));

        var file = bot.Keep("documents/file_7.bin", new byte[70_000]);
        bot.Updates.Add("message", bot.Message(
            Ann, message => message["document"] = new JsonObject { ["file_id"] = file, ["file_unique_id"] = "u", ["file_name"] = "a.bin" }));
        Await(client, () => client.Said.Contains("got 70000 bytes", StringComparison.Ordinal), "it does not download");

        (bot.Forbidden["666"], bot.Floods["777"], bot.Forbidden["888"]) = (
            "Forbidden: bot was blocked by the user", DateTimeOffset.UtcNow.AddSeconds(100), "Bad Request: chat not found");
        foreach (var chat in (string[])["666", "777", "888"]) bot.Say(Ann, $"/send {chat}");
        Await(client, () => client.Said.Contains("chat not found", StringComparison.Ordinal), "it is not refused");
        Assert.Contains("error 403 Forbidden: bot was blocked by the user", client.Said, StringComparison.Ordinal);
        Assert.Matches("error 429 Too Many Requests: retry after \\d+ retry_after=\\d+", client.Said);
        Assert.Contains("error 400 Bad Request: chat not found", client.Said, StringComparison.Ordinal);
        Await(client, () => bot.Updates.Waiting == 0, "it does not acknowledge");

        using var second = Start("Telegram.Bot", server);
        Await(client, () => (client.Said + second.Said).Contains("Conflict: terminated by other getUpdates request", StringComparison.Ordinal),
            "two of them live side by side");
    }

    private static IBotClient Start(string library, BotServer server) =>
        library == "Telegram.Bot" ? new DotNetClient(server.Address, Token) : new NodeClient(library, server.Address, Token);

    private static void Await(IBotClient client, Func<bool> condition, string otherwise) =>
        Bound.Until(condition, Bound.Replies, () => $"{otherwise}. It said:\n{client.Said}");
}
