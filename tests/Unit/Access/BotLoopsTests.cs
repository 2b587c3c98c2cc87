using Microsoft.Extensions.Time.Testing;
using PluginGateway.Access;

namespace PluginGateway.Tests.Access;

public sealed class BotLoopsTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void Two_bots_that_answer_each_other_are_stopped_after_a_few_messages()
    {
        var loops = new BotLoops(_clock);
        // Each of our answers brings the next of theirs.
        var answered = Enumerable.Range(0, 1000).TakeWhile(_ => Say(loops, isBot: true)).Count();
        Assert.Equal(BotLoops.MostInARow, answered);
    }

    [Fact]
    public void A_bot_that_reacts_to_every_answer_is_stopped_too_and_a_persons_reaction_does_not_let_it_be_heard_again()
    {
        var loops = new BotLoops(_clock);
        Assert.Equal(BotLoops.MostInARow, Enumerable.Range(0, 1000).TakeWhile(_ => React(isBot: true)).Count());
        Assert.True(React(isBot: false));
        Assert.False(React(isBot: true));
        Assert.True(Say(loops, isBot: false));
        Assert.True(React(isBot: true));

        bool React(bool isBot)
        {
            var reaction = new ReactionChanged("e", new Chat("#room", ChatKind.Group), new Sender("s", isBot: isBot), "m");
            if (loops.Holds("a", reaction)) return false;
            loops.Record("a", reaction);
            return true;
        }
    }

    [Fact]
    public void A_person_who_speaks_or_a_rest_lets_a_bot_be_heard_again()
    {
        var loops = new BotLoops(_clock);
        Exhaust(loops);
        Assert.True(Say(loops, isBot: false));
        Exhaust(loops);
        _clock.Advance(BotLoops.Rest - TimeSpan.FromSeconds(1));
        Assert.False(Say(loops, isBot: true)); // and the rest begins anew
        _clock.Advance(BotLoops.Rest - TimeSpan.FromSeconds(1));
        Assert.False(Say(loops, isBot: true));
        _clock.Advance(BotLoops.Rest);
        Exhaust(loops);
    }

    [Fact]
    public void A_bot_that_reports_now_and_then_is_always_heard_and_each_chat_has_its_own_row()
    {
        var loops = new BotLoops(_clock);
        for (var i = 0; i < 100; i++)
        {
            Assert.True(Say(loops, isBot: true));
            _clock.Advance(BotLoops.Rest);
        }

        Exhaust(loops);
        Assert.True(Say(loops, isBot: true, chat: "#other"));
        Assert.False(Say(loops, isBot: true));
    }

    [Fact]
    public void Any_number_of_chats_takes_bounded_room()
    {
        var loops = new BotLoops(_clock);
        Exhaust(loops);
        for (var i = 0; i < 5000; i++)
        {
            _clock.Advance(TimeSpan.FromTicks(1));
            Assert.True(Say(loops, isBot: true, chat: $"#{i}"));
        }

        // The oldest were forgotten, the first row among them.
        Assert.True(Say(loops, isBot: true));
    }

    private static void Exhaust(BotLoops loops)
    {
        for (var i = 0; i < BotLoops.MostInARow; i++) Assert.True(Say(loops, isBot: true));
        Assert.False(Say(loops, isBot: true));
    }

    /// <summary>Whether it was let in.</summary>
    private static bool Say(BotLoops loops, bool isBot, string chat = "#room")
    {
        var message = AccessPolicyTests.Message("robot", chat, isBot: isBot);
        if (loops.Holds("a", message)) return false;
        loops.Record("a", message);
        return true;
    }
}
