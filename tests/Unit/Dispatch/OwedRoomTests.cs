using PluginGateway.Access;
using PluginGateway.Configuration;
using PluginGateway.Dispatch;
using PluginGateway.Guard;
using PluginGateway.Tests.Access;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch;

/// <summary>What may be owed is divided among the adapters: one that is dead hurts itself.</summary>
public sealed class OwedRoomTests
{
    [Fact]
    public void Adapter_that_delivers_nothing_leaves_the_others_their_share_and_the_sentence_says_who_owes()
    {
        var room = new PendingGauge(20, long.MaxValue / 4, sharesAreSure: true);
        room.Divide(["dead", "web"]);
        using var rig = new DispatchRig(room: room);
        var desk = new OutsideDesk(rig.Store, rig.Dispatcher, static () => ["dead", "web"]);
        var taken = Enumerable.Range(0, 30).Count(i => Owe(rig, desk, "dead", $"d{i}").Verdict == OutsideVerdict.Owed);
        Assert.Equal(15, taken);
        var refused = Owe(rig, desk, "dead", "more");
        Assert.Equal(OutsideVerdict.NotNow, refused.Verdict);
        Assert.Contains("'dead' owes 15 messages already, of 20 that all may", refused.Sentence, StringComparison.Ordinal);
        Assert.Equal(["dead"], room.Full());
        var web = rig.Attach("web");
        web.Always = SendResult.Sent("m");
        for (var i = 0; i < 30; i++)
        {
            Assert.Equal(OutsideVerdict.Owed, Owe(rig, desk, "web", $"w{i}").Verdict);
            rig.Until(() => room.HasRoom("web"));
        }

        rig.Until(() => web.Sends.Count == 30);
        rig.Settle();
        Assert.Equal((15, 0), (room.Of("dead").Pending, room.Of("web").Pending));
        Assert.Equal(OutsideVerdict.NotNow, Owe(rig, desk, "dead", "more").Verdict);
        var dead = rig.Attach("dead");
        dead.Always = SendResult.Sent("m");
        rig.Until(() => dead.Sends.Count == 15);
        rig.Settle();
        Assert.Equal(OutsideVerdict.Owed, Owe(rig, desk, "dead", "more").Verdict);
        rig.Until(() => room.Count == 0);
    }

    [Fact]
    public void What_a_program_asks_for_in_vain_takes_no_room()
    {
        var room = new PendingGauge(20, long.MaxValue / 4, sharesAreSure: true);
        room.Divide(["a"]);
        using var rig = new DispatchRig(room: room);
        var desk = new OutsideDesk(rig.Store, rig.Dispatcher, static () => ["a"]);
        Owe(rig, desk, "a", "k");
        for (var i = 0; i < 50; i++) Assert.Equal(OutsideVerdict.Known, Owe(rig, desk, "a", "k").Verdict);
        Assert.Equal(1, room.Count);
    }

    [Fact]
    public void Turns_of_an_adapter_without_room_wait_while_those_of_others_run_and_none_is_lost()
    {
        var room = new PendingGauge(20, long.MaxValue / 4, sharesAreSure: true);
        room.Divide(["a", "b"]);
        using var rig = new DispatchRig(room: room);
        var handler = rig.AttachHandler(concurrentTurns: 1);
        handler.Always = "answer";
        for (var i = 0; i < 40; i++) rig.Accept(DispatchRig.Message($"e{i}", $"{i}"));
        rig.Until(() => rig.Store.Balance().Outbound.Pending == 15);
        rig.Settle();
        Assert.Equal((15, 25), (rig.Store.Balance().Outbound.Pending, rig.Store.Balance().Inbound.Pending));
        rig.Accept(DispatchRig.Message("other", "1"), "b");
        rig.Until(() => room.Of("b").Pending == 1);
        var adapter = rig.Attach();
        adapter.Always = SendResult.Sent("m");
        rig.Until(() => rig.Store.Balance() is { Inbound.Pending: 0, Outbound.Delivered: 40 });
        Assert.Equal(40, adapter.Sends.Select(static send => send.Message.Chat.Id).Distinct().Count());
    }

    [Fact]
    public void Turn_that_owes_more_than_there_is_room_for_is_put_off_and_gives_each_reply_once()
    {
        var room = new PendingGauge(20, long.MaxValue / 4, sharesAreSure: true);
        room.Divide(["a"]);
        using var rig = new DispatchRig(room: room);
        var handler = rig.AttachHandler();
        rig.Accept(DispatchRig.Message("e1"));
        var adapter = default(FakeAdapter);
        for (var attempt = 0; rig.Store.Balance().Inbound.Handled == 0; attempt++)
        {
            Assert.InRange(attempt, 0, 20);
            rig.Until(() =>
            {
                rig.Advance(TimeSpan.FromSeconds(1));
                return handler.Turns.Count == attempt + 1;
            });
            // It looks at none of them.
            for (var i = 0; i < 50; i++) _ = handler.Turns[attempt].Turn.ReplyAsync($"{i}", CancellationToken.None);
            handler.Complete(attempt);
            if (attempt > 0) continue;
            Assert.Equal(20, rig.Store.Balance().Outbound.Pending);
            adapter = rig.Attach();
            adapter.Always = SendResult.Sent("m");
        }

        rig.Until(() => adapter!.Sends.Count == 50);
        rig.Settle();
        Assert.Equal(Enumerable.Range(0, 50).Select(static i => $"{i}"), adapter!.Texts);
        Assert.Equal(0, room.Count);
    }

