using PluginGateway.Access;
using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch;
using PluginGateway.Dispatch.External;
using PluginGateway.Dispatch.Turns;
using PluginGateway.Guard.Calls;
using PluginGateway.Store;
using PluginGateway.Tests.Access;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch;

/// <summary>What may be owed is divided among the adapters: one that is dead hurts itself.</summary>
public sealed class OwedRoomTests
{
    [Fact]
    public void Adapter_that_delivers_nothing_leaves_the_others_their_share_and_the_sentence_says_who_owes()
    {
        var room = new MessageQuota(20, long.MaxValue / 4, sharesAreSure: true);
        room.SetShares(["dead", "web"]);
        using var fixture = new DispatchFixture(room: room);
        var api = new MessageApi(fixture.Store, fixture.Dispatcher, static () => ["dead", "web"]);
        var taken = Enumerable.Range(0, 30).Count(i => Owe(fixture, api, "dead", $"d{i}").Verdict == MessageApiOutcome.Owed);
        Assert.Equal(15, taken);
        var refused = Owe(fixture, api, "dead", "more");
        Assert.Equal(MessageApiOutcome.NotNow, refused.Verdict);
        Assert.Contains("'dead' owes 15 messages already, of 20 that all may", refused.Sentence, StringComparison.Ordinal);
        Assert.Equal(["dead"], room.Full());
        var web = fixture.Attach("web");
        web.Always = SendResult.Sent("m");
        for (var i = 0; i < 30; i++)
        {
            Assert.Equal(MessageApiOutcome.Owed, Owe(fixture, api, "web", $"w{i}").Verdict);
            fixture.Until(() => room.HasRoom("web"));
        }

        fixture.Until(() => web.Sends.Count == 30);
        fixture.Settle();
        Assert.Equal((15, 0), (room.Of("dead").Pending, room.Of("web").Pending));
        Assert.Equal(MessageApiOutcome.NotNow, Owe(fixture, api, "dead", "more").Verdict);
        var dead = fixture.Attach("dead");
        dead.Always = SendResult.Sent("m");
        fixture.Until(() => dead.Sends.Count == 15);
        fixture.Settle();
        Assert.Equal(MessageApiOutcome.Owed, Owe(fixture, api, "dead", "more").Verdict);
        fixture.Until(() => room.Count == 0);
    }

    [Fact]
    public void What_a_program_asks_for_in_vain_takes_no_room()
    {
        var room = new MessageQuota(20, long.MaxValue / 4, sharesAreSure: true);
        room.SetShares(["a"]);
        using var fixture = new DispatchFixture(room: room);
        var api = new MessageApi(fixture.Store, fixture.Dispatcher, static () => ["a"]);
        Owe(fixture, api, "a", "k");
        for (var i = 0; i < 50; i++) Assert.Equal(MessageApiOutcome.Known, Owe(fixture, api, "a", "k").Verdict);
        Assert.Equal(1, room.Count);
    }

    [Fact]
    public void Turns_of_an_adapter_without_room_wait_while_those_of_others_run_and_none_is_lost()
    {
        var room = new MessageQuota(20, long.MaxValue / 4, sharesAreSure: true);
        room.SetShares(["a", "b"]);
        using var fixture = new DispatchFixture(room: room);
        var handler = fixture.AttachHandler(concurrentTurns: 1);
        handler.Always = "answer";
        for (var i = 0; i < 40; i++) fixture.Accept(DispatchFixture.Message($"e{i}", $"{i}"));
        fixture.Until(() => fixture.Store.Balance().Outbound.Pending == 15);
        fixture.Settle();
        Assert.Equal((15, 25), (fixture.Store.Balance().Outbound.Pending, fixture.Store.Balance().Inbound.Pending));
        fixture.Accept(DispatchFixture.Message("other", "1"), "b");
        fixture.Until(() => room.Of("b").Pending == 1);
        var adapter = fixture.Attach();
        adapter.Always = SendResult.Sent("m");
        fixture.Until(() => fixture.Store.Balance() is { Inbound.Pending: 0, Outbound.Delivered: 40 });
        Assert.Equal(40, adapter.Sends.Select(static send => send.Message.Chat.Id).Distinct().Count());
    }

