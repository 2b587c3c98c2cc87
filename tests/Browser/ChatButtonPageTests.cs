using Microsoft.Playwright;

namespace PluginGateway.Tests.Browser;

/// <summary>Buttons of replies on the chat page.</summary>
public sealed class ChatButtonPageTests(Chromium chromium) : IClassFixture<Chromium>
{
    private static readonly OutboundButton[] Choices =
    [
        new("t1", "Yes, deploy") { Style = ButtonStyle.Primary }, new("t2", "Show the difference first"),
        new("t3", "Discard all changes") { Style = ButtonStyle.Danger },
    ];

    [Fact]
    public async Task A_press_by_keys_disables_the_buttons_while_it_is_sent_and_the_message_shows_it()
    {
        var browser = chromium.Browser;
        await using var gateway = await LoopbackGateway.StartAsync();
        await using var chat = await ChatPage.OpenAsync(browser, gateway.BaseUrl, "c");
        await gateway.AskAsync("c", "k1", "Shall I deploy?", Choices);
        var buttons = chat.Page.GetByRole(AriaRole.Group, new() { Name = "Choices" }).GetByRole(AriaRole.Button);
        await Assertions.Expect(buttons).ToHaveTextAsync(["Yes, deploy", "Show the difference first", "Discard all changes"]);
        var held = new TaskCompletionSource();
        await chat.Page.RouteAsync("**/chat/presses", async route =>
        {
            await held.Task;
            await route.ContinueAsync();
        });
        await buttons.Nth(1).FocusAsync();
        await chat.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(chat.Message("Shall I deploy?")).ToContainTextAsync("Sending…");
        for (var i = 0; i < 3; i++) await Assertions.Expect(buttons.Nth(i)).ToBeDisabledAsync();
        await Assertions.Expect(buttons.Nth(1)).ToBeFocusedAsync();
        await chat.Page.Keyboard.PressAsync("Enter");
        await buttons.Nth(0).ClickAsync(new() { Force = true });
        held.SetResult();
        await Assertions.Expect(chat.Page.GetByText("Sending…")).ToHaveCountAsync(0);
        await Assertions.Expect(buttons.Nth(1)).ToBeEnabledAsync();
        var press = Assert.Single(gateway.Events.OfType<ButtonPressed>());
        Assert.Equal(("t2", "k1"), (press.Token, press.MessageId));

        await gateway.EditAsync("c", "k1", "Shall I deploy?\n\n✓ Show the difference first");
        for (var i = 0; i < 2; i++)
        {
            await chat.ShowsAsync("Shall I deploy?\n\n✓ Show the difference first");
            await Assertions.Expect(buttons).ToHaveCountAsync(0);
            // The focus has not been lost with the button.
            if (i == 0) await Assertions.Expect(chat.Page.GetByRole(AriaRole.Button, new() { Name = "Actions" })).ToBeFocusedAsync();
            await chat.ReloadAsync();
        }

        Assert.Empty(chat.Errors);
    }

    [Fact]
    public async Task A_press_while_the_gateway_is_away_is_one_press_when_it_is_back()
    {
        var browser = chromium.Browser;
        await using var gateway = await LoopbackGateway.StartAsync();
        await gateway.AskAsync("c", "k1", "Shall I deploy?", Choices);
        await using var chat = await ChatPage.OpenAsync(browser, gateway.BaseUrl, "c");
        var first = chat.Page.GetByRole(AriaRole.Button, new() { Name = "Yes, deploy" });
        // It is stored, but the answer is lost on the way: the page posts it again.
        var lost = 0;
        gateway.OnAnswer = (call, reply) => call.Path == "/presses" && lost++ == 0 ? HttpReply.Empty(502) : reply;
        await chat.Page.RunAndWaitForResponseAsync(() => first.ClickAsync(), "**/chat/presses");
        await Assertions.Expect(first).ToBeDisabledAsync();
        await gateway.StopAsync();
        await chat.StateAsync("lost");
        await chat.Page.GotoAsync("about:blank");
        await gateway.StartAgainAsync();
        await chat.Page.GotoAsync($"{gateway.BaseUrl}/chat?conversation=c");
        await chat.ConnectedAsync();
        await Assertions.Expect(first).ToBeEnabledAsync(new() { Timeout = 30_000 });
        Assert.Equal(2, Assert.Single(gateway.Accepted).Value);
        await Assertions.Expect(chat.Banner).ToBeHiddenAsync();
    }

    [Theory]
    [InlineData("phone-buttons", 390, 844, ColorScheme.Light)]
    [InlineData("phone-buttons-dark", 390, 844, ColorScheme.Dark)]
    [InlineData("desktop-buttons", 1280, 800, ColorScheme.Light)]
    public async Task A_refused_press_shows_its_sentence_and_the_buttons_fit_the_screen(string name, int width, int height, ColorScheme scheme)
    {
        var browser = chromium.Browser;
        await using var gateway = await LoopbackGateway.StartAsync();
        await gateway.AskAsync("c", "k1", "The tests have passed. Shall I deploy?", Choices);
        await gateway.ReactAsync("c", "k1", "👀");
        await gateway.AskAsync("c", "k2", "Which room?",
            [new("l1", new string('w', 64)), .. Enumerable.Range(1, 9).Select(static i => new OutboundButton($"r{i}", $"{i}"))]);
        await using var chat = await ChatPage.OpenAsync(browser, gateway.BaseUrl, "c", width, height, scheme);
        gateway.Refusal = Acceptance.Discarded("notTaken") with { Answer = new(InteractionVerdict.AlreadyTaken, "This has been answered already.") };
        var first = chat.Page.GetByRole(AriaRole.Button, new() { Name = "Yes, deploy" });
        await first.ClickAsync();
        await Assertions.Expect(chat.Banner).ToHaveTextAsync("This has been answered already.");
        await Assertions.Expect(first).ToBeEnabledAsync();
        Assert.True((await first.BoundingBoxAsync())!.Height >= 44);
        await chat.PictureAsync(name);
        Assert.Equal(width, await chat.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"));

        // The next press takes the sentence away.
        gateway.Refusal = null;
        await first.ClickAsync();
        await Assertions.Expect(chat.Banner).ToBeHiddenAsync();
        Assert.Empty(chat.Errors);
    }
}
