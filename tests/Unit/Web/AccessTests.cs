using System.Net;
using Microsoft.AspNetCore.Http;
using PluginGateway.Web.Adapters;
using PluginGateway.Web.Security;

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
        Assert.Equal(
            status, new WebAccess([], "right", LoopbackOnly: true).Check("http", new HostString("localhost"), null, authorization, isPublic)?.Status);

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
    public void It_answers_to_the_address_it_is_bound_to_the_one_that_was_connected_to_and_configured_ones(
        string bound, string? local, string host, int? status)
    {
        var access = new WebAccess(["198.51.100.1", "2001:db8:1::1"], null, LoopbackOnly: true) { BoundHost = bound };
        var refusal = access.Check(
            "http", new HostString(host + ":8780"), null, null, isPublic: false, local is null ? null : IPAddress.Parse(local));
        Assert.Equal(status, refusal?.Status);
        if (refusal is not null) Assert.Contains("gateway.allowedHosts", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.244.0.5", null)]
    [InlineData("[fd00::5]", null)]
    [InlineData("gw.example.org", 421)]
    [InlineData("127.0.0.1.example.org", 421)]
    [InlineData("3221226023", 421)]
    public void Where_a_token_is_wanted_any_address_will_do_and_no_other_name(string host, int? status)
    {
        var access = new WebAccess([], "right", LoopbackOnly: false);
        Assert.Equal(status, access.Check("http", new HostString(host + ":8780"), null, "Bearer right", isPublic: false, IPAddress.Loopback)?.Status);
    }

    [Theory]
    [InlineData("metrics", "GET", "/metrics", 200)]
    [InlineData("metrics", "GET", "/status", 403)]
    [InlineData("metrics", "GET", "/", 403)]
    [InlineData("metrics", "GET", "/readyz", 403)]
    [InlineData("events", "GET", "/metrics", 403)]
    [InlineData("send", "GET", "/metrics", 403)]
    [InlineData("send", "GET", "/api/events", 403)]
    [InlineData("none", "GET", "/metrics", 401)]
    [InlineData("everything", "GET", "/status", 200)]
    [InlineData("metrics", "GET", "/healthz", 200)]
    [InlineData("metrics", "GET", "/chat", 200)]
    public async Task A_token_may_do_what_it_is_for(string token, string method, string path, int status)
    {
        var access = new WebAccess([], "everything-of-the-tests", LoopbackOnly: true)
        {
            Scoped = [new("metrics-of-the-tests", true, false, null), new("events-of-the-tests", false, true, null),
                new("send-of-the-tests", false, false, "web")],
        };
        await using var web = await WebServer.StartAsync(
            new Serve(call => call.Headers.ContainsKey("Authorization") ? HttpReply.Empty(500) : HttpReply.Empty(200)), access);
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Add("Authorization", $"Bearer {token}-of-the-tests");
        using var response = await web.Client.SendAsync(request);
        Assert.Equal(status, (int)response.StatusCode);
    }

    [Theory]
    [InlineData("/api/messages", "POST", true)]
    [InlineData("/api/messages/m1", "GET", true)]
    [InlineData("/api/attachments", "POST", true)]
    [InlineData("/api/attachments/i1/0", "GET", false)]
    [InlineData("/api/events", "GET", false)]
    [InlineData("/status", "GET", false)]
    public void A_token_to_send_reaches_what_sending_needs(string path, string method, bool may) =>
        Assert.Equal(may, WebAccess.CheckScope(new("t", false, false, "web"), method, path) is null);

    [Theory]
    [InlineData("cross-site", "no-cors", 403)]
    [InlineData("same-site", "no-cors", 403)]
    [InlineData("cross-site", "navigate", 200)]
    [InlineData("same-origin", "cors", 200)]
    [InlineData("none", "navigate", 200)]
    [InlineData(null, null, 200)]
    public async Task What_a_page_of_another_site_has_its_browser_load_is_refused(string? site, string? mode, int status)
    {
        await using var web = await WebServer.StartAsync(new Serve(_ => HttpReply.Empty(200)));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/chat/events");
        if (site is not null) request.Headers.Add("Sec-Fetch-Site", site);
        if (mode is not null) request.Headers.Add("Sec-Fetch-Mode", mode);
        using var response = await web.Client.SendAsync(request);
        Assert.Equal(status, (int)response.StatusCode);
    }

    [Fact]
    public async Task Pages_that_want_the_token_are_not_public_by_their_path()
    {
        await using var web = await WebServer.StartAsync(access: new WebAccess([], "the-right-token", LoopbackOnly: false));
        web.Routes.Publish([new AdapterRoute("web", "/chat", new Serve(_ => HttpReply.Empty(200))) { WantsToken = true },
            new AdapterRoute("hook", null, new Serve(_ => HttpReply.Empty(200)))]);
        Assert.Equal(HttpStatusCode.Unauthorized, (await web.Client.GetAsync("/chat")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await web.Client.GetAsync("/hooks/web/messages")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await web.Client.GetAsync("/hooks/hook")).StatusCode);
        web.Client.DefaultRequestHeaders.Add("Authorization", "Bearer the-right-token");
        Assert.Equal(HttpStatusCode.OK, (await web.Client.GetAsync("/chat")).StatusCode);
    }

    [Fact]
    public void A_missing_token_setting_lets_nobody_in() =>
        Assert.Equal(
            401, new WebAccess([], null, LoopbackOnly: false).Check("http", new HostString("localhost"), null, "Bearer ", isPublic: false)?.Status);

    [Theory]
    [InlineData("/healthz", HttpStatusCode.OK)]
    [InlineData("/chat", HttpStatusCode.OK)]
    [InlineData("/hooks/web", HttpStatusCode.OK)]
    [InlineData("/hooks/none", HttpStatusCode.Unauthorized)]
    [InlineData("/readyz", HttpStatusCode.OK)]
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
