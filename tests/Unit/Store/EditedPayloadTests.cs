using PluginGateway.Store;

namespace PluginGateway.Tests.Store;

/// <summary>Messages with the content of an edit.</summary>
public sealed class EditedPayloadTests
{
    private static readonly Chat Chat = new("1", ChatKind.Direct);
    private static readonly Sender Ann = new("ann");

    [Theory]
    [InlineData("/ask@bot one two", "/ask@bot three", "three")]
    [InlineData("/ask@bot one two", "/ask@bot", "")]
    [InlineData("/ask@bot", "/ask@bot  one", "one")]
    [InlineData("/ask@bot one", "/asks@bot one", null)]
    [InlineData("/ask@bot one", "/ask@bottle one", null)]
    [InlineData("/ask@bot one", "never mind", null)]
    public void Command_has_the_arguments_of_the_new_text_or_is_none_any_more(string text, string edited, string? arguments)
    {
        var former = text.Split(' ', 2) is [_, var rest] ? rest : "";
        var message = new InboundMessage("e", Chat, Ann, text) { MessageId = "m", Command = new InvokedCommand("ask", former) };
        var result = Edited(message, new MessageEdited("e2", Chat, Ann, "m", edited));
        Assert.Equal((edited, arguments, arguments is null ? null : "ask"), (result.Text, result.Command?.Arguments, result.Command?.Name));
    }

    [Fact]
    public void What_the_edit_does_not_say_stays()
    {
        var message = new InboundMessage("e", new Chat("1", ChatKind.Group, "thread"), Ann, "text")
        {
            MessageId = "m",
            GroupId = "album",
            Quote = new Quote("q"),
            ForwardedFrom = new ForwardOrigin("origin"),
            PlatformTime = DateTimeOffset.UnixEpoch,
        };
        var edit = new MessageEdited("e2", Chat, new Sender("ann", "Ann"), "m", "new") { PlatformTime = DateTimeOffset.UnixEpoch.AddHours(1), MentionsBot = true };
        Assert.Equal(Payloads.Write(message with { Text = "new", MentionsBot = true }), Payloads.Write(Edited(message, edit)));
    }

    private static InboundMessage Edited(InboundMessage message, MessageEdited edit) =>
        Assert.IsType<InboundMessage>(EditedPayload.Of(InboundPayload.From(message), InboundPayload.From(edit)).ToEvent());
}
