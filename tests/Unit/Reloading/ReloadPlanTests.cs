using PluginGateway.Configuration.Options;
using PluginGateway.Reloading;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;
using PluginGateway.Tests.Configuration;
using PluginGateway.Units;

namespace PluginGateway.Tests.Reloading;

public sealed class ReloadPlanTests : IDisposable
{
    private const string Old = """
        { "gateway": { "allowedHosts": [ "a" ] }, "handler": { "settings": { "x": 1, "y": 2 } },
          "adapters": [ { "id": "web", "plugin": "WebChat", "settings": { "a": 1 } }, { "id": "tg", "plugin": "Telegram" } ] }
        """;

    private readonly ConfigurationFolder _folder = new();
    private readonly Dictionary<string, string?> _disk = [];
    private readonly Dictionary<string, DisabledReason> _before = [];
    private readonly Dictionary<string, DisabledReason> _after = [];
    private bool _isForced;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_same_configuration_in_another_order_and_spelling_touches_nothing() =>
        Assert.Equal(["handler:default keep", "tg keep", "web keep"], Plan("""
        { "adapters": [ { "id": "tg", "plugin": "Telegram", "enabled": true }, { "plugin": "WebChat", "settings": { "a": 1.0 }, "id": "web" } ],
          "handler": { "plugin": "Echo", "settings": { "y": 2, "x": 1 } }, "gateway": { "allowedHosts": [ "a" ], "logLevel": "information" } }
        """));

    [Fact]
    public void Added_removed_and_changed_adapters_are_told_apart() =>
        Assert.Equal(["handler:default keep", "irc add", "web swap", "tg remove"], Plan("""
        { "gateway": { "allowedHosts": [ "a" ] }, "handler": { "settings": { "x": 1, "y": 2 } },
          "adapters": [ { "id": "irc", "plugin": "Irc" }, { "id": "web", "plugin": "WebChat", "settings": { "a": 2 } } ] }
        """));

    [Theory]
    [InlineData("\"timeouts\": { \"sendSeconds\": 1 }", "swap")]
    [InlineData("\"settings\": { \"x\": 1 }", "swap")]
    [InlineData("\"onWedged\": \"exit\"", "keep")]
    [InlineData("\"required\": true", "keep")]
    [InlineData("\"timeouts\": { \"turnSeconds\": 1 }", "keep")]
    public void An_adapter_is_swapped_only_for_what_its_generation_depends_on(string member, string move) =>
        Assert.Equal(["handler:default keep", "web keep", $"tg {move}"], Plan(WithTelegram(member)));

    [Fact]
    public void An_inherited_timeout_reaches_every_adapter_and_one_that_is_not_theirs_reaches_none()
    {
        Assert.Equal(["handler:default keep", "web swap", "tg swap"], Plan(WithGateway("\"timeouts\": { \"sendSeconds\": 1 }")));
        Assert.Equal(["handler:default keep", "web keep", "tg keep"], Plan(WithGateway("\"timeouts\": { \"drainSeconds\": 1 }")));
    }

    [Fact]
    public void A_changed_handler_leaves_the_adapters_alone() =>
        Assert.Equal(["handler:default swap", "web keep", "tg keep"], Plan(Old.Replace("\"y\": 2", "\"y\": 3", StringComparison.Ordinal)));

    [Fact]
    public void An_adapters_own_handler_comes_and_goes_without_the_adapter()
    {
        var own = WithTelegram("\"handler\": { \"plugin\": \"Echo\" }");
        Assert.Equal(["handler:default keep", "web keep", "handler:tg add", "tg keep"], Plan(own));
        Assert.Equal(["handler:default keep", "web keep", "tg keep", "handler:tg remove"], Plan(Old, own));
    }

    [Fact]
    public void Another_content_on_the_disk_swaps_without_another_configuration()
    {
        _disk["Telegram"] = "another";
        Assert.Equal(["handler:default keep", "web keep", "tg swap"], Plan(Old));
        _disk["Telegram"] = null;
        Assert.Equal(["handler:default keep", "web keep", "tg swap"], Plan(Old));
    }

