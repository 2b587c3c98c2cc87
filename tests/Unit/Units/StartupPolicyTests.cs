using PluginGateway.Configuration.Options;
using PluginGateway.Supervision.Machine;
using PluginGateway.Units;

namespace PluginGateway.Tests.Units;

public sealed class StartupPolicyTests
{
    private static readonly AdapterOverride Nothing = new("", null, null, default);

    [Theory]
    [InlineData(true, null, false, false, null)]
    [InlineData(true, false, false, false, StartupPolicy.ByOperator)]
    [InlineData(false, null, false, false, StartupPolicy.ByConfiguration)]
    [InlineData(false, true, false, false, null)]
    [InlineData(true, null, true, false, StartupPolicy.BySafeMode)]
    [InlineData(true, true, true, false, StartupPolicy.BySafeMode)]
    [InlineData(true, null, true, true, null)]
    [InlineData(true, false, true, true, StartupPolicy.ByOperator)]
    public void The_operators_word_beats_the_configuration_and_safe_mode_leaves_what_is_required(
        bool configured, bool? said, bool safe, bool required, string? rests)
    {
        var adapter = new AdapterOptions { Id = "a", Plugin = "A", Enabled = configured, Required = required };
        Assert.Equal(rests, StartupPolicy.Of(adapter, Nothing with { Enabled = said }, safe)?.Reason);
        Assert.Equal(
            UnitPhase.Quarantined, StartupPolicy.Of(adapter, Nothing with { Enabled = said, Quarantine = "it ended the process" }, safe)?.Phase);
    }

    [Fact]
    public void An_adapter_whose_secret_is_missing_rests_with_that_sentence_though_the_operator_enabled_it() =>
        Assert.Equal("no token", StartupPolicy.Of(new AdapterOptions { Id = "a", Plugin = "A", Enabled = false, Blocker = "no token" },
            Nothing with { Enabled = true }, safeMode: false)?.Reason);

    [Fact]
    public void An_enabled_adapter_whose_entry_is_wrong_is_parked_whatever_else_is_said_but_that_it_is_to_rest()
    {
        var wrong = new AdapterOptions { Id = "a", Plugin = "A", Blocker = "no token" };
        Assert.All([null, Nothing, Nothing with { Enabled = true }], adapterOverride =>
            Assert.Equal((UnitPhase.Parked, "no token", "invalid-settings"), Said(StartupPolicy.Of(wrong, adapterOverride, safeMode: true))));
        Assert.Equal(StartupPolicy.ByOperator, StartupPolicy.Of(wrong, Nothing with { Enabled = false }, safeMode: false)?.Reason);

        static (UnitPhase, string, string?) Said(DisabledReason? disabledReason) =>
            (disabledReason!.Phase, disabledReason.Reason, disabledReason.Code);
    }

    [Theory]
    [InlineData(false, true, false, true)]
    [InlineData(false, false, false, true)]
    [InlineData(false, false, true, false)]
    [InlineData(true, false, false, false)]
    [InlineData(true, true, true, true)]
    public void A_handler_rests_with_its_own_adapter_and_in_safe_mode_with_all_of_them(bool isOwn, bool isNeeded, bool safe, bool runs)
    {
        Assert.Equal(runs, StartupPolicy.OfHandler(null, isOwn, isNeeded, safe) is null);
        Assert.Equal(UnitPhase.Quarantined, StartupPolicy.OfHandler(Nothing with { Quarantine = "x" }, isOwn, isNeeded, safe)?.Phase);
    }
}
