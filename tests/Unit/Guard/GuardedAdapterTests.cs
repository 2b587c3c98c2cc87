using System.Collections.Concurrent;
using Moq;
using PluginGateway.Configuration.Options;
using PluginGateway.Guard.Calls;
using PluginGateway.Guard.Lanes;

namespace PluginGateway.Tests.Guard;

public sealed class GuardedAdapterTests
{
    [Fact]
    public void A_send_that_completes_has_the_adapters_own_result()
    {
        var fixture = new GuardFixture(new ScriptedAdapter()).Created();
        Assert.Equal("7", fixture.Send("7").Result.Receipt!.MessageId);
    }

    [Fact]
    public void A_send_that_never_completes_is_unknown_at_its_deadline_and_listed_as_awaiting()
    {
        var fixture = new GuardFixture(
            new ScriptedAdapter { OnSend = static (_, _) => new TaskCompletionSource<SendResult>().Task }, GuardFixture.Timeouts(0.1)).Created();
        var (call, took) = GuardFixture.Await(sink => fixture.Adapter.Post(new SendCall(GuardFixture.Message(), sink)));
        Assert.Equal(CallEndKind.Overdue, call.End.Kind);
        Assert.Equal(SendOutcome.Unknown, ((SendCall)call).Result.Outcome);
        Assert.InRange(took.TotalSeconds, 0.09, 1.1);
        var abandoned = Assert.Single(fixture.Adapter.Abandoned());
        Assert.Equal((Operation.Send, CallStage.Awaiting), (abandoned.Operation, abandoned.Stage));
    }

    [Fact]
    [Acceptance(8)]
    public void A_send_that_blocks_before_its_first_await_ends_at_its_deadline_and_the_next_one_goes_through()
    {
        using var release = new ManualResetEvent(false);
        var fixture = new GuardFixture(new ScriptedAdapter { OnSend = (message, _) => Sent(message, message.Key == "bad" ? release : null) },
            GuardFixture.Timeouts(0.2)).Created();
        Assert.Equal(CallStage.Entered, fixture.Send("bad").End.Stage);
        Assert.Equal(SendOutcome.Sent, fixture.Send("good").Result.Outcome);
        release.Set();
        GuardFixture.Until(() => fixture.Late.Count == 1 && fixture.Adapter.Abandoned().Count == 0, "the blocked send came back");
        Assert.Equal(SendOutcome.Sent, fixture.Send("again").Result.Outcome);

        static Task<SendResult> Sent(OutboundMessage message, ManualResetEvent? wait)
        {
            wait?.WaitOne();
            return Task.FromResult(SendResult.Sent(message.Key));
        }
    }

    [Fact]
    [Acceptance(5)]
    [Original("timeout <= 0")]
    public void A_zero_deadline_waits_for_the_real_result()
    {
        var fixture = new GuardFixture(
            new ScriptedAdapter { OnSend = static async (message, _) => { await Task.Delay(50); return SendResult.Sent(message.Key); } },
            new CallTimeouts { Send = TimeSpan.Zero }).Created();
        Assert.Equal(SendOutcome.Sent, fixture.Send().Result.Outcome);
    }

    public static TheoryData<string, Func<Task<SendResult>?>, string> BadSends => new()
    {
        { "null task", static () => null, "contract: Send returned no task." },
        { "null result", static () => Task.FromResult<SendResult>(null!), "contract: Send returned null." },
        { "throws", static () => throw new InvalidOperationException("no"), "System.InvalidOperationException: no" },
        { "faulted", static () => Task.FromException<SendResult>(new InvalidOperationException("no")), "System.InvalidOperationException: no" },
        { "cancelled", static () => Task.FromCanceled<SendResult>(new CancellationToken(true)), "OperationCanceledException: It was cancelled." },
        { "message throws", static () => throw new HostileException(), "(its Message threw System.InvalidOperationException)" },
        { "adapter exception", static () => throw new PluginException(new PluginFault("x", "y")), "y" },
    };

    [Theory]
    [MemberData(nameof(BadSends))]
    public void A_send_that_breaks_the_contract_has_failed_with_an_outcome_and_a_reason(string how, Func<Task<SendResult>?> send, string reason)
    {
        var fixture = new GuardFixture(new ScriptedAdapter { OnSend = (_, _) => send() }).Created();
        var call = fixture.Send();
        Assert.Equal(CallEndKind.Failed, call.End.Kind);
        Assert.EndsWith(reason, call.End.Describe(), StringComparison.Ordinal);
        Assert.Equal(how == "adapter exception" ? SendOutcome.NotSent : SendOutcome.Unknown, call.Result.Outcome);
    }

