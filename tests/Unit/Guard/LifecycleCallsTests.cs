using PluginGateway.Guard;

namespace PluginGateway.Tests.Guard;

public sealed class LifecycleCallsTests
{
    /// <summary>A unit outlives its generations: what it starts after hours has its deadline too.</summary>
    [Fact]
    public void Calls_are_watched_however_long_there_were_none()
    {
        var clock = new HookedClock();
        var services = new GuardServices(clock);
        services.Spawner.Start();
        var rig = new GuardRig(new ScriptedAdapter());
        var calls = new LifecycleCalls("unit", services.Watch, services.Spawner, rig);
        services.Watch.Add(calls);
        Sweep(0);
        Sweep(1);
        using var release = new ManualResetEvent(false);
        var sink = new BlockingSink();
        object? late = null;
        calls.Start(new WorkCall<object>(Operation.Load, () => { release.WaitOne(); return "loaded"; }, sink) { Late = loaded => late = loaded }, null, TimeSpan.FromSeconds(2));
        Assert.True(calls.HasOpenCalls);
        Sweep(0);
        Sweep(1);
        Assert.True(sink.IsEmpty);
        Sweep(1);
        Assert.Equal((Operation.Load, CallEndKind.Overdue), (sink.Wait().Operation, Assert.Single(rig.Overdue).End.Kind));
        List<AbandonedCall> abandoned = [];
        calls.AddAbandoned(abandoned, 3);
        Assert.Equal((Operation.Load, 3), (Assert.Single(abandoned).Operation, abandoned[0].Generation));
        release.Set();
        GuardRig.Until(() => !calls.HasOpenCalls, "it came back");
        Assert.Equal("loaded", late);
        Assert.Equal(Operation.Load, Assert.Single(rig.Late).Operation);

        void Sweep(double seconds)
        {
            clock.Advance(TimeSpan.FromSeconds(seconds));
            services.Watch.Sweep();
        }
    }
}
