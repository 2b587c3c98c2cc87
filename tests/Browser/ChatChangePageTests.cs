using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace PluginGateway.Tests.Browser;

/// <summary>Edits, deletions, reactions, quotes and the typing indicator on the chat page.</summary>
public sealed class ChatChangePageTests(Chromium chromium) : IClassFixture<Chromium>
{
    [Fact]
    public async Task What_the_bot_does_to_messages_is_shown_at_once_and_after_a_reload()
    {
        var browser = chromium.Browser;
        await using var gateway = await LoopbackGateway.StartAsync();
        await using var chat = await ChatPage.OpenAsync(browser, gateway.BaseUrl, "c");
        await chat.SayAsync("Question");
        await chat.ShowsAsync("Question", "Question");
        await gateway.ReplyAsync("c", "k1", "Working ...");
        await gateway.ReplyAsync("c", "k2", "Never mind");
        await chat.ShowsAsync("Question", "Question", "Working ...", "Never mind");
        await gateway.EditAsync("c", "k1", "Done");
        await gateway.DeleteAsync("c", "k2");
        await gateway.ReactAsync("c", gateway.Events.OfType<InboundMessage>().Single().MessageId!, "👀");
        await gateway.ReactAsync("c", "k1", "🎉");
        for (var i = 0; i < 2; i++)
        {
            await chat.ShowsAsync("Question", "Question", "Done");
            await Assertions.Expect(chat.Message("Done").Locator(".meta")).ToContainTextAsync("edited");
            await Assertions.Expect(chat.Message("Done").Locator(".reaction")).ToHaveTextAsync(["🎉"]);
            await Assertions.Expect(chat.Mine.Locator(".reaction")).ToHaveTextAsync(["👀"]);
            await chat.ReloadAsync();
        }

        Assert.Empty(chat.Errors);
    }

    [Fact]
    public async Task The_visitor_edits_deletes_and_reacts_by_the_menu_and_another_page_shows_it()
    {
        var browser = chromium.Browser;
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Echoes = false;
        await gateway.ReplyAsync("c", "k1", "How are you?");
        await using var chat = await ChatPage.OpenAsync(browser, gateway.BaseUrl, "c");
        await using var device = await ChatPage.OpenAsync(browser, gateway.BaseUrl, "c");
        foreach (var text in (string[])["Fine", "Tahnks", "Oops"]) await chat.SayAsync(text);
        await chat.MineAreAsync("sent", 3);
        await chat.Input.FillAsync("a draft");
        await chat.ChooseAsync("Tahnks", "Edit");
        await Assertions.Expect(chat.Input).ToHaveValueAsync("Tahnks");
        await chat.SayAsync("Thanks");
        await Assertions.Expect(chat.Input).ToHaveValueAsync("a draft");
        await chat.ChooseAsync("Oops", "Delete", "Delete for everybody?");
        await chat.ChooseAsync("How are you?", "👍");
        await chat.ChooseAsync("How are you?", "❤️");
        await chat.Message("How are you?").Locator(".reaction").First.ClickAsync();
        foreach (var page in (ChatPage[])[chat, device])
        {
            await page.ShowsAsync("How are you?", "Fine", "Thanks");
            await Assertions.Expect(page.Message("Thanks").Locator(".meta")).ToContainTextAsync("edited");
            await Assertions.Expect(page.Message("How are you?").Locator(".reaction")).ToHaveTextAsync(["❤️"]);
            await Assertions.Expect(page.Message("How are you?").Locator(".reaction")).ToHaveAttributeAsync("aria-pressed", "true");
        }

        await Assertions.Expect(chat.Page.GetByText("Saving…")).ToHaveCountAsync(0);
        Assert.Equal(["Thanks"], gateway.Events.OfType<MessageEdited>().Select(static one => one.Text));
        Assert.Single(gateway.Events.OfType<MessageDeleted>());
        Assert.Equal(["+👍", "+❤️", "-👍"], gateway.Events.OfType<ReactionChanged>()
            .Select(static one => string.Concat([.. one.Added.Select(static added => $"+{added.Emoji}"), .. one.Removed.Select(static gone => $"-{gone.Emoji}")])));
        await chat.ReloadAsync();
        await chat.ShowsAsync("How are you?", "Fine", "Thanks");
        Assert.Empty(chat.Errors);
    }

