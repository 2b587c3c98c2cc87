using System.Text;
using Microsoft.Extensions.Time.Testing;
using PluginGateway.Guard;
using PluginGateway.Web.Events;

namespace PluginGateway.Tests.Web.Events;

public sealed class EventTopicsTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly EventTopics _topics;

    public EventTopicsTests() => _topics = new EventTopics(_clock);

    [Fact]
    public void A_stream_gets_what_came_after_its_position_and_everything_from_then_on()
    {
        var adapter = _topics.For("a");
        Assert.Equal(0, adapter.Position("t"));
        adapter.Publish("t", new StreamEvent("one"));
        var position = adapter.Position("t");
        adapter.Publish("t", new StreamEvent("two"));
        var reader = _topics.Open("a", "t", position)!;
        adapter.Publish("t", new StreamEvent("three"));
        Assert.Equal(["data: two\n\n"], reader.Replay.Select(Text));
        Assert.Equal(["data: three\n\n"], Queued(reader));
        Assert.False(reader.HasGap);
    }

    [Fact]
    public void Topics_of_different_adapters_and_names_are_apart()
    {
        var reader = _topics.Open("a", "t", 0)!;
        _topics.For("b").Publish("t", new StreamEvent("x"));
        _topics.For("a").Publish("u", new StreamEvent("x"));
        Assert.Empty(Queued(reader));
    }

    [Fact]
    public void The_last_256_events_are_kept_and_a_gap_is_noticed()
    {
        var adapter = _topics.For("a");
        adapter.Publish("t", new StreamEvent("0"));
        var early = adapter.Position("t");
        for (var i = 1; i <= 256; i++) adapter.Publish("t", new StreamEvent($"{i}"));
        var whole = _topics.Open("a", "t", early)!;
        Assert.Equal(256, whole.Replay.Count);
        Assert.False(whole.HasGap);
        adapter.Publish("t", new StreamEvent("257"));
        Assert.True(_topics.Open("a", "t", early)!.HasGap);
    }

    [Fact]
    public void Long_events_are_kept_by_their_bytes()
    {
        var adapter = _topics.For("a");
        for (var i = 0; i < 10; i++) adapter.Publish("t", new StreamEvent(new string('x', 1024 * 1024)));
        Assert.Equal(3, _topics.Open("a", "t", 0)!.Replay.Count);
    }

    [Fact]
    public void A_topic_that_was_forgotten_and_comes_back_does_not_hide_its_events()
    {
        var adapter = _topics.For("a");
        for (var i = 0; i < 5; i++) adapter.Publish("t", new StreamEvent("old"));
        var position = adapter.Position("t");
        _clock.Advance(TimeSpan.FromSeconds(61));
        _topics.Tick();
        Assert.Equal(0, adapter.Count);
        Assert.Equal(0, adapter.Position("t"));
        adapter.Publish("t", new StreamEvent("new"));
        Assert.Equal(["data: new\n\n"], _topics.Open("a", "t", position)!.Replay.Select(Text));
    }

    [Fact]
    public void A_topic_with_a_reader_is_not_forgotten()
    {
        var adapter = _topics.For("a");
        var reader = _topics.Open("a", "t", 0)!;
        _clock.Advance(TimeSpan.FromMinutes(5));
        _topics.Tick();
        adapter.Publish("t", new StreamEvent("x"));
        Assert.Contains("data: x\n\n", Queued(reader));
        _topics.Close(reader);
        _clock.Advance(TimeSpan.FromMinutes(5));
        _topics.Tick();
        Assert.Equal(0, adapter.Count);
    }

    [Fact]
    public void Invented_topics_do_not_fill_the_memory()
    {
        var adapter = _topics.For("a");
        var reader = _topics.Open("a", "kept", 0)!;
        for (var i = 0; i < AdapterTopics.MaxTopics + 5_000; i++) adapter.Publish($"t{i}", new StreamEvent("x"));
        Assert.InRange(adapter.Count, 1, AdapterTopics.MaxTopics);
        adapter.Publish("kept", new StreamEvent("still here"));
        Assert.Single(Queued(reader));
    }

    [Fact]
    public void All_topics_of_an_adapter_share_a_bound_the_oldest_go_and_whoever_wants_them_is_told()
    {
        var adapter = _topics.For("a");
        var text = new string('x', 1_000_000);
        for (var i = 0; i < 200; i++) adapter.Publish($"t{i}", new StreamEvent(text));
        var kept = Enumerable.Range(0, 200).Where(i => adapter.Remembers($"t{i}", i)).ToArray();
        Assert.Equal(Enumerable.Range(200 - kept.Length, kept.Length), kept);
        Assert.InRange(kept.Length, 60, (int)(AdapterTopics.MaxBytes / text.Length));
        Assert.True(_topics.Open("a", "t0", 1) is { Replay.Count: 0 });
        adapter.Publish("t0", new StreamEvent("y"));
        Assert.Equal(["data: y\n\n"], _topics.Open("a", "t0", 1)!.Replay.Select(Text));
        _topics.For("b").Publish("t", new StreamEvent(text));
        Assert.True(_topics.For("b").Remembers("t", 0));
    }

    [Fact]
    public void A_topic_that_is_forgotten_gives_back_its_share()
    {
        var adapter = _topics.For("a");
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 50; i++) adapter.Publish($"t{round}-{i}", new StreamEvent(new string('x', 1_000_000)));
            Assert.True(adapter.Remembers($"t{round}-0", 0));
            Assert.Single(_topics.Open("a", $"t{round}-0", 0)!.Replay);
            _topics.Close(_topics.Open("a", $"t{round}-0", 0)!);
            _clock.Advance(TimeSpan.FromSeconds(61));
            _topics.Tick();
        }
    }

    [Theory]
    [InlineData('x', (1024 * 1024) + 1)]
    [InlineData('\n', 200_000)]
    [InlineData('\u4e2d', 400_000)]
    public void An_event_over_its_limit_is_refused(char of, int length)
    {
        Assert.Throws<ArgumentException>(() => EventLimits.Check("t", new StreamEvent(new string(of, length))));
        EventLimits.Check("t", new StreamEvent(new string(of, 100_000)));
    }

    [Fact]
    public void A_reader_that_does_not_read_large_events_is_reported_before_they_fill_the_memory()
    {
        var adapter = _topics.For("a");
        var slow = _topics.Open("a", "t", 0)!;
        for (var i = 0; i < 10; i++) adapter.Publish("t", new StreamEvent(new string('x', 1_000_000)));
        Assert.Equal([slow], _topics.TooSlow.Take(TimeSpan.Zero));
        Assert.InRange(Queued(slow).Count, 4, 5);
    }

    [Fact]
    public void A_reader_that_is_too_slow_is_reported_once_and_nobody_else_is_held_up()
    {
        var adapter = _topics.For("a");
        var slow = _topics.Open("a", "t", 0)!;
        var other = _topics.Open("a", "t", 0)!;
        for (var i = 0; i < EventReader.Capacity + 10; i++)
        {
            adapter.Publish("t", new StreamEvent("x"));
            Assert.True(other.TryTake(out _));
        }

        Assert.Equal([slow], _topics.TooSlow.Take(TimeSpan.Zero));
    }

    [Fact]
    public void A_quiet_stream_gets_a_comment_every_fifteen_seconds()
    {
        var reader = _topics.Open("a", "t", 0)!;
        for (var second = 0; second < 31; second++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            _topics.Tick();
        }

        Assert.Equal([": still here\n\n", ": still here\n\n"], Queued(reader));
    }

    [Fact]
    public void Stopping_reaches_streams_that_are_open_and_those_that_open_late()
    {
        var early = _topics.Open("a", "t", 0)!;
        _topics.Stopping();
        var late = _topics.Open("a", "t", 0)!;
        Assert.Equal(["event: stopping\ndata: {}\n\n"], Queued(early));
        Assert.Equal(["event: stopping\ndata: {}\n\n"], Queued(late));
    }

    [Fact]
    public void The_number_of_open_streams_has_an_end()
    {
        var readers = Enumerable.Range(0, EventTopics.MaxStreams).Select(i => _topics.Open("a", $"t{i}", 0)!).ToList();
        Assert.Null(_topics.Open("a", "t", 0));
        _topics.Close(readers[0]);
        _topics.Close(readers[0]);
        Assert.NotNull(_topics.Open("a", "t", 0));
        Assert.Null(_topics.Open("a", "t", 0));
    }

    [Fact]
    public void One_client_that_holds_all_streams_keeps_neither_visitors_nor_programs_out()
    {
        var greedy = Enumerable.Range(0, EventTopics.MaxStreams).Select(i => _topics.Open("a", $"t{i}", 0, "greedy")!).ToList();
        Assert.Null(_topics.Open("a", "t", 0, "greedy"));
        var others = Enumerable.Range(0, EventTopics.ClientShare).Select(_ => _topics.Open("a", "t", 0, "visitor")).ToList();
        Assert.All(others, Assert.NotNull);
        Assert.Null(_topics.Open("a", "t", 0, "visitor"));
        Assert.Equal(greedy[..EventTopics.ClientShare], _topics.TooSlow.Take(TimeSpan.Zero));
        Assert.All(greedy[..EventTopics.ClientShare], static reader => Assert.True(reader.IsDisplaced));
        foreach (var reader in greedy) _topics.Close(reader);
        Assert.Equal(EventTopics.ClientShare, _topics.OpenStreams);
        for (var i = 0; i < EventTopics.MaxStreams - EventTopics.ClientShare; i++) Assert.NotNull(_topics.Open("a", $"t{i}", 0, "greedy"));
        for (var i = 0; i < EventTopics.ForPrograms; i++) Assert.NotNull(_topics.Open(EventTopics.Gateway, "messages", 0, "greedy"));
        Assert.Null(_topics.Open(EventTopics.Gateway, "messages", 0, "greedy"));
        Assert.NotNull(_topics.Open(EventTopics.Gateway, "messages", 0, "program"));
    }

    [Fact]
    public void Many_clients_of_one_adapter_that_hold_all_streams_keep_no_visitor_of_another_out()
    {
        var many = Enumerable.Range(0, EventTopics.MaxStreams).Select(i => _topics.Open("a", "t", 0, $"client {i % 40}")!).ToList();
        Assert.Null(_topics.Open("a", "t", 0, "a new one"));
        Assert.NotNull(_topics.Open("b", "t", 0, "proxy"));
        Assert.Single(many, static reader => reader.IsDisplaced);
        for (var i = 1; i < EventTopics.MaxStreams / 2; i++) Assert.NotNull(_topics.Open("b", "t", 0, "proxy"));
        Assert.Null(_topics.Open("b", "t", 0, "proxy"));
        Assert.NotNull(_topics.Open("b", "t", 0, "visitor"));
        Assert.NotNull(_topics.Open("c", "t", 0, "visitor"));
        Assert.Equal(EventTopics.MaxStreams, _topics.OpenStreams);
    }

    [Fact]
    public void An_event_is_written_by_the_standard() =>
        Assert.Equal(
            "id: 7\nevent: typing\ndata: a\ndata: b\ndata: \ndata: c\n\n", Text(EventBytes.Encode(new StreamEvent("a\r\nb\r\rc", "7", "typing"))));

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    public void A_topic_without_a_name_is_refused(string? topic) =>
        Assert.ThrowsAny<ArgumentException>(() => _topics.For("a").Publish(topic!, new StreamEvent("x")));

    [Fact]
    public void A_topic_with_too_long_a_name_is_refused() => Assert.Throws<ArgumentException>(() => _topics.For("a").Position(new string('t', 257)));

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    private static List<string> Queued(EventReader reader)
    {
        var texts = new List<string>();
        while (reader.TryTake(out var bytes)) texts.Add(Text(bytes));
        return texts;
    }
}
