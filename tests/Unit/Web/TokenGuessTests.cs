using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Time.Testing;
using PluginGateway.Configuration.Secrets;
using PluginGateway.Web.Security;

namespace PluginGateway.Tests.Web;

public sealed class TokenGuessTests
{
    [Fact]
    public void After_ten_wrong_tokens_an_address_waits_for_the_rest_of_the_minute_and_others_do_not()
    {
        var clock = new FakeTimeProvider();
        var throttle = new TokenThrottle(clock);
        var (one, other) = (IPAddress.Parse("192.0.2.1"), IPAddress.Parse("192.0.2.2"));
        for (var i = 0; i < TokenThrottle.Allowed; i++)
        {
            Assert.Equal(TimeSpan.Zero, throttle.WaitOf(one));
            throttle.Count(one);
        }

        clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(TimeSpan.FromSeconds(40), throttle.WaitOf(one));
        Assert.Equal(TimeSpan.FromSeconds(40), throttle.WaitOf(IPAddress.Parse("::ffff:192.0.2.1")));
        Assert.Equal(TimeSpan.Zero, throttle.WaitOf(other));
        clock.Advance(TimeSpan.FromSeconds(41));
        Assert.Equal(TimeSpan.Zero, throttle.WaitOf(one));
        throttle.Count(one);
        Assert.Equal(TimeSpan.Zero, throttle.WaitOf(one));
    }

    [Fact]
    public void A_network_of_IPv6_is_one_address_and_a_crowd_shares_one_count()
    {
        var throttle = new TokenThrottle(new FakeTimeProvider());
        for (var i = 0; i < TokenThrottle.Allowed; i++) throttle.Count(IPAddress.Parse($"2001:db8:1:2::{i + 1}"));
        Assert.NotEqual(TimeSpan.Zero, throttle.WaitOf(IPAddress.Parse("2001:db8:1:2:ffff::1")));
        Assert.Equal(TimeSpan.Zero, throttle.WaitOf(IPAddress.Parse("2001:db8:1:3::1")));
        for (var i = 0; i < 5000; i++) throttle.Count(new IPAddress(0x0100_0000L + i));
        Assert.NotEqual(TimeSpan.Zero, throttle.WaitOf(IPAddress.Parse("203.0.113.250")));
    }

    [Fact]
    public Task Wrong_tokens_get_429_and_the_right_one_of_128_bits_is_let_in_however_many_come() =>
        GuessAsync("9f86d081884c7d659a2feaa0c55ad015", 100, HttpStatusCode.OK);

    [Fact]
    public Task Ten_wrong_tokens_a_minute_do_not_lock_out_a_right_one_that_could_be_guessed() => GuessAsync("the-right-token", 5, HttpStatusCode.OK);

    [Fact]
    public Task A_token_that_could_be_guessed_is_looked_at_once_a_second_under_a_flood_of_wrong_ones() =>
        GuessAsync("the-right-token", 50, HttpStatusCode.TooManyRequests);

    [Theory]
    [InlineData("9f86d081884c7d659a2feaa0c55ad015", true)]
    [InlineData("9F86D081884C7D659A2FEAA0C55AD015", true)]
    [InlineData("n4bQgYhMfWWaL-qgxVrQFaO_Tx", true)]
    [InlineData("9f86d081884c7d659a2feaa0c55ad01", false)]
    [InlineData("0123456789abcdef", false)]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false)]
    public void Enough_are_128_bits(string token, bool isEnough) => Assert.Equal(isEnough, TokenStrength.IsEnough(token));

    private static async Task GuessAsync(string token, int wrong, HttpStatusCode afterwards)
    {
        var clock = new FakeTimeProvider();
        await using var web = await WebServer.StartAsync(access: new WebAccess([], token, LoopbackOnly: true), clock: clock);
        for (var i = 0; i < TokenThrottle.Allowed; i++) Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync("wrong" + i));
        for (var i = 0; i < wrong; i++) Assert.Equal(HttpStatusCode.TooManyRequests, await AskAsync("wrong"));
        Assert.Equal(afterwards, await AskAsync(token));
        Assert.Equal(HttpStatusCode.TooManyRequests, await AskAsync("wrong"));
        clock.Advance(2 * TokenThrottle.LookEvery);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(token));
        Assert.Equal(HttpStatusCode.OK, (await web.Client.GetAsync("/healthz")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await web.Client.GetAsync("/status")).StatusCode);

        async Task<HttpStatusCode> AskAsync(string token)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/status");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            using var response = await web.Client.SendAsync(request);
            return response.StatusCode;
        }
    }

    [Theory]
    [InlineData("anybody:the-right-token", 200)]
    [InlineData(":the-right-token", 200)]
    [InlineData("the-right-token", 401)]
    [InlineData("the-right-token:", 401)]
    public async Task A_browser_gives_the_token_as_a_password(string credentials, int status)
    {
        await using var web = await WebServer.StartAsync(access: new WebAccess([], "the-right-token", LoopbackOnly: false));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(credentials)));
        using var response = await web.Client.SendAsync(request);
        Assert.Equal(status, (int)response.StatusCode);
        if (status == 401) Assert.Contains("Basic", response.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }
}