    [Fact]
    public async Task The_menu_is_used_by_keys_alone_and_gives_the_focus_back()
    {
        var browser = chromium.Browser;
        await using var gateway = await LoopbackGateway.StartAsync();
        await using var chat = await ChatPage.OpenAsync(browser, gateway.BaseUrl, "c", 1280, 800);
        await chat.SayAsync("Hello");
        await chat.ShowsAsync("Hello", "Hello");
        var actions = chat.Mine.GetByRole(AriaRole.Button, new() { Name = "Actions" });
        await actions.FocusAsync();
        await Assertions.Expect(actions).ToHaveCSSAsync("opacity", "1");
        await chat.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(chat.Page.Locator("#menu button").First).ToBeFocusedAsync();
        Assert.Equal("true", await actions.GetAttributeAsync("aria-expanded"));
        await chat.Page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(actions).ToBeFocusedAsync();
        await chat.Page.Keyboard.PressAsync("Enter");
        await chat.Page.Keyboard.PressAsync("End");
        await Assertions.Expect(chat.Page.Locator("#menu .erase")).ToBeFocusedAsync();
        await chat.Page.Keyboard.PressAsync("ArrowUp");
        await chat.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(chat.Input).ToBeFocusedAsync();
        await Assertions.Expect(chat.Input).ToHaveValueAsync("Hello");
        await chat.Page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(chat.Page.Locator("#context")).ToBeHiddenAsync();
        await Assertions.Expect(chat.Input).ToHaveValueAsync("");
        Assert.Empty(gateway.Events.OfType<MessageEdited>());
        Assert.Empty(chat.Errors);
    }

    [Fact]
    public async Task A_reply_shows_what_it_answers_as_it_is_now_and_leads_there()
    {
        var browser = chromium.Browser;
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Echoes = false;
        await gateway.ReplyAsync("c", "k1", "Shall I <b>begin</b>?");
        await using var chat = await ChatPage.OpenAsync(browser, gateway.BaseUrl, "c");
        await chat.ChooseAsync("Shall I", "Reply");
        await Assertions.Expect(chat.Page.Locator("#contextLine")).ToHaveTextAsync("Shall I <b>begin</b>?");
        await chat.SayAsync("Yes");
        await chat.MineAreAsync("sent", 1);
        var asked = gateway.Events.OfType<InboundMessage>().Single();
        Assert.Equal(("k1", "Shall I <b>begin</b>?"), (asked.Quote?.MessageId, asked.Quote?.Text));
        await gateway.AnswerAsync("c", "k2", "I have begun", asked.MessageId!);
        await Assertions.Expect(chat.Mine.Locator(".quote .line")).ToHaveTextAsync("Shall I <b>begin</b>?");
        await Assertions.Expect(chat.Message("I have begun").Locator(".quote")).ToHaveTextAsync("YouYes");
        await gateway.EditAsync("c", "k1", "Shall I go on?");
        await Assertions.Expect(chat.Mine.Locator(".quote .line")).ToHaveTextAsync("Shall I go on?");
        await chat.Mine.Locator(".quote").ClickAsync();
        await Assertions.Expect(chat.Message("Shall I go on?")).ToHaveClassAsync(new Regex("pointed"));
        await chat.ReloadAsync();
        await Assertions.Expect(chat.Mine.Locator(".quote .line")).ToHaveTextAsync("Shall I go on?");
        await gateway.DeleteAsync("c", "k1");
        await Assertions.Expect(chat.Mine.Locator(".quote .line")).ToHaveTextAsync("A message that is no longer here");
        Assert.Empty(chat.Errors);
    }

