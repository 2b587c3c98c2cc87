using System.Net;
using Microsoft.AspNetCore.Http;
using PluginGateway.Web;

namespace PluginGateway.Tests.Web;

public sealed class AccessTests
{
    [Theory]
    [InlineData("localhost:8780", null, true, null)]
    [InlineData("LOCALHOST", null, true, null)]
    [InlineData("127.0.0.1:1", null, true, null)]
    [InlineData("[::1]:8780", null, true, null)]
    [InlineData("chat.example.com", null, true, null)]
    [InlineData("evil.example.com", null, true, 421)]
    [InlineData("localhost.evil.com", null, true, 421)]
    [InlineData("127.0.0.1.evil.com:8780", null, true, 421)]
    [InlineData("", null, true, 421)]
    [InlineData("localhost:8780", "http://localhost:8780", true, null)]
    [InlineData("localhost:8780", "http://localhost:8781", true, 403)]
    [InlineData("localhost:8780", "https://localhost:8780", true, 403)]
    [InlineData("localhost:8780", "http://evil.example.com", true, 403)]
    [InlineData("localhost:8780", "null", true, 403)]
    [InlineData("chat.example.com", "https://chat.example.com", true, null)]
    [InlineData("chat.example.com", "https://other.example.com", true, 403)]
    public void Hosts_and_origins_are_checked(string host, string? origin, bool loopback, int? status)
    {
        var access = new WebAccess(["chat.example.com"], null, loopback);
        Assert.Equal(status, access.Check("http", new HostString(host), origin, null, isPublic: false)?.Status);
    }

    [Theory]
    [InlineData("Bearer right", false, null)]
    [InlineData("bearer right", false, null)]
    [InlineData("Bearer wrong", false, 401)]
    [InlineData("Bearer ", false, 401)]
    [InlineData("right", false, 401)]
    [InlineData(null, false, 401)]
    [InlineData(null, true, null)]
    public void A_listener_that_others_can_reach_wants_the_token_except_in_public_places(string? authorization, bool isPublic, int? status)
    {
        var access = new WebAccess([], "right", LoopbackOnly: false);
        Assert.Equal(status, access.Check("http", new HostString("localhost"), null, authorization, isPublic)?.Status);
    }

    [Fact]
    public void A_missing_token_setting_lets_nobody_in() =>
        Assert.Equal(401, new WebAccess([], null, LoopbackOnly: false).Check("http", new HostString("localhost"), null, "Bearer ", isPublic: false)?.Status);

    [Theory]
    [InlineData("/healthz", HttpStatusCode.OK)]
    [InlineData("/chat", HttpStatusCode.OK)]
    [InlineData("/hooks/web", HttpStatusCode.OK)]
    [InlineData("/hooks/none", HttpStatusCode.Unauthorized)]
    [InlineData("/readyz", HttpStatusCode.Unauthorized)]
    [InlineData("/", HttpStatusCode.Unauthorized)]
    public async Task Public_places_are_health_webhooks_and_claimed_prefixes(string path, HttpStatusCode status)
    {
        await using var web = await WebServer.StartAsync(new Serve(_ => HttpReply.Empty(200)), new WebAccess([], "secret", LoopbackOnly: false));
        var response = await web.Client.GetAsync(path);
        Assert.Equal(status, response.StatusCode);
    }

    [Theory]
    [InlineData("evil.example.com", null, 421)]
    [InlineData(null, "http://evil.example.com", 403)]
    public async Task The_listener_refuses_foreign_names_and_pages_before_the_adapter_sees_them(string? host, string? origin, int status)
    {
        var seen = 0;
        await using var web = await WebServer.StartAsync(new Serve(_ =>
        {
            seen++;
            return HttpReply.Empty(200);
        }));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/chat/messages") { Content = new StringContent("{}") };
        if (host is not null) request.Headers.Host = host;
        if (origin is not null) request.Headers.Add("Origin", origin);
        var response = await web.Client.SendAsync(request);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(0, seen);
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
    }
}
