using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using PluginGateway.Threads;
using PluginGateway.Web.Health;
using PluginGateway.Web.Security;

namespace PluginGateway.Tests.Web;

public sealed class HealthTests
{
    [Fact]
    public async Task Liveness_shows_the_age_of_every_heartbeat_and_fails_when_one_is_older_than_five_seconds()
    {
        var clock = new FakeTimeProvider();
        await using var web = await WebServer.StartAsync();
        var (watch, store) = (new Heartbeat("watch", clock), new Heartbeat("store", clock));
        web.Health.Publish([watch, store]);
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("""{"status":"ok","heartbeats":{"watch":2,"store":2}}""", await web.Client.GetStringAsync("/healthz"));

        clock.Advance(TimeSpan.FromSeconds(4));
        store.Beat();
        var stalled = await web.Client.GetAsync("/healthz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, stalled.StatusCode);
        Assert.Equal("""{"status":"stalled","heartbeats":{"watch":6,"store":0},"stalled":["watch"]}""", await stalled.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Readiness_says_what_was_published()
    {
        await using var web = await WebServer.StartAsync();
        Assert.Equal("""{"status":"ready","reasons":[]}""", await web.Client.GetStringAsync("/readyz"));
        web.Health.Publish(new Readiness(false, false, ["adapter 'tg' is loading"]));
        var response = await web.Client.GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal("adapter 'tg' is loading", json.RootElement.GetProperty("reasons")[0].GetString());
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("everything-everything-everything-1", true)]
    public async Task A_probe_without_the_token_learns_whether_the_gateway_is_ready_and_not_why(string? token, bool showsReasons)
    {
        var access = new WebAccess([], "everything-everything-everything-1", LoopbackOnly: false);
        await using var web = await WebServer.StartAsync(access: access);
        if (token is not null) web.Client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        web.Health.Publish(new Readiness(false, false, ["tg is loading"]));
        var response = await web.Client.GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(showsReasons ? """{"status":"notReady","reasons":["tg is loading"]}""" : """{"status":"notReady"}""",
            await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("10.244.0.5:8780", null)]
    [InlineData("[fd00::5]", null)]
    [InlineData("127.0.0.2", null)]
    [InlineData("gw.example.org", null)]
    [InlineData("10.244.0.5:8780", "everything-everything-everything-1")]
    [InlineData("gw.example.org", "everything-everything-everything-1")]
    public async Task A_probe_is_answered_under_any_name_and_learns_no_reasons(string host, string? token)
    {
        await using var web = await WebServer.StartAsync(access: new WebAccess([], token, LoopbackOnly: token is null));
        web.Health.Publish(new Readiness(false, false, ["tg is loading"]));
        Assert.Equal((HttpStatusCode.OK, """{"status":"ok","heartbeats":{}}"""), await AskAsync(web, "/healthz", host));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, """{"status":"notReady"}"""), await AskAsync(web, "/readyz", host));
        var (status, _) = await AskAsync(web, "/status", host);
        var isOurs = token is not null && !host.StartsWith("gw", StringComparison.Ordinal);
        Assert.Equal(isOurs ? HttpStatusCode.Unauthorized : HttpStatusCode.MisdirectedRequest, status);
    }

    private static async Task<(HttpStatusCode Status, string Body)> AskAsync(WebServer web, string path, string host)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Host = host;
        using var response = await web.Client.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_loop_that_stands_still_takes_no_work_is_named_and_feeds_no_watchdog_unless_it_waits_for_a_disk()
    {
        var clock = new FakeTimeProvider();
        await using var web = await WebServer.StartAsync();
        var (watch, store) = (new Heartbeat("watch", clock), new Heartbeat("store writer", clock));
        web.Health.Publish([watch, store]);
        Assert.True(web.Health.IsAlive);
        clock.Advance(GatewayHealth.StalledAfter + TimeSpan.FromSeconds(1));
        watch.Beat();
        Assert.False(web.Health.IsAlive);
        var response = await web.Client.GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.StartsWith("the loop 'store writer' has stood still for more than 5 s",
            Assert.Single(json.RootElement.GetProperty("reasons").EnumerateArray()).GetString());

        store.WaitsFor = "the disk";
        Assert.True(web.Health.IsAlive);
        Assert.EndsWith("it waits for the disk", GatewayHealth.Describe(Assert.Single(web.Health.Stalled)));
        store.WaitsFor = null;
        store.Beat();
        Assert.Equal("""{"status":"ready","reasons":[]}""", await web.Client.GetStringAsync("/readyz"));
    }

    [Theory]
    [InlineData("/readyz")]
    [InlineData("/chat/")]
    [InlineData("/hooks/web/x")]
    [InlineData("/nowhere")]
    [InlineData("/")]
    public async Task While_it_stops_everything_new_is_answered_503_with_the_reason(string path)
    {
        await using var web = await WebServer.StartAsync(new Serve(_ => HttpReply.Empty(200)));
        web.Health.Publish(new Readiness(true, true, []));
        var response = await web.Client.GetAsync(path);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal("stopping", json.RootElement.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task While_it_stops_it_is_still_alive()
    {
        await using var web = await WebServer.StartAsync();
        web.Health.Publish(new Readiness(true, true, []));
        Assert.Equal(HttpStatusCode.OK, (await web.Client.GetAsync("/healthz")).StatusCode);
    }
}
