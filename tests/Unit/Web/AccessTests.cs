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

    [Theory]
    [InlineData("Bearer right", false, null)]
    [InlineData("Bearer wrong", false, 401)]
    [InlineData(null, false, 401)]
    [InlineData(null, true, null)]
    public void A_configured_token_is_wanted_on_this_machine_too(string? authorization, bool isPublic, int? status) =>
        Assert.Equal(status, new WebAccess([], "right", LoopbackOnly: true).Check("http", new HostString("localhost"), null, authorization, isPublic)?.Status);

    [Theory]
    [InlineData("192.0.2.7", null, "192.0.2.7", null)]
    [InlineData("192.0.2.7", null, "192.0.2.8", 421)]
    [InlineData("0.0.0.0", "192.0.2.7", "192.0.2.7", null)]
    [InlineData("0.0.0.0", "::ffff:192.0.2.7", "192.0.2.7", null)]
    [InlineData("0.0.0.0", "192.0.2.7", "0.0.0.0", null)]
    [InlineData("0.0.0.0", "192.0.2.7", "192.0.2.8", 421)]
    [InlineData("0.0.0.0", "192.0.2.7", "3221226023", 421)]
    [InlineData("127.0.0.1", "127.0.0.1", "0.0.0.0", 421)]
    [InlineData("127.0.0.1", "127.0.0.1", "127.1", 421)]
    [InlineData("127.0.0.2", "127.0.0.2", "127.0.0.2", null)]
    [InlineData("[::]", "2001:db8::7", "[2001:db8::7]", null)]
    [InlineData("[::]", "2001:db8::7", "[2001:0db8:0::7]", null)]
    [InlineData("[::]", "fe80::7%3", "[fe80::7]", null)]
    [InlineData("[::]", "2001:db8::7", "[2001:db8::8]", 421)]
    [InlineData("0.0.0.0", "172.17.0.2", "198.51.100.1", null)]
    [InlineData("0.0.0.0", "172.17.0.2", "[2001:db8:1::1]", null)]
    public void It_answers_to_the_address_it_is_bound_to_the_one_that_was_connected_to_and_configured_ones(string bound, string? local, string host, int? status)
    {
        var access = new WebAccess(["198.51.100.1", "2001:db8:1::1"], null, LoopbackOnly: true) { BoundHost = bound };
        var refusal = access.Check("http", new HostString(host + ":8780"), null, null, isPublic: false, local is null ? null : IPAddress.Parse(local));
        Assert.Equal(status, refusal?.Status);
        if (refusal is not null) Assert.Contains("gateway.allowedHosts", refusal.Message, StringComparison.Ordinal);
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
