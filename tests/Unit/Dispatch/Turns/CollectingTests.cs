using PluginGateway.Dispatch.Inbound;
using PluginGateway.Dispatch.Turns;
using PluginGateway.Store;

namespace PluginGateway.Tests.Dispatch.Turns;

public sealed class CollectingTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
    private static readonly CollectRules None = new(TimeSpan.Zero, TakesAll: false);
    private static readonly CollectRules Any = new(TimeSpan.FromMilliseconds(700), TakesAll: false);
    private static readonly CollectRules All = new(TimeSpan.Zero, TakesAll: true);

    [Fact]
    public void Plain_messages_have_a_turn_each_and_wait_for_nothing()
    {
        Assert.Equal(new Composition(1, TimeSpan.Zero), First([Plain(0)], None));
        Assert.Equal(new Composition(1, TimeSpan.Zero), First([Plain(0), Plain(0)], None));
    }

    [Fact]
    public void Album_is_one_turn_that_waits_for_a_further_part_and_ends_behind_the_window()
    {
        Assert.Equal(new Composition(2, Collecting.Hold), First([More(0), More(1200)], None));
        Assert.Equal(new Composition(1, TimeSpan.Zero), First([More(0), More(1201)], None));
        // The rest of a split text is shorter: the turn begins with it.
        Assert.Equal(new Composition(3, TimeSpan.Zero), First([More(0), More(300), Plain(600)], None));
        Assert.Equal(new Composition(3, TimeSpan.Zero), First([More(0), More(300), Plain(600), Plain(700)], None));
    }

    [Fact]
    public void Another_sender_a_command_and_an_event_end_the_window_at_once()
    {
        Assert.Equal(new Composition(1, TimeSpan.Zero), First([More(0), Plain(100, "b"), More(200)], None));
        Assert.Equal(new Composition(1, TimeSpan.Zero), First([More(0), Other(100), More(200)], None));
        Assert.Equal(new Composition(1, TimeSpan.Zero), First([Other(0), More(100)], All));
    }

    [Fact]
    public void Any_message_is_held_where_it_is_set()
    {
        Assert.Equal(new Composition(1, Any.Hold), First([Plain(0)], Any));
        Assert.Equal(new Composition(2, Any.Hold), First([Plain(0), Plain(700)], Any));
        Assert.Equal(new Composition(1, TimeSpan.Zero), First([Plain(0), Plain(701)], Any));
        Assert.Equal(new Composition(2, Collecting.Hold), First([Plain(0), More(700)], Any));
    }

    [Fact]
    public void Bounds_of_time_number_and_size_end_a_turn()
    {
        var writes = Enumerable.Range(0, 40).Select(static i => Plain(i * 500)).ToArray();
        Assert.Equal(new Composition(11, TimeSpan.Zero), First(writes, Any));
        Assert.Equal(new Composition(20, TimeSpan.Zero), First([.. Enumerable.Range(0, 25).Select(static i => More(i * 10))], None));
        Assert.Equal(new Composition(20, TimeSpan.Zero), First([.. Enumerable.Range(0, 20).Select(static i => More(i * 10))], None));
        Assert.Equal(new Composition(1, TimeSpan.Zero), First([More(0) with { Bytes = 200_000 }, More(10) with { Bytes = 100_000 }], None));
        Assert.Equal(new Composition(1, TimeSpan.Zero), First([More(0) with { Bytes = Collecting.MostBytes }], None));
    }

    [Fact]
    public void Neighbours_that_wait_are_one_turn_where_it_is_set_whenever_they_came()
    {
        Assert.Equal(new Composition(3, TimeSpan.Zero), First([Plain(0), Plain(60_000), Plain(900_000)], All));
        Assert.Equal(new Composition(1, TimeSpan.Zero), First([Plain(0), Plain(10, "b"), Plain(20)], All));
    }

    [Fact]
    public void A_restart_composes_the_same_turn_or_a_longer_one()
    {
        var random = new Random(5);
        for (var run = 0; run < 2000; run++)
        {
            var time = 0;
            var waiting = Enumerable.Range(0, random.Next(1, 12)).Select(_ => Random(random, time += random.Next(0, 1600))).ToArray();
            var rules = random.Next(3) switch { 0 => None, 1 => Any, _ => All };
            for (var seen = 1; seen <= waiting.Length; seen++)
            {
                var live = First(waiting[..seen], rules);
                var later = First(waiting, rules);
                if (live.Count == seen) Assert.True(later.Count >= live.Count);
                else Assert.Equal(live.Count, later.Count);
            }
        }
    }

    /// <summary>The number of messages of the first turn, and the time for which it waits for another one; zero: it may begin.</summary>
    private static Composition First(WaitingEvent[] waiting, CollectRules rules)
    {
        List<WaitingEvent> turn = [waiting[0]];
        foreach (var next in waiting.Skip(1).TakeWhile(next => Collecting.Joins(turn, next, rules))) turn.Add(next);
        return new(turn.Count, turn.Count == waiting.Length ? Collecting.OpenFor(turn, rules) : TimeSpan.Zero);
    }

    private static WaitingEvent Random(Random random, int milliseconds) => random.Next(5) switch
    {
        0 => Other(milliseconds),
        1 => Plain(milliseconds, "b"),
        2 => Plain(milliseconds),
        _ => More(milliseconds),
    };

    private static WaitingEvent Plain(int milliseconds, string sender = "a") => At(milliseconds, new InboundFacts(sender) { IsPart = true });

    private static WaitingEvent More(int milliseconds) => At(milliseconds, new InboundFacts("a") { IsPart = true, ShowsMore = true });

    private static WaitingEvent Other(int milliseconds) => At(milliseconds, new InboundFacts("a"));

    private static WaitingEvent At(int milliseconds, InboundFacts facts) => new(facts, Start.AddMilliseconds(milliseconds), 100);

    private readonly record struct Composition(int Count, TimeSpan Open);
}
