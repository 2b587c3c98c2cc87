using PluginGateway.Configuration;

namespace PluginGateway.Tests.Configuration;

public sealed class ConfigurationChangeTests : IDisposable
{
    private const string Old = """
        { "gateway": { "notifyChats": [ "web:1" ], "allowedHosts": [ "a" ] }, "handler": { "settings": { "x": 1, "y": 2 } },
          "adapters": [ { "id": "web", "plugin": "WebChat", "settings": { "a": 1 } }, { "id": "tg", "plugin": "Telegram" } ] }
        """;

    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_same_configuration_in_another_order_and_spelling_is_no_change() => Assert.True(Change("""
        { "adapters": [ { "id": "tg", "plugin": "Telegram", "enabled": true }, { "plugin": "WebChat", "settings": { "a": 1.0 }, "id": "web" } ],
          "handler": { "plugin": "Echo", "settings": { "y": 2, "x": 1 } }, "gateway": { "allowedHosts": [ "a" ], "notifyChats": [ "web:1" ], "logLevel": "information" } }
        """).IsEmpty);

    [Fact]
    public void Added_removed_and_changed_adapters_are_told_apart()
    {
        var change = Change("""
            { "gateway": { "notifyChats": [ "web:1" ], "allowedHosts": [ "a" ] }, "handler": { "settings": { "x": 1, "y": 2 } },
              "adapters": [ { "id": "irc", "plugin": "Irc" }, { "id": "web", "plugin": "WebChat", "settings": { "a": 2 } } ] }
            """);
        Assert.Equal(["irc"], change.Added);
        Assert.Equal(["tg"], change.Removed);
        Assert.Equal(["web"], change.Changed);
        Assert.False(change.HandlerChanged);
        Assert.Empty(change.NeedRestart);
    }

    [Theory]
    [InlineData("\"enabled\": false")]
    [InlineData("\"timeouts\": { \"sendSeconds\": 1 }")]
    [InlineData("\"handler\": { \"plugin\": \"Echo\" }")]
    [InlineData("\"onWedged\": \"exit\"")]
    public void Any_effective_difference_changes_the_adapter(string member) =>
        Assert.Equal(["tg"], Change(Old.Replace("\"Telegram\"", $"\"Telegram\", {member}", StringComparison.Ordinal)).Changed);

    [Fact]
    public void An_inherited_timeout_changes_every_adapter_and_needs_no_restart()
    {
        var change = Change(Old.Replace("\"notifyChats\"", "\"timeouts\": { \"sendSeconds\": 1 }, \"notifyChats\"", StringComparison.Ordinal));
        Assert.Equal(["web", "tg"], change.Changed);
        Assert.Empty(change.NeedRestart);
    }

    [Theory]
    [InlineData("\"http\": \"http://127.0.0.1:1\"", "http")]
    [InlineData("\"httpToken\": \"0123456789abcdef\"", "httpToken")]
    [InlineData("\"dataDirectory\": \"elsewhere\"", "dataDirectory")]
    [InlineData("\"timeouts\": { \"drainSeconds\": 1 }", "timeouts.drainSeconds")]
    [InlineData("\"inbox\": { \"maxPending\": 1 }", "inbox")]
    [InlineData("\"reconnect\": { \"capSeconds\": 9 }", "reconnect")]
    public void Gateway_keys_that_need_a_restart_are_named(string member, string key) =>
        Assert.Equal([$"gateway.{key}"], Change(Old.Replace("\"notifyChats\"", $"{member}, \"notifyChats\"", StringComparison.Ordinal)).NeedRestart);

    [Fact]
    public void A_changed_default_handler_is_named() =>
        Assert.True(Change(Old.Replace("\"y\": 2", "\"y\": 3", StringComparison.Ordinal)).HandlerChanged);

    private ConfigurationChange Change(string next) => ConfigurationChange.Between(_folder.LoadGood(Old), _folder.LoadGood(next));
}