    [Fact]
    public void Turn_that_owes_more_than_there_is_room_for_is_put_off_and_gives_each_reply_once()
    {
        var room = new MessageQuota(20, long.MaxValue / 4, sharesAreSure: true);
        room.SetShares(["a"]);
        using var fixture = new DispatchFixture(room: room);
        var handler = fixture.AttachHandler();
        fixture.Accept(DispatchFixture.Message("e1"));
        var adapter = default(FakeAdapter);
        for (var attempt = 0; fixture.Store.Balance().Inbound.Handled == 0; attempt++)
        {
            Assert.InRange(attempt, 0, 20);
            fixture.Until(() =>
            {
                fixture.Advance(TimeSpan.FromSeconds(1));
                return handler.Turns.Count == attempt + 1;
            });
            // It looks at none of them.
            for (var i = 0; i < 50; i++) _ = handler.Turns[attempt].Turn.ReplyAsync($"{i}", CancellationToken.None);
            handler.Complete(attempt);
            if (attempt > 0) continue;
            Assert.Equal(20, fixture.Store.Balance().Outbound.Pending);
            adapter = fixture.Attach();
            adapter.Always = SendResult.Sent("m");
        }

        fixture.Until(() => adapter!.Sends.Count == 50);
        fixture.Settle();
        Assert.Equal(Enumerable.Range(0, 50).Select(static i => $"{i}"), adapter!.Texts);
        Assert.Equal(0, room.Count);
    }

    [Fact]
    public void With_more_adapters_than_room_a_flood_of_one_leaves_half_of_it_to_the_others()
    {
        string[] ids = [.. Enumerable.Range(0, 1000).Select(static i => $"a{i}")];
        var quota = new MessageQuota(new InboxLimits { MaxPending = 100 });
        quota.SetShares(ids);
        Assert.InRange(Enumerable.Range(0, 200).Count(_ => quota.TryReserve("a0", 1)), 1, 51);
        Assert.All(ids.Skip(1).Take(49), id => Assert.True(quota.TryReserve(id, 1)));
    }

    /// <summary>A share of 10,000 messages is none for 10,000 adapters: half of the room is then for those that have nothing.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Ten_thousand_adapters_each_get_a_message_in_and_the_room_is_never_exceeded(bool sharesAreSure)
    {
        const int Many = 10_000;
        string[] ids = [.. Enumerable.Range(0, Many).Select(static i => $"a{i}")];
        var quota = new MessageQuota(Many, 64 * 1024 * 1024, sharesAreSure);
        quota.SetShares(ids);
        var taken = Enumerable.Range(0, 2 * Many).Count(_ => quota.TryReserve("a0", 100));
        Assert.InRange(taken, Many / 2, (Many / 2) + 1);
        // Whoever has nothing finds room in the other half, as far as it goes, and nobody gets a second message there.
        var others = ids[1..].Where(id => quota.TryReserve(id, 100)).ToArray();
        Assert.Equal(Many, quota.Count);
        Assert.Equal(Many - taken, others.Length);
        Assert.DoesNotContain(others, id => quota.TryReserve(id, 100));
        // What is settled lets those in that were turned away, before anybody gets more.
        var waiting = ids[1..].Except(others).ToArray();
        foreach (var id in others) quota.Release(id, 100);
        Assert.False(quota.TryReserve("a0", 100));
        Assert.All(waiting, id => Assert.True(quota.TryReserve(id, 100)));
        Assert.InRange(quota.Count, 0, Many);
        Assert.InRange(quota.Bytes, 0, 64 * 1024 * 1024);
    }

    [Fact]
    public void What_one_adapter_owed_before_the_start_takes_nothing_of_the_share_of_another()
    {
        var quota = new MessageQuota(100, 1_000_000, sharesAreSure: true);
        quota.SetShares(["a", "b"]);
        for (var i = 0; i < 5000; i++) quota.Add("a", 10);
        for (var i = 0; i < 25; i++) Assert.True(quota.TryReserve("b", 10));
        Assert.False(quota.TryReserve("b", 10));
    }

