using PluginGateway.PeerTests.Servers.Telegram;

namespace PluginGateway.PeerTests.Telegram;

/// <summary>Places, options of the platform and messages to one person, through the real executable.</summary>
public sealed class OutboundFeatureTests : IDisposable
{
    private const long Group = -4001;

    /// <summary>The person who writes in the group of this number.</summary>
    private const long Ann = 4001;

    private readonly BotServer _server = new();
    private readonly TempFolder _folder = new();
    private readonly BotAccount _bot;

    public OutboundFeatureTests() => _bot = _server.Add(TelegramGateway.Token);

    public void Dispose()
    {
        _folder.Dispose();
        _server.Dispose();
    }

    [Fact]
    public async Task On_telegram_a_backend_sends_a_place_with_a_button_and_options_and_an_answer_to_one_person()
    {
        using var backend = new Backend();
        using var gateway = TelegramGateway.Start(_folder, _server, handler: backend.Handler, groups: "all");
        _bot.Say(Group, "where?");
        var turn = await backend.NextAsync();
        turn.Answer(
            new
            {
                text = "Here:",
                location = new { latitude = 52.5163, longitude = 13.3777, name = "The Gate", address = "Pariser Platz" },
                buttons = new[] { new { id = "go", label = "Go" } },
                extras = new Dictionary<string, string> { ["telegram.protect_content"] = "true", ["feishu.reply_in_thread"] = "true" },
            },
            new { text = "the code is 7", visibleTo = TelegramGateway.Digits(Ann) },
            new { location = new { latitude = -1.5, longitude = 2 } });
        Bound.Until(() => _bot.Sent.Count == 4, Bound.Replies, () => gateway.Said);
        var (group, person) = (TelegramGateway.Digits(Group), TelegramGateway.Digits(Ann));
        Assert.Equal(
            [("sendmessage", "Here:"), ("sendvenue", "The Gate / Pariser Platz"), ("sendlocation", "")],
            _bot.Sent.Where(sent => sent.Chat == group).Select(static sent => (sent.Method, sent.Text)));
        var venue = _bot.Sent.Single(static sent => sent.Method == "sendvenue");
        Assert.Equal((("52.5163", "13.3777"), true, "Go"), (venue.Place, venue.IsProtected, Assert.Single(venue.Buttons).Text));
        var secret = Assert.Single(_bot.Sent, sent => sent.Chat == person);
        Assert.Equal(("the code is 7", false, null), (secret.Text, secret.IsProtected, secret.ReplyTo));
        gateway.AwaitIdle(accepted: 1).AssertBalances();
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public async Task A_place_of_a_program_is_text_on_the_page_the_state_says_so_and_an_unknown_option_is_refused_with_a_sentence()
    {
        using var gateway = TelegramGateway.Start(_folder, _server);
        using var api = new ApiClient(gateway.Address);
        var place = new { latitude = 52.5, longitude = 13.25, name = "Cafe" };
        await api.PostAsync(new { to = "web:c", text = "Here:", location = place, key = "page" });
        api.WaitFor("page", "delivered");
        Assert.Equal("In the form that the platform has: the place is text.",
            (await api.GetAsync("/api/messages/page")).Json.GetProperty("note").GetString());
        var effect = new Dictionary<string, string> { ["telegram.message_effect_id"] = "5104841245755180586" };
        await api.PostAsync(new { to = $"tg:{Ann}", location = place, extras = effect, key = "native" });
        api.WaitFor("native", "delivered");
        Assert.False((await api.GetAsync("/api/messages/native")).Json.TryGetProperty("note", out _));
        Assert.Equal(("sendvenue", "Cafe / 52.5, 13.25", "5104841245755180586"),
            (_bot.Sent[0].Method, _bot.Sent[0].Text, _bot.Sent[0].Effect));
        await api.PostAsync(new
        {
            to = $"tg:{Ann}", text = "x", key = "odd", extras = new Dictionary<string, string> { ["telegram.protect_contents"] = "true" },
        });
        api.WaitFor("odd", "rejected");
        Assert.Equal("InvalidMessage: the adapter has no option 'telegram.protect_contents'; did you mean 'protect_content'?",
            (await api.GetAsync("/api/messages/odd")).Json.GetProperty("reason").GetString());
        Assert.Single(_bot.Sent);
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public void On_telegram_echo_answers_in_a_group_to_its_asker_alone_when_asked_to()
    {
        using var gateway = TelegramGateway.Start(_folder, _server, groups: "all");
        _bot.Say(Group, "only me: hello");
        _bot.Say(Group, "and all");
        Bound.Until(() => _bot.Sent.Count == 2, Bound.Replies, () => gateway.Said);
        Assert.Equal(
            [(TelegramGateway.Digits(Group), "and all"), (TelegramGateway.Digits(Ann), "only me: hello")],
            _bot.Sent.Select(static sent => (sent.Chat, sent.Text)).Order());
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public async Task On_telegram_a_program_asks_one_person_with_buttons_and_the_press_is_told_to_programs_and_handled()
    {
        using var gateway = TelegramGateway.Start(_folder, _server, groups: "all");
        using var api = new ApiClient(gateway.Address);
        using var events = new EventLines(gateway.Address, "/api/events");
        events.WaitUntilOpen();
        var person = TelegramGateway.Digits(Ann);
        var ask = new { to = $"tg:{Group}", text = "Deploy?", key = "ask", visibleTo = person, buttons = new[] { new { id = "go", label = "Go" } } };
        await api.PostAsync(ask);
        api.WaitFor("ask", "delivered");
        Assert.True((await api.PostAsync(ask)).Json.GetProperty("known").GetBoolean());
        var asked = Assert.Single(_bot.Sent);
        Assert.Equal((person, "Deploy?", "Go"), (asked.Chat, asked.Text, Assert.Single(asked.Buttons).Text));
        _bot.Press(asked, asked.Buttons[0].Data);
        Bound.Until(() => _bot.Sent.Count == 2, Bound.Replies, () => gateway.Said);
        Assert.Equal((person, $"(P{person} pressed Go)"), (_bot.Sent[1].Chat, _bot.Sent[1].Text));
        Bound.Until(() => _bot.Sent[0].Text == "Deploy?\n\n✓ Go", Bound.Replies, () => gateway.Said);
        Assert.Contains(events.Lines, static line => line.Contains("\"kind\":\"pressed\"", StringComparison.Ordinal)
            && line.Contains("\"button\":{\"id\":\"go\",\"label\":\"Go\",\"target\":\"m1\"", StringComparison.Ordinal));
        gateway.AwaitIdle(accepted: 1).AssertBalances();
        Assert.Equal(0, gateway.Stop());
    }
}
