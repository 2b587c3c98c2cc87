using System.Diagnostics;
using System.Globalization;
using PluginGateway.Logging;
using PluginGateway.Threads;

namespace PluginGateway.Tests.Logging;

public sealed class LogWriterTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(20);

    [Fact]
    public void Lines_arrive_in_order_and_a_flush_waits_for_them()
    {
        using var pipe = new Pipe();
        var writer = new LogWriter(pipe.WriteEnd, GapLine);
        for (var i = 0; i < 100; i++) writer.Write($"line {i} ü");

        Assert.True(writer.Flush(Long));
        using var reader = pipe.Reader;
        for (var i = 0; i < 100; i++) Assert.Equal($"line {i} ü", reader.ReadLine());
    }

    [Fact]
    public void A_reader_that_never_reads_blocks_no_caller_and_a_flush_ends_in_time()
    {
        using var pipe = new Pipe();
        var writer = new LogWriter(pipe.WriteEnd, GapLine, capacity: 100);
        var line = new string('x', 1000);

        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < 100_000; i++) writer.Write(line);
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(5));
        Assert.True(writer.Dropped > 90_000);

        start = Stopwatch.GetTimestamp();
        Assert.False(writer.Flush(TimeSpan.FromMilliseconds(200)));
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0.19, 2);
    }

    [Fact]
    public void A_flood_loses_lines_only_by_count_and_the_gap_is_named_where_it_is()
    {
        using var pipe = new Pipe();
        var writer = new LogWriter(pipe.WriteEnd, GapLine, capacity: 50);
        const int Each = 20_000;
        var floods = Enumerable.Range(0, 4).Select(t => LoopThread.Start($"flood {t}", () =>
        {
            for (var i = 0; i < Each; i++) writer.Write("line");
        })).ToArray();
        foreach (var flood in floods) flood.Join();

        var (kept, dropped) = (0L, 0L);
        using var reader = pipe.Reader;
        while (kept + dropped < 4 * Each)
        {
            var line = reader.ReadLine()!;
            if (line == "line") kept++;
            else dropped += long.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture);
        }

        Assert.Equal(4 * Each, kept + dropped);
        Assert.True(kept > 0);
        Assert.Equal(writer.Dropped, dropped);
        Assert.True(dropped > 0);
    }

    [Fact]
    public void Lines_of_plugins_leave_half_of_the_queue_to_the_gateways_own()
    {
        using var pipe = new Pipe();
        var writer = new LogWriter(pipe.WriteEnd, GapLine, capacity: 100);
        using var reader = pipe.Reader;
        // More than a pipe holds: once its first character has arrived, the writer's thread is held by it, and the queue is empty.
        writer.Write(new string('x', 1_000_000));
        reader.Read();

        for (var i = 0; i < 60; i++) writer.Write("a plugin's", isPlugins: true);
        Assert.Equal(10, writer.Dropped);
        for (var i = 0; i < 50; i++) writer.Write("the gateway's own");
        Assert.Equal(10, writer.Dropped);
        writer.Write("one too many");
        Assert.Equal(11, writer.Dropped);
    }

    [Fact]
    public void A_reader_that_is_gone_does_not_hold_a_flush()
    {
        var pipe = new Pipe();
        var writer = new LogWriter(pipe.WriteEnd, GapLine);
        pipe.Dispose();

        writer.Write("into the void");

        Assert.True(writer.Flush(Long));
    }

    [Fact]
    public void Closing_the_descriptor_by_its_number_does_not_silence_the_log()
    {
        using var pipe = new Pipe();
        var writer = new LogWriter(pipe.WriteEnd, GapLine);
        pipe.CloseWriteEnd();

        writer.Write("still here");

        using var reader = pipe.Reader;
        Assert.Equal("still here", reader.ReadLine());
    }

    private static string GapLine(long count) => $"{count} lines dropped";
}
