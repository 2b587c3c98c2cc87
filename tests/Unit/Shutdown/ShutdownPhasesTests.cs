using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Microsoft.Win32.SafeHandles;
using PluginGateway.Configuration.Options;
using PluginGateway.Logging;
using PluginGateway.Shutdown;

namespace PluginGateway.Tests.Shutdown;

/// <summary>The steps of a stop against a clock of the test's own: what each is granted, what a failure or a hang costs, and when a second signal is
/// heard.</summary>
public sealed class ShutdownPhasesTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider _clock = new();
    private readonly ShutdownWatchdog _watchdog = new(static _ => { }, static _ => { });
    private readonly SafeFileHandle _nowhere = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Write);
    private readonly StopRequests _requests;
    private readonly ShutdownPhases _phases;

    public ShutdownPhasesTests()
    {
        var options = new GatewayOptions
        {
            DataDirectory = "",
            ShutdownBudget = 10 * Second,
            Timeouts = new CallTimeouts { Notice = 2 * Second, Drain = 3 * Second, Disconnect = 4 * Second, StoreClose = Second },
        };
        _requests = new StopRequests(_watchdog);
        var log = new LogWriter((int)_nowhere.DangerousGetHandle(), static dropped => $"{dropped} dropped");
        _phases = new ShutdownPhases(options, _requests, _watchdog, log, _clock, NullLogger<ShutdownPhases>.Instance);
        _phases.Begin();
    }

    public void Dispose() => _nowhere.Dispose();

    [Fact]
    public void Each_phase_is_granted_its_bound_and_reported_in_its_order_with_what_it_used()
    {
        Assert.True(_phases.Run(StopPhase.Drain, bound => Use(bound, 3 * Second, Second)));
        Assert.True(_phases.Run(StopPhase.Teardown, bound => Use(bound, 4 * Second, 2 * Second)));
        Assert.Equal(
            [new PhaseReport(StopPhase.Drain, 1, 3, true), new PhaseReport(StopPhase.Teardown, 2, 4, true)],
            _phases.Reports);
        Assert.Equal(3 * Second, _phases.Elapsed);
        Assert.Equal(_clock.Start, _phases.StartedUtc);
    }

    [Fact]
    public void Phase_that_hangs_past_its_bound_leaves_the_store_and_the_log_theirs()
    {
        Assert.False(_phases.Run(StopPhase.Drain, _ => Take(8 * Second, finished: false)));
        Assert.False(_phases.Run(StopPhase.Teardown, bound => Use(bound, 0.5 * Second, 0.5 * Second, finished: false)));
        Assert.True(_phases.Run(StopPhase.StoreClose, bound => Use(bound, Second, TimeSpan.Zero)));
        Assert.Equal([false, false, true], _phases.Reports.Select(static phase => phase.Finished));
    }

    [Fact]
    public void Phase_or_step_that_throws_is_not_finished_and_the_next_one_runs()
    {
        Assert.False(_phases.Run(StopPhase.Drain, static _ => throw new InvalidOperationException("no")));
        _phases.Try("saying so", static () => throw new IOException("no"));
        var ran = false;
        _phases.Try("the next", () => ran = true);
        Assert.True(ran);
        Assert.Equal([new PhaseReport(StopPhase.Drain, 0, 3, false)], _phases.Reports);
    }

    [Fact]
    public void Watchdog_knows_what_the_stop_is_busy_with()
    {
        _phases.Run(StopPhase.Teardown, _ =>
        {
            Assert.Equal("Teardown", _watchdog.Doing);
            return true;
        });
        _phases.FlushLog();
        Assert.Equal("flushing the log", _watchdog.Doing);
    }

    [Fact]
    public void Second_signal_ends_a_wait_and_the_bound_does_too()
    {
        var waits = 0;
        Assert.False(_phases.WaitUnlessHurried(Second, Wait));
        Assert.Equal(20, waits);
        Assert.True(_phases.WaitUnlessHurried(Second, static _ => true));

        _requests.Signal(StopSignal.Terminate);
        waits = 0;
        Assert.False(_phases.WaitUnlessHurried(Second, slice =>
        {
            if (waits == 2) _requests.Signal(StopSignal.Terminate);
            return Wait(slice);
        }));
        Assert.Equal((3, true), (waits, _requests.IsHurried));

        bool Wait(TimeSpan slice)
        {
            waits++;
            _clock.Advance(slice);
            return false;
        }
    }

    private bool Use(TimeSpan granted, TimeSpan expected, TimeSpan used, bool finished = true)
    {
        Assert.Equal(expected.TotalSeconds, granted.TotalSeconds, 3);
        return Take(used, finished);
    }

    private bool Take(TimeSpan used, bool finished)
    {
        _clock.Advance(used);
        return finished;
    }
}
