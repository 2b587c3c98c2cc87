using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using PluginGateway.Configuration.Options;
using PluginGateway.Guard;
using PluginGateway.Guard.Calls;
using PluginGateway.Guard.Lanes;
using PluginGateway.Loading;

namespace PluginGateway.Tests.Guard;

/// <summary>A real guard with its real threads around a scripted adapter. Waits block the test's own thread, so a starved pool does not fool the
/// clock.</summary>
internal sealed class GuardFixture : ILaneObserver
{
    /// <summary>How long a test waits for what must come; mutation testing, where it often does not, has less.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(
        int.TryParse(Environment.GetEnvironmentVariable("GATEWAY_TESTS_PATIENCE"), CultureInfo.InvariantCulture, out var seconds) ? seconds : 60);

    private static readonly Lazy<GuardServices> Shared = new(static () =>
    {
        var services = new GuardServices(TimeProvider.System);
        services.Start();
        // As in the gateway's warm-up: the first stack with lines takes longer than some bounds here.
        FaultText.Of(new IOException());
        return services;
    });

    public GuardFixture(IChannelAdapter adapter, CallTimeouts? timeouts = null, int sends = 8, Func<IChannelAdapter>? create = null)
    {
        Adapter = new GuardedAdapter("test", 1, sends, timeouts ?? new CallTimeouts(), Services, this, create ?? (() => adapter));
    }

    public static GuardServices Services => Shared.Value;

    public GuardedAdapter Adapter { get; }

    public ConcurrentQueue<(Operation Operation, CallEnd End)> Overdue { get; } = new();

    public ConcurrentQueue<(Operation Operation, CallFailure? Failure)> Late { get; } = new();

    public CallStatistics Figures { get; } = new();

    public ConcurrentQueue<string> Wedged { get; } = new();

    public static CallTimeouts Timeouts(double seconds) => new()
    {
        Connect = TimeSpan.FromSeconds(seconds),
        Send = TimeSpan.FromSeconds(seconds),
        Disconnect = TimeSpan.FromSeconds(seconds),
    };

    public static OutboundMessage Message(string key = "k") => new(key, new Chat("c", ChatKind.Direct), "text");

    /// <summary>Begins a call and blocks until it has ended.</summary>
    public static (GuardedCall Call, TimeSpan Took) Await(Action<ICallSink> begin)
    {
        var sink = new BlockingSink();
        var watch = Stopwatch.StartNew();
        begin(sink);
        return (sink.Wait(), watch.Elapsed);
    }

    public GuardFixture Created()
    {
        Assert.Equal(CallEndKind.Completed, Await(Adapter.BeginCreate).Call.End.Kind);
        return this;
    }

    public SendCall Send(string key = "k") => (SendCall)Await(sink => Adapter.Post(new SendCall(Message(key), sink))).Call;

    void ILaneObserver.OnSettled(Operation operation, in CallEnd end) => Figures.Count(operation, end);

    void ILaneObserver.OnOverdue(Operation operation, in CallEnd end) => Overdue.Enqueue((operation, end));

    void ILaneObserver.OnLate(Operation operation, TimeSpan lateness, CallFailure? failure) => Late.Enqueue((operation, failure));

    void ILaneObserver.OnWedged(string reason) => Wedged.Enqueue(reason);

    public static void Until(Func<bool> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < Patience, $"Waited in vain until {what}.");
            Thread.Sleep(5);
        }
    }
}

/// <summary>Collects the ends of calls; waiting blocks the caller and nothing else.</summary>
internal sealed class BlockingSink : ICallSink
{
    private readonly BlockingCollection<GuardedCall> _ended = [];

    public bool IsEmpty => _ended.Count == 0;

    public void Settled(GuardedCall call) => _ended.Add(call);

    public GuardedCall Wait()
    {
        Assert.True(_ended.TryTake(out var call, GuardFixture.Patience), "The call did not end.");
        return call!;
    }
}