    [Fact]
    public void A_task_that_was_never_started_is_unknown_at_its_deadline()
    {
        var fixture = new GuardFixture(new ScriptedAdapter { OnSend = static (_, _) => new Task<SendResult>(static () => SendResult.Sent("x")) },
            GuardFixture.Timeouts(0.3)).Created();
        var call = fixture.Send();
        Assert.Equal((CallEndKind.Overdue, SendOutcome.Unknown), (call.End.Kind, call.Result.Outcome));
    }

    /// <summary>The completion would otherwise wait for the plugin's own loop.</summary>
    [Fact]
    public void A_context_that_a_plugin_leaves_on_the_lane_is_not_asked_to_complete_its_call()
    {
        var source = new TaskCompletionSource<SendResult>();
        var context = new Mock<SynchronizationContext>();
        using var entered = new ManualResetEvent(false);
        var fixture = new GuardFixture(new ScriptedAdapter
        {
            OnSend = (_, _) =>
            {
                SynchronizationContext.SetSynchronizationContext(context.Object);
                entered.Set();
                return source.Task;
            },
        }).Created();
        var sink = new BlockingSink();
        fixture.Adapter.Post(new SendCall(GuardFixture.Message(), sink));
        Assert.True(entered.WaitOne(GuardFixture.Patience));
        // Until the lane has gone on, the call has no continuation that could go the wrong way.
        GuardFixture.Until(() => fixture.Adapter.Abandoned().Count == 0 && fixture.Adapter.IsServing, "it awaits");
        Thread.Sleep(30);
        source.SetResult(SendResult.Sent("sent"));
        Assert.Equal(CallEndKind.Completed, sink.Wait().End.Kind);
        context.Verify(static c => c.Post(It.IsAny<SendOrPostCallback>(), It.IsAny<object?>()), Times.Never);
    }

    [Fact]
    public void Half_of_the_slots_overdue_is_wedged_once()
    {
        var fixture = new GuardFixture(new ScriptedAdapter { OnSend = static (_, _) => new TaskCompletionSource<SendResult>().Task },
            GuardFixture.Timeouts(0.1), sends: 4).Created();
        var sink = new BlockingSink();
        for (var i = 0; i < 4; i++) fixture.Adapter.Post(new SendCall(GuardFixture.Message(), sink));
        for (var i = 0; i < 4; i++) sink.Wait();
        GuardFixture.Until(() => !fixture.Wedged.IsEmpty, "the generation is wedged");
        Assert.Single(fixture.Wedged);
    }

    /// <summary>Nobody's message is lost by them: what probes that hang mean is for the supervision to say.</summary>
    [Fact]
    public void Typing_and_probes_that_hang_wedge_nothing_and_hold_up_no_send()
    {
        var adapter = new Mock<IChannelAdapter>();
        adapter.Setup(static a => a.SendAsync(It.IsAny<OutboundMessage>(), It.IsAny<CancellationToken>()))
            .Returns(Task.FromResult(SendResult.Sent("sent")));
        adapter.As<IShowTyping>().Setup(static a => a.ShowTypingAsync(It.IsAny<TypingIndication>(), It.IsAny<CancellationToken>()))
            .Returns(new TaskCompletionSource().Task);
        adapter.As<IProbeConnection>().Setup(static a => a.ProbeAsync(It.IsAny<CancellationToken>())).Returns(new TaskCompletionSource<ProbeResult>().Task);
        var fixture =
            new GuardFixture(adapter.Object, new CallTimeouts { Typing = TimeSpan.FromSeconds(0.05), Probe = TimeSpan.FromSeconds(0.05) }).Created();
        var sink = new BlockingSink();
        for (var i = 0; i < 2; i++) fixture.Adapter.Post(new TypingCall(new TypingIndication(new Chat("c", ChatKind.Direct)), sink));
        for (var i = 0; i < 3; i++) fixture.Adapter.Post(new ProbeCall(sink));
        for (var i = 0; i < 5; i++) Assert.Equal(CallEndKind.Overdue, sink.Wait().End.Kind);
        Assert.Equal(SendOutcome.Sent, fixture.Send().Result.Outcome);
        GuardFixture.Until(static () => GuardFixture.Services.Watch.Pool.IsTrusted, "the pool is no excuse");
        var sweeps = GuardFixture.Services.Watch.Sweeps;
        GuardFixture.Until(() => GuardFixture.Services.Watch.Sweeps > sweeps + 2, "the watch has come round");
        Assert.Empty(fixture.Wedged);
        Assert.Equal(5, fixture.Adapter.Abandoned().Count);
    }

