using PluginGateway.Configuration.Options;
using PluginGateway.Guard;
using PluginGateway.Guard.Calls;
using PluginGateway.Guard.Lanes;

namespace PluginGateway.Tests.Guard;

/// <summary>How the one bound of a teardown is divided, by the tick.</summary>
public sealed class TeardownTests
{
    private readonly HookedClock _clock = new();
    private readonly GuardServices _services;
    private readonly BlockingSink _ended = new();
    private readonly TaskCompletionSource _disconnect = new();
    private readonly TaskCompletionSource _dispose = new();
    private int _disconnects;
    private int _disposes;

    public TeardownTests()
    {
        _services = new GuardServices(_clock);
        _services.Spawner.Start();
    }

    [Theory]
    [InlineData(4, 3.5)]
    [InlineData(1, 0.5)]
    [InlineData(0.2, 0.1)]
    public void Dispose_has_half_a_second_reserved_and_at_most_half_of_the_bound(double bound, double close)
    {
        var adapter = Created();
        adapter.BeginTeardown(TimeSpan.FromSeconds(bound), _ended);
        GuardFixture.Until(() => Volatile.Read(ref _disconnects) == 1, "disconnect is entered");
        _services.Watch.Sweep();
        Pass(close - 0.001);
        Assert.Equal(0, Volatile.Read(ref _disposes));
        Pass(0.001);
        GuardFixture.Until(() => Volatile.Read(ref _disposes) == 1, "dispose is entered");
        _services.Watch.Sweep();
        Pass(bound - close - 0.001);
        Assert.True(_ended.IsEmpty);
        Pass(0.001);
        var last = _ended.Wait();
        Assert.Equal((Operation.Dispose, CallEndKind.Overdue), (last.Operation, last.End.Kind));
        Assert.Equal([Operation.Disconnect, Operation.Dispose],
            adapter.Abandoned().Select(static call => call.Operation).OrderBy(static operation => operation));
    }

    [Fact]
    public void Dispose_gets_all_the_time_that_a_quick_disconnect_has_left()
    {
        var adapter = Created();
        adapter.BeginTeardown(TimeSpan.FromSeconds(4), _ended);
        GuardFixture.Until(() => Volatile.Read(ref _disconnects) == 1, "disconnect is entered");
        Pass(1);
        _disconnect.SetResult();
        GuardFixture.Until(() => Volatile.Read(ref _disposes) == 1, "dispose is entered");
        _services.Watch.Sweep();
        Pass(2.999);
        Assert.True(_ended.IsEmpty);
        Pass(0.001);
        Assert.Equal(CallEndKind.Overdue, _ended.Wait().End.Kind);
    }

    [Fact]
    public void A_bound_of_zero_waits_for_the_real_end_of_both()
    {
        var adapter = Created();
        adapter.BeginTeardown(TimeSpan.Zero, _ended);
        GuardFixture.Until(() => Volatile.Read(ref _disconnects) == 1, "disconnect is entered");
        Pass(500);
        Assert.Empty(adapter.Abandoned());
        _disconnect.SetResult();
        GuardFixture.Until(() => Volatile.Read(ref _disposes) == 1, "dispose is entered");
        Pass(500);
        Assert.Empty(adapter.Abandoned());
        _dispose.SetResult();
        Assert.Equal(CallEndKind.Completed, _ended.Wait().End.Kind);
    }

    [Fact]
    public void A_run_that_never_returns_has_the_bound_of_the_teardown_and_is_then_listed()
    {
        var adapter = Created();
        var run = new BlockingSink();
        adapter.BeginRun(run);
        Pass(500);
        adapter.BeginTeardown(TimeSpan.FromSeconds(4), _ended);
        _disconnect.SetResult();
        _dispose.SetResult();
        Assert.Equal(CallEndKind.Completed, _ended.Wait().End.Kind);
        _services.Watch.Sweep();
        Pass(3.999);
        Assert.True(run.IsEmpty);
        Pass(0.001);
        Assert.Equal(CallEndKind.Overdue, run.Wait().End.Kind);
        Assert.Equal(Operation.Run, Assert.Single(adapter.Abandoned()).Operation);
    }

