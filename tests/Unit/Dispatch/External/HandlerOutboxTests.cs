using PluginGateway.Dispatch;
using PluginGateway.Dispatch.External;
using PluginGateway.Loading;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch.External;

/// <summary>Messages of handlers that answer no turn.</summary>
public sealed class HandlerOutboxTests
{
    private static readonly Chat Chat = new("1", ChatKind.Unknown);

    private bool _isRetired;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_key_is_one_message_of_its_handler_and_of_no_other_owner()
    {
        using var fixture = new DispatchFixture();
        var api = Api(fixture);
        var first = Send(fixture, Outbox(api), "k");
        Assert.Equal(MessageTarget.Owed("m1"), first);
        Assert.Equal(first, Send(fixture, Outbox(api), "k"));
        Assert.NotEqual(first, Send(fixture, Outbox(api, "handler:b"), "k", "of another handler"));
        Assert.NotEqual(first, Send(fixture, Outbox(api, "handler:k"), "k", "of a third one"));
        MessageApiResult? owed = null;
        api.Enqueue(new("a", Chat, new Reply("of a program"), "k"), result => owed = result);
        fixture.Until(() => owed is not null);
        Assert.Equal(MessageApiOutcome.Owed, owed!.Value.Verdict);
        Assert.Equal(4, fixture.Dispatcher.Room.Of("a").Pending);
        var adapter = fixture.Attach();
        adapter.Always = SendResult.Sent("there");
        fixture.Until(() => adapter.Sends.Count == 4);
        fixture.Settle();
        Assert.Equal(["hello", "of another handler", "of a third one", "of a program"], adapter.Texts);
        Assert.Equal(4, adapter.Sends.Select(static call => call.Message.Key).Distinct().Count());
        DeliveryReport? report = null;
        api.Find("m1", 0, found => report = found);
        fixture.Until(() => report is not null);
        Assert.Equal(("k", "delivered"), (report!.Key, report.State));
        var balance = fixture.Store.Balance();
        Assert.Equal((4, 4, true), (balance.Outbound.Owed, balance.Outbound.Delivered, balance.IsExact));
    }

    [Fact]
    public void What_is_not_sent_has_the_exception_of_its_kind_and_a_sentence()
    {
        var room = new MessageQuota(20, long.MaxValue / 4, sharesAreSure: true);
        room.SetShares(["a", "b"]);
        using var fixture = new DispatchFixture(room: room);
        var outbox = Outbox(Api(fixture), "handler:default", "a");
        Refused<ArgumentException>("There is no adapter 'nope'; there are: 'a', 'b'", adapterId: "nope");
        Refused<ArgumentException>(
            "Handler 'handler:default' may not send through adapter 'b'; allowed: 'a' (setting: mayUse of the handler)", adapterId: "b");
        Refused<ArgumentException>("A key has 1 to 64 of", key: "m1");
        Refused<ArgumentException>("There is nothing to send", reply: new Reply(""));
        Refused<RetryLaterException>("has not been connected yet", reply: new Reply("x") { VisibleTo = new Sender("s") });
        Assert.Equal(0, fixture.Store.Balance().Outbound.Owed);
        Send(fixture, outbox, "k");
        Refused<InvalidOperationException>("The key 'k' belongs to another message (m1)", reply: new Reply("another"));
        for (var i = 1; i < 15; i++) Send(fixture, outbox, $"k{i}");
        Refused<RetryLaterException>("owes 15 messages already", key: "more");
        _isRetired = true;
        Refused<InvalidOperationException>("has ended", key: "late");
        Assert.Equal(15, fixture.Store.Balance().Outbound.Owed);

        void Refused<T>(string sentence, string adapterId = "a", string key = "k", Reply? reply = null)
            where T : Exception
        {
            var task = outbox.SendAsync(adapterId, Chat, reply ?? new Reply("hello"), key, Token);
            var thrown = Assert.Throws<T>(() => fixture.Get(task));
            Assert.Contains(sentence, thrown.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Files_are_copied_and_a_file_that_is_none_is_refused()
    {
        using var fixture = new DispatchFixture();
        var adapter = fixture.Attach(traits: new AdapterTraits { MaxAttachments = 1 }, can: MessageCapabilities.Attach);
        var file = Path.GetTempFileName();
        File.WriteAllText(file, "content");
        var outbox = Outbox(Api(fixture));
        fixture.Get(outbox.SendAsync("a", Chat, With(file), "k", Token));
        File.Delete(file);
        fixture.Until(() => adapter.Sends.Count == 1);
        Assert.Equal("content", File.ReadAllText(Assert.Single(adapter.Sends[0].Message.Attachments).Path));
        Assert.Throws<ArgumentException>(() => fixture.Get(outbox.SendAsync("a", Chat, With(file), "other", Token)));
        Assert.Equal(1, fixture.Store.Balance().Outbound.Owed);

        static Reply With(string path) => new("text") { Attachments = [new OutboundAttachment(path, AttachmentKind.File)] };
    }

    [Fact]
    public void Buttons_have_tokens_of_the_handlers_own_key_and_a_message_for_one_person_goes_to_this_person_or_nowhere()
    {
        using var fixture = new DispatchFixture();
        var api = Api(fixture);
        var adapter = fixture.Attach(traits: new AdapterTraits { MaxButtons = 8, PrivateDelivery = PrivateDelivery.DirectChat });
        adapter.Always = SendResult.Sent("there");
        fixture.Attach("b");
        fixture.Settle();
        var ask = new Reply("Shall I?") { Buttons = new ButtonSet([new Button("y", "Yes")]) { Audience = ButtonAudience.Everyone } };
        var secret = new Reply("secret") { VisibleTo = new Sender("ann") };
        fixture.Get(Outbox(api).SendAsync("a", Chat, ask, "k", Token));
        fixture.Get(Outbox(api, "handler:b").SendAsync("a", Chat, ask, "k", Token));
        fixture.Get(Outbox(api).SendAsync("a", Chat, secret, "for-ann", Token));
        fixture.Until(() => adapter.Sends.Count == 3);
        fixture.Settle();
        var asked = adapter.Sends.Select(static call => call.Message).Where(static message => message.Buttons.Count > 0).ToArray();
        Assert.NotEqual(asked[0].Buttons[0].Token, asked[1].Buttons[0].Token);
        Assert.Equal("ann", adapter.Sends.Select(static call => call.Message).Single(static message => message.Text == "secret").Chat.Id);
        Assert.Throws<NotSupportedException>(() => fixture.Get(Outbox(api).SendAsync("b", Chat, secret, "k2", Token)));
    }

    [Fact]
    public async Task Who_stops_waiting_gets_a_cancelled_task()
    {
        using var fixture = new DispatchFixture();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Outbox(Api(fixture)).SendAsync("a", Chat, new Reply("hello"), "k", new CancellationToken(true)));
    }

    private static MessageApi Api(DispatchFixture fixture) => new(fixture.Store, fixture.Dispatcher, static () => ["a", "b"]);

    private HandlerOutbox Outbox(MessageApi api, string handlerId = "handler:default", params string[] targets) =>
        new(api, handlerId, () => targets.Length == 0 ? ["a", "b"] : targets, () => _isRetired);

    private static MessageTarget Send(DispatchFixture fixture, HandlerOutbox outbox, string key, string text = "hello") =>
        fixture.Get(outbox.SendAsync("a", Chat, new Reply(text), key, Token));
}