    [Fact]
    public void Sends_over_the_limit_wait_and_are_refused_when_the_generation_is_retired()
    {
        var fixture =
            new GuardFixture(new ScriptedAdapter { OnSend = static (_, _) => new TaskCompletionSource<SendResult>().Task }, sends: 1).Created();
        var first = new BlockingSink();
        var second = new BlockingSink();
        fixture.Adapter.Post(new SendCall(GuardFixture.Message(), first));
        fixture.Adapter.Post(new SendCall(GuardFixture.Message(), second));
        fixture.Adapter.Retire();
        var refused = (SendCall)second.Wait();
        Assert.Equal((CallEndKind.Refused, SendOutcome.NotSent, SendRetryKind.AfterReconnect),
            (refused.End.Kind, refused.Result.Outcome, refused.Result.Error!.Retry.Kind));
    }

    public static TheoryData<string, Func<CancellationToken, Task?>> HangingDisconnects => new()
    {
        { "never completes", static _ => new TaskCompletionSource().Task },
        { "blocks", static _ => { Thread.Sleep(Timeout.Infinite); return null; } },
        { "spins", static _ => Spin() },
        {
            "blocks in a cancellation callback",
            static token => { token.Register(static () => Thread.Sleep(Timeout.Infinite)); return new TaskCompletionSource().Task; }
        },
        { "throws", static _ => throw new InvalidOperationException("no") },
    };

    [Theory]
    [Acceptance(1)]
    [Acceptance(8)]
    [Original("_safe_adapter_teardown")]
    [MemberData(nameof(HangingDisconnects))]
    public void A_teardown_ends_within_its_bound_and_still_disposes(string how, Func<CancellationToken, Task?> disconnect)
    {
        using var disposed = new ManualResetEvent(false);
        var fixture = new GuardFixture(
            new ScriptedAdapter { OnDisconnect = disconnect, OnDispose = () => { disposed.Set(); return Task.CompletedTask; } }).Created();
        var (_, took) = GuardFixture.Await(sink => fixture.Adapter.BeginTeardown(TimeSpan.FromSeconds(0.2), sink));
        Assert.True(took < TimeSpan.FromSeconds(1.2), $"{how}: {took}");
        Assert.True(disposed.WaitOne(0), how);
    }

    [Fact]
    [Acceptance(1)]
    [Acceptance(8)]
    [Original("_safe_adapter_teardown")]
    public void A_dispose_that_blocks_is_abandoned_at_the_same_bound()
    {
        var fixture = new GuardFixture(new ScriptedAdapter
        {
            OnDisconnect = static _ => new TaskCompletionSource().Task,
            OnDispose = static () => { Thread.Sleep(Timeout.Infinite); return null; }
        }).Created();
        var (call, took) = GuardFixture.Await(sink => fixture.Adapter.BeginTeardown(TimeSpan.FromSeconds(0.2), sink));
        Assert.Equal(CallEndKind.Overdue, call.End.Kind);
        Assert.InRange(took.TotalSeconds, 0.18, 1.2);
        Assert.Equal([Operation.Disconnect, Operation.Dispose], fixture.Adapter.Abandoned().Select(static c => c.Operation).Order());
    }

    [Fact]
    [Acceptance(6)]
    [Acceptance(7)]
    [Original("timeout <= 0")]
    public void A_teardown_without_a_bound_waits_for_the_real_end()
    {
        var fixture = new GuardFixture(new ScriptedAdapter { OnDisconnect = static async _ => await Task.Delay(50) }).Created();
        var (call, took) = GuardFixture.Await(sink => fixture.Adapter.BeginTeardown(TimeSpan.Zero, sink));
        Assert.Equal(CallEndKind.Completed, call.End.Kind);
        Assert.True(took.TotalMilliseconds >= 45);
    }

    [Fact]
    [Acceptance(4)]
    [Original("_teardown_adapters")]
    public void Two_hanging_adapters_are_torn_down_in_one_bound()
    {
        var fixtures = Enumerable.Range(0, 2).Select(static _ => new GuardFixture(new ScriptedAdapter
        {
            OnDisconnect = static _ => new TaskCompletionSource().Task,
            OnDispose = static () => new TaskCompletionSource().Task
        }).Created()).ToArray();
        var sink = new BlockingSink();
        var watch = System.Diagnostics.Stopwatch.StartNew();
        foreach (var fixture in fixtures) fixture.Adapter.BeginTeardown(TimeSpan.FromSeconds(0.2), sink);
        foreach (var _ in fixtures) sink.Wait();
        Assert.InRange(watch.Elapsed.TotalSeconds, 0.18, 1.2);
    }