    [Fact]
    public void Backend_that_is_away_is_named_once_it_has_been_away_for_a_while_and_until_a_turn_ends_well()
    {
        using var fixture = new DispatchFixture();
        var handler = fixture.AttachHandler();
        fixture.Accept(DispatchFixture.Message("e1"));
        fixture.Until(() => handler.Turns.Count == 1);
        handler.End(0, CallEndKind.Failed, new CallFailure("NotNow", "The backend is away.", null) { NotNow = TimeSpan.Zero });
        Assert.Empty(fixture.Dispatcher.Outages);
        fixture.Advance(TimeSpan.FromSeconds(1.1));
        handler.End(1, CallEndKind.Failed, new CallFailure("NotNow", "Another reason.", null) { NotNow = TimeSpan.Zero });
        fixture.Advance(TimeSpan.FromSeconds(2.1));
        var away = Assert.Single(fixture.Dispatcher.Outages);
        Assert.Equal(("handler", "The backend is away.", 2), (away.HandlerId, away.Reason, away.Times));
        fixture.Until(() => handler.Turns.Count == 3);
        handler.Complete(2);
        Assert.Empty(fixture.Dispatcher.Outages);
    }

    /// <summary>A handler that answers more than the adapter of the message may owe is not away: its adapter is.</summary>
    [Fact]
    public void Outbox_that_is_full_is_said_of_its_adapter_and_not_of_the_handler()
    {
        var room = new MessageQuota(20, long.MaxValue / 4, sharesAreSure: true);
        room.SetShares(["a", "b"]);
        using var fixture = new DispatchFixture(room: room);
        var handler = fixture.AttachHandler();
        fixture.Accept(DispatchFixture.Message("e1"));
        fixture.Until(() => handler.Turns.Count == 1);
        RetryLaterException? refused = null;
        for (var i = 0; i < 50 && refused is null; i++)
        {
            var reply = handler.Turns[0].Turn.ReplyAsync(new Reply($"{i}"), CancellationToken.None);
            fixture.Until(() => reply.IsCompleted);
            refused = reply.Exception?.InnerException as RetryLaterException;
        }

        handler.End(0, CallEndKind.Failed, CallFailure.Of(refused!));
        fixture.Advance(TimeSpan.FromSeconds(20));
        Assert.Empty(fixture.Dispatcher.Outages);
        Assert.Equal(["a"], fixture.Dispatcher.Room.Full());
    }

    [Fact]
    public void Two_adapters_in_one_group_that_answer_each_other_come_to_an_end_and_a_person_is_heard()
    {
        var log = new List<string>();
        using var fixture = new DispatchFixture(accessFilter: (store, clock) => new AccessFilter(
            _ => AccessPolicyTests.Rule("{ \"groups\": \"all\" }"), new PairingRequests(store, static (_, _, _) => { }, clock),
            clock, new ListLog(log)));
        var handler = fixture.AttachHandler();
        handler.Always = "hello";
        var (a, b) = (fixture.Attach("a"), fixture.Attach("b"));
        (a.Always, b.Always) = (SendResult.Sent("m"), SendResult.Sent("m"));
        Heard("a", "start", "hello");
        var (heardByA, heardByB) = (0, 0);
        var refused = false;
        for (var round = 0; round < 200 && !refused; round++)
        {
            fixture.Until(() => a.Sends.Count > heardByB || b.Sends.Count > heardByA);
            while (!refused && a.Sends.Count > heardByB) refused = Heard("b", $"b{heardByB}", a.Sends[heardByB++].Message.Text) != Acceptance.Stored;
            while (!refused && b.Sends.Count > heardByA) refused = Heard("a", $"a{heardByA}", b.Sends[heardByA++].Message.Text) != Acceptance.Stored;
        }

        Assert.True(refused);
        Assert.InRange(a.Sends.Count + b.Sends.Count, BotLoops.MostInARow, 3 * BotLoops.MostInARow);
        Assert.Contains("answer each other in chat '#room'", Assert.Single(log), StringComparison.Ordinal);
        Assert.Equal(Acceptance.Stored, Heard("b", "person", "what is going on?"));

        Acceptance Heard(string adapterId, string id, string text) =>
            fixture.Accept(new InboundMessage(id, new Chat("#room", ChatKind.Group), new Sender("somebody"), text), adapterId);
    }

