using System.Net;
using System.Net.Http.Headers;
using System.Text;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>The HTTP listener accepts what the page sends and nothing else.</summary>
public sealed class HttpAccessTests
{
    [Fact]
    public async Task Forged_and_oversized_requests_are_refused_and_the_next_good_one_is_answered()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder);
        using var client = new ChatClient(gateway.Address);

        Assert.Equal(HttpStatusCode.MisdirectedRequest, await client.PostAsync(Good(), h => h.Host = "evil.example"));
        Assert.Equal(HttpStatusCode.Forbidden, await client.PostAsync(Good(), h => h.Add("Origin", "http://evil.example")));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType,
            await client.PostAsync(new StringContent("""{"conversation":"c","id":"1","text":"t"}""", Encoding.UTF8, "text/plain")));
        Assert.Equal(
            HttpStatusCode.RequestEntityTooLarge, await client.PostAsync(ChatClient.Body("room", "big", new string('x', 2 << 20)), AskFirst));
        Assert.Equal(HttpStatusCode.BadRequest, await client.PostAsync(new StringContent("{", Encoding.UTF8, "application/json")));
        Assert.Equal(0, gateway.Status().Inbound("accepted"));

        using var stream = client.Listen("room");
        await client.SendAsync("room", "m1", "an ordinary message");
        stream.WaitFor(1, Bound.Replies);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("0123456789abcdef0123456789abcdef")]
    public async Task A_probe_is_answered_under_any_name_and_everything_else_under_its_own(string? token)
    {
        using var folder = new TempFolder();
        var plan = $$"""{ "gateway": { "httpToken": "{{token}}" }, "adapters": [ { "id": "web", "plugin": "WebChat" } ] }""";
        using var gateway = GatewayProcess.StartReady(folder, token is null ? null : plan);
        using var http = new HttpClient { BaseAddress = gateway.Address };
        foreach (var host in (string[])["10.244.0.5:8780", "[fd00::5]:8780", "127.0.0.2", "gw.example.org", "probe"])
        {
            foreach (var path in (string[])["/healthz", "/readyz"]) Assert.Equal(HttpStatusCode.OK, await AskAsync(http, path, host));
            var isOurs = token is not null && host.Any(char.IsAsciiDigit);
            Assert.Equal(isOurs ? HttpStatusCode.Unauthorized : HttpStatusCode.MisdirectedRequest, await AskAsync(http, "/status", host));
            Assert.Equal(isOurs ? HttpStatusCode.OK : HttpStatusCode.MisdirectedRequest, await AskAsync(http, "/chat", host));
        }
    }

    private static async Task<HttpStatusCode> AskAsync(HttpClient http, string path, string host)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Host = host;
        using var response = await http.SendAsync(request);
        return response.StatusCode;
    }

    [Fact]
    public void Paths_that_nobody_serves_are_not_found()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder);
        Assert.Equal(HttpStatusCode.NotFound, gateway.Answer("/nothing/here"));
        Assert.Equal(HttpStatusCode.NotFound, gateway.Answer("/hooks/nobody"));
    }

    /// <summary>The refusal comes instead of the body; without asking, a refused body that is still under way may reset the connection before the
    /// answer is read.</summary>
    private static void AskFirst(HttpRequestHeaders headers) => headers.ExpectContinue = true;

    private static StringContent Good() => ChatClient.Body("room", "forged", "forged");
}
