using PluginGateway.Plugins.Webhook;

namespace PluginGateway.Tests.Plugins.Backends;

public sealed class WebhookSettingsTests
{
    [Theory]
    [InlineData("https://backend.example.org/", "", true)]
    [InlineData("http://127.0.0.1:9000/", "", true)]
    [InlineData("http://[::1]:9000/", "", true)]
    [InlineData("http://localhost:9000/", "", true)]
    [InlineData("http://backend.example.org/", "", false)]
    [InlineData("http://192.0.2.7:9000/", "", false)]
    [InlineData("http://localhost.example.org/", "", false)]
    [InlineData("http://backend:9000/", ", \"allowPlainHttp\": false", false)]
    [InlineData("http://backend:9000/", ", \"allowPlainHttp\": true", true)]
    [InlineData("https://backend.example.org/", ", \"allowPlainHttp\": \"yes\"", false)]
    public void Messages_and_tokens_go_in_clear_to_this_machine_only_unless_the_operator_says_so(string url, string more, bool isGood)
    {
        var settings = PluginSettings.Parse($$"""{ "url": "{{url}}", "secret": "0123456789abcdef"{{more}} }""");
        if (isGood) Assert.Equal(new Uri(url), settings.Read(WebhookSettings.Read).Url);
        else Assert.Throws<PluginException>(() => settings.Read(WebhookSettings.Read));
    }

    [Theory]
    [InlineData("", "edited", null)]
    [InlineData(""", "events": []""", "", null)]
    [InlineData(""", "events": ["deleted", "reaction", "members"]""", "deleted,reaction,members", null)]
    [InlineData(""", "events": "edited" """, "", "'events': It must be a list of 'edited', 'deleted'")]
    [InlineData(""", "events": ["edits"]""", "", "'events[0]': It must be one of 'edited', 'deleted', 'reaction', 'members'.")]
    [InlineData(""", "events": [1]""", "", "'events[0]': It must be one of")]
    public void Events_are_chosen_by_name(string more, string chosen, string? problem)
    {
        var settings = PluginSettings.Parse($$"""{ "url": "https://backend.example.org/", "secret": "0123456789abcdef"{{more}} }""");
        if (problem is null) Assert.Equal(chosen, string.Join(',', settings.Read(WebhookSettings.Read).Events));
        else Assert.Contains(problem, Assert.Throws<PluginException>(() => settings.Read(WebhookSettings.Read)).Fault.Message, StringComparison.Ordinal);
    }
}
