using System.Text;
using System.Text.Json.Nodes;
using PluginGateway.FakeFeishu;
using PluginGateway.Plugins.Feishu;

namespace PluginGateway.Tests.Plugins.Feishu;

/// <summary>Buttons of cards, and their presses.</summary>
public sealed class FeishuButtonTests
{
    private const string First = "0123456789012345678901", Second = "abcdefghijabcdefghijab";

    private static readonly OutboundButton[] YesOrNo =
        [new(First, "Yes") { Style = ButtonStyle.Primary }, new(Second, "No") { Style = ButtonStyle.Danger }];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("card")]
    [InlineData("post")]
    public async Task A_message_with_buttons_is_a_card_and_an_edit_keeps_them_or_takes_them_away(string markdown)
    {
        await using var fixture = new FeishuFixture($$""", "markdown": "{{markdown}}" """);
        _ = await fixture.ConnectAsync();
        foreach (var format in (TextFormat[])[TextFormat.Plain, TextFormat.Markdown])
        {
            var result = await SendAsync(fixture, "Shall *I*? <at id=all></at>", format, YesOrNo);
            Assert.Equal(SendOutcome.Sent, result.Outcome);
            var message = fixture.Platform.Find(result.Receipt!.MessageId)!;
            Assert.Equal(("interactive", "Shall *I*? <\u200Bat id=all></at>"), (message.Type, message.Text));
            Assert.Contains(format == TextFormat.Plain ? "plain_text\",\"content\":\"Shall" : "markdown\",\"content\":\"Shall", message.Content,
                StringComparison.Ordinal);
            Assert.Equal([("Yes", "primary", First), ("No", "danger", Second)], Shown(message));

            var edit = new MessageEdit("edit", new MessageRef(new Chat("oc_1", ChatKind.Group), message.Id), "I shall.") { Format = format };
            Assert.Equal(SendOutcome.Sent, (await fixture.Adapter.EditAsync(edit with { Buttons = [YesOrNo[1]] }, Token)).Outcome);
            Assert.Equal([("No", "danger", Second)], Shown(message));
            Assert.Equal(SendOutcome.Sent, (await fixture.Adapter.EditAsync(edit, Token)).Outcome);
            Assert.Equal(("I shall.", 0), (message.Text, message.Buttons.Count));
        }
    }

    [Fact]
    public async Task A_card_with_buttons_that_is_refused_is_sent_without_its_format_and_never_without_its_buttons()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        var tables = string.Concat(Enumerable.Repeat("|a|\n|-|\n|b|\n\n", 6));
        Assert.Equal(SendOutcome.Sent, (await SendAsync(fixture, tables, TextFormat.Markdown, YesOrNo)).Outcome);
        Assert.Equal((tables, 2), (Assert.Single(fixture.Platform.Messages).Text, fixture.Platform.Messages[0].Buttons.Count));
        fixture.Platform.FailNext(new FakeFault(230099), new FakeFault(230099));
        var refused = await SendAsync(fixture, "# Shall I?", TextFormat.Markdown, YesOrNo);
        Assert.Equal((SendOutcome.NotSent, SendRetry.Never), (refused.Outcome, refused.Error!.Retry));
        Assert.Single(fixture.Platform.Messages);
    }

    [Fact]
    public async Task The_most_buttons_with_the_longest_labels_fit_into_a_card_and_stand_beneath_the_end_of_a_long_text()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        // Written as escapes, an emoji takes the most bytes.
        OutboundButton[] most = [.. Enumerable.Range(10, CardButtons.Most)
            .Select(static i => new OutboundButton($"{i}{new string('t', 20)}", string.Concat(Enumerable.Repeat("🎉", 32))))];
        Assert.Equal(SendOutcome.Sent, (await SendAsync(fixture, "Which?", TextFormat.Plain, most)).Outcome);
        Assert.Equal(CardButtons.Most, Assert.Single(fixture.Platform.Messages).Buttons.Count);

        var text = string.Concat(Enumerable.Repeat("words and\n", 3500));
        for (var rest = text; rest.Length > 0;)
        {
            var result = await SendAsync(fixture, rest, TextFormat.Markdown, YesOrNo);
            rest = result.Outcome == SendOutcome.Partial ? rest[result.Receipt!.DeliveredLength!.Value..] : "";
        }

        var parts = fixture.Platform.Messages.Skip(1).ToArray();
        Assert.Equal((2, text), (parts.Length, string.Concat(parts.Select(static part => part.Text))));
        Assert.Equal([0, 2], parts.Select(static part => part.Buttons.Count));
    }

    [Theory]
    [InlineData("connection")]
    [InlineData("callback")]
    public async Task A_press_has_its_button_and_its_person_and_its_acknowledgement_is_the_answer(string receive)
    {
        await using var fixture = new FeishuFixture($$""", "receive": "{{receive}}" """);
        fixture.Platform.Names["ou_ben"] = "Ben";
        InteractionAnswer? answer = null;
        fixture.Accepts = _ => Task.FromResult(Acceptance.Discarded("notTaken") with { Answer = answer });
        _ = await fixture.ConnectAsync();
        fixture.Platform.CallbackAddress = receive == "callback" ? new Uri("http://127.0.0.1:1/") : null;
        var sent = fixture.Platform.Find((await SendAsync(fixture, "Shall I?", TextFormat.Plain, YesOrNo)).Receipt!.MessageId)!;
        foreach (var (verdict, text, shown) in ((InteractionVerdict, string?, string)[])
            [(InteractionVerdict.Taken, null, ""), (InteractionVerdict.Taken, "Thanks.", "success: Thanks."),
            (InteractionVerdict.AlreadyTaken, "It was \"answered\".", "info: It was \"answered\"."),
            (InteractionVerdict.NotForYou, "Not for you.", "warning: Not for you."), (InteractionVerdict.Expired, "Gone.", "error: Gone.")])
        {
            answer = new InteractionAnswer(verdict, text);
            Assert.Equal(shown, await OutcomeAsync(fixture, fixture.Platform.Press(sent, sent.Buttons[1].Value, "ou_ben")));
        }

        Assert.Equal(5, fixture.Received.Count);
        var press = Assert.IsType<ButtonPressed>(fixture.Received[0]);
        Assert.Equal((fixture.Platform.Events[0].Id, new Chat("oc_1", ChatKind.Group), ChatKind.Group, "ou_ben", "Ben", Second, sent.Id, null),
            (press.EventId, press.Chat, press.Chat.Kind, press.Sender.Id, press.Sender.Name, press.Token, press.MessageId, press.Ticket));
        Assert.InRange(DateTimeOffset.UtcNow - press.PlatformTime!.Value, TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    [Theory]
    [InlineData("connection")]
    [InlineData("callback")]
    public async Task A_press_that_is_refused_is_not_acknowledged_and_one_of_a_foreign_button_is_passed_over(string receive)
    {
        await using var fixture = new FeishuFixture($$""", "receive": "{{receive}}" """)
        {
            Accepts = static _ => Task.FromResult(Acceptance.Refused("stopping")),
        };
        _ = await fixture.ConnectAsync();
        fixture.Platform.CallbackAddress = receive == "callback" ? new Uri("http://127.0.0.1:1/") : null;
        var sent = fixture.Platform.Find((await SendAsync(fixture, "Shall I?", TextFormat.Plain, YesOrNo)).Receipt!.MessageId)!;
        Assert.Equal("fault: not taken", await OutcomeAsync(fixture, fixture.Platform.Press(sent, sent.Buttons[0].Value)));
        Assert.Equal("", await OutcomeAsync(fixture, fixture.Platform.Press(sent, new JsonObject { ["key"] = "of another program" })));
        Assert.Empty(fixture.Received);
        Assert.Contains(fixture.Lines, static line => line.Contains("no open_chat_id, open_id or token", StringComparison.Ordinal));
        Assert.DoesNotContain(fixture.Lines, static line => line.Contains(First, StringComparison.Ordinal));
    }

    /// <summary>The host compares the chat of a press with that of the message, which the platform may know by another id.</summary>
    [Fact]
    public async Task A_press_comes_from_the_chat_to_which_its_message_was_addressed_also_after_a_restart()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        var heard = fixture.Platform.Say("oc_1", "hello", chatType: "topic_group", change: static message => message["thread_id"] = "omt_1");
        await FeishuFixture.UntilAsync(() => fixture.Accepted.Count == 1, "it does not come");
        foreach (var chat in (Chat[])[new("ou_ann", ChatKind.Direct), new("oc_1", ChatKind.Group, "omt_1")])
            Assert.Equal(SendOutcome.Sent, (await SendAsync(fixture, "Shall I?", TextFormat.Plain, YesOrNo, chat)).Outcome);
        Assert.Equal(heard, fixture.Platform.Messages[1].ReplyTo);
        await fixture.Adapter.DisposeAsync();
        fixture.Renew();
        _ = await fixture.ConnectAsync();
        foreach (var message in fixture.Platform.Messages)
            Assert.Equal("", await OutcomeAsync(fixture, fixture.Platform.Press(message, message.Buttons[0].Value)));
        Assert.Equal([("ou_ann", null, ChatKind.Direct), ("oc_1", "omt_1", ChatKind.Group)],
            fixture.Received.Skip(1).Select(static press => (press.Chat.Id, press.Chat.Thread, press.Chat.Kind)));
    }

    private static Task<SendResult> SendAsync(FeishuFixture fixture, string text, TextFormat format, OutboundButton[] buttons, Chat? chat = null) =>
        fixture.Adapter.SendAsync(
            new OutboundMessage($"{Guid.NewGuid():N}", chat ?? new Chat("oc_1", ChatKind.Group), text) { Format = format, Buttons = buttons }, Token);

    private static (string, string, string)[] Shown(FakeMessage message) =>
        [.. message.Buttons.Select(static button => (button.Label, button.Style, (string)button.Value["token"]!))];

    /// <summary>Waits for what the person sees; a callback by HTTP is carried over here, as the gateway's listener does.</summary>
    private static async Task<string> OutcomeAsync(FeishuFixture fixture, FakePress press)
    {
        if (fixture.Platform.CallbackAddress is { } address)
        {
            var sent = fixture.Platform.Events.Single(one => one.Press == press);
            using var request = FakeCallback.Of(address, Encoding.UTF8.GetString(sent.Payload), fixture.Platform.EncryptKey, DateTimeOffset.UtcNow);
            var reply = await fixture.Adapter.HandleAsync(new HttpCall("POST", "", await request.Content!.ReadAsByteArrayAsync(Token))
            {
                Headers = request.Headers.ToDictionary(static header => header.Key, static header => header.Value.Single())
            }, Token);
            press.Answer(reply.Status == 200, reply.Status == 200 ? JsonNode.Parse(reply.Body.Span) : null);
        }

        await FeishuFixture.UntilAsync(() => press.Outcome is not null, "the press is not answered");
        return press.Outcome!;
    }
}
