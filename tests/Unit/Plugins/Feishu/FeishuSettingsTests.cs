using PluginGateway.Plugins.Feishu;

namespace PluginGateway.Tests.Plugins.Feishu;

public sealed class FeishuSettingsTests
{
    private const string Good = """ "appId": "cli_0123456789abcdef", "appSecret": "s" """;

    [Theory]
    [InlineData("", "https://open.feishu.cn/")]
    [InlineData(""", "region": "lark" """, "https://open.larksuite.com/")]
    [InlineData(""", "baseUrl": "https://open.example.com" """, "https://open.example.com/")]
    [InlineData(""", "baseUrl": "http://127.0.0.1:9102" """, "http://127.0.0.1:9102/")]
    public void Good_settings_name_their_server(string more, string server)
    {
        var settings = PluginSettings.Parse($"{{{Good}{more}}}").Read(FeishuSettings.Read);
        Assert.Equal((server, true), (settings.Server.ToString(), settings.UsesConnection));
    }

    [Theory]
    [InlineData("region", """ "mars" """)]
    [InlineData("baseUrl", """ "http://open.example.com" """)]
    [InlineData("baseUrl", """ "https://open.example.com/path" """)]
    [InlineData("appId", """ "cli_x" """)]
    [InlineData("appSecret", "\"\"")]
    [InlineData("receive", """ "both" """)]
    [InlineData("encryptKey", "\"\"")]
    [InlineData("replayWindowSeconds", "1")]
    [InlineData("markdown", """ "html" """)]
    [InlineData("pingSeconds", "0")]
    [InlineData("pongTimeoutSeconds", "0")]
    [InlineData("reconnectSpreadSeconds", "-1")]
    [InlineData("requestTimeoutSeconds", "0")]
    [InlineData("nothing", "1")]
    public void A_problem_is_named_by_its_setting_and_shows_no_value(string key, string value)
    {
        var json = $$"""{ "appId": "cli_0123456789abcdef", "appSecret": "s", "{{key}}": {{value}} }""";
        _ = PluginSettings.Parse(json).Read(FeishuSettings.Read, out var report);
        Assert.Equal(key, Assert.Single(report.Problems).Key);
    }

    [Fact]
    public void A_callback_that_nobody_could_check_is_refused()
    {
        _ = PluginSettings.Parse($$"""{ {{Good}}, "receive": "callback" }""").Read(FeishuSettings.Read, out var report);
        Assert.Equal("encryptKey", Assert.Single(report.Problems).Key);
    }

    [Theory]
    [InlineData("wss://msg.example.com/ws/v2", true)]
    [InlineData("ws://127.0.0.1:1/ws", true)]
    [InlineData("ws://msg.example.com/ws/v2", false)]
    [InlineData("http://127.0.0.1:1/ws", false)]
    public void A_ticket_goes_unencrypted_to_this_machine_only(string address, bool isSafe) =>
        Assert.Equal(isSafe, FeishuSettings.IsSafe(new Uri(address), "wss", "ws"));
}
