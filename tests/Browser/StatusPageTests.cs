using System.Text;
using Microsoft.Playwright;
using PluginGateway.Tests.Web;
using PluginGateway.Web.Health;

namespace PluginGateway.Tests.Browser;

public sealed class StatusPageTests(Chromium chromium) : IClassFixture<Chromium>
{
    [Fact]
    public async Task It_shows_adapters_balances_and_the_last_stop_follows_changes_and_says_when_nobody_answers()
    {
        var browser = chromium.Browser;
        var reports = new ToldReports(Story());
        await using var web = await WebServer.StartAsync(reports: reports);
        await using var context = await ContextAsync(browser, 1280, 900, ColorScheme.Light);
        var (page, errors) = await OpenAsync(context, web.BaseUrl);
        await Assertions.Expect(page.Locator("#state")).ToHaveTextAsync("Degraded");
        await Assertions.Expect(page.Locator("#adapters .unit")).ToHaveCountAsync(6);
        await Assertions.Expect(page.Locator("[data-id=tg-main] .badge")).ToHaveTextAsync("Waiting");
        await Assertions.Expect(page.Locator("[data-id=tg-main] .reason").First).ToContainTextAsync("Attempt 4 in");
        await Assertions.Expect(page.Locator("[data-id=tg-main]")).ToContainTextAsync("account changed from 1 to 4711.");
        await Assertions.Expect(page.Locator("[data-id=tg-main] .figures")).ToContainTextAsync("account<b>nnn");
        await Assertions.Expect(page.Locator("[data-id=web] .figures")).Not.ToContainTextAsync("account");
        await Assertions.Expect(page.Locator("[data-id=irc] .hanging")).ToContainTextAsync("blocked before its first await");
        await Assertions.Expect(page.Locator("#messages")).ToContainTextAsync("12");
        await Assertions.Expect(page.Locator("#last-text")).ToContainTextAsync("exit code 70");
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "Chat" })).ToHaveAttributeAsync("href", "chat");
        Assert.Equal("degraded · Gateway", await page.TitleAsync());
        Assert.Equal(0, await page.Locator("main img").CountAsync());

        reports.Json = Story().Replace("\"degraded\",\"version\"", "\"ready\",\"version\"", StringComparison.Ordinal);
        await Assertions.Expect(page.Locator("#state")).ToHaveTextAsync("Ready", new() { Timeout = 30_000 });
        await web.DisposeAsync();
        await Assertions.Expect(page.Locator("#banner")).ToContainTextAsync("does not answer", new() { Timeout = 30_000 });
        await Assertions.Expect(page.Locator("#state")).ToHaveTextAsync("Unknown");
        Assert.Empty(errors);
    }

    [Fact]
    public async Task Beneath_a_path_of_a_proxy_nothing_is_missing()
    {
        await using var web = await WebServer.StartAsync(reports: new ToldReports(Story()));
        await using var context = await ContextAsync(chromium.Browser, 1280, 900, ColorScheme.Light);
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
            // This server has no interface for programs.
            if (address.AbsolutePath == "/gw/api/turns") await route.FulfillAsync(new() { Body = """{"turns":[]}""", ContentType = "application/json" });
            else if (address.AbsolutePath.StartsWith("/gw/", StringComparison.Ordinal))
                await route.ContinueAsync(new() { Url = web.BaseUrl + address.PathAndQuery["/gw".Length..] });
            else await route.FulfillAsync(new() { Status = 404 });
        });
        await page.GotoAsync($"{web.BaseUrl}/gw/");
        await Assertions.Expect(page.Locator("#state")).ToHaveTextAsync("Degraded");
        await Assertions.Expect(page.Locator("#adapters .unit")).ToHaveCountAsync(6);
        Assert.Equal(
            $"{web.BaseUrl}/gw/chat", await page.GetByRole(AriaRole.Link, new() { Name = "Chat" }).EvaluateAsync<string>("link => link.href"));
        Assert.Empty(missing);
    }

    [Theory]
    [InlineData("status-phone", 390, 844, ColorScheme.Light)]
    [InlineData("status-phone-dark", 390, 844, ColorScheme.Dark)]
    [InlineData("status-desktop", 1280, 900, ColorScheme.Light)]
    [InlineData("status-desktop-dark", 1280, 900, ColorScheme.Dark)]
    public async Task It_fits_the_screen_whatever_names_and_reasons_say(string name, int width, int height, ColorScheme scheme)
    {
        var browser = chromium.Browser;
        await using var web = await WebServer.StartAsync(reports: new ToldReports(Story()));
        await using var context = await ContextAsync(browser, width, height, scheme);
        var (page, errors) = await OpenAsync(context, web.BaseUrl);
        await Assertions.Expect(page.Locator("#adapters .unit")).ToHaveCountAsync(6);
        await page.ScreenshotAsync(new()
        {
            Path = Path.Combine(AppContext.BaseDirectory, "TestResults", name + ".png"),
            FullPage = true,
            Animations = ScreenshotAnimations.Disabled
        });
        Assert.Equal(width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        Assert.Empty(errors);
    }

    private static async Task<IBrowserContext> ContextAsync(IBrowser browser, int width, int height, ColorScheme scheme)
    {
        var context = await browser.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = scheme,
            Locale = "en-GB"
        });
        context.SetDefaultTimeout(30_000);
        return context;
    }

    private static async Task<(IPage Page, List<string> Errors)> OpenAsync(IBrowserContext context, string baseUrl)
    {
        var page = await context.NewPageAsync();
        var errors = new List<string>();
        page.Console += (_, message) =>
        {
            if (message.Type == "error" && !message.Text.Contains("Failed to load resource", StringComparison.Ordinal)) errors.Add(message.Text);
        };
        page.PageError += (_, error) => errors.Add(error);
        await page.GotoAsync(baseUrl + "/");
        return (page, errors);
    }

    /// <summary>A gateway with every state, an endless word, and a plugin that would like to be markup.</summary>
    private static string Story()
    {
        var now = DateTimeOffset.UtcNow;
        string At(double seconds) => now.AddSeconds(seconds).ToString("O");
        string Unit(string id, string plugin, string state, string? reason, string more = "") =>
            $$"""{"id":"{{id}}","plugin":"{{plugin}}","state":"{{state}}","reason":{{(reason is null ? "null" : $"\"{reason}\"")}},"generation":7,"sinceUtc":"{{At(-4000)}}","lastInboundUtc":"{{At(-3)}}","lastOutboundUtc":null,"owed":3,"sendsInFlight":1,"reconnect":null,"abandonedCalls":[],"code":null{{more}}}""";
        var hanging = $$""","abandonedCalls":[{"operation":"send","generation":6,"sinceUtc":"{{At(-41)}}","stage":"entered"},{"operation":"disconnect","generation":6,"sinceUtc":"{{At(-12)}}","stage":"awaiting"}]""";
        return $$"""
            {"state":"degraded","version":"0.1.0","pid":4711,"ageSeconds":0.1,"http":"http://127.0.0.1:8780/","reasons":["adapter 'tg-main' is waiting: the platform does not answer","thread pool starved"],
            "adapters":[{{Unit("web", "WebChat", "connected", null)}},
            {{Unit("tg-main", "Telegram", "waiting", "The platform does not answer.", $$""","reconnect":{"attempt":4,"dueUtc":"{{At(42)}}"},"account":{"id":"4711","name":"<b>{{new string('n', 200)}}"},"accountChange":"account changed from 1 to 4711","code":"unreachable" """)}},
            {{Unit("irc", "Irc", "degraded", "2 abandoned calls", hanging)}},
            {{Unit("feishu", "Feishu", "parked", "The token was refused. " + new string('w', 120), ",\"code\":\"unauthorized\"")}},
            {{Unit("an.id-with_every.letter-that_is.allowed-and_sixty-four.characters", "<img src=x onerror=alert(1)>", "quarantined", "Wedged three times.")}},
            {{Unit("old", "WebChat", "disabled", "disabled in the configuration")}}],
            "handlers":[{{Unit("handler:default", "Echo", "connected", null)}}],
            "messages":{"inbound":{"accepted":12,"handled":9,"parked":1,"pending":2,"duplicates":4,"refused":0,"discarded":1,"dropped":0},"outbound":{"owed":1234567,"delivered":1234560,"rejected":2,"parked":3,"pending":2,"withdrawn":0,"bounced":0},"exact":true},
            "lastShutdown":{"reason":"SIGTERM","startedUtc":"{{At(-90000)}}","durationSeconds":7.4,"exitCode":70,"phases":[],"adapters":[{"id":"irc","plugin":"Irc","outcome":"overran","usedSeconds":5,"boundSeconds":5,"detail":"abandoned: disconnect"}],"owed":{"inboundPending":2,"outboundPending":3,"turnsInterrupted":1,"sendsUnknown":0 } } }
            """;
    }

    private sealed class ToldReports(string json) : IGatewayReports
    {
        public string Json { get; set; } = json;

        public byte[] Status() => Encoding.UTF8.GetBytes(Json);

        public byte[] Metrics() => [];
    }
}