    [Fact]
    public void With_more_adapters_than_room_a_flood_of_one_leaves_half_of_it_to_the_others()
    {
        string[] ids = [.. Enumerable.Range(0, 1000).Select(static i => $"a{i}")];
        var gauge = new PendingGauge(new InboxLimits { MaxPending = 100 });
        gauge.Divide(ids);
        Assert.InRange(Enumerable.Range(0, 200).Count(_ => gauge.TryReserve("a0", 1)), 1, 51);
        Assert.All(ids.Skip(1).Take(49), id => Assert.True(gauge.TryReserve(id, 1)));
    }

    [Fact]
    public void What_one_adapter_owed_before_the_start_takes_nothing_of_the_share_of_another()
    {
        var gauge = new PendingGauge(100, 1_000_000, sharesAreSure: true);
        gauge.Divide(["a", "b"]);
        for (var i = 0; i < 5000; i++) gauge.Add("a", 10);
        for (var i = 0; i < 25; i++) Assert.True(gauge.TryReserve("b", 10));
        Assert.False(gauge.TryReserve("b", 10));
    }

    [Fact]
    public void Backend_that_is_away_is_named_once_it_has_been_away_for_a_while_and_until_a_turn_ends_well()
    {
        using var rig = new DispatchRig();
        var handler = rig.AttachHandler();
        rig.Accept(DispatchRig.Message("e1"));
        rig.Until(() => handler.Turns.Count == 1);
        handler.End(0, CallEndKind.Failed, new CallFailure("NotNow", "The backend is away.", null) { NotNow = TimeSpan.Zero });
        Assert.Empty(rig.Dispatcher.PuttingOff);
        rig.Advance(TimeSpan.FromSeconds(1.1));
        handler.End(1, CallEndKind.Failed, new CallFailure("NotNow", "Another reason.", null) { NotNow = TimeSpan.Zero });
        rig.Advance(TimeSpan.FromSeconds(2.1));
        var away = Assert.Single(rig.Dispatcher.PuttingOff);
        Assert.Equal(("handler", "The backend is away.", 2), (away.HandlerId, away.Reason, away.Times));
        rig.Until(() => handler.Turns.Count == 3);
        handler.Complete(2);
        Assert.Empty(rig.Dispatcher.PuttingOff);
    }

    [Fact]
    public void Two_adapters_in_one_group_that_answer_each_other_come_to_an_end_and_a_person_is_heard()
    {
        var log = new List<string>();
        using var rig = new DispatchRig(doorkeeper: (store, clock) => new Doorkeeper(_ => AccessPolicyTests.Rule("{ \"groups\": \"all\" }"), new PairingDesk(store, static (_, _, _) => { }, clock), clock, new ListLog(log)));
        var handler = rig.AttachHandler();
        handler.Always = "hello";
        var (a, b) = (rig.Attach("a"), rig.Attach("b"));
        (a.Always, b.Always) = (SendResult.Sent("m"), SendResult.Sent("m"));
        Heard("a", "start", "hello");
        var (heardByA, heardByB) = (0, 0);
        var refused = false;
        for (var round = 0; round < 200 && !refused; round++)
        {
            rig.Until(() => a.Sends.Count > heardByB || b.Sends.Count > heardByA);
            while (!refused && a.Sends.Count > heardByB) refused = Heard("b", $"b{heardByB}", a.Sends[heardByB++].Message.Text) != Acceptance.Stored;
            while (!refused && b.Sends.Count > heardByA) refused = Heard("a", $"a{heardByA}", b.Sends[heardByA++].Message.Text) != Acceptance.Stored;
        }

        Assert.True(refused);
        Assert.InRange(a.Sends.Count + b.Sends.Count, BotLoops.MostInARow, 3 * BotLoops.MostInARow);
        Assert.Contains("answer each other in chat '#room'", Assert.Single(log), StringComparison.Ordinal);
        Assert.Equal(Acceptance.Stored, Heard("b", "person", "what is going on?"));

        Acceptance Heard(string adapterId, string id, string text) =>
            rig.Accept(new InboundMessage(id, new Chat("#room", ChatKind.Group), new Sender("somebody"), text), adapterId);
    }

    private static OutsideAnswer Owe(DispatchRig rig, OutsideDesk desk, string adapterId, string key)
    {
        object? answer = null;
        desk.Owe(new(adapterId, new Chat("1", ChatKind.Direct), new Reply("hello"), key), given => answer = given);
        rig.Until(() => answer is not null);
        return (OutsideAnswer)answer!;
    }
}
