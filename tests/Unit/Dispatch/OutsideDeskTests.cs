using PluginGateway.Dispatch;

namespace PluginGateway.Tests.Dispatch;

public sealed class OutsideDeskTests
{
    [Fact]
    public void A_key_is_one_message_delivered_once_and_counted_as_owed()
    {
        using var rig = new DispatchRig();
        var desk = Desk(rig);
        var adapter = rig.Attach();
        var first = Owe(rig, desk, Request("k"));
        Assert.Equal(OutsideVerdict.Owed, first.Verdict);
        Assert.Equal((OutsideVerdict.Known, first.Id), (Owe(rig, desk, Request("k")).Verdict, Owe(rig, desk, Request("k")).Id));
        Assert.Equal((OutsideVerdict.Conflict, first.Id), (Owe(rig, desk, Request("k", "another")).Verdict, Owe(rig, desk, Request("k", "another")).Id));
        rig.Until(() => adapter.Sends.Count == 1);
        Assert.Equal("hello", adapter.Sends[0].Message.Text);
        Assert.Equal("pending", Find(rig, desk, "k")!.State);
        adapter.Answer(0, SendResult.Sent("there"));
        rig.Until(() => Find(rig, desk, "k")!.State == "delivered");
        Assert.Equal(("there", "k"), (Find(rig, desk, $"m{first.Id}")!.MessageId, Find(rig, desk, "k")!.Key));
        rig.Store.TryBalance(TimeSpan.FromSeconds(20), out var balance);
        Assert.Equal((1, 1, true), (balance.Outbound.Owed, balance.Outbound.Delivered, balance.IsExact));
    }

    [Fact]
    public void What_can_never_be_sent_is_refused_in_one_sentence_and_leaves_nothing()
    {
        using var rig = new DispatchRig();
        var desk = Desk(rig);
        Assert.Contains("'a'", Owe(rig, desk, Request("k") with { AdapterId = "nope" }).Sentence, StringComparison.Ordinal);
        foreach (var key in (string[])["", "m1", "with space", new string('k', 65), "\u00e4"]) Assert.Equal(OutsideVerdict.Invalid, Owe(rig, desk, Request(key)).Verdict);
        Assert.Equal(OutsideVerdict.Invalid, Owe(rig, desk, Request("k", "")).Verdict);
        Assert.Equal(OutsideVerdict.Invalid, Owe(rig, desk, Request("k") with { Chat = new Chat("\ud800", ChatKind.Direct) }).Verdict);
        rig.Store.TryBalance(TimeSpan.FromSeconds(20), out var balance);
        Assert.Equal(0, balance.Outbound.Owed);
    }

    [Fact]
    public void The_keys_of_a_turn_are_its_own()
    {
        using var rig = new DispatchRig();
        var desk = Desk(rig);
        Owe(rig, desk, Request("k") with { Turn = 7 });
        Assert.Equal(OutsideVerdict.Owed, Owe(rig, desk, Request("k", "another")).Verdict);
        Assert.Equal(OutsideVerdict.Owed, Owe(rig, desk, Request("k", "a third") with { Turn = 71 }).Verdict);
        Assert.NotNull(Find(rig, desk, "k", 7));
        Assert.Null(Find(rig, desk, "k", 8));
        Assert.Null(Find(rig, desk, "m1", 7));
    }

    [Fact]
    public void A_token_allows_its_conversation_until_it_expires_and_nothing_else()
    {
        using var rig = new DispatchRig();
        var tokens = rig.Dispatcher.Tokens;
        var token = tokens.For(5, "a", new Chat("1", ChatKind.Group, "t"));
        Assert.Equal((5, "a", "1", ChatKind.Group, "t"), tokens.Read(token) is { } g ? (g.Turn, g.Adapter, g.Chat, g.Kind, g.Thread) : default);
        for (var i = ReplyTokens.Prefix.Length; i < token.Length; i += 5)
        {
            var forged = token[..i] + (token[i] == 'A' ? 'B' : 'A') + token[(i + 1)..];
            Assert.Null(tokens.Read(forged));
        }

        Assert.Null(new ReplyTokens(new byte[32], rig.Clock).Read(token));
        Assert.Null(tokens.Read("turn1."));
        Assert.Null(tokens.Read("turn1.."));
        rig.Clock.Advance(ReplyTokens.Lifetime);
        Assert.Null(tokens.Read(token));
    }

    private static OutsideDesk Desk(DispatchRig rig) => new(rig.Store, rig.Dispatcher, static () => ["a"]);

    private static OutsideRequest Request(string key, string text = "hello") => new("a", new Chat("1", ChatKind.Direct), new Reply(text), key);

    private static OutsideAnswer Owe(DispatchRig rig, OutsideDesk desk, OutsideRequest request)
    {
        object? answer = null;
        desk.Owe(request, given => answer = given);
        rig.Until(() => answer is not null);
        return (OutsideAnswer)answer!;
    }

    private static DeliveryReport? Find(DispatchRig rig, OutsideDesk desk, string idOrKey, long turn = 0)
    {
        var (isThere, delivery) = (false, (DeliveryReport?)null);
        desk.Find(idOrKey, turn, given => (delivery, isThere) = (given, true));
        rig.Until(() => isThere);
        return delivery;
    }
}
