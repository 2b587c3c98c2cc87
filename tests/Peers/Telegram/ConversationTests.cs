using System.Text;
using System.Text.Json.Nodes;
using PluginGateway.PeerTests.Servers.Telegram;

namespace PluginGateway.PeerTests.Telegram;

/// <summary>People on Telegram talk to the real executable.</summary>
public sealed class ConversationTests
{
    private const long Ann = 501;
    private const long Forum = -1_001_000_000_777;

    [Fact]
    public void Echo_answers_in_private_in_a_topic_and_in_parts_that_telegram_takes()
    {
        using var server = new BotServer();
        var bot = server.Add(TelegramGateway.Token);
        bot.Say(Ann, "said while it was away");
        using var folder = new TempFolder();
        using var gateway = TelegramGateway.Start(folder, server);

        var whole = string.Join(' ', Enumerable.Range(1, 1500).Select(static i => $"wort{i}🎉"));
        bot.Say(Ann, "grüß dich 🎉 <b>&</b> *x*");
        bot.Say(Ann, whole[..4096]);
        bot.Say(Forum, "in the topic", static message => (message["is_topic_message"], message["message_thread_id"], message["reply_to_message"]) = (
            true, 5, new JsonObject { ["message_id"] = 5 }));
        bot.Updates.Add("edited_message", bot.Message(
            Ann, static message => (message["message_id"], message["text"], message["edit_date"]) = (77, "new", 1_700_000_000)));
        bot.Updates.Add("message", bot.Message(Forum, static message => message["new_chat_title"] = "nobody said that"));
        Await(gateway, () => bot.TextsIn(Ann).Contains("(edited 77) new") && bot.TextsIn(Forum).Count == 1 && bot.Updates.Waiting == 0,
            "not everything is answered");

        Assert.Equal(["said while it was away", "grüß dich 🎉 <b>&</b> *x*", whole[..4096], "(edited 77) new"], bot.TextsIn(Ann));
        Assert.Equal(5, bot.Sent.Single(static message => message.Chat == TelegramGateway.Digits(Forum)).Topic);
        gateway.EndWell(accepted: 5);
    }

    [Fact]
    public void In_a_group_what_is_said_to_the_bot_is_answered_and_nothing_else()
    {
        using var server = new BotServer();
        var bot = server.Add(TelegramGateway.Token);
        using var folder = new TempFolder();
        using var gateway = TelegramGateway.Start(folder, server, groups: "mentioned");
        static void InTopic(JsonObject message, int answered)
        {
            (message["is_topic_message"], message["message_thread_id"]) = (true, 5);
            message["reply_to_message"] =
                new JsonObject { ["message_id"] = answered, ["from"] = new JsonObject { ["id"] = 4711, ["is_bot"] = true } };
        }

        // The topic was opened by the bot: each message in it bears that as what it answers.
        bot.Say(Forum, "hello all", static message => InTopic(message, 5));
        bot.Say(Forum, "a post of the linked channel", static message => message["is_automatic_forward"] = true);
        bot.Say(Forum, "a reply", static message => InTopic(message, 6));
        for (var i = 0; i < 3; i++)
        {
            var photo = bot.Keep($"photos/{i}.jpg", [1, 2, 3]);
            var caption = i == 0 ? $"@{BotAccount.Username} look" : null;
            bot.Updates.Add("message", bot.Message(Forum, message =>
            {
                (message["media_group_id"], message["photo"]) = ("album", new JsonArray(new JsonObject { ["file_id"] = photo }));
                if (caption is null) return;
                var mention = new JsonObject { ["type"] = "mention", ["offset"] = 0, ["length"] = BotAccount.Username.Length + 1 };
                (message["caption"], message["caption_entities"]) = (caption, new JsonArray(mention));
            }));
        }

        static void Place(JsonObject message) =>
            message["location"] = new JsonObject { ["latitude"] = 1.5, ["longitude"] = 2.5, ["live_period"] = 900 };
        bot.Updates.Add("message", bot.Message(Ann, Place));
        for (var i = 0; i < 10; i++) bot.Updates.Add("edited_message", bot.Message(Ann, Place));
        // The pictures are one turn, and one answer.
        bool IsAnswered() => bot.Sent.Count(static sent => sent.Chat == TelegramGateway.Digits(Forum)) == 4 && bot.TextsIn(Ann).Count == 1;
        Await(gateway, () => IsAnswered() && bot.Updates.Waiting == 0, "not everything is answered");
        gateway.EndWell(accepted: 5, unanswered: 2);
        Assert.Equal("a reply\n(answers me)", bot.TextsIn(Forum)[0]);
        Assert.Single(bot.TextsIn(Ann));
    }

