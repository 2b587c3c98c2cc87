using System.Globalization;
using CsCheck;
using Google.Protobuf;
using Microsoft.Extensions.Time.Testing;
using PluginGateway.Plugins.Feishu;
using PluginGateway.Plugins.Feishu.Protocol;

namespace PluginGateway.Tests.Plugins.Feishu;

/// <summary>Events that come in parts.</summary>
public sealed class FragmentsTests
{
    private readonly FakeTimeProvider _clock = new();

    /// <summary>Cut anywhere, also inside a character, and in any order, some parts twice: it is whole once.</summary>
    [Fact]
    public void Parts_in_any_order_make_the_event_once() => Gen.Select(Gen.Byte.Array[1, 200], Gen.Int[1, 12]).SelectMany(
        static cut => Gen.Shuffle(Enumerable.Range(0, cut.Item2).ToArray()).Select(order => (cut.Item1, order))).Sample(pair =>
    {
        var (bytes, order) = pair;
        var fragments = new Fragments(TimeProvider.System);
        var size = (bytes.Length + order.Length - 1) / order.Length;
        var whole = new List<byte[]>();
        foreach (var seq in order.Take(order.Length - 1).Concat(order))
        {
            var part = bytes.Skip(seq * size).Take(size).ToArray();
            if (fragments.TryComplete(Part("m", seq, order.Length, part), out var payload, out _)) whole.Add(payload.ToArray());
        }

        if (order.Length == 1) Assert.All(whole, one => Assert.Equal(bytes, one));
        else Assert.Equal(bytes, Assert.Single(whole));
    });

    [Fact]
    public void Parts_of_two_events_are_kept_apart()
    {
        var fragments = new Fragments(_clock);
        Assert.False(Take(fragments, Part("a", 0, 2, "a0"u8)));
        Assert.False(Take(fragments, Part("b", 1, 2, "b1"u8)));
        Assert.True(fragments.TryComplete(Part("b", 0, 2, "b0"u8), out var b, out _));
        Assert.True(fragments.TryComplete(Part("a", 1, 2, "a1"u8), out var a, out _));
        Assert.Equal(("a0a1", "b0b1"), (System.Text.Encoding.UTF8.GetString(a.Span), System.Text.Encoding.UTF8.GetString(b.Span)));
    }

    [Fact]
    public void What_does_not_become_whole_in_time_is_forgotten()
    {
        var fragments = new Fragments(_clock);
        Assert.False(Take(fragments, Part("a", 0, 2, "x"u8)));
        _clock.Advance(Fragments.Patience + TimeSpan.FromSeconds(1));
        Assert.False(Take(fragments, Part("a", 1, 2, "y"u8)));
        Assert.True(Take(fragments, Part("a", 0, 2, "x"u8)));
    }

    [Theory]
    [InlineData("0", "0")]
    [InlineData("2", "2")]
    [InlineData("2", "-1")]
    [InlineData("x", "0")]
    [InlineData("257", "0")]
    [InlineData("99999999999", "0")]
    public void Numbers_that_make_no_sense_are_said_and_dropped(string sum, string seq)
    {
        var frame = Part("a", 0, 1, "x"u8);
        (frame.Headers[1].Value, frame.Headers[2].Value) = (sum, seq);
        Assert.False(new Fragments(_clock).TryComplete(frame, out _, out var problem));
        Assert.NotNull(problem);
    }

    [Fact]
    public void Hostile_parts_do_not_fill_the_memory()
    {
        var fragments = new Fragments(_clock);
        var megabyte = new byte[1024 * 1024];
        string? problem = null;
        for (var i = 0; i < 20 && problem is null; i++) fragments.TryComplete(Part("big", i, 256, megabyte), out _, out problem);
        Assert.Contains("more than", problem, StringComparison.Ordinal);

        // The oldest goes when too many are open; the newest still become whole.
        for (var i = 0; i < 10 * Fragments.MostSets; i++) Assert.False(Take(fragments, Part($"m{i}", 0, 2, "x"u8)));
        Assert.True(Take(fragments, Part($"m{(10 * Fragments.MostSets) - 1}", 1, 2, "y"u8)));
    }

    private static bool Take(Fragments fragments, Frame frame) => fragments.TryComplete(frame, out _, out _);

    private static Frame Part(string id, int seq, int sum, ReadOnlySpan<byte> payload)
    {
        var frame = Frames.Ping(1);
        frame.Method = Frames.Data;
        frame.Headers.Clear();
        frame.Headers.Add(new Header { Key = "message_id", Value = id });
        frame.Headers.Add(new Header { Key = "sum", Value = sum.ToString(CultureInfo.InvariantCulture) });
        frame.Headers.Add(new Header { Key = "seq", Value = seq.ToString(CultureInfo.InvariantCulture) });
        frame.Payload = ByteString.CopyFrom(payload);
        return frame;
    }
}
