using PluginGateway.Guard;
using PluginGateway.Guard.Calls;
using PluginGateway.Guard.Lanes;

namespace PluginGateway.Tests.Guard.Calls;

public sealed class LifecycleCallsTests
{
    /// <summary>A unit outlives its generations: what it starts after hours has its deadline too.</summary>
    [Fact]
    public void Calls_are_watched_however_long_there_were_none()
    {
        var clock = new HookedClock();
        var services = new GuardServices(clock);
        services.Spawner.Start();
        var fixture = new GuardFixture(new ScriptedAdapter());
        var calls = new LifecycleCalls("unit", services.Watch, services.Spawner, fixture);
        services.Watch.Add(calls);
        Sweep(0);
        Sweep(1);
        using var release = new ManualResetEvent(false);
        var sink = new BlockingSink();
        object? late = null;
        calls.Start(new WorkCall<object>(Operation.Load, () => { release.WaitOne(); return "loaded"; }, sink) { Late = loaded => late = loaded },
            null, TimeSpan.FromSeconds(2));
        Assert.True(calls.HasOpenCalls);
        Sweep(0);
        Sweep(1);
        Assert.True(sink.IsEmpty);
        Sweep(1);
        Assert.Equal((Operation.Load, CallEndKind.Overdue), (sink.Wait().Operation, Assert.Single(fixture.Overdue).End.Kind));
        List<AbandonedCall> abandoned = [];
        calls.AddAbandoned(abandoned, 3);
        Assert.Equal((Operation.Load, 3), (Assert.Single(abandoned).Operation, abandoned[0].Generation));
        release.Set();
        GuardFixture.Until(() => !calls.HasOpenCalls, "it came back");
        Assert.Equal("loaded", late);
        Assert.Equal(Operation.Load, Assert.Single(fixture.Late).Operation);

        void Sweep(double seconds)
        {
            clock.Advance(TimeSpan.FromSeconds(seconds));
            services.Watch.Sweep();
        }
    }

    /// <summary>What the host waits for by itself is no fault of the plugin's.</summary>
    [Fact]
    public void The_deadline_runs_from_the_end_of_what_the_host_waits_for()
    {
        var clock = new HookedClock();
        var services = new GuardServices(clock);
        services.Spawner.Start();
        var fixture = new GuardFixture(new ScriptedAdapter());
        var calls = new LifecycleCalls("unit", services.Watch, services.Spawner, fixture);
        services.Watch.Add(calls);
        using var waited = new ManualResetEvent(false);
        using var entered = new ManualResetEvent(false);
        using var release = new ManualResetEvent(false);
        var sink = new BlockingSink();
        var work = new WorkCall<object>(Operation.Create, Work, sink) { Before = () => waited.WaitOne() };
        calls.Start(work, null, TimeSpan.FromSeconds(2));
        for (var i = 0; i < 100; i++) Sweep(1);
        Assert.True(sink.IsEmpty);
        waited.Set();
        Assert.True(entered.WaitOne(GuardFixture.Patience));
        Sweep(0);
        Sweep(1);
        Assert.True(sink.IsEmpty);
        Sweep(1);
        Assert.Equal((CallEndKind.Overdue, CallStage.Entered), (sink.Wait().End.Kind, work.End.Stage));
        release.Set();
        GuardFixture.Until(() => !calls.HasOpenCalls, "it came back");

        object Work()
        {
            entered.Set();
            release.WaitOne();
            return "created";
        }

        void Sweep(double seconds)
        {
            clock.Advance(TimeSpan.FromSeconds(seconds));
            services.Watch.Sweep();
        }
    }
}
