using Microsoft.Playwright;

namespace PluginGateway.Tests.Browser;

public sealed class ChatPageTests(Chromium chromium) : IClassFixture<Chromium>
{
    [Fact]
    public async Task What_is_written_is_answered_and_still_there_after_a_reload()
    {
        var browser = chromium.Browser;
        await using var gateway = await LoopbackGateway.StartAsync();
        await using var chat = await ChatPage.OpenAsync(browser, gateway.BaseUrl);
        await chat.SayAsync("Hello there");
        await chat.ShowsAsync("Hello there", "Hello there");
        await chat.MineAreAsync("sent", 1);
        await chat.SayAsync("And again");
        await chat.ShowsAsync("Hello there", "Hello there", "And again", "And again");
        await chat.ReloadAsync();
        await chat.ShowsAsync("Hello there", "Hello there", "And again", "And again");
        await chat.MineAreAsync("sent", 2);
        await Assertions.Expect(chat.Banner).ToBeHiddenAsync();
        await Assertions.Expect(chat.Input).ToBeFocusedAsync();
        Assert.Empty(chat.Errors);
    }

    [Fact]
    public async Task What_is_written_while_the_gateway_is_away_is_kept_over_a_reload_and_sent_once_when_it_is_back()
    {
        var browser = chromium.Browser;
        await using var gateway = await LoopbackGateway.StartAsync();
        await using var chat = await ChatPage.OpenAsync(browser, gateway.BaseUrl);
        await chat.SayAsync("Before");
        await chat.ShowsAsync("Before", "Before");
        await gateway.StopAsync();
        await chat.StateAsync("lost");
        await Assertions.Expect(chat.Banner).ToContainTextAsync("The connection is lost");
        await chat.SayAsync("While away");
        await chat.MineAreAsync("failed", 1);
        await chat.PictureAsync("phone-lost");
        await gateway.StartAgainAsync();
        await chat.ConnectedAsync();
        await chat.ShowsAsync("Before", "Before", "While away", "While away");
        await chat.MineAreAsync("sent", 2);
        await Assertions.Expect(chat.Banner).ToBeHiddenAsync();
        await chat.ReloadAsync();
        await chat.ShowsAsync("Before", "Before", "While away", "While away");
        Assert.All(gateway.Accepted.Values, count => Assert.Equal(1, count));
        Assert.Empty(chat.Errors);
    }

    [Fact]
    public async Task An_unsent_message_survives_a_reload_and_is_posted_again_with_its_id()
    {
        var browser = chromium.Browser;
        await using var gateway = await LoopbackGateway.StartAsync();
        await using var chat = await ChatPage.OpenAsync(browser, gateway.BaseUrl);
        gateway.Refusal = Acceptance.Refused("full");
        await chat.SayAsync("Keep me");
        await chat.MineAreAsync("failed", 1);
        gateway.Refusal = null;
        await chat.ReloadAsync();
        await chat.ShowsAsync("Keep me", "Keep me");
        await chat.MineAreAsync("sent", 1);
        Assert.Single(gateway.Accepted);
    }

    [Fact]
    public async Task A_lost_answer_leads_to_a_second_post_and_to_one_message()
    {
        var browser = chromium.Browser;
        await using var gateway = await LoopbackGateway.StartAsync();
        var lost = 0;
        gateway.OnAnswer = (call, reply) => call.Path == "/messages" && lost++ == 0 ? HttpReply.Empty(502) : reply;
        await using var chat = await ChatPage.OpenAsync(browser, gateway.BaseUrl);
        await chat.SayAsync("Only once");
        await chat.MineAreAsync("failed", 1);
        await chat.Page.GetByRole(AriaRole.Button, new() { Name = "Retry" }).ClickAsync();
        await chat.MineAreAsync("sent", 1);
        await chat.ShowsAsync("Only once", "Only once");
        Assert.Equal([2], gateway.Accepted.Values);
        await chat.ReloadAsync();
        await chat.ShowsAsync("Only once", "Only once");
    }