    [Fact]
    public void A_changed_secret_is_a_change()
    {
        const string withSecret =
            """{ "adapters": [ { "id": "web", "plugin": "WebChat" }, { "id": "tg", "plugin": "Telegram", "settings": { "token": "${file:token}" } } ] }""";
        _folder.Write("token", "one");
        var before = _folder.LoadGood(withSecret);
        _folder.Write("token", "two");
        Assert.Equal(["handler:default keep", "web keep", "tg swap"], Plan(before, _folder.LoadGood(withSecret)));
    }

    [Fact]
    public void What_rests_is_not_loaded()
    {
        _before["tg"] = _after["tg"] = new DisabledReason(UnitPhase.Disabled, StartupPolicy.ByOperator);
        Assert.Equal("tg note", Plan(WithTelegram("\"settings\": { \"x\": 1 }"))[^1]);
        _disk["Telegram"] = "another";
        Assert.Equal("tg keep", Plan(Old)[^1]);
        _before.Clear();
        Assert.Equal("tg disable", Plan(Old)[^1]);
        _after.Clear();
        _before["tg"] = new DisabledReason(UnitPhase.Disabled, StartupPolicy.ByConfiguration);
        Assert.Equal("tg enable", Plan(Old)[^1]);
    }

    [Fact]
    public void A_reload_of_one_adapter_swaps_it_in_any_case()
    {
        _isForced = true;
        Assert.Equal("tg swap", Plan(Old)[^1]);
    }

    [Fact]
    public void One_adapter_is_taken_from_the_new_configuration_and_the_rest_stays()
    {
        var old = _folder.LoadGood(Old);
        var next = _folder.LoadGood("""
            { "handler": { "plugin": "Other" }, "adapters": [ { "id": "web", "plugin": "WebChat", "settings": { "a": 3 } }, { "id": "tg", "plugin": "Other" }, { "id": "irc", "plugin": "Irc" } ] }
            """);
        Assert.Equal(["Echo", "web WebChat 1", "tg Other"], Shown(ReloadPlan.Only("tg", old, next)));
        Assert.Equal(["Echo", "web WebChat 1", "tg Telegram", "irc Irc"], Shown(ReloadPlan.Only("irc", old, next)));
        Assert.Equal(["Other", "web WebChat 3", "tg Other"], Shown(ReloadPlan.Only("irc", next, old)));
        Assert.Equal(["Other", "web WebChat 1", "tg Telegram"], Shown(ReloadPlan.Only(HandlerIds.Default, old, next)));
        Assert.Null(ReloadPlan.Only("nobody", old, next));

        static string[] Shown(GatewayConfiguration? configuration) =>
        [
            configuration!.Handler.Plugin,
            .. configuration.Adapters.Select(
                static adapter => $"{adapter.Id} {adapter.Plugin}{(adapter.Settings.TryGetProperty("a", out var a) ? $" {a}" : "")}"),
        ];
    }

    private static string WithTelegram(string member) => Old.Replace("\"Telegram\"", $"\"Telegram\", {member}", StringComparison.Ordinal);

    private static string WithGateway(string member) => Old.Replace("\"allowedHosts\"", $"{member}, \"allowedHosts\"", StringComparison.Ordinal);

    private string[] Plan(string next, string old = Old) => Plan(_folder.LoadGood(old), _folder.LoadGood(next));

    private string[] Plan(GatewayConfiguration old, GatewayConfiguration next)
    {
        var found = WantedUnit.Of(old).Select(static unit => new FoundUnit(unit.Id, unit.IsAdapter, unit.Spec, "content")).ToArray();
        var plan = ReloadPlan.Of(
            found, [.. WantedUnit.Of(next)], unit => _disk.GetValueOrDefault(unit.Spec.Plugin, "content"), _before.GetValueOrDefault,
            _after.GetValueOrDefault, _isForced);
        return [.. plan.Select(static unit => $"{unit.Id} {unit.Move.ToString().ToLowerInvariant()}")];
    }
}
