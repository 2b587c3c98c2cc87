using Moq;
using PluginGateway.Configuration;
using PluginGateway.Configuration.Options;
using PluginGateway.Guard;
using PluginGateway.Guard.Calls;
using PluginGateway.Loading;
using PluginGateway.Supervision.Generations;
using PluginGateway.Tests.Supervision;

namespace PluginGateway.Tests.Guard;

public sealed class GuardedHandlerTests
{
    [Fact]
    public void A_turn_reaches_the_handler_and_ends_at_its_deadline()
    {
        var turns = new List<Turn>();
        var handler = Created(new ScriptedHandler { OnTurn = turn => { turns.Add(turn); return new TaskCompletionSource().Task; } },
            new CallTimeouts { Turn = TimeSpan.FromSeconds(0.1) });
        Assert.Equal(3, handler.ConcurrentTurns);
        var turn = Mock.Of<EventTurn>(
            static turn => turn.Event == new InboundMessage("e", new Chat("c", ChatKind.Direct, null), new Sender("s", null, false), "text"));
        Assert.Equal((Operation.Turn, CallEndKind.Overdue), Ended(GuardFixture.Await(sink => handler.Post(new TurnCall(turn, sink))).Call));
        Assert.Same(turn, Assert.Single(turns));
        Assert.False(handler.IsServing);
    }

    [Fact]
    public void A_turn_is_cancelled_with_its_reason_and_one_that_waits_for_a_thread_is_not_entered()
    {
        var (tokens, reasons) = (new List<CancellationToken>(), new List<TurnCancelReason>());
        var turn = new Mock<EventTurn>();
        turn.Setup(static turn => turn.Event).Returns(new InboundMessage("e", new Chat("c", ChatKind.Direct, null), new Sender("s"), "text"));
        turn.As<ICancellableTurn>().Setup(static turn => turn.OnCancelling(It.IsAny<TurnCancelReason>())).Callback<TurnCancelReason>(reasons.Add);
        var handler = Created(new ScriptedHandler
        {
            OnTurnWith = (_, token) =>
            {
                lock (tokens) tokens.Add(token);
                return Task.Delay(Timeout.Infinite, token);
            },
        });
        TurnCall call = null!;
        var (ended, _) = GuardFixture.Await(sink =>
        {
            handler.Post(call = new TurnCall(turn.Object, sink) { Source = new CancellationTokenSource() });
            GuardFixture.Until(() => { lock (tokens) return tokens.Count == 1; }, "it is entered");
            handler.Cancel(call, TurnCancelReason.Stopped);
        });
        Assert.Equal(CallEndKind.Failed, ended.End.Kind);
        Assert.Equal([TurnCancelReason.Stopped], reasons);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Equal(CallEndKind.Failed, GuardFixture.Await(sink => handler.Post(new TurnCall(turn.Object, sink) { Source = cancelled })).Call.End.Kind);
        Assert.Single(tokens);
    }

    [Fact]
    public void Its_teardown_is_its_dispose_and_takes_the_whole_bound()
    {
        var handler = Created(new ScriptedHandler { OnDispose = static () => new TaskCompletionSource().Task });
        var (call, took) = GuardFixture.Await(sink => handler.BeginTeardown(TimeSpan.FromSeconds(0.4), sink));
        Assert.Equal((Operation.Dispose, CallEndKind.Overdue), Ended(call));
        Assert.True(took >= TimeSpan.FromSeconds(0.38), $"{took}");
        Assert.Equal(Operation.Dispose, Assert.Single(handler.Abandoned()).Operation);
        // It is disposed once.
        Assert.Equal(
            (Operation.Dispose, CallEndKind.Refused), Ended(GuardFixture.Await(sink => handler.BeginTeardown(TimeSpan.FromSeconds(1), sink)).Call));
    }

    [Fact]
    public void What_a_factory_makes_is_guarded_from_its_constructor_on_and_has_a_folder_of_its_own()
    {
        var folder = Directory.CreateTempSubdirectory("guarded-");
        try
        {
            var (data, plugin, made) = (Path.Combine(folder.FullName, "adapters", "unit"), SupervisorFixture.Loaded("Test"), false);
            var options = new GuardOptions("unit", 3, new CallTimeouts(), new GuardFixture(new ScriptedAdapter()));
            var handlers = new Mock<IHandlerFactory>();
            handlers.Setup(inner => inner.Create(plugin, It.IsAny<HandlerContext>())).Callback(() => made = Directory.Exists(data))
                .Returns(new ScriptedHandler());
            var context = new GenerationHandlerContext(
                4, PluginSettings.Empty, new HandlerServices(null!, null!, Mock.Of<IPluginLog>(), data), "", TimeProvider.System, options);
            var handler = new GuardingHandlerFactory(handlers.Object, GuardFixture.Services).Create(plugin, context);
            handlers.Verify(inner => inner.CapabilitiesOf(plugin));
            handlers.VerifyNoOtherCalls();
            Assert.Equal(CallEndKind.Completed, GuardFixture.Await(handler.BeginCreate).Call.End.Kind);
            Assert.Equal((4, 3, true), (handler.Generation, handler.ConcurrentTurns, made));
            Assert.All([data, Path.GetDirectoryName(data)!],
                static path => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(path)));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static (Operation Operation, CallEndKind Kind) Ended(GuardedCall call) => (call.Operation, call.End.Kind);

    private static GuardedHandler Created(IMessageHandler handler, CallTimeouts? timeouts = null)
    {
        var guarded = new GuardedHandler(
            "handler", 1, 3, timeouts ?? new CallTimeouts(), GuardFixture.Services, new GuardFixture(new ScriptedAdapter()), () => handler);
        Assert.Equal(CallEndKind.Completed, GuardFixture.Await(guarded.BeginCreate).Call.End.Kind);
        return guarded;
    }
}
