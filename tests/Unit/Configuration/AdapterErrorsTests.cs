using PluginGateway.Configuration;
using PluginGateway.Configuration.Files;

namespace PluginGateway.Tests.Configuration;

public sealed class AdapterErrorsTests : IDisposable
{
    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("\"settings\": { \"token\": \"${env:GONE}\" }", "adapters[1].settings.token: environment variable 'GONE' is not set.")]
    [InlineData("\"settings\": { \"token\": \"${file:gone}\" }", "adapters[1].settings.token: file '<folder>/gone' was not found.")]
    [InlineData("\"settings\": [1]", "adapters[1].settings: is not an object; allowed: { ... }, as the plugin documents it.")]
    [InlineData("\"enabeld\": true", "adapters[1].enabeld: is an unknown key; did you mean 'enabled'?")]
    [InlineData("\"timeouts\": { \"sendSeconds\": \"soon\" }",
        "adapters[1].timeouts.sendSeconds: is not a number; allowed: seconds, 0 = no deadline.")]
    [InlineData("\"allow\": { \"users\": [7] }", "adapters[1].allow.users[0]: is not text; put it in double quotes.")]
    [InlineData("\"handler\": { \"plugin\": \"H\", \"settings\": { \"x\": \"${env:GONE}\" } }",
        "adapters[1].handler.settings.x: environment variable 'GONE' is not set.")]
    public void An_error_in_the_entry_of_one_adapter_blocks_that_adapter_only(string members, string blocker)
    {
        var json = $$"""{ "adapters": [ { "id": "web", "plugin": "WebChat" }, { "id": "b", "plugin": "P", {{members}} } ] }""";
        var result = Load(json);
        Assert.Equal([null, blocker.Replace("<folder>", _folder.Path, StringComparison.Ordinal)],
            result.Configuration!.Adapters.Select(static adapter => adapter.Blocker));
        Assert.Equal(ProblemSeverity.Warning, Assert.Single(result.Problems).Severity);
        Assert.Null(_folder.Load(json).Configuration);
    }

    [Theory]
    [InlineData("""{ "adapters": [ { "id": "web", "plugin": "WebChat", "settings": { "x": "${env:GONE}" } } ] }""")]
    [InlineData("""{ "adapters": [ { "id": "web", "plugin": "WebChat", "x": 1 }, { "id": "off", "plugin": "P", "enabled": false } ] }""")]
    [InlineData("""{ "adapters": [ { "id": "web", "plugin": "WebChat" }, { "id": "web", "plugin": "P" } ] }""")]
    [InlineData("""{ "adapters": [ { "id": "web", "plugin": "WebChat" }, { "plugin": "P", "x": 1 } ] }""")]
    [InlineData("""{ "adapters": [ { "id": "web", "plugin": "WebChat" }, 7 ] }""")]
    [InlineData("""{ "handler": { "settings": { "x": "${env:GONE}" } } }""")]
    [InlineData("""{ "gateway": { "http": 7 }, "adapters": [ { "id": "web", "plugin": "WebChat" }, { "id": "b", "plugin": "P", "x": 1 } ] }""")]
    public void What_concerns_more_than_one_adapter_or_the_last_one_stays_an_error(string json) => Assert.Null(Load(json).Configuration);

    private ConfigurationResult Load(string json)
    {
        _folder.Write("plugins.json", json);
        return ConfigurationFile.Load(_folder.Request with { ConfinesErrors = true });
    }
}
