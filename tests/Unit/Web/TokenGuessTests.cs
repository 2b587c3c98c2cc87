using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Time.Testing;
using PluginGateway.Web;

namespace PluginGateway.Tests.Web;

public sealed class TokenGuessTests
{
    [Fact]
    public void After_ten_wrong_tokens_an_address_waits_for_the_rest_of_the_minute_and_others_do_not()
    {
        var clock = new FakeTimeProvider();
        var guesses = new TokenGuesses(clock);
        var (one, other) = (IPAddress.Parse("192.0.2.1"), IPAddress.Parse("192.0.2.2"));
        for (var i = 0; i < TokenGuesses.Allowed; i++)
        {
            Assert.Equal(TimeSpan.Zero, guesses.WaitOf(one));
            guesses.Count(one);
        }

        clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(TimeSpan.FromSeconds(40), guesses.WaitOf(one));
        Assert.Equal(TimeSpan.FromSeconds(40), guesses.WaitOf(IPAddress.Parse("::ffff:192.0.2.1")));
        Assert.Equal(TimeSpan.Zero, guesses.WaitOf(other));
        clock.Advance(TimeSpan.FromSeconds(41));
        Assert.Equal(TimeSpan.Zero, guesses.WaitOf(one));
        guesses.Count(one);
        Assert.Equal(TimeSpan.Zero, guesses.WaitOf(one));
    }

    [Fact]
    public void A_network_of_IPv6_is_one_address_and_a_crowd_shares_one_count()
    {
        var guesses = new TokenGuesses(new FakeTimeProvider());
        for (var i = 0; i < TokenGuesses.Allowed; i++) guesses.Count(IPAddress.Parse($"2001:db8:1:2::{i + 1}"));
        Assert.NotEqual(TimeSpan.Zero, guesses.WaitOf(IPAddress.Parse("2001:db8:1:2:ffff::1")));
        Assert.Equal(TimeSpan.Zero, guesses.WaitOf(IPAddress.Parse("2001:db8:1:3::1")));
        for (var i = 0; i < 5000; i++) guesses.Count(new IPAddress(0x0100_0000L + i));
        Assert.NotEqual(TimeSpan.Zero, guesses.WaitOf(IPAddress.Parse("203.0.113.250")));
    }

    [Fact]
    public async Task Guessing_gets_429_even_with_the_right_token_in_between_and_public_places_stay_open()
    {
        await using var web = await WebServer.StartAsync(access: new WebAccess([], "the-right-token", LoopbackOnly: false));
        for (var i = 0; i < TokenGuesses.Allowed; i++) Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync("wrong" + i));
        Assert.Equal(HttpStatusCode.TooManyRequests, await AskAsync("wrong"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await AskAsync("the-right-token"));
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
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(credentials)));
        using var response = await web.Client.SendAsync(request);
        Assert.Equal(status, (int)response.StatusCode);
        if (status == 401) Assert.Contains("Basic", response.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }
}
