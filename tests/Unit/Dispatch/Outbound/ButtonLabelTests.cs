using PluginGateway.Dispatch.Outbound;
using PluginGateway.Guard.Calls;
using PluginGateway.Loading;
using PluginGateway.Store;

namespace PluginGateway.Tests.Dispatch.Outbound;

/// <summary>Labels that are longer than a platform shows.</summary>
public sealed class ButtonLabelTests
{
    private const string Cut = "In the form that the platform has: labels of buttons are cut.";

    [Theory]
    [InlineData("Yes", 3, "Yes")]
    [InlineData("Yes, please", 0, "Yes, please")]
    [InlineData("Yes, please", 8, "Yes, pl…")]
    [InlineData("Yes, please", 6, "Yes,…")]
    [InlineData("ab😀cd", 4, "ab…")]
    [InlineData("ab😀cd", 5, "ab😀…")]
    [InlineData("ae\u0301x", 3, "a…")]
    [InlineData("👩‍💻 code", 5, "…")]
    [InlineData("👩‍💻 code", 6, "👩‍💻…")]
    [InlineData("ab", 1, "…")]
    public void A_label_is_cut_between_characters_with_an_ellipsis(string label, int most, string shown)
    {
        var rendered = Render(most, new ButtonPayload("t", label, "Danger"));
        Assert.Equal(new ButtonPayload("t", shown, "Danger"), Assert.Single(rendered.Buttons!));
        Assert.Equal(label == shown ? null : Cut, rendered.Note);
    }

    [Fact]
    public void A_numbered_list_has_the_whole_labels()
    {
        var rendered = Render(4, new("1", "Yes, please"), new("2", "No, thank you"), new("3", "Later"));
        Assert.Null(rendered.Buttons);
        Assert.EndsWith("1. Yes, please\n2. No, thank you\n3. Later", rendered.FullText, StringComparison.Ordinal);
        Assert.Equal("In the form that the platform has: the buttons are a numbered list in the text.", rendered.Note);
    }

    /// <summary>The limit is the connection's; a press has the whole label, and an edit shows the cut one again.</summary>
    [Fact]
    public void A_press_of_a_cut_button_has_its_whole_label_and_an_edit_cuts_it_again()
    {
        using var fixture = new DispatchFixture();
        var traits = new AdapterTraits().With(new ConnectionInfo { MaxButtons = 2, MaxButtonLabel = 8 });
        var adapter = fixture.Attach(traits: traits, can: MessageCapabilities.Edit);
        adapter.Always = SendResult.Sent("m");
        var handler = fixture.AttachHandler(events: EventKinds.All);
        fixture.Accept(DispatchFixture.Message("e1"));
        fixture.Until(() => handler.Turns.Count == 1);
        var reply = new Reply("Shall I?") { Buttons = new ButtonSet([new Button("yes", "Yes, please"), new Button("no", "No")]) { Once = false } };
        var target = handler.Get(handler.Turns[0].Turn.ReplyAsync(reply, CancellationToken.None));
        handler.Complete(0);
        fixture.Until(() => adapter.Sends.Count == 1);
        var shown = adapter.Sends[0].Message.Buttons;
        Assert.Equal(["Yes, pl…", "No"], shown.Select(static button => button.Label));
        var chat = adapter.Sends[0].Message.Chat;
        Assert.Equal(AcceptanceKind.Stored, fixture.Accept(new ButtonPressed("p1", chat, new Sender("u"), shown[0].Token)).Kind);
        fixture.Until(() => handler.Turns.Count == 2);
        Assert.Equal("Yes, please", Assert.IsType<ButtonPressed>(handler.Turns[1].Turn.Event).Button!.Label);
        handler.Do(handler.Turns[1].Turn.EditAsync(target, new Reply("Pressed."), CancellationToken.None));
        fixture.Until(() => adapter.Actions.Exists(static call => ((EditCall)call).Edit.Text == "Pressed."));
        Assert.Equal(["Yes, pl…", "No"], ((EditCall)adapter.Actions.Single(static call => ((EditCall)call).Edit.Text == "Pressed.")).Edit.Buttons
            .Select(static button => button.Label));
    }

    private static OutboundPayload Render(int most, params ButtonPayload[] buttons) => Rendering.For(
        Payloads.ReadOutbound(Payloads.Write(new Chat("c", ChatKind.Direct), new Reply("text"))) with { Buttons = buttons },
        new AdapterTraits { MaxButtons = 2, MaxButtonLabel = most });
}