    [Fact]
    public void A_server_that_answers_with_a_page_or_a_conflict_at_the_start_is_asked_again_and_nobody_is_parked()
    {
        using var server = new BotServer();
        using var folder = new TempFolder();
        var bot = server.Add(TelegramGateway.Token);
        server.Script("getMe", new BotReply(404, "404 page not found"), BotReply.Html(502));
        server.Script("getUpdates", BotReply.Fail(
            409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"));
        using var gateway = TelegramGateway.Start(folder, server);
        bot.Say(Ann, "hello");
        Await(gateway, () => bot.TextsIn(Ann).Count == 1, "it is not answered");
        gateway.EndWell(accepted: 1);
    }

    [Fact]
    public async Task By_webhook_updates_are_brought_with_the_secret_and_what_comes_while_it_is_away_comes_later()
    {
        using var server = new BotServer();
        var bot = server.Add(TelegramGateway.Token);
        using var folder = new TempFolder();
        var port = FreePort.Next();
        void ByWebhook(JsonObject settings) => settings["webhookUrl"] = $"http://127.0.0.1:{port}/hooks/tg";
        using (var gateway = TelegramGateway.Start(folder, server, ByWebhook, port))
        {
            bot.Say(Ann, "by webhook");
            Await(gateway, () => bot.TextsIn(Ann).Count == 1, "it is not answered");
            using var http = new HttpClient();
            using var forged = await http.PostAsync(new Uri($"http://127.0.0.1:{port}/hooks/tg"),
                new StringContent("""{"update_id":9,"message":{"chat":{"id":501},"text":"forged"}}""", Encoding.UTF8, "application/json"));
            Assert.Equal(401, (int)forged.StatusCode);
            // A reply that has arrived and is not yet written down as delivered would be in doubt.
            gateway.AwaitIdle(accepted: 1);
            gateway.Kill();
            bot.Say(Ann, "while it is dead");
            Bound.Until(() => bot.Webhook!.LastError is not null, Bound.Replies, () => "nobody tries");
        }

        using (var gateway = TelegramGateway.Start(folder, server, ByWebhook, port))
        {
            Await(gateway, () => bot.TextsIn(Ann).Count == 2, "it does not come later");
            Assert.Equal(0, server.CountOf("getUpdates"));
            Assert.Equal(0, gateway.Stop());
        }

        // Polling again: the webhook is our own, so it may go.
        bot.Say(Ann, "by polling");
        using var polling = TelegramGateway.Start(folder, server);
        Await(polling, () => bot.TextsIn(Ann).Count == 3, "it does not come by polling");
        Assert.Equal(["by webhook", "while it is dead", "by polling"], bot.TextsIn(Ann));
        Assert.Null(bot.Webhook);
        polling.EndWell(accepted: 3);
    }

    [Fact]
    public void Another_poller_parks_it_with_the_remedy_and_after_a_reconnect_nothing_is_missing()
    {
        using var server = new BotServer();
        var bot = server.Add(TelegramGateway.Token);
        using var folder = new TempFolder();
        using var gateway = TelegramGateway.Start(folder, server);
        using (var http = new HttpClient())
        {
            Bound.Until(() =>
            {
                using var answer = http.GetAsync(new Uri($"{server.Address}/bot{TelegramGateway.Token}/getUpdates?timeout=1"))
                    .GetAwaiter().GetResult();
                return gateway.TelegramState() == "parked";
            }, Bound.Replies, () => gateway.Said);
        }

        Assert.Contains("Another program polls this bot", gateway.Ask()!.Adapter("tg").GetProperty("reason").GetString(), StringComparison.Ordinal);
        var polls = server.CountOf("getUpdates");
        bot.Say(Ann, "nobody takes this");
        Thread.Sleep(3000); // longer than any backoff of this configuration
        Assert.Equal((polls, 1), (server.CountOf("getUpdates"), bot.Updates.Waiting));
        // A gateway that is kept from its processor may answer too late for the command.
        Command? command = null;
        Bound.Until(() => (command = Command.Run(folder.Path, "adapter", "reconnect", "tg", "--data", gateway.Data)).ExitCode == 0, Bound.Start,
            () => command!.Said);
        Await(gateway, () => bot.TextsIn(Ann).Count == 1, "it is not answered");
        gateway.EndWell(accepted: 1);
    }

    private static void Await(GatewayProcess gateway, Func<bool> condition, string otherwise) =>
        Bound.Until(condition, Bound.Replies, () => $"{otherwise}. The gateway said:\n{gateway.Said}");
}
