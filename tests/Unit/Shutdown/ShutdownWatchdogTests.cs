using System.Diagnostics;
using PluginGateway.Posix;
using PluginGateway.Shutdown;

namespace PluginGateway.Tests.Shutdown;

public sealed class ShutdownWatchdogTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(20);
    private readonly ManualResetEventSlim _ended = new();
    private readonly List<string> _said = [];
    private int _code = -1;
    private int _ends;

    [Fact]
    [Original("exit code")]
    public void It_ends_the_process_at_its_deadline_and_says_what_it_knows()
    {
        var watchdog = Resort();
        var start = Stopwatch.GetTimestamp();
        watchdog.Doing = "teardown of 'tg-main'";

        watchdog.Arm(TimeSpan.FromMilliseconds(300));

        Assert.True(_ended.Wait(Long));
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0.29, 10);
        Assert.Equal(ExitCodes.Aborted, _code);
        Assert.Contains("within 0.3 s; it was busy with: teardown of 'tg-main'", Assert.Single(_said));
    }

    [Fact]
    public void It_ends_at_once_when_asked_and_only_once()
    {
        var watchdog = Resort();
        watchdog.Arm(TimeSpan.FromMilliseconds(300));

        watchdog.EndNow("third signal");
        watchdog.EndNow("fourth signal");

        Assert.True(_ended.IsSet);
        Thread.Sleep(600);
        Assert.Equal(1, _ends);
        Assert.Contains("third signal", Assert.Single(_said));
    }

    [Fact]
    public void It_ends_at_once_even_if_it_was_never_armed()
    {
        Resort().EndNow("third signal");

        Assert.True(_ended.IsSet);
    }

    [Fact]
    public void Only_the_first_arming_counts()
    {
        var watchdog = Resort();
        watchdog.Arm(TimeSpan.FromMilliseconds(100));
        watchdog.Arm(TimeSpan.FromHours(1));

        Assert.True(_ended.Wait(Long));
    }

    [Fact]
    public void A_last_word_that_fails_does_not_keep_the_end_from_coming()
    {
        var watchdog = new ShutdownWatchdog(_ => throw new IOException("no standard error"), _ => _ended.Set());

        watchdog.Arm(TimeSpan.FromMilliseconds(1));

        Assert.True(_ended.Wait(Long));
    }

    public void Dispose() => _ended.Dispose();

    private ShutdownWatchdog Resort() => new(
        line =>
        {
            lock (_said) _said.Add(line);
        },
        code =>
        {
            _code = code;
            Interlocked.Increment(ref _ends);
            _ended.Set();
        });
}
