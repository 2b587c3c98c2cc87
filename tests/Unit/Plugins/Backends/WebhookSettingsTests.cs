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
        else Assert.Throws<AdapterException>(() => WebhookSettings.Read(settings));
    }
}
