using PluginGateway.Configuration.Options;
using PluginGateway.Loading;
using PluginGateway.Store;
using PluginGateway.Store.Verbs;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch.Outbound;

/// <summary>Messages that arrive in parts: what has arrived is not sent again.</summary>
public sealed class PartialDeliveryTests
{
    private static readonly SendError Transient = new(SendErrorKind.Transient, SendRetry.WithBackoff, "connection refused");

    [Fact]
    public void Rest_of_a_partial_delivery_is_sent_without_what_has_arrived()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "hello 😀 world");
        var adapter = fixture.Attach();
        fixture.Settle();
        // One unit into the pair: the character has not arrived.
        adapter.Answer(0, SendResult.Partial(new Receipt("m1") { DeliveredLength = 7 }, Transient));
        fixture.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal("😀 world", adapter.Sends[1].Message.Text);
        Assert.NotEqual(adapter.Sends[0].Message.Key, adapter.Sends[1].Message.Key);
        adapter.Sent(1);
        Assert.Equal(1, fixture.Store.Balance().Outbound.Delivered);
    }

    /// <summary>Every id is kept in the store: an adapter that names ids without end would fill it.</summary>
    [Fact]
    public void Ids_of_a_receipt_are_kept_up_to_a_bound_and_the_message_is_delivered_all_the_same()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "one", "two");
        var adapter = fixture.Attach();
        fixture.Settle();
        var ids = Enumerable.Range(0, 30_000).Select(static i => $"{i}-{new string('x', 500)}").ToArray();
        adapter.Answer(0, SendResult.Sent(new Receipt("last") { EarlierParts = ids }));
        Assert.Equal(["one", "two"], adapter.Texts);
        var stored = fixture.Store.Read(StoreFolder.Patience, static db => OutboxVerbs.Find(db, 1)).Value!;
        Assert.Equal(OutboxState.Delivered, stored.State);
        var kept = MessageIds.Of(stored.MessageIds);
        Assert.Equal((ids[0], "last"), (kept[0], kept[^1]));
        Assert.InRange(stored.MessageIds!.Length, 10_000, 64 * 1024);
    }

    [Fact]
    public void Rest_of_a_part_that_needs_a_reconnect_waits_for_it()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "hello world");
        var adapter = fixture.Attach();
        fixture.Settle();
        var expired = new SendError(SendErrorKind.Unauthorized, SendRetry.AfterReconnect, "expired");
        adapter.Answer(0, SendResult.Partial(new Receipt("m") { DeliveredLength = 6 }, expired));
        fixture.Advance(TimeSpan.FromMinutes(10));
        Assert.Single(adapter.Sends);
        fixture.Dispatcher.Detach("a", 1);
        Assert.Equal("world", Next().Sends.Single().Message.Text);

        FakeAdapter Next()
        {
            var next = fixture.Attach(generation: 2);
            fixture.Settle();
            return next;
        }
    }

    [Fact]
    public void Part_that_arrived_is_remembered_when_the_rest_is_rejected()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "hello world", "next");
        var adapter = fixture.Attach();
        fixture.Settle();
        var forbidden = new SendError(SendErrorKind.Forbidden, SendRetry.Never, "no");
        adapter.Answer(0, SendResult.Partial(new Receipt("m") { DeliveredLength = 6 }, forbidden));
        Assert.Equal(1, fixture.Store.Balance().Outbound.Rejected);
        Assert.Equal(["hello world", "next"], adapter.Texts);
    }

    [Fact]
    public void Long_text_is_sent_in_pieces_and_a_piece_that_arrived_is_not_repeated()
    {
        using var folder = new StoreFolder();
        var fixture = new DispatchFixture(folder: folder);
        fixture.Owe("e1", "aaaa bbbb cccc", "after");
        var traits = new AdapterTraits { MaxTextLength = 5 };
        var adapter = fixture.Attach(traits: traits);
        fixture.Settle();
        adapter.Sent(0);
        Assert.Equal(["aaaa", "bbbb"], adapter.Texts);
        adapter.Answer(1, SendResult.NotSent(Transient));
        fixture.Store.CloseCleanly();

        fixture = new DispatchFixture(folder: folder);
        fixture.Settle();
        fixture.Advance(TimeSpan.FromSeconds(2));
        var next = fixture.Attach(generation: 2, traits: traits);
        next.Always = SendResult.Sent("m");
        fixture.Settle();
        fixture.Settle();
        Assert.Equal(["bbbb", "cccc", "after"], next.Texts);
        Assert.Equal(adapter.Sends[1].Message.Key, next.Sends[0].Message.Key);
        Assert.Equal(4, adapter.Sends.Concat(next.Sends).Select(s => s.Message.Key).Distinct().Count());
        Assert.Equal(2, fixture.Store.Balance().Outbound.Delivered);
        fixture.Store.CloseCleanly();
    }

    [Fact]
    public void Parts_are_numbered_unless_the_operator_says_no()
    {
        using var fixture = new DispatchFixture();
        var text = string.Join(' ', Enumerable.Repeat("word", 50));
        fixture.OweIn("1", "e1", text);
        var traits = new AdapterTraits { MaxTextLength = 150 };
        var adapter = fixture.Attach(traits: traits);
        adapter.Always = SendResult.Sent("m");
        fixture.Settle();
        Assert.EndsWith(" (1/2)", adapter.Sends[0].Message.Text, StringComparison.Ordinal);
        Assert.EndsWith(" (2/2)", adapter.Sends[1].Message.Text, StringComparison.Ordinal);
        fixture.Dispatcher.Detach("a", 1);
        fixture.OweIn("1", "e2", text);
        var plain = fixture.Attach(generation: 2, traits: traits, outbox: new OutboxOptions { NumberParts = false });
        plain.Always = SendResult.Sent("m");
        fixture.Settle();
        Assert.Equal(text, string.Join(' ', plain.Texts));
    }
}
