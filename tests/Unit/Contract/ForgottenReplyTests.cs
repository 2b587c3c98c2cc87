using System.Text;
using PluginGateway.Loading;
using PluginGateway.Plugins.Webhook;
using PluginGateway.Store;
using PluginGateway.Tests.Dispatch;
using PluginGateway.Web.Api;

namespace PluginGateway.Tests.Contract;

/// <summary>A member that is added to a reply or to a message to send reaches the adapter, or one of these tests names it.</summary>
public sealed class ForgottenReplyTests
{
    private static readonly Reply Full = new("text")
    {
        Format = TextFormat.Markdown,
        ReplyTo = "answered",
        Silent = true,
        LinkPreview = false,
        Buttons = new ButtonSet([new Button("id", "Label") { Style = ButtonStyle.Danger }]),
        VisibleTo = new Sender("person", "Person", true) { IsSelf = true, Username = "username", Language = "de", Account = "account" },
        Location = new Location(52.25, -13.75) { Name = "place", Address = "address" },
        Extras = new Dictionary<string, string> { ["fake.option"] = "chosen" },
    };

    /// <summary>Tests of files are those of <see cref="FileTests"/>.</summary>
    private static readonly string[] Elsewhere = [nameof(Reply.Attachments)];

    private static IEnumerable<string> NamesOf(Reply reply) => typeof(Reply).GetProperties()
        .Where(member => !Equals(member.GetValue(reply), member.GetValue(new Reply("")))
            && member.GetValue(reply) is not System.Collections.ICollection { Count: 0 })
        .Select(static member => member.Name);

    [Fact]
    public void Every_member_of_a_reply_has_a_value_here() =>
        Assert.Equal(typeof(Reply).GetProperties().Select(static member => member.Name).Except(Elsewhere).Order(), NamesOf(Full).Order());

    [Fact]
    public void Every_member_of_a_reply_is_stored_and_reaches_the_adapter_in_a_message_or_another()
    {
        using var fixture = new DispatchFixture();
        var adapter = fixture.Attach(traits: new AdapterTraits
        {
            Platform = "fake",
            Features = MessageFeatures.Location | MessageFeatures.Silent | MessageFeatures.LinkPreview | MessageFeatures.Tickets,
            Extras = ["option"],
            MaxButtons = 8,
            PrivateDelivery = PrivateDelivery.Native,
        });
        adapter.Always = SendResult.Sent("m");
        var handler = fixture.AttachHandler();
        var asked = fixture.Intake.Open("a", 1, InboundClass.AckGated, static () => false, keepsTickets: true).AcceptAsync(
            new InboundMessage("e", new Chat("group", ChatKind.Group), new Sender("asker"), "x")
            {
                Ticket = new Ticket("ticket", fixture.Clock.GetUtcNow().AddMinutes(1)),
            }, CancellationToken.None);
        Assert.Equal(Acceptance.Stored, fixture.Get(asked));
        fixture.Until(() => handler.Turns.Count == 1);
        handler.Get(handler.Turns[0].Turn.ReplyAsync(Full, CancellationToken.None));
        fixture.Until(() => adapter.Sends.Count == 2);
        var arrived = adapter.Sends.Select(static call => FullMessage.Members(call.Message)).ToArray();
        var expected = FullMessage.Members(Full).Where(static member => !member.Key.StartsWith(".Buttons", StringComparison.Ordinal))
            .Select(static member => new KeyValuePair<string, string>(member.Key.Replace(".fake.option", ".option", StringComparison.Ordinal), member.Value));
        Assert.Empty(expected.Where(member => member.Value.Length > 0 && !Array.Exists(
            arrived, message => message.GetValueOrDefault(member.Key) == member.Value)).Select(static member => member.Key));
        Assert.Equal([("Label", ButtonStyle.Danger)], adapter.Sends[1].Message.Buttons.Select(static button => (button.Label, button.Style)));
        // And an adapter is given a value for every member, but files.
        var set = adapter.Sends.SelectMany(static call => typeof(OutboundMessage).GetProperties()
            .Where(member => !Equals(member.GetValue(call.Message), member.GetValue(new OutboundMessage("k", new Chat("c", ChatKind.Direct), "")))
                && member.GetValue(call.Message) is not System.Collections.ICollection { Count: 0 }).Select(static member => member.Name));
        Assert.Equal(
            typeof(OutboundMessage).GetProperties().Select(static member => member.Name)
                .Except([.. Elsewhere, nameof(OutboundMessage.Attempt)]).Order(), set.Distinct().Order());
    }

    [Fact]
    public void An_answer_of_a_backend_can_set_every_member_of_a_reply()
    {
        var reply = Assert.IsType<ReplyStep>(Assert.Single(WebhookAnswer.Read(Encoding.UTF8.GetBytes("""
            {"replies":[{"text":"text","format":"markdown","replyTo":"answered","silent":true,"linkPreview":false,
              "buttons":[{"id":"id","label":"Label","style":"danger"}],"visibleTo":{"id":"person","name":"Person"},
              "location":{"latitude":52.25,"longitude":-13.75,"name":"place","address":"address"},"extras":{"fake.option":"chosen"}}]}
            """)).Steps)).Reply;
        Assert.Equal(NamesOf(Full).Order(), NamesOf(reply).Order());
        Assert.Equal((Full.Location, Full.VisibleTo), (reply.Location, reply.VisibleTo));
        Assert.Equal(Full.Extras, reply.Extras);
    }

    [Fact]
    public void A_request_of_a_program_can_set_every_member_of_a_reply()
    {
        var reply = ApiRequest.Read("""
            {"to":"a:1","key":"k","text":"text","format":"markdown","replyTo":"answered","silent":true,"linkPreview":false,
             "buttons":[{"id":"id","label":"Label","style":"danger"}],"visibleTo":{"id":"person","name":"Person"},
             "location":{"latitude":52.25,"longitude":-13.75,"name":"place","address":"address"},"extras":{"fake.option":"chosen"}}
            """u8.ToArray(), null, out var problem)?.Reply;
        Assert.True(reply is not null, problem);
        Assert.Equal(NamesOf(Full).Order(), NamesOf(reply!).Order());
        Assert.Equal((Full.Location, Full.VisibleTo), (reply!.Location, reply.VisibleTo));
    }
}