    [Fact]
    public void It_is_watched_until_it_has_been_torn_down_and_every_call_has_come_back()
    {
        IWatched watched = Created();
        Assert.True(watched.Sweep(_services.Watch.Now));
        ((GuardedAdapter)watched).BeginTeardown(TimeSpan.FromSeconds(1), _ended);
        GuardFixture.Until(() => Volatile.Read(ref _disconnects) == 1, "disconnect is entered");
        Pass(6);
        _ended.Wait();
        GuardFixture.Until(() => Volatile.Read(ref _disposes) == 1, "dispose is entered");
        Assert.True(watched.Sweep(_services.Watch.Now));
        _disconnect.SetResult();
        Assert.True(watched.Sweep(_services.Watch.Now));
        _dispose.SetResult();
        GuardFixture.Until(() => !watched.Sweep(_services.Watch.Now), "nothing is left to watch");
    }

    [Fact]
    public void What_runs_outside_the_process_ends_when_dispose_has_ended_or_had_its_time_and_not_before()
    {
        var held = new FakeProcess();
        var worker = new WorkerHandle(new WorkerOptions());
        worker.Attach(held);
        var adapter = Created(worker);
        adapter.BeginTeardown(TimeSpan.FromSeconds(1), _ended);
        GuardFixture.Until(() => Volatile.Read(ref _disconnects) == 1, "disconnect is entered");
        _services.Watch.Sweep();
        Pass(0.5);
        GuardFixture.Until(() => Volatile.Read(ref _disposes) == 1, "dispose is entered");
        Assert.Equal(0, held.Ends);
        Pass(5);
        Assert.Equal(CallEndKind.Overdue, _ended.Wait().End.Kind);
        GuardFixture.Until(() => held.Ends == 1, "its process is ended");
    }

    [Fact]
    public void What_comes_when_its_generation_has_been_given_up_is_ended_at_once()
    {
        var held = new FakeProcess();
        var worker = new WorkerHandle(new WorkerOptions());
        using var constructor = new ManualResetEvent(false);
        var guarded = new GuardedAdapter("test", 1, 8, new CallTimeouts(), _services, new GuardFixture(new ScriptedAdapter()), () =>
        {
            constructor.WaitOne();
            worker.Attach(held);
            return new ScriptedAdapter();
        })
        { Worker = worker };
        guarded.BeginCreate(new BlockingSink());
        guarded.BeginTeardown(TimeSpan.FromSeconds(1), _ended);
        Assert.Equal(CallEndKind.Refused, _ended.Wait().End.Kind);
        Assert.Equal(0, held.Ends);
        constructor.Set();
        GuardFixture.Until(() => held.Ends == 1, "its process is ended");
    }

    [Fact]
    public void What_a_constructor_has_made_after_the_teardown_began_but_before_its_own_deadline_is_disposed_once()
    {
        using var constructor = new ManualResetEvent(false);
        var adapter = new ScriptedAdapter { OnDispose = () => { Interlocked.Increment(ref _disposes); return Task.CompletedTask; } };
        var guarded = new GuardedAdapter("test", 1, 8, new CallTimeouts(), _services, new GuardFixture(adapter), () =>
        {
            constructor.WaitOne();
            return adapter;
        });
        var created = new BlockingSink();
        guarded.BeginCreate(created);
        guarded.BeginTeardown(TimeSpan.FromSeconds(1), _ended);
        Assert.Equal(CallEndKind.Refused, _ended.Wait().End.Kind);
        constructor.Set();
        Assert.Equal(CallEndKind.Completed, created.Wait().End.Kind);
        GuardFixture.Until(() => Volatile.Read(ref _disposes) == 1 && !guarded.HasOpenCalls, "it is disposed");
        Assert.Equal(1, Volatile.Read(ref _disposes));
    }

    private sealed class FakeProcess : IExternalProcess
    {
        private int _ends;

        public int Ends => Volatile.Read(ref _ends);

        public int ProcessId => 1;

        public void Kill() => Interlocked.Increment(ref _ends);
    }

    private GuardedAdapter Created(WorkerHandle? worker = null)
    {
        var adapter = new ScriptedAdapter
        {
            OnRun = static _ => new TaskCompletionSource().Task,
            OnDisconnect = _ => { Interlocked.Increment(ref _disconnects); return _disconnect.Task; },
            OnDispose = () => { Interlocked.Increment(ref _disposes); return _dispose.Task; },
        };
        var guarded = new GuardedAdapter("test", 1, 8, new CallTimeouts(), _services, new GuardFixture(adapter), () => adapter) { Worker = worker };
        GuardFixture.Await(guarded.BeginCreate);
        return guarded;
    }

    private void Pass(double seconds)
    {
        for (var left = TimeSpan.FromSeconds(seconds); left > TimeSpan.Zero; left -= TimeSpan.FromSeconds(1))
        {
            _clock.Advance(left < TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1));
            _services.Watch.Sweep();
        }
    }
}