    [Theory]
    [InlineData(200, "text/html", "<html>Sign in</html>")]
    [InlineData(200, "application/json", "{}")]
    [InlineData(200, "application/json", "[]")]
    [InlineData(200, "application/json", "\uFEFF")]
    [InlineData(200, "text/plain", "")]
    [InlineData(403, "application/json", "{\"code\":403,\"message\":\"Forbidden\"}")]
    [InlineData(404, "text/plain", "404 page not found")]
    [InlineData(418, "text/html", "<html>")]
    public async Task What_something_on_the_way_answers_loses_no_message_and_the_page_comes_back(int status, string type, string body)
    {
        var browser = chromium.Browser;
        await using var gateway = await LoopbackGateway.StartAsync();
        var odd = HttpReply.Bytes(status, System.Text.Encoding.UTF8.GetBytes(body), type);
        var paths = new System.Collections.Concurrent.ConcurrentDictionary<string, bool>();
        gateway.OnAnswer = (call, reply) => call.Path is "/messages" or "/events" or "/history" && paths.TryAdd(call.Path, true) ? odd : reply;
        await using var chat = await ChatPage.OpenAsync(browser, gateway.BaseUrl);
        await chat.SayAsync("Still here");
        await chat.MineAreAsync("sent", 1);
        await chat.ShowsAsync("Still here", "Still here");
        Assert.Equal(3, paths.Count);
        Assert.Single(gateway.Accepted);
    }

    [Fact]
    public async Task A_message_that_is_refused_for_good_says_why_and_can_be_discarded()
    {
        var browser = chromium.Browser;
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Refusal = Acceptance.Discarded("notAllowed");
        await using var chat = await ChatPage.OpenAsync(browser, gateway.BaseUrl);
        await chat.SayAsync("Not for you");
        await Assertions.Expect(chat.Mine).ToContainTextAsync("The gateway does not take this message.");
        await chat.Page.GetByRole(AriaRole.Button, new() { Name = "Discard" }).ClickAsync();
        await chat.ShowsAsync();
        await chat.ReloadAsync();
        await chat.ShowsAsync();
    }

    [Fact]
    public async Task The_page_says_that_the_gateway_is_stopping_and_comes_back_with_it()
    {
        var browser = chromium.Browser;
        await using var gateway = await LoopbackGateway.StartAsync();
        await using var chat = await ChatPage.OpenAsync(browser, gateway.BaseUrl);
        await chat.SayAsync("One");
        await chat.ShowsAsync("One", "One");
        gateway.AnnounceStop();
        await chat.StateAsync("stopping");
        await Assertions.Expect(chat.Banner).ToContainTextAsync("The gateway is stopping");
        await chat.SayAsync("Two");
        await chat.MineAreAsync("failed", 1);
        await chat.PictureAsync("phone-stopping");
        await chat.Page.SetViewportSizeAsync(1280, 800);
        await chat.PictureAsync("desktop-stopping");
        await gateway.StopAsync();
        await gateway.StartAgainAsync();
        await chat.ConnectedAsync();
        await chat.ShowsAsync("One", "One", "Two", "Two");
        await Assertions.Expect(chat.Banner).ToBeHiddenAsync();
    }

    [Fact]
    public async Task A_reply_that_came_before_anybody_looked_and_one_that_comes_later_are_both_shown_once()
    {
        var browser = chromium.Browser;
        await using var gateway = await LoopbackGateway.StartAsync();
        await gateway.ReplyAsync("news", "k1", "early");
        await using var chat = await ChatPage.OpenAsync(browser, gateway.BaseUrl, "news");
        await chat.ShowsAsync("early");
        await gateway.ReplyAsync("news", "k2", "late");
        await gateway.ReplyAsync("news", "k2", "late");
        await chat.ShowsAsync("early", "late");
        await gateway.StopAsync();
        await gateway.StartAgainAsync();
        await gateway.ReplyAsync("news", "k3", "while you were away");
        await chat.ConnectedAsync();
        await chat.ShowsAsync("early", "late", "while you were away");
    }

    [Fact]
    public async Task Text_is_text_and_shift_enter_is_a_new_line()
    {
        var browser = chromium.Browser;
        await using var gateway = await LoopbackGateway.StartAsync();
        await using var chat = await ChatPage.OpenAsync(browser, gateway.BaseUrl);
        await chat.Input.FillAsync("<img src=x onerror=\"document.title='owned'\">");
        await chat.Input.PressAsync("Shift+Enter");
        await chat.Input.PressSequentiallyAsync("second line");
        await Assertions.Expect(chat.Mine).ToHaveCountAsync(0);
        await chat.Input.PressAsync("Enter");
        await Assertions.Expect(chat.Bubbles).ToHaveCountAsync(2);
        Assert.Equal("<img src=x onerror=\"document.title='owned'\">\nsecond line", await chat.Bubbles.First.TextContentAsync());
        Assert.Equal("Chat", await chat.Page.TitleAsync());
        Assert.Empty(chat.Errors);
    }

