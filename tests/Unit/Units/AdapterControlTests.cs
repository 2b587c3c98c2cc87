using Microsoft.Extensions.Logging.Abstractions;
using PluginGateway.Configuration.Options;
using PluginGateway.Instance;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;
using PluginGateway.Units;

namespace PluginGateway.Tests.Units;

public sealed class AdapterControlTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Units _units = new();
    private string _entry = "entry 1";
    private string? _blocker;
    private string? _safeMode;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void What_is_disabled_rests_at_once_and_after_a_restart_until_it_is_enabled()
    {
        Assert.Equal("is disabled", Do(AdapterAction.Disable, "tg"));
        Assert.Equal(StartupPolicy.ByOperator, Assert.IsType<DisableCommand>(Assert.Single(_units.Said["tg"])).Reason);
        Assert.Equal(StartupPolicy.ByOperator, Reasons().Of("tg")?.Reason);

        _units.Stand("tg", UnitPhase.Disabled);
        Assert.Equal("is enabled", Do(AdapterAction.Enable, "tg"));
        Assert.IsType<EnableCommand>(_units.Said["tg"][^1]);
        Assert.Null(Reasons().Of("tg"));
    }

    [Fact]
    public void What_the_operator_said_stands_until_the_configuration_entry_changes()
    {
        Do(AdapterAction.Disable, "tg");
        Do(AdapterAction.Enable, "off");
        Assert.Null(Reasons().Of("off"));
        _entry = "entry 2";
        Assert.Null(Reasons().Of("tg"));
        Assert.Equal(StartupPolicy.ByConfiguration, Reasons().Of("off")?.Reason);
    }

    [Fact]
    public void An_adapter_whose_secret_is_missing_is_not_enabled_and_the_sentence_says_which()
    {
        _blocker = "adapters[1].settings.token: $TOKEN is not set.";
        Assert.Contains("$TOKEN is not set", Refused(AdapterAction.Enable, "off"), StringComparison.Ordinal);
        Assert.Empty(_units.Said["off"]);
        Assert.Equal(StartupPolicy.ByConfiguration, Reasons().Of("off")?.Reason);
    }

    [Theory]
    [InlineData(nameof(UnitPhase.Waiting))]
    [InlineData(nameof(UnitPhase.Parked))]
    [InlineData(nameof(UnitPhase.Quarantined))]
    [InlineData(nameof(UnitPhase.Connected))]
    [InlineData(nameof(UnitPhase.Connecting))]
    [InlineData(nameof(UnitPhase.Loading))]
    public void A_reconnect_starts_an_adapter_afresh_from_every_state_but_disabled(string phase)
    {
        _units.Stand("tg", Enum.Parse<UnitPhase>(phase));
        Do(AdapterAction.Reconnect, "tg");
        Assert.IsType<EnableCommand>(Assert.Single(_units.Said["tg"]));
    }

    [Fact]
    public void A_reconnect_of_a_disabled_adapter_names_the_command_that_starts_it()
    {
        Do(AdapterAction.Disable, "tg");
        _units.Stand("tg", UnitPhase.Disabled);
        Assert.Contains("adapter enable tg", Refused(AdapterAction.Reconnect, "tg"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(AdapterAction.Reconnect))]
    [InlineData(nameof(AdapterAction.Enable))]
    public void In_safe_mode_one_adapter_can_be_started_and_its_handler_with_it(string action)
    {
        _safeMode = "safe mode";
        Assert.Equal(StartupPolicy.BySafeMode, Reasons().Of("tg")?.Reason);
        Assert.Equal(StartupPolicy.BySafeMode, Reasons().Of(HandlerIds.Default)?.Reason);
        _units.Stand("tg", UnitPhase.Disabled);
        _units.Stand(HandlerIds.Default, UnitPhase.Disabled);
        Do(Enum.Parse<AdapterAction>(action), "tg");
        Assert.IsType<EnableCommand>(Assert.Single(_units.Said["tg"]));
        Assert.IsType<EnableCommand>(Assert.Single(_units.Said[HandlerIds.Default]));
    }

    [Theory]
    [InlineData("tg")]
    [InlineData(HandlerIds.Default)]
    public void What_ended_the_process_is_quarantined_until_it_is_reconnected(string id)
    {
        Control().Quarantine(id, "it ended the process");
        Assert.Equal(new DisabledReason(UnitPhase.Quarantined, "it ended the process"), Reasons().Of(id));
        Assert.Equal(UnitPhase.Quarantined, Reasons().Of(id)?.Phase);
        _units.Stand(id, UnitPhase.Quarantined);
        Do(AdapterAction.Reconnect, id);
        Assert.Null(Reasons().Of(id));
    }

    [Theory]
    [InlineData(nameof(AdapterAction.Enable), "nope")]
    [InlineData(nameof(AdapterAction.Disable), "handler")]
    public void An_id_that_is_no_adapter_is_answered_with_those_that_are(string action, string id) =>
        Assert.Equal(
            $"There is no adapter '{id}'; there are: 'off', 'tg'. Handlers: 'handler:default'.", Refused(Enum.Parse<AdapterAction>(action), id));

    [Theory]
    [InlineData(nameof(AdapterAction.Enable))]
    [InlineData(nameof(AdapterAction.Disable))]
    public void A_handler_is_not_enabled_or_disabled_and_the_answer_says_what_it_is(string action)
    {
        _units.Stand(HandlerIds.Default, UnitPhase.Connected);
        Assert.Equal(
            "'handler:default' is a handler: it runs while an adapter needs it, and can be reconnected. Adapters: 'off', 'tg'.",
            Refused(Enum.Parse<AdapterAction>(action), HandlerIds.Default));
    }

    [Fact]
    public void A_word_that_cannot_be_kept_is_obeyed_nevertheless_and_says_so()
    {
        var file = Path.Combine(_directory.Path, "a file");
        File.WriteAllText(file, "");
        var (result, _) = Control(file).Execute(AdapterAction.Disable, "tg", _units);
        Assert.Contains("cannot be remembered", result?.Note, StringComparison.Ordinal);
        Assert.Single(_units.Said["tg"]);
    }

    [Fact]
    public void The_gateway_stays_up_for_what_the_operator_can_set_going()
    {
        Assert.False(Reasons().CanEnable);
        Do(AdapterAction.Disable, "tg");
        Assert.True(Reasons().CanEnable);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1]")]
    public void A_broken_file_of_words_is_said_and_says_nothing(string text)
    {
        File.WriteAllText(DataDirectory.AdapterOverrides(_directory.Path), text);
        Assert.Same(AdapterOverrides.None, AdapterOverrides.Read(_directory.Path, out var problem));
        Assert.Contains("adapters.json", problem, StringComparison.Ordinal);
    }

    private string Do(AdapterAction action, string id)
    {
        var (result, refusal) = Control().Execute(action, id, _units);
        Assert.Null(refusal);
        Assert.Null(result!.Note);
        return result.Done;
    }

    private string Refused(AdapterAction action, string id)
    {
        var (result, refusal) = Control().Execute(action, id, _units);
        Assert.Null(result);
        return refusal!;
    }

    /// <summary>As the next start makes it, from what is on the disk.</summary>
    private AdapterControl Control(string? directory = null)
    {
        var (running, overrides) = Stored(directory);
        return new AdapterControl(running, overrides);
    }

    private DisabledReasons Reasons()
    {
        var (running, overrides) = Stored(null);
        return new DisabledReasons(running, new GatewayInfo("0", "http://localhost", null) { SafeMode = _safeMode }, overrides);
    }

    private (CurrentConfiguration Running, AdapterOverrideStore Overrides) Stored(string? directory)
    {
        var configuration = new GatewayConfiguration(
            new GatewayOptions { DataDirectory = directory ?? _directory.Path }, new HandlerOptions(),
            [
                new AdapterOptions { Id = "tg", Plugin = "Telegram", Entry = _entry },
                new AdapterOptions { Id = "off", Plugin = "Irc", Entry = _entry, Enabled = false, Blocker = _blocker, Path = "adapters[1]" },
            ],
            "plugins.json", _directory.Path);
        var overrides = AdapterOverrides.Read(_directory.Path, out var problem);
        Assert.Null(problem);
        var running = new CurrentConfiguration(configuration);
        return (running, new AdapterOverrideStore(overrides, running, TimeProvider.System, NullLogger<AdapterOverrideStore>.Instance));
    }

    private sealed class Units : IAdapterUnits
    {
        private readonly Dictionary<string, UnitState> _states = new()
        {
            ["tg"] = new(UnitPhase.Connected, "", default),
            ["off"] = new(UnitPhase.Disabled, StartupPolicy.ByConfiguration, default),
            [HandlerIds.Default] = new(UnitPhase.Connected, "", default),
        };

        public Dictionary<string, List<UnitEvent>> Said { get; } = new() { ["tg"] = [], ["off"] = [], [HandlerIds.Default] = [] };

        public void Stand(string id, UnitPhase phase) => _states[id] = new(phase, "", default);

        public UnitState? StateOf(string id) => _states.GetValueOrDefault(id);

        public void Post(string id, UnitEvent happened) => Said[id].Add(happened);
    }
}
