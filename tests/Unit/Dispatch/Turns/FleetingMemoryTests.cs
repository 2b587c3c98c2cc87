namespace PluginGateway.Tests.Dispatch.Turns;

/// <summary>Where the ids of a platform prove nothing, nobody finds the memory of the person who had a name before.</summary>
public sealed class FleetingMemoryTests
{
    [Theory]
    [InlineData(EventKinds.None)]
    [InlineData(EventKinds.MembersChanged)]
    public void Who_takes_the_name_of_a_person_who_has_left_finds_no_memory(EventKinds events)
    {
        using var fixture = new DispatchFixture();
        var (inbox, handler) = (Unproven(fixture), fixture.AttachHandler(events: events));
        Say(fixture, inbox, "e1", "ann");
        Say(fixture, inbox, "e2", "ben");
        Set(handler, 0);
        Set(handler, 1);
        Say(fixture, inbox, "e3", "ann");
        Assert.Equal(["k"], handler.Turns[2].Turn.State.Keys);
        // A turn of hers is still running.
        handler.Turns[2].Turn.State.Set("l", "late");
        Accept(fixture, inbox, new MembersChanged("q1", new Chat("#room", ChatKind.Group), new Sender("ann"), MemberChange.Left)
        {
            Members = [new Sender("ann")],
        });
        handler.Complete(2);
        Say(fixture, inbox, "e4", "ann");
        Assert.Empty(handler.Turns[^1].Turn.State.Keys);
        Say(fixture, inbox, "e5", "ben");
        Assert.Equal(["k"], handler.Turns[^1].Turn.State.Keys);
    }

    [Fact]
    public void An_hour_after_the_last_message_and_with_a_new_generation_nothing_is_remembered()
    {
        using var fixture = new DispatchFixture();
        var (inbox, handler) = (Unproven(fixture), fixture.AttachHandler());
        Say(fixture, inbox, "e1", "ann");
        Set(handler, 0);
        fixture.Advance(TimeSpan.FromMinutes(59));
        Say(fixture, inbox, "e2", "ann");
        Set(handler, 1);
        Assert.Equal(["k"], handler.Turns[1].Turn.State.Keys);
        fixture.Advance(TimeSpan.FromMinutes(61));
        Say(fixture, inbox, "e3", "ann");
        Assert.Empty(handler.Turns[2].Turn.State.Keys);
        Set(handler, 2);
        // Nobody knows who has left while the adapter was away.
        var next = Unproven(fixture, 2);
        Say(fixture, next, "e4", "ann");
        Assert.Empty(handler.Turns[3].Turn.State.Keys);
    }

    [Fact]
    public void A_person_for_whom_the_platform_vouches_keeps_the_memory_and_another_one_gets_none_of_it()
    {
        using var fixture = new DispatchFixture();
        var (inbox, handler) = (Unproven(fixture), fixture.AttachHandler());
        Say(fixture, inbox, "e1", "ann", "account:ann");
        Set(handler, 0);
        fixture.Advance(TimeSpan.FromHours(5));
        inbox = Unproven(fixture, 2);
        Say(fixture, inbox, "e2", "ann", "account:ann");
        Assert.Equal(["k"], handler.Turns[1].Turn.State.Keys);
        handler.Complete(1);
        Say(fixture, inbox, "e3", "ann", "account:ben");
        Assert.Empty(handler.Turns[2].Turn.State.Keys);
    }

    private static IInbox Unproven(DispatchFixture fixture, int generation = 1) =>
        fixture.Intake.Open("a", generation, InboundClass.AckGated, static () => false, provesSenders: false);

    private static void Set(FakeHandler handler, int turn)
    {
        handler.Turns[turn].Turn.State.Set("k", "v");
        handler.Complete(turn);
    }

    /// <summary>Sends a message in the direct chat under a name.</summary>
    private static void Say(DispatchFixture fixture, IInbox inbox, string eventId, string nick, string? account = null)
    {
        Accept(fixture, inbox, new InboundMessage(
            eventId, new Chat(nick, ChatKind.Direct), new Sender(account ?? nick) { Account = account }, "hello"));
        fixture.Settle();
    }

    private static void Accept(DispatchFixture fixture, IInbox inbox, InboundEvent e) =>
        fixture.Get(inbox.AcceptAsync(e, CancellationToken.None));
}
