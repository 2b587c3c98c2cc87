using CsCheck;
using PluginGateway.Shutdown;

namespace PluginGateway.Tests.Shutdown;

public sealed class ShutdownBudgetTests
{
    private static readonly StopPhase[] Phases = Enum.GetValues<StopPhase>();
    private static readonly Gen<TimeSpan> Bound = Gen.Double[0, 30].Select(TimeSpan.FromSeconds);
    private static readonly Gen<ShutdownBounds> Bounds =
        Gen.Select(Gen.Double[0.1, 60].Select(TimeSpan.FromSeconds), Bound, Bound, Bound, Bound, Bound)
        .Select((total, notices, drain, teardown, store, log) => new ShutdownBounds(total, notices, drain, teardown, store, log));

    /// <summary>How much of its grant each phase uses.</summary>
    private static readonly Gen<double[]> Use = Gen.Double[0, 1].Array[5];

    [Fact]
    public void By_default_every_phase_gets_its_own_bound_even_if_all_of_them_use_it()
    {
        var budget = new ShutdownBudget(ShutdownBounds.Default);

        Assert.Equal([5, 5, 5, 3, 0.5], Run(budget, [1, 1, 1, 1, 1]).Select(step => step.Grant.TotalSeconds));
    }

    [Fact]
    public void A_small_budget_shortens_all_plugin_phases_and_leaves_the_store_its_own()
    {
        var budget = new ShutdownBudget(ShutdownBounds.Default with { Total = TimeSpan.FromSeconds(6.5) });

        Assert.Equal([1, 1, 1, 3, 0.5], Run(budget, [1, 1, 1, 1, 1]).Select(step => Math.Round(step.Grant.TotalSeconds, 3)));
    }

    [Fact]
    public void What_a_phase_does_not_use_later_ones_may()
    {
        var budget = new ShutdownBudget(ShutdownBounds.Default with { Total = TimeSpan.FromSeconds(8.5) });

        Assert.Equal(5, budget.Grant(StopPhase.Teardown, TimeSpan.Zero).TotalSeconds, 3);
    }

    [Fact]
    public void A_phase_without_a_bound_still_keeps_to_the_total_and_leaves_the_store_its_own()
    {
        var budget = new ShutdownBudget(ShutdownBounds.Default with { Teardown = TimeSpan.Zero });

        Assert.Equal([5, 5, 6.5, 3, 0.5], Run(budget, [1, 1, 1, 1, 1]).Select(step => step.Grant.TotalSeconds));
    }

    [Fact]
    public void The_phases_together_never_exceed_the_total() => Gen.Select(Bounds, Use).Sample((bounds, use) =>
    {
        var steps = Run(new ShutdownBudget(bounds), use);
        return steps[^1].Elapsed + steps[^1].Grant <= bounds.Total + TimeSpan.FromTicks(10);
    });

    [Fact]
    public void No_grant_is_negative_or_above_the_phases_own_bound() => Gen.Select(Bounds, Bound).Sample((bounds, elapsed) =>
        Phases.All(phase => new ShutdownBudget(bounds).Grant(phase, elapsed) is var grant
            && grant >= TimeSpan.Zero && (bounds[phase] <= TimeSpan.Zero || grant <= bounds[phase])));

    [Fact]
    [Original("database close")]
    public void Plugins_that_use_all_they_get_never_eat_what_the_store_has_reserved() => Gen.Select(Bounds, Use).Sample((bounds, use) =>
    {
        var store = Run(new ShutdownBudget(bounds), use)[(int)StopPhase.StoreClose].Grant;
        var reserved = new ShutdownBudget(bounds).Grant(StopPhase.StoreClose, TimeSpan.Zero);
        // A store without a bound is granted all that is left, and reserves the default.
        return bounds.StoreClose <= TimeSpan.Zero
            ? store > TimeSpan.Zero
            : store >= reserved - TimeSpan.FromTicks(10) || store >= bounds.StoreClose - TimeSpan.FromTicks(10);
    });

    [Fact]
    public void Time_that_passes_never_adds_to_a_grant() => Gen.Select(Bounds, Bound, Bound).Sample((bounds, one, other) =>
    {
        var (sooner, later) = one < other ? (one, other) : (other, one);
        var budget = new ShutdownBudget(bounds);
        return Phases.All(phase => budget.Grant(phase, later) <= budget.Grant(phase, sooner));
    });

    private static List<(TimeSpan Elapsed, TimeSpan Grant)> Run(ShutdownBudget budget, double[] use)
    {
        var steps = new List<(TimeSpan Elapsed, TimeSpan Grant)>();
        var elapsed = TimeSpan.Zero;
        foreach (var phase in Phases)
        {
            var grant = budget.Grant(phase, elapsed);
            steps.Add((elapsed, grant));
            elapsed += grant * use[(int)phase];
        }

        return steps;
    }
}
