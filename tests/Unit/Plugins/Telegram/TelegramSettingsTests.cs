using PluginGateway.Plugins.Telegram;

namespace PluginGateway.Tests.Plugins.Telegram;

public sealed class TelegramSettingsTests
{
    [Fact]
    public void The_token_is_enough()
    {
        var settings = Read("""{ "token": "123:abcdefghijklmnopqrstuvwxyz" }""", out var problems);
        Assert.Empty(problems);
        Assert.Equal(
            ("https://api.telegram.org", 30, 10, false), (settings.ApiUrl, settings.PollSeconds, settings.AnswerSeconds, settings.UsesWebhook));
        Assert.Equal(64, settings.EffectiveSecret.Length);
    }

    [Fact]
    public void Every_problem_is_named_at_once_and_no_value_shown()
    {
        Read("""
            { "token": "hush", "apiUrl": "http://example.org", "pollSeconds": 51, "answerSeconds": 3, "webhookUrl": "http://example.org/hooks/tg", "webhookSecret": "hush hush hush hush", "webhookConnections": 0, "removeWebhook": true }
            """, out var problems);
        Assert.Equal(["answerSeconds", "apiUrl", "pollSeconds", "removeWebhook", "token", "webhookConnections", "webhookSecret", "webhookUrl"],
            problems.Select(static problem => problem.Key).Order());
        Assert.DoesNotContain(problems, static problem => problem.Message.Contains("hush", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("https://api.example.org", true)]
    [InlineData("http://127.0.0.1:8081", true)]
    [InlineData("http://localhost:8081", true)]
    [InlineData("http://localhost.example.org", false)]
    [InlineData("https://user@api.example.org", false)]
    [InlineData("https://api.example.org/bot", false)]
    [InlineData("api.example.org", false)]
    public void The_token_does_not_leave_this_machine_readable(string url, bool isAllowed)
    {
        Read($$"""{ "token": "123:abcdefghijklmnopqrstuvwxyz", "apiUrl": "{{url}}" }""", out var problems);
        Assert.Equal(isAllowed ? [] : ["apiUrl"], problems.Select(static problem => problem.Key));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData(", \"allowPlainHttp\": false", false)]
    [InlineData(", \"allowPlainHttp\": true", true)]
    public void A_server_in_the_next_container_is_asked_in_clear_only_when_the_operator_says_so(string more, bool isAllowed)
    {
        var settings = Read(
            $$"""{ "token": "123:abcdefghijklmnopqrstuvwxyz", "apiUrl": "http://telegram-bot-api:8081"{{more}} }""", out var problems);
        Assert.Equal(isAllowed ? [] : ["apiUrl"], problems.Select(static problem => problem.Key));
        if (isAllowed) Assert.Equal("http://telegram-bot-api:8081", settings.ApiUrl);
    }

    [Fact]
    public void What_it_does_not_understand_is_named_without_its_value()
    {
        Read("""{ "token": "123:abcdefghijklmnopqrstuvwxyz", "tokem": "hush" }""", out var problems);
        Assert.Equal("tokem", Assert.Single(problems).Key);
        Assert.DoesNotContain("hush", problems[0].Message, StringComparison.Ordinal);
    }

    private static TelegramSettings Read(string json, out IReadOnlyList<SettingsProblem> problems)
    {
        var settings = PluginSettings.Parse(json).Read(TelegramSettings.Read, out var report);
        problems = report.Problems;
        return settings;
    }
}
