using PluginGateway.Plugins.Telegram;

namespace PluginGateway.Tests.Plugins.Telegram;

/// <summary>Places, options and messages for one person, against the fake Bot API.</summary>
public sealed class OptionTests : IAsyncLifetime
{
    private readonly TelegramFixture _fixture = new();

    public async ValueTask InitializeAsync() => _ = await _fixture.ConnectAsync();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Theory]
    [InlineData("Gate", "Platz", "sendvenue", "Gate / Platz")]
    [InlineData("Gate", null, "sendvenue", "Gate / 52.25, -13.75")]
    [InlineData(null, "Platz", "sendvenue", "Platz / Platz")]
    [InlineData(null, " ", "sendlocation", "")]
    [InlineData(null, null, "sendlocation", "")]
    public async Task A_place_is_a_venue_if_it_has_a_name_or_an_address_and_else_a_point(string? name, string? address, string method, string text)
    {
        var result = await _fixture.SendAsync("", TelegramFixture.Group, message => message with
        {
            Location = new Location(52.25, -13.75) { Name = name, Address = address },
            ReplyTo = "77",
            Silent = true,
            Buttons = [new OutboundButton("token", "Go")],
        }, "5");
        var sent = Assert.Single(_fixture.Bot.Sent);
        Assert.Equal((method, text, ("52.25", "-13.75")), (sent.Method, sent.Text, sent.Place));
        Assert.Equal((5, 77, true, "Go"), (sent.Topic, sent.ReplyTo, sent.IsSilent, Assert.Single(sent.Buttons).Text));
        Assert.Equal((SendOutcome.Sent, $"{sent.Id}"), (result.Outcome, result.Receipt!.MessageId));
    }

    [Fact]
    public async Task Options_are_on_texts_files_and_places_and_a_wrong_value_is_refused_for_good()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "x");
        Dictionary<string, string> extras = new() { [MessageOptions.ProtectContent] = "True", [MessageOptions.MessageEffect] = "5104841245755180586" };
        await _fixture.SendAsync("text", change: message => message with { Extras = extras });
        await _fixture.SendAsync("file", change: message => message with
        {
            Extras = extras, Attachments = [new OutboundAttachment(file, AttachmentKind.File)],
        });
        await _fixture.SendAsync("", change: message => message with { Extras = extras, Location = new Location(1, 2) });
        await _fixture.SendAsync("plain");
        File.Delete(file);
        Assert.Equal(
            [(true, "5104841245755180586"), (true, "5104841245755180586"), (true, "5104841245755180586"), (false, null)],
            _fixture.Bot.Sent.Select(static sent => (sent.IsProtected, sent.Effect)));
        foreach (var (name, value) in new Dictionary<string, string>
        {
            [MessageOptions.ProtectContent] = "perhaps", [MessageOptions.MessageEffect] = "fire",
        })
        {
            var refused = (await _fixture.SendAsync("x", change: message => message with
            {
                Extras = new Dictionary<string, string> { [name] = value },
            })).Error!;
            Assert.Equal((SendErrorKind.InvalidMessage, SendRetryKind.Never), (refused.Kind, refused.Retry.Kind));
            Assert.Contains($"telegram.{name}", refused.Message, StringComparison.Ordinal);
        }

        // The platform's own refusal: effects are of direct chats only.
        var inGroup = await _fixture.SendAsync("x", TelegramFixture.Group, message => message with { Extras = extras });
        Assert.Equal(SendErrorKind.InvalidMessage, inGroup.Error!.Kind);
        Assert.Equal(4, _fixture.Bot.Sent.Count);
    }

    [Theory]
    [InlineData(TelegramFixture.Ann, true)]
    [InlineData(TelegramFixture.Group, false)]
    [InlineData(-1_001_000_000_777, false)]
    public async Task A_message_for_one_person_goes_to_a_person_and_never_to_a_group_or_a_channel(long chat, bool isSent)
    {
        // The sender of an anonymous administrator's message is the group.
        var result = await _fixture.SendAsync("secret", chat, message => message with { VisibleTo = new Sender($"{chat}") });
        Assert.Equal(isSent ? null : SendErrorKind.InvalidMessage, result.Error?.Kind);
        Assert.Equal(isSent ? 1 : 0, _fixture.Bot.Sent.Count);
    }
}
