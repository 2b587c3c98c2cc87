using System.Text.Json;
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
        var settings = JsonElement.Parse($$"""{ "url": "{{url}}", "secret": "0123456789abcdef"{{more}} }""");
        if (isGood) Assert.Equal(new Uri(url), WebhookSettings.Read(settings).Url);
        else Assert.Throws<PluginException>(() => WebhookSettings.Read(settings));
    }

    [Theory]
    [InlineData("", "edited", null)]
    [InlineData(""", "events": []""", "", null)]
    [InlineData(""", "events": ["deleted", "reaction", "members"]""", "deleted,reaction,members", null)]
    [InlineData(""", "events": "edited" """, "", "must be a list")]
    [InlineData(""", "events": ["edits"]""", "", "has \"edits\", which is none of edited, deleted, reaction, members")]
    [InlineData(""", "events": [1]""", "", "has 1, which is none of")]
    public void Events_are_chosen_by_name(string more, string chosen, string? problem)
    {
        var settings = JsonElement.Parse($$"""{ "url": "https://backend.example.org/", "secret": "0123456789abcdef"{{more}} }""");
        if (problem is null) Assert.Equal(chosen, string.Join(',', WebhookSettings.Read(settings).Events));
        else Assert.Contains(problem, Assert.Throws<PluginException>(() => WebhookSettings.Read(settings)).Fault.Message, StringComparison.Ordinal);
    }
}