    [Fact]
    public async Task What_is_changed_on_either_side_while_the_gateway_is_away_is_there_afterwards_once()
    {
        var browser = chromium.Browser;
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Echoes = false;
        foreach (var key in (string[])["k1", "k2"]) await gateway.ReplyAsync("c", key, $"{key} before");
        await using var chat = await ChatPage.OpenAsync(browser, gateway.BaseUrl, "c");
        await chat.SayAsync("Mine before");
        await chat.MineAreAsync("sent", 1);
        await gateway.StopAsync();
        await chat.StateAsync("lost");
        await chat.ChooseAsync("Mine before", "Edit");
        await chat.SayAsync("Mine after");
        await Assertions.Expect(chat.Mine).ToContainTextAsync("Saving…");
        await chat.ChooseAsync("k1 before", "👍");
        await chat.PictureAsync("phone-unsaved");
        await chat.Page.GotoAsync("about:blank");
        await gateway.StartAgainAsync();
        await gateway.EditAsync("c", "k1", "k1 after");
        await gateway.DeleteAsync("c", "k2");
        await chat.Page.GotoAsync($"{gateway.BaseUrl}/chat?conversation=c");
        await chat.ConnectedAsync();
        await chat.ShowsAsync("k1 after", "Mine after");
        await Assertions.Expect(chat.Page.GetByText("Saving…")).ToHaveCountAsync(0);
        await Assertions.Expect(chat.Message("k1 after").Locator(".reaction")).ToHaveTextAsync(["👍"]);
        Assert.Single(gateway.Events.OfType<MessageEdited>());
        Assert.Single(gateway.Events.OfType<ReactionChanged>());
    }

    [Fact]
    public async Task An_open_page_shows_what_changed_while_its_connection_was_lost()
    {
        var browser = chromium.Browser;
        await using var gateway = await LoopbackGateway.StartAsync();
        foreach (var key in (string[])["k1", "k2"]) await gateway.ReplyAsync("c", key, $"{key} before");
        await using var chat = await ChatPage.OpenAsync(browser, gateway.BaseUrl, "c");
        await chat.ShowsAsync("k1 before", "k2 before");
        await gateway.StopAsync();
        await chat.StateAsync("lost");
        var isHeld = true;
        gateway.OnAnswer = (call, reply) => isHeld ? HttpReply.Empty(503) : reply;
        await gateway.StartAgainAsync();
        await gateway.EditAsync("c", "k1", "k1 after");
        await gateway.DeleteAsync("c", "k2");
        isHeld = false;
        await chat.ConnectedAsync();
        await chat.ShowsAsync("k1 after");
    }

    [Fact]
    public async Task A_change_that_is_refused_is_undone_and_the_page_says_why()
    {
        var browser = chromium.Browser;
        await using var gateway = await LoopbackGateway.StartAsync();
        gateway.Echoes = false;
        await using var chat = await ChatPage.OpenAsync(browser, gateway.BaseUrl, "c");
        await chat.SayAsync("As it was");
        await chat.MineAreAsync("sent", 1);
        gateway.Refusal = Acceptance.Discarded("notAllowed");
        await chat.ChooseAsync("As it was", "Edit");
        await chat.SayAsync("As it is not");
        await Assertions.Expect(chat.Banner).ToContainTextAsync("Not changed: The gateway does not take this message.");
        await chat.ShowsAsync("As it was");
        await Assertions.Expect(chat.Page.GetByText("Saving…")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task The_typing_indicator_is_shown_until_the_answer_or_for_a_few_seconds()
    {
        var browser = chromium.Browser;
        await using var gateway = await LoopbackGateway.StartAsync();
        await using var chat = await ChatPage.OpenAsync(browser, gateway.BaseUrl, "c");
        var typing = chat.Page.Locator("#typing");
        await Assertions.Expect(typing).ToBeHiddenAsync();
        await gateway.ShowTypingAsync("c");
        await Assertions.Expect(typing).ToBeVisibleAsync();
        await Assertions.Expect(typing).ToBeInViewportAsync();
        await gateway.ReplyAsync("c", "k1", "Here I am");
        await chat.ShowsAsync("Here I am");
        await Assertions.Expect(typing).ToBeHiddenAsync();
        await gateway.ShowTypingAsync("c");
        await Assertions.Expect(typing).ToBeVisibleAsync();
        await Assertions.Expect(typing).ToBeHiddenAsync(new() { Timeout = 15_000 });
        Assert.Empty(chat.Errors);
    }
}