    [Fact]
    public void A_constructor_that_hangs_is_abandoned_and_what_it_makes_later_is_disposed()
    {
        using var release = new ManualResetEvent(false);
        using var disposed = new ManualResetEvent(false);
        var adapter = new ScriptedAdapter { OnDispose = () => { disposed.Set(); return Task.CompletedTask; } };
        var fixture = new GuardFixture(
            adapter, new CallTimeouts { Load = TimeSpan.FromSeconds(0.1) }, create: () => { release.WaitOne(); return adapter; });
        Assert.Equal(CallEndKind.Overdue, GuardFixture.Await(fixture.Adapter.BeginCreate).Call.End.Kind);
        Assert.Equal(CallEndKind.Refused, GuardFixture.Await(sink => fixture.Adapter.BeginTeardown(TimeSpan.FromSeconds(1), sink)).Call.End.Kind);
        release.Set();
        Assert.True(disposed.WaitOne(GuardFixture.Patience));
        Assert.Equal(CallEndKind.Refused, fixture.Send().End.Kind);
    }

    [Fact]
    public void A_teardown_takes_no_more_calls_and_asks_those_that_are_open_to_stop()
    {
        var open = new BlockingSink();
        using var entered = new ManualResetEvent(false);
        var fixture = new GuardFixture(new ScriptedAdapter
        {
            OnSend = async (message, token) => { entered.Set(); await Task.Delay(Timeout.Infinite, token); return SendResult.Sent(message.Key); }
        }).Created();
        fixture.Adapter.Post(new SendCall(GuardFixture.Message(), open));
        Assert.True(entered.WaitOne(GuardFixture.Patience));
        GuardFixture.Await(sink => fixture.Adapter.BeginTeardown(TimeSpan.FromSeconds(5), sink));
        Assert.Equal(CallEndKind.Failed, open.Wait().End.Kind);
        Assert.Equal(CallEndKind.Refused, fixture.Send().End.Kind);
        GuardFixture.Until(() => !fixture.Adapter.HasOpenCalls, "nothing is open");
    }

    [Fact]
    [Original("cancellation by the host")]
    public void The_run_is_cancelled_by_the_teardown()
    {
        var fixture = new GuardFixture(new ScriptedAdapter()).Created();
        var run = new BlockingSink();
        fixture.Adapter.BeginRun(run);
        GuardFixture.Await(sink => fixture.Adapter.BeginTeardown(TimeSpan.FromSeconds(5), sink));
        Assert.Equal(CallEndKind.Failed, run.Wait().End.Kind);
    }

    [Theory]
    [Acceptance(8)]
    [InlineData(false)]
    [InlineData(true)]
    public void A_connect_that_blocks_itself_or_in_a_cancellation_callback_ends_at_its_deadline_and_is_torn_down_in_its_bound(bool inCallback)
    {
        using var release = new ManualResetEvent(false);
        var fixture =
            new GuardFixture(new ScriptedAdapter { OnConnect = token => Block(release, inCallback, token) }, GuardFixture.Timeouts(0.2)).Created();
        var (call, took) = GuardFixture.Await(sink => fixture.Adapter.BeginConnect(new ConnectContext(1, false, "start"), sink));
        Assert.Equal(CallEndKind.Overdue, call.End.Kind);
        Assert.InRange(took.TotalSeconds, 0.18, 1.2);
        var (_, teardownTook) = GuardFixture.Await(sink => fixture.Adapter.BeginTeardown(TimeSpan.FromSeconds(0.2), sink));
        Assert.InRange(teardownTook.TotalSeconds, 0, 1.2);
        release.Set();
    }

    [Fact]
    public void What_a_member_leaves_behind_on_the_lane_does_not_leak_into_the_next_call()
    {
        var local = new AsyncLocal<int>();
        var seen = new ConcurrentQueue<(int Local, bool Context)>();
        var fixture = new GuardFixture(new ScriptedAdapter
        {
            OnSend = (message, _) =>
            {
                seen.Enqueue((local.Value, SynchronizationContext.Current is not null));
                local.Value = 5;
                SynchronizationContext.SetSynchronizationContext(new SynchronizationContext());
                return Task.FromResult(SendResult.Sent(message.Key));
            },
        }).Created();
        fixture.Send("1");
        fixture.Send("2");
        Assert.Equal([(0, false), (0, false)], seen);
    }

    private static Task Block(ManualResetEvent release, bool inCallback, CancellationToken token)
    {
        if (inCallback) token.Register(() => release.WaitOne());
        else release.WaitOne();
        return new TaskCompletionSource().Task;
    }

    private static Task Spin()
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while (watch.Elapsed < TimeSpan.FromSeconds(3)) Thread.SpinWait(100);
        return Task.CompletedTask;
    }

    private sealed class HostileException : Exception
    {
        public override string Message => throw new InvalidOperationException("even this");
    }
}
