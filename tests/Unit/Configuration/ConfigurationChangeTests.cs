using PluginGateway.Configuration;
using PluginGateway.Configuration.Options;

namespace PluginGateway.Tests.Configuration;

public sealed class ConfigurationChangeTests : IDisposable
{
    private const string Old =
        """{ "gateway": { "notifyChats": [ "web:1" ], "allowedHosts": [ "a" ] }, "adapters": [ { "id": "web", "plugin": "WebChat" } ] }""";

    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_same_settings_are_no_change()
    {
        var change = Change("\"logLevel\": \"information\"");
        Assert.Empty(change.Applied);
        Assert.Empty(change.NeedRestart);
    }

    [Theory]
    [InlineData("\"http\": \"http://127.0.0.1:1\"", "http")]
    [InlineData("\"httpToken\": \"0123456789abcdef\"", "httpToken")]
    [InlineData("\"dataDirectory\": \"elsewhere\"", "dataDirectory")]
    [InlineData("\"timeouts\": { \"drainSeconds\": 1 }", "timeouts.drainSeconds")]
    [InlineData("\"inbox\": { \"maxPending\": 1 }", "inbox")]
    [InlineData("\"logLevel\": \"debug\"", "logLevel")]
    public void Keys_that_need_a_restart_are_named_until_there_is_one(string member, string key)
    {
        var change = Change(member);
        Assert.Equal([$"gateway.{key}"], change.NeedRestart);
        Assert.Empty(change.Applied);
        Assert.Equal([$"gateway.{key}"], ConfigurationChange.Between(change.InForce, Load(member)).NeedRestart);
    }

    [Theory]
    [InlineData("\"reconnect\": { \"capSeconds\": 9 }", "reconnect")]
    [InlineData("\"pluginPaths\": [ \".\" ]", "pluginPaths")]
    [InlineData("\"onWedged\": \"process\"", "onWedged")]
    [InlineData("\"isolation\": \"process\"", "isolation")]
    [InlineData("\"worker\": { \"openFiles\": 99 }", "worker")]
    [InlineData("\"conversation\": { \"scope\": \"chat\" }", "conversation")]
    public void Keys_that_can_take_effect_do(string member, string key)
    {
        var change = Change(member);
        Assert.Equal([$"gateway.{key}"], change.Applied);
        Assert.Empty(change.NeedRestart);
        Assert.Empty(ConfigurationChange.Between(change.InForce, Load(member)).Applied);
    }

    private ConfigurationChange Change(string member) => ConfigurationChange.Between(_folder.LoadGood(Old).Gateway, Load(member));

    private GatewayOptions Load(string member) =>
        _folder.LoadGood(Old.Replace("\"notifyChats\"", $"{member}, \"notifyChats\"", StringComparison.Ordinal)).Gateway;
}
