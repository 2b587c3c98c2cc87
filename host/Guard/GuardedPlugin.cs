using PluginGateway.Configuration.Options;
using PluginGateway.Guard.Calls;
using PluginGateway.Guard.Lanes;

namespace PluginGateway.Guard;

/// <summary>A guarded instance of a plugin class, as far as its end is concerned.</summary>
internal interface IGuardedInstance
{
    /// <summary>True while a call is open or abandoned.</summary>
    bool HasOpenCalls { get; }

    /// <summary>True while a call of a member that is used while connected runs and is not overdue.</summary>
    bool IsServing { get; }

    /// <summary>Every call that outlived its deadline and has not come back.</summary>
    IReadOnlyList<AbandonedCall> Abandoned();

    /// <summary>Accepts no more calls; waiting ones are refused. Returns at once.</summary>
    void Retire();

    /// <summary>Ends the instance within one bound: the polite close first, dispose when it ends or shortly before the deadline. Returns at
    /// once.</summary>
    /// <param name="bound">For everything together; zero or less = without a deadline.</param>
    /// <param name="sink">Gets the end of the last call.</param>
    void BeginTeardown(TimeSpan bound, ICallSink sink);
}

/// <summary>Common part of the guards of adapters and handlers: one instance of a plugin class, its lane, its lifecycle calls, its
/// teardown.</summary>
internal abstract class GuardedPlugin<T> : IGuardedInstance, IWatched
    where T : class
{
    private static readonly TimeSpan DisposeReserve = TimeSpan.FromSeconds(0.5);

    private static readonly TimeSpan LeastRest = TimeSpan.FromMilliseconds(1);

    private readonly ILaneObserver _observer;
    private readonly string _name;
    private readonly SlotPoolOptions[] _bays;
    private readonly LaneLimits? _limits;
    private readonly Func<T> _create;
    private volatile T? _instance;
    private volatile Lane? _lane;
    private volatile bool _retired;
    private volatile bool _isEnding;
    private volatile bool _tornDown;
    private int _disposeClaimed;

    protected GuardedPlugin(
        string name, int generation, SlotPoolOptions[] bays, CallTimeouts timeouts, GuardServices services, ILaneObserver observer, Func<T> create,
        LaneLimits? limits = null)
    {
        _limits = limits;
        _name = name;
        _bays = bays;
        Services = services;
        _observer = observer;
        _create = create;
        Generation = generation;
        Timeouts = timeouts;
        Lifecycle = new LifecycleCalls(name, services.Watch, services.Spawner, observer);
        services.Watch.Add(this);
    }

    public int Generation { get; }

    /// <summary>Cut when the instance has been disposed or given up: then nothing of it runs outside this process either.</summary>
    public WorkerHandle? Worker { get; init; }

    /// <summary>Wait of the host before it enters the constructor; the constructor's deadline runs from its end.</summary>
    public Action? Before { get; init; }

    public bool HasOpenCalls => Lifecycle.HasOpenCalls || _lane is { HasOpenCalls: true };

    public bool IsServing => _lane is { IsServing: true };

    /// <summary>True when the instance runs in a worker.</summary>
    protected bool IsIsolated => Instance is IRemoteProxy;

    protected CallTimeouts Timeouts { get; }

    protected GuardServices Services { get; }

    protected LifecycleCalls Lifecycle { get; }

    /// <summary>The plugin's object, once it has been created.</summary>
    protected T? Instance => _instance;

    /// <summary>Runs the plugin's constructor. The call's value is this guard's own instance, and is given to no other object.</summary>
    public void BeginCreate(ICallSink sink) => Lifecycle.Start(
        new WorkCall<T>(Operation.Create, Create, sink) { Before = Before, Late = DisposeLate }, null, Timeouts.Load);

    public IReadOnlyList<AbandonedCall> Abandoned()
    {
        List<AbandonedCall> list = [];
        Lifecycle.AddAbandoned(list, Generation);
        _lane?.AddAbandoned(list, Generation);
        return list;
    }

    public void Retire()
    {
        _retired = true;
        _lane?.Close();
    }

    public void BeginTeardown(TimeSpan bound, ICallSink sink)
    {
        Retire();
        OnTeardown(bound);
        _lane?.CancelOpen();
        _isEnding = true;
        // Here and in Create: each thread writes its own flag first and then reads the other's, so an instance is seen by at least one of them.
        Interlocked.MemoryBarrier();
        if (_instance is { } instance && ClaimDispose()) BeginClose(instance, bound, Worker is null ? sink : new Continuation(sink, Worker.Kill));
        else GiveUp(sink);
        _tornDown = true;
    }

    bool IWatched.Sweep(long now)
    {
        Lifecycle.Sweep(now);
        _lane?.Sweep(now);
        return !_tornDown || HasOpenCalls;
    }

    /// <summary>Queues a call of a member on the lane.</summary>
    protected void Post(GuardedCall call, TimeSpan limit, int bay)
    {
        if (_lane is { } lane && !_retired) lane.Post(call, limit, bay);
        else call.Finish(new CallEnd(CallEndKind.Refused, CallStage.NotEntered, TimeSpan.Zero, null));
    }

    /// <summary>Returns the call that closes the instance before its disposal, or null when the contract has none.</summary>
    protected abstract GuardedCall? CloseCall(ICallSink sink);

    protected abstract GuardedCall DisposeCall(ICallSink? sink);

    /// <summary>Called when the teardown begins. Must not block.</summary>
    protected virtual void OnTeardown(TimeSpan bound)
    {
    }

    /// <summary>Ends the teardown without an instance: the constructor has not returned, or its instance has been disposed already.</summary>
    private void GiveUp(ICallSink sink)
    {
        Worker?.Kill();
        DisposeCall(sink).Finish(new CallEnd(CallEndKind.Refused, CallStage.NotEntered, TimeSpan.Zero, null));
    }

    private T Create()
    {
        var instance = _create();
        _lane = new Lane($"lane {_name}", instance, _bays, Services.Watch, Services.Spawner, _observer, limits: _limits);
        _instance = instance;
        Interlocked.MemoryBarrier();
        if (_isEnding) DisposeLate(instance);
        return instance;
    }

    private void BeginClose(T instance, TimeSpan bound, ICallSink sink)
    {
        var started = Services.Watch.Fresh;
        var dispose = new Continuation(null, () => Lifecycle.Start(DisposeCall(sink), instance, Rest(bound, started)));
        var reserve = DisposeReserve < bound / 2 ? DisposeReserve : bound / 2;
        if (CloseCall(dispose) is { } close) Lifecycle.Start(close, instance, bound > TimeSpan.Zero ? bound - reserve : bound);
        else Lifecycle.Start(DisposeCall(sink), instance, bound);
    }

    /// <summary>Disposes, once, an instance whose constructor returned after its deadline or after the teardown had begun.</summary>
    private void DisposeLate(T late)
    {
        if (ClaimDispose()) Lifecycle.Start(DisposeCall(null), late, Timeouts.Disconnect);
    }

    private bool ClaimDispose() => Interlocked.Exchange(ref _disposeClaimed, 1) == 0;

    private TimeSpan Rest(TimeSpan bound, long started)
    {
        if (bound <= TimeSpan.Zero) return bound;
        var rest = bound - Services.Watch.Elapsed(started, Services.Watch.Fresh);
        return rest > LeastRest ? rest : LeastRest;
    }

    private sealed class Continuation(ICallSink? sink, Action next) : ICallSink
    {
        public void Settled(GuardedCall call)
        {
            sink?.Settled(call);
            next();
        }
    }
}
