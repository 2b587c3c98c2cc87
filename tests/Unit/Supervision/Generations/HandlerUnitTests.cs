using Moq;
using PluginGateway.Configuration.Options;
using PluginGateway.Guard.Calls;
using PluginGateway.Loading;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;
using PluginGateway.Tests.Guard;

namespace PluginGateway.Tests.Supervision.Generations;

public sealed class HandlerUnitTests
{
    private static readonly HandlerOptions Echo = new() { Plugin = "Echo", ConcurrentTurns = 5 };

    [Fact]
    public void A_handler_is_loaded_attached_and_drained_before_the_next_one_gets_its_turns()
    {
        var turn = new TaskCompletionSource();
        var fixture = new SupervisorFixture(_ => new ScriptedHandler { OnTurn = _ => turn.Task }, Echo);
        fixture.Start();
        fixture.UntilHostCall("attached 1");
        fixture.UntilConnected(1);
        Assert.Equal(("Echo", 5, "Handler"), (fixture.Seen.Loaded!.Manifest.AssemblyName, fixture.Handler!.ConcurrentTurns, fixture.Unit.Kind));
        Assert.False(fixture.Seen.IsAdapter);

        var sink = new BlockingSink();
        fixture.Handler.Post(new TurnCall(Mock.Of<EventTurn>(
            static turn => turn.Event == new InboundMessage("e", new Chat("c", ChatKind.Direct, null), new Sender("s", null, false), "text")), sink));
        GuardFixture.Until(() => fixture.Handler.IsServing, "the turn runs");
        fixture.Unit.Post(SupervisorFixture.Configured(fixture.Unit) with { Drain = TimeSpan.FromMinutes(10) });
        fixture.UntilHostCall("detached 1");
        fixture.UntilHandled();
        Assert.DoesNotContain("drained 1", fixture.HostCalls);
        // Its turns use the context until they have ended.
        Assert.False(fixture.HandlerFences.First().IsRetired);
        turn.SetResult();
        fixture.UntilConnected(2);
        Assert.Equal(CallEndKind.Completed, sink.Wait().End.Kind);
        Assert.Equal(["attached 1", "detached 1", "drained 1", "attached 2"], fixture.HostCalls);
        Assert.Equal([true, false], fixture.HandlerFences.Select(static fence => fence.IsRetired));
    }

    [Fact]
    public void A_handler_that_is_taken_out_leaves_and_is_unloaded()
    {
        var fixture = new SupervisorFixture(static _ => new ScriptedHandler(), Echo);
        fixture.Start();
        fixture.UntilConnected(1);
        fixture.Unit.Post(new ConfigureCommand(null));
        GuardFixture.Until(() => fixture.Supervisor.Snapshot.Units.Count == 0, "it is forgotten");
        Assert.True(fixture.Used.Single().IsUnloaded);
    }

    [Fact]
    public void Settings_that_the_handler_refuses_park_it_before_it_starts()
    {
        var handler = new StartedHandler { Problems = [new("url", "is missing")] };
        var fixture = new SupervisorFixture(_ => handler, Echo, HandlerCapabilities.ValidateSettings | HandlerCapabilities.Start);
        fixture.Start();
        fixture.UntilSeen(
            static unit => unit is { Phase: UnitPhase.Parked, Code: PluginFault.InvalidSettingsCode, Reason: "settings: url: is missing" },
            "it is parked");
        Assert.Equal("validate", handler.Called);
    }

    [Fact]
    public void A_start_that_fails_is_repeated_by_another_instance_and_no_turn_begins_before_it_has_ended_well()
    {
        var last = new StartedHandler();
        var fixture = new SupervisorFixture(
            generation => generation < 3 ? new StartedHandler { OnStart = static () => throw new PluginException(new PluginFault("away", "It is away.")) } : last,
            Echo, HandlerCapabilities.ValidateSettings | HandlerCapabilities.Start);
        fixture.Start();
        fixture.UntilConnected(3);
        Assert.Equal(["attached 3"], fixture.HostCalls.Where(static told => told.StartsWith("attached", StringComparison.Ordinal)));
        Assert.Equal("validate start", last.Called);
        Assert.Contains(fixture.Said, static line => line.Contains("It is away.", StringComparison.Ordinal));
    }

    [Fact]
    public void A_start_that_waits_for_the_operator_parks_the_handler()
    {
        var fault = new PluginFault("closed", "It is closed.", FaultRetry.AfterOperatorAction);
        var fixture = new SupervisorFixture(
            _ => new StartedHandler { OnStart = () => throw new PluginException(fault) }, Echo, HandlerCapabilities.Start);
        fixture.Start();
        fixture.UntilSeen(static unit => unit is { Phase: UnitPhase.Parked, Code: "closed", Reason: "It is closed." }, "it is parked");
        Assert.DoesNotContain("attached 1", fixture.HostCalls);
    }

    [Fact]
    public void A_start_that_hangs_ends_at_its_deadline_and_the_next_instance_gets_the_turns()
    {
        var options = Echo with { Timeouts = new CallTimeouts { Connect = TimeSpan.FromSeconds(0.2) } };
        var fixture = new SupervisorFixture(
            generation => new StartedHandler { OnStart = () => generation == 1 ? new TaskCompletionSource().Task : Task.CompletedTask },
            options, HandlerCapabilities.Start);
        fixture.Start();
        fixture.UntilSaid("start did not finish within 0.2");
        fixture.UntilConnected(2);
        Assert.DoesNotContain("attached 1", fixture.HostCalls);
    }

    [Fact]
    public void A_declaration_is_known_once_the_plugin_is_loaded_and_until_the_handler_gets_another_plugin()
    {
        var fixture = new SupervisorFixture(static _ => throw new InvalidOperationException("no luck"), Echo);
        fixture.Start();
        GuardFixture.Until(() => !fixture.Declared.IsEmpty, "it is known");
        Assert.Equal(EventKinds.All, fixture.Declared.First());
        Assert.DoesNotContain(fixture.HostCalls, static told => told.StartsWith("attached", StringComparison.Ordinal));
        fixture.Unit.Post(SupervisorFixture.Configured(fixture.Unit) with
        {
            Wanted = new(UnitSpec.Of(new HandlerOptions { Plugin = "Nowhere" }, new GatewayOptions { DataDirectory = "" }), fixture.Unit.Machine),
        });
        fixture.UntilSeen(static unit => unit is { Phase: UnitPhase.Parked, Code: "plugin-not-found" }, "the other plugin is missing");
        Assert.Null(fixture.Declared.Last());
    }

    /// <summary>A handler that notes its validation and its start.</summary>
    private sealed class StartedHandler : IMessageHandler, IValidateSettings, IStartHandler
    {
        private readonly List<string> _called = [];

        public SettingsProblem[] Problems { get; init; } = [];

        public Func<Task> OnStart { get; init; } = static () => Task.CompletedTask;

        public string Called => string.Join(' ', _called);

        public Task<SettingsReport> ValidateSettingsAsync(CancellationToken cancellationToken)
        {
            _called.Add("validate");
            return Task.FromResult(new SettingsReport(Problems));
        }

        public Task StartAsync(CancellationToken cancellationToken)
        {
            _called.Add("start");
            return OnStart();
        }

        public Task HandleAsync(Turn turn, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