    /// <summary>As a user does who sends the greeting of one account to the other: either adapter has a direct chat with a person of the other's
    /// name.</summary>
    [Fact]
    public void Two_adapters_that_answer_each_other_directly_come_to_an_end_and_a_person_is_heard()
    {
        var log = new List<string>();
        using var fixture = new DispatchFixture(accessFilter: (store, clock) => Filter(store, clock, log));
        var handler = fixture.AttachHandler();
        handler.Always = "hello";
        var (a, b) = (fixture.Attach("a"), fixture.Attach("b"));
        (a.Always, b.Always) = (SendResult.Sent("m"), SendResult.Sent("m"));
        Heard("a", "start", "nick-b", "hello");
        var (heardByA, heardByB) = (0, 0);
        var refused = false;
        for (var round = 0; round < 200 && !refused; round++)
        {
            fixture.Until(() => a.Sends.Count > heardByB || b.Sends.Count > heardByA);
            while (!refused && a.Sends.Count > heardByB)
                refused = Heard("b", $"b{heardByB}", "nick-a", a.Sends[heardByB++].Message.Text) != Acceptance.Stored;
            while (!refused && b.Sends.Count > heardByA)
                refused = Heard("a", $"a{heardByA}", "nick-b", b.Sends[heardByA++].Message.Text) != Acceptance.Stored;
        }

        Assert.True(refused);
        Assert.InRange(a.Sends.Count + b.Sends.Count, BotLoops.MostInARow, 3 * BotLoops.MostInARow);
        Assert.Contains("answer each other in chat 'nick-", Assert.Single(log), StringComparison.Ordinal);
        Assert.Equal(Acceptance.Stored, Heard("b", "person", "nick-a", "what is going on?"));

        Acceptance Heard(string adapterId, string id, string who, string text) =>
            fixture.Accept(new InboundMessage(id, new Chat(who, ChatKind.Direct), new Sender(who), text), adapterId);
    }

    /// <summary>People repeat what bots say: to the one that said it, and to another, one person or several.</summary>
    [Theory]
    [InlineData("ann", "ann", "a")]
    [InlineData("ann", "ann", "b")]
    [InlineData("ann", "bob", "b")]
    public void Person_who_repeats_what_an_adapter_says_in_direct_chats_is_answered(string first, string second, string heardBy)
    {
        var log = new List<string>();
        using var fixture = new DispatchFixture(accessFilter: (store, clock) => Filter(store, clock, log));
        var handler = fixture.AttachHandler();
        handler.Always = "hello";
        (fixture.Attach("a").Always, fixture.Attach("b").Always) = (SendResult.Sent("m"), SendResult.Sent("m"));
        for (var i = 0; i < 3 * BotLoops.MostInARow; i++)
        {
            Assert.Equal(Acceptance.Stored, Heard("a", $"a{i}", first, "hello to you"));
            Assert.Equal(Acceptance.Stored, Heard(heardBy, $"b{i}", second, "hello"));
            fixture.Until(() => handler.Turns.Count == 2 * (i + 1));
        }

        Assert.Empty(log);

        Acceptance Heard(string adapterId, string id, string who, string text) =>
            fixture.Accept(new InboundMessage(id, new Chat(who, ChatKind.Direct), new Sender(who), text), adapterId);
    }

    private static AccessFilter Filter(MessageStore store, TimeProvider clock, List<string> log) =>
        new(_ => AccessPolicyTests.Rule("{ \"users\": [\"*\"] }"), new PairingRequests(store, static (_, _, _) => { }, clock),
            clock, new ListLog(log));

    private static MessageApiResult Owe(DispatchFixture fixture, MessageApi api, string adapterId, string key)
    {
        object? answer = null;
        api.Enqueue(new(adapterId, new Chat("1", ChatKind.Direct), new Reply("hello"), key), given => answer = given);
        fixture.Until(() => answer is not null);
        return (MessageApiResult)answer!;
    }
}
