using PluginGateway.Dispatch.External;
using PluginGateway.Loading;
using PluginGateway.Store;

namespace PluginGateway.Tests.Dispatch.Outbound;

/// <summary>Places, options of platforms, and what becomes of a message on a platform that lacks what it has.</summary>
public sealed class PlaceTests : IDisposable
{
    private static readonly Location Gate = new(52.5163, 13.3777) { Name = "The *Gate*", Address = "Pariser Platz, Berlin" };
    private static readonly AdapterTraits Native = new()
    {
        Platform = "fake", Features = MessageFeatures.Location | MessageFeatures.Silent | MessageFeatures.LinkPreview, MaxButtons = 8,
        Extras = ["protect", "effect"],
    };

    private readonly DispatchFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void A_place_is_a_part_of_its_own_behind_text_with_the_buttons_and_a_key_of_its_own()
    {
        var adapter = _fixture.Attach(traits: Native);
        Reply(new Reply("Here:") { ReplyTo = "asked", Location = Gate, Buttons = new ButtonSet([new Button("go", "Go")]) });
        Assert.Equal(("Here:", "asked", null), (adapter.Sends[0].Message.Text, adapter.Sends[0].Message.ReplyTo, adapter.Sends[0].Message.Location));
        Assert.Empty(adapter.Sends[0].Message.Buttons);
        adapter.Sent(0);
        // The place is tried again by itself.
        adapter.Answer(1, SendResult.NotSent(SendError.Transient("later")));
        _fixture.Advance(TimeSpan.FromSeconds(2));
        var place = adapter.Sends[2].Message;
        Assert.Equal(("", null, Gate, 2), (place.Text, place.ReplyTo, place.Location, place.Attempt));
        Assert.Equal("Go", Assert.Single(place.Buttons).Label);
        Assert.Equal((adapter.Sends[1].Message.Key, false), (place.Key, place.Key == adapter.Sends[0].Message.Key));
        adapter.Answer(2, SendResult.Sent("m2"));
        Assert.Equal(("delivered", null), StateOf(1));
    }

    [Fact]
    public void A_place_without_text_is_one_message()
    {
        var adapter = _fixture.Attach(traits: Native);
        Reply(new Reply("") { Location = new Location(-1.5, 2) });
        Assert.Equal(new Location(-1.5, 2), Assert.Single(adapter.Sends).Message.Location);
        adapter.Sent(0);
        Assert.Equal(("delivered", null), StateOf(1));
    }

    [Fact]
    public void A_platform_without_places_gets_text_that_says_where_and_the_state_of_the_delivery_says_so()
    {
        var adapter = _fixture.Attach();
        Reply(
            new Reply("Here:") { Location = Gate, Silent = true, LinkPreview = false, Buttons = new ButtonSet([new Button("go", "Go")]) },
            new Reply("**Here**") { Location = Gate, Format = TextFormat.Markdown });
        const string map = "https://www.openstreetmap.org/?mlat=52.5163&mlon=13.3777#map=17/52.5163/13.3777";
        Assert.Equal($"Here:\n\nThe *Gate*\nPariser Platz, Berlin\n52.5163, 13.3777\n{map}\n\n1. Go", adapter.Sends[0].Message.Text);
        Assert.Null(adapter.Sends[0].Message.Location);
        adapter.Sent(0);
        Assert.Equal($"**Here**\n\nThe \\*Gate\\*  \nPariser Platz\\, Berlin  \n52\\.5163\\, 13\\.3777  \n<{map}>", adapter.Sends[1].Message.Text);
        adapter.Sent(1);
        Assert.Equal(
            ("delivered", "In the form that the platform has: the buttons are a numbered list in the text, the place is text, "
                + "it notifies with a sound, links may have previews."), StateOf(1));
        Assert.Equal(("delivered", "In the form that the platform has: the place is text."), StateOf(2));
    }

    [Fact]
    public void Options_of_the_platform_reach_the_adapter_by_its_names_those_of_others_do_not_and_an_unknown_one_is_refused()
    {
        var adapter = _fixture.Attach(traits: Native);
        Reply(
            new Reply("one") { Extras = new Dictionary<string, string> { ["fake.protect"] = "true", ["other.x"] = "1", ["fakes.y"] = "2" } },
            new Reply("two") { Extras = new Dictionary<string, string> { ["fake.protct"] = "true" } });
        Assert.Equal([new("protect", "true")], Assert.Single(adapter.Sends).Message.Extras);
        adapter.Sent(0);
        var (state, _) = StateOf(2);
        Assert.Equal(("rejected", "InvalidMessage: the adapter has no option 'fake.protct'; did you mean 'protect'?"), (state, Report(2).Reason));
        Assert.Throws<ArgumentException>(() => new Reply("x") { Extras = new Dictionary<string, string> { ["protect"] = "true" } });
        Assert.Throws<ArgumentException>(() => new Reply("x") { Extras = new Dictionary<string, string> { ["fake."] = "true" } });
    }

    private void Reply(params Reply[] replies)
    {
        var handler = _fixture.AttachHandler();
        _fixture.Accept(DispatchFixture.Message("e1"));
        _fixture.Until(() => handler.Turns.Count == 1);
        foreach (var reply in replies) handler.Get(handler.Turns[0].Turn.ReplyAsync(reply, CancellationToken.None));
        handler.Complete(0);
    }

    private (string State, string? Note) StateOf(long id) => (Report(id).State, Report(id).Note);

    private DeliveryReport Report(long id)
    {
        OutboxRow? row = null;
        _fixture.Store.FindOutbox(id, result => row = result.Value);
        _fixture.Until(() => row is not null);
        return DeliveryReport.Of(row!);
    }
}