    [Theory]
    [InlineData(229, false)]
    [InlineData(229, true)]
    [InlineData(13, true)]
    public async Task Enter_that_belongs_to_an_input_method_sends_nothing(int keyCode, bool isComposing)
    {
        var browser = chromium.Browser;
        await using var gateway = await LoopbackGateway.StartAsync();
        await using var chat = await ChatPage.OpenAsync(browser, gateway.BaseUrl);
        await chat.Input.FillAsync("にほ");
        await chat.Input.EvaluateAsync($"element => element.dispatchEvent(new KeyboardEvent('keydown', {{ key: 'Enter', keyCode: {keyCode}, isComposing: {(isComposing ? "true" : "false")}, bubbles: true, cancelable: true }}))");
        await chat.Input.PressSequentiallyAsync("n");
        await Assertions.Expect(chat.Input).ToHaveValueAsync("にほn");
        await Assertions.Expect(chat.Mine).ToHaveCountAsync(0);
        await chat.Input.PressAsync("Enter");
        await chat.ShowsAsync("にほn", "にほn");
    }

    [Fact]
    public async Task A_long_text_arrives_whole_or_the_page_says_that_it_is_too_long()
    {
        var browser = chromium.Browser;
        await using var gateway = await LoopbackGateway.StartAsync("""{ "maxTextLength": 20000 }""");
        await using var chat = await ChatPage.OpenAsync(browser, gateway.BaseUrl);
        await chat.Input.FocusAsync();
        var text = string.Concat(Enumerable.Repeat("long ", 4_000))[..^4] + "END";
        await chat.Page.Keyboard.InsertTextAsync(text + "++");
        await chat.Input.PressAsync("Enter");
        await Assertions.Expect(chat.Banner).ToContainTextAsync("20001 characters, and 20000 are allowed");
        await Assertions.Expect(chat.Mine).ToHaveCountAsync(0);
        await chat.Input.PressAsync("Backspace");
        await chat.Input.PressAsync("Backspace");
        await chat.Input.PressAsync("Enter");
        await chat.ShowsAsync(text, text);
        await Assertions.Expect(chat.Banner).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Two_pages_of_one_conversation_show_both_sides_once()
    {
        var browser = chromium.Browser;
        await using var gateway = await LoopbackGateway.StartAsync();
        await using var chat = await ChatPage.OpenAsync(browser, gateway.BaseUrl, "shared");
        await using var device = await ChatPage.OpenAsync(browser, gateway.BaseUrl, "shared");
        var tab = await chat.AnotherAsync(gateway.BaseUrl, "shared");
        await chat.SayAsync("What is up?");
        foreach (var page in (IPage[])[chat.Page, device.Page, tab])
            await Assertions.Expect(page.Locator("#messages .bubble")).ToHaveTextAsync(["What is up?", "What is up?"], new() { Timeout = 30_000 });
        await device.SayAsync("Again");
        foreach (var page in (IPage[])[chat.Page, device.Page, tab])
            await Assertions.Expect(page.Locator("#messages .bubble"))
                .ToHaveTextAsync(["What is up?", "What is up?", "Again", "Again"], new() { Timeout = 30_000 });
    }

    [Fact]
    public async Task The_newest_reply_that_a_visible_page_shows_is_reported_as_read()
    {
        await using var gateway = await LoopbackGateway.StartAsync();
        await using var chat = await ChatPage.OpenAsync(chromium.Browser, gateway.BaseUrl, "page");
        await chat.SayAsync("Hello");
        await Assertions.Expect(chat.Page.Locator("#messages .bubble")).ToHaveTextAsync(["Hello", "Hello"], new() { Timeout = 30_000 });
        var start = TimeProvider.System.GetTimestamp();
        while (gateway.Reports.IsEmpty && TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(30)) await Task.Delay(50);
        var report = Assert.Single(gateway.Reports);
        Assert.Equal(("reply-1", DeliveryChange.Read), (report.MessageId, report.Change));
    }

    [Fact]
    public async Task Ten_pages_of_one_browser_load_and_each_can_send_and_hear()
    {
        var browser = chromium.Browser;
        await using var gateway = await LoopbackGateway.StartAsync();
        await using var chat = await ChatPage.OpenAsync(browser, gateway.BaseUrl, "page-0");
        List<IPage> pages = [chat.Page];
        for (var i = 1; i < 10; i++) pages.Add(await chat.AnotherAsync(gateway.BaseUrl, $"page-{i}"));
        for (var i = 0; i < pages.Count; i++)
        {
            await pages[i].GetByLabel("Message", new() { Exact = true }).FillAsync($"hello {i}");
            await pages[i].GetByLabel("Message", new() { Exact = true }).PressAsync("Enter");
            await Assertions.Expect(pages[i].Locator("#messages .bubble")).ToHaveTextAsync([$"hello {i}", $"hello {i}"], new() { Timeout = 30_000 });
        }

        Assert.Equal(10, gateway.Accepted.Count);
    }

    [Theory]
    [InlineData("/chat")]
    [InlineData("/chat/")]
    public async Task Beneath_a_path_of_a_proxy_nothing_is_missing(string path)
    {
        var browser = chromium.Browser;
        await using var gateway = await LoopbackGateway.StartAsync();
        await using var context = await browser.NewContextAsync();
        var page = await context.NewPageAsync();
        List<string> missing = [];
        page.Response += (_, response) =>
        {
            if (response.Status >= 400) missing.Add($"{response.Status} {response.Url}");
        };
        // What a proxy does that puts the gateway beneath /gw.
        await page.RouteAsync("**/*", async route =>
        {
            var address = new Uri(route.Request.Url);
            if (!address.AbsolutePath.StartsWith("/gw/", StringComparison.Ordinal)) await route.FulfillAsync(new() { Status = 404 });
            else await route.ContinueAsync(new() { Url = gateway.BaseUrl + address.PathAndQuery["/gw".Length..] });
        });
        await page.GotoAsync($"{gateway.BaseUrl}/gw{path}");
        await Assertions.Expect(page.Locator("#state")).ToHaveTextAsync("Connected", new() { Timeout = 30_000 });
        await page.GetByLabel("Message", new() { Exact = true }).FillAsync("through the proxy");
        await page.GetByLabel("Message", new() { Exact = true }).PressAsync("Enter");
        await Assertions.Expect(page.Locator("#messages .mine[data-state=sent]")).ToHaveCountAsync(1, new() { Timeout = 30_000 });
        Assert.Empty(missing);
    }

    [Fact]
    public async Task An_empty_message_is_not_sent()
    {
        var browser = chromium.Browser;
        await using var gateway = await LoopbackGateway.StartAsync();
        await using var chat = await ChatPage.OpenAsync(browser, gateway.BaseUrl);
        await chat.SayAsync("  ");
        await Assertions.Expect(chat.Page.GetByRole(AriaRole.Button, new() { Name = "Send" })).ToBeDisabledAsync();
        await chat.ShowsAsync();
        await chat.PictureAsync("phone-empty");
    }

    [Theory]
    [InlineData("phone", 390, 844, ColorScheme.Light)]
    [InlineData("phone-dark", 390, 844, ColorScheme.Dark)]
    [InlineData("desktop", 1280, 800, ColorScheme.Light)]
    [InlineData("desktop-dark", 1280, 800, ColorScheme.Dark)]
    public async Task The_page_fits_the_screen(string name, int width, int height, ColorScheme scheme)
    {
        var browser = chromium.Browser;
        await using var gateway = await LoopbackGateway.StartAsync();
        await using var chat = await ChatPage.OpenAsync(browser, gateway.BaseUrl, "tour", width, height, scheme);
        await gateway.ReplyAsync("tour", "k1", "Good morning. I answer what you write, word for word.");
        await chat.SayAsync("Good morning!");
        await Assertions.Expect(chat.Bubbles).ToHaveCountAsync(3);
        await chat.SayAsync(
            "A longer message wraps inside its bubble and leaves room beside it, so that one sees at a glance who said what. It may have several lines,\n\nand an_endless_word_"
                + new string('w', 90) + " without a place to break.");
        await Assertions.Expect(chat.Bubbles).ToHaveCountAsync(5);
        await gateway.ReplyAsync("tour", "k2", "مرحبا، 你好, Grüße 👋");
        await Assertions.Expect(chat.Bubbles).ToHaveCountAsync(6);
        gateway.Refusal = Acceptance.Refused("full");
        await chat.SayAsync("This one does not get through yet.");
        await chat.MineAreAsync("failed", 1);
        await chat.Input.FillAsync("A draft");
        await chat.PictureAsync(name);
        Assert.Equal(width, await chat.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        Assert.Equal(height, await chat.Page.EvaluateAsync<int>("document.documentElement.scrollHeight"));
        await Assertions.Expect(chat.Mine.Last).ToBeInViewportAsync();
        Assert.Empty(chat.Errors);
    }
}
