using PluginGateway.Configuration.Options;
using PluginGateway.Loading;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Tests.Supervision.Machine;

/// <summary>What a configuration does to one unit: the first, and that of a reload. That it keeps the invariants in every order of events:
/// <see cref="UnitMachineTests"/>.</summary>
public sealed class ConfigureTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(5);

    private static readonly DisabledReason Off = new(UnitPhase.Disabled, "off");
    private static readonly DisabledReason Wrong = new(UnitPhase.Parked, "token is missing") { Code = PluginFault.InvalidSettingsCode };

    private readonly UnitMachine _machine;
    private UnitState _state = UnitMachine.Initial(Now);
    private int _generations;

    private UnitConfiguration Wanted => field ??= new(new UnitSpec { Plugin = "P" }, _machine);

    public ConfigureTests() => _machine = new UnitMachine(
        new UnitOptions(new ReconnectOptions(), OnWedged.Quarantine), new BackoffPolicy(new ReconnectOptions(), new Random(3)), () => ++_generations);

    [Fact]
    public void The_old_generation_is_retired_detached_and_drained_before_its_teardown()
    {
        Climb();
        var effects = Apply(Replacement());
        Assert.Equal([new Adopt(1, Wanted), new Renew(1, null), new Retire(1), new Detach(1), new TearDown(1, Drain)], effects);
        Assert.False(_state.IsLive);
    }

    [Fact]
    public void The_next_generation_waits_for_the_teardown_of_the_last_whatever_the_credential()
    {
        Climb();
        Apply(Replacement());
        Assert.Empty(Apply(new Tick()));
        Assert.Empty(Apply(new EnableCommand()));
        Apply(new TeardownEnded(1));
        Assert.Equal(new BeginStep(2, UnitStep.Load, FreshContext: true), Assert.Single(Apply(new Tick())));
        Assert.False(_state.AwaitsTeardown);
    }

    [Fact]
    public void Attempts_and_wedges_of_the_old_one_are_not_held_against_the_new_one()
    {
        Climb();
        for (var i = 0; i < 2; i++)
        {
            Apply(new GenerationFailed(_state.Generation, new Failure("wedged", "w", FailureKind.Wedged)));
            Apply(new TeardownEnded(_state.Generation));
            Apply(new Tick(), TimeSpan.FromHours(1));
            Climb(activate: false);
        }

        Apply(Replacement());
        Assert.Equal((0, 0), (_state.Attempt, _state.Wedges));
    }

    [Fact]
    public void What_is_parked_starts_with_it_and_what_rests_does_not()
    {
        Climb();
        Apply(new GenerationFailed(1, new Failure("unauthorized", "no", FailureKind.Operator)));
        Apply(new TeardownEnded(1));
        Assert.True(Begun(Apply(Replacement())).FreshContext);
        Apply(new DisableCommand("off"));
        Apply(new TeardownEnded(2));
        Assert.Equal([new Adopt(2, Wanted), new Renew(2, null)], Apply(Replacement() with { Disabled = Off }));
        Assert.Equal(UnitPhase.Disabled, _state.Phase);
        Assert.True(Assert.IsType<BeginStep>(Assert.Single(Apply(new EnableCommand()))).FreshContext);
    }

    [Fact]
    public void A_plugin_that_is_loaded_already_needs_no_fresh_context()
    {
        var candidate = SupervisorFixture.Loaded("Candidate");
        Apply(Replacement() with { Candidate = candidate, Disabled = Off });
        Assert.False(Assert.IsType<BeginStep>(Assert.Single(Apply(new EnableCommand()))).FreshContext);
        Apply(new DisableCommand("off"));
        Apply(new TeardownEnded(1));
        var effects = Apply(Replacement() with { Candidate = candidate });
        Assert.Contains(new Renew(1, candidate), effects);
        Assert.False(Begun(effects).FreshContext);
    }

    [Fact]
    public void One_that_is_replaced_before_it_connected_has_been_down_all_the_time()
    {
        Apply(new EnableCommand());
        var since = _state.DownSinceUtc;
        Apply(Replacement(), TimeSpan.FromMinutes(5));
        Assert.Equal((since, "being replaced by a reload"), (_state.DownSinceUtc, _state.Reason));
    }

    [Fact]
    public void A_quarantine_that_began_after_the_plan_stands_and_an_older_one_ends()
    {
        Climb();
        for (var i = 0; i < UnitMachine.MaxWedges; i++)
        {
            Apply(new GenerationFailed(_state.Generation, new Failure("wedged", "w", FailureKind.Wedged)), TimeSpan.FromSeconds(30));
            Apply(new TeardownEnded(_state.Generation));
            if (_state.Phase == UnitPhase.Quarantined) break;
            Apply(new Tick(), TimeSpan.FromHours(1));
            Climb(activate: false);
            _state = _state with { SinceUtc = Now };
        }

        Assert.Equal(UnitPhase.Quarantined, _state.Phase);
        Assert.Empty(Apply(Replacement() with { Planned = Now + TimeSpan.FromSeconds(29) }).OfType<BeginStep>());
        Assert.Equal(UnitPhase.Quarantined, _state.Phase);
        Begun(Apply(Replacement() with { Planned = Now + TimeSpan.FromSeconds(31) }));
    }

    [Fact]
    public void A_stop_wins()
    {
        Climb();
        Apply(Replacement());
        Assert.Empty(Apply(new StopUnitCommand(TimeSpan.FromSeconds(1))));
        Assert.Empty(Apply(Replacement()));
        Assert.Empty(Apply(Replacement() with { Disabled = Off }));
        var late = SupervisorFixture.Loaded("Late");
        Assert.Equal([new Discard(1, late)], Apply(Replacement() with { Candidate = late }));
        Apply(new TeardownEnded(1));
        Assert.Equal(UnitPhase.Stopped, _state.Phase);
        Assert.Equal([new Leave(1)], Apply(new ConfigureCommand(null)));
        Assert.Equal(UnitPhase.Stopped, _state.Phase);
    }

    [Theory]
    [InlineData(nameof(UnitPhase.Disabled))]
    [InlineData(nameof(UnitPhase.Loading))]
    [InlineData(nameof(UnitPhase.Connected))]
    [InlineData(nameof(UnitPhase.Parked))]
    public void What_is_made_as_before_is_adopted_and_nothing_else_happens(string phase)
    {
        _state = _state with { Phase = Enum.Parse<UnitPhase>(phase), FreshContext = true, IsPromoted = true };
        var before = _state;
        foreach (var rest in new[] { null, Off }) Assert.Equal([new Adopt(0, Wanted)], Apply(new ConfigureCommand(Wanted, rest) { Drain = Drain }));
        Assert.Equal(before, _state);
    }

    [Fact]
    public void What_is_to_rest_is_drained_and_rests_as_the_configuration_says()
    {
        Climb();
        var effects = Apply(Replacement() with { Disabled = Wrong });
        Assert.Equal([new Adopt(1, Wanted), new Renew(1, null), new Retire(1), new Detach(1), new TearDown(1, Drain)], effects);
        Assert.Equal((UnitPhase.Parked, Wrong.Reason, Wrong.Code), (_state.Phase, _state.Reason, _state.LastFault));
    }

    [Fact]
    public void What_rests_already_rests_since_then_and_for_another_reason_from_now_on()
    {
        _state = UnitMachine.Initial(Now, Off);
        Apply(Replacement() with { Disabled = Off }, TimeSpan.FromHours(1));
        Assert.Equal((UnitPhase.Disabled, "off", Now), (_state.Phase, _state.Reason, _state.SinceUtc));
        Apply(Replacement() with { Disabled = Wrong }, TimeSpan.FromHours(1));
        Assert.Equal((UnitPhase.Parked, Wrong.Reason, Now + TimeSpan.FromHours(1)), (_state.Phase, _state.Reason, _state.SinceUtc));
    }

    [Fact]
    public void What_went_on_in_a_process_of_its_own_is_made_as_configured_again()
    {
        Climb();
        _state = _state with { IsPromoted = true };
        Apply(Replacement());
        Assert.False(_state.IsPromoted);
    }

    [Fact]
    public void What_is_no_longer_configured_is_drained_and_leaves()
    {
        Climb();
        var effects = Apply(new ConfigureCommand(null) { Drain = Drain });
        Assert.Equal([new Retire(1), new Detach(1), new TearDown(1, Drain), new Leave(1)], effects);
        Assert.Equal((UnitPhase.Disabled, "removed from the configuration"), (_state.Phase, _state.Reason));
        Apply(new TeardownEnded(1));
        Begun(Apply(Replacement()));
    }

    [Fact]
    public void The_new_generation_is_told_that_a_reload_is_why_it_connects()
    {
        Climb();
        Apply(Replacement());
        Apply(new TeardownEnded(1));
        Apply(new Tick());
        Apply(new StepEnded(2, UnitStep.Load));
        Apply(new StepEnded(2, UnitStep.Create));
        var connect = Assert.IsType<BeginStep>(Assert.Single(Apply(new StepEnded(2, UnitStep.Validate)))).Connect!;
        Assert.Equal((1, true, UnitMachine.ReloadCode), (connect.Attempt, connect.IsReconnect, connect.Reason));
    }

    private ConfigureCommand Replacement() => new(Wanted) { Renews = true, Drain = Drain };

    private static BeginStep Begun(IReadOnlyList<UnitEffect> effects) => Assert.Single(effects.OfType<BeginStep>());

    private void Climb(bool activate = true)
    {
        if (activate) Apply(new EnableCommand());
        foreach (var step in Enum.GetValues<UnitStep>()) Apply(new StepEnded(_state.Generation, step));
        Assert.Equal(UnitPhase.Connected, _state.Phase);
    }

    private IReadOnlyList<UnitEffect> Apply(UnitEvent happened, TimeSpan? after = null)
    {
        var (next, effects) = _machine.Step(_state, happened, Now + (after ?? TimeSpan.Zero));
        _state = next;
        return effects;
    }
}
