using PluginGateway.FakeFeishu;

namespace PluginGateway.Tests.Plugins.Feishu;

/// <summary>The adapter's HTTP callback.</summary>
public sealed class FeishuCallbackTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_event_is_answered_200_when_it_is_durable_503_when_it_is_refused_and_handled_once()
    {
        var acceptance = Acceptance.Refused("stopping");
        await using var fixture = new FeishuFixture(""", "receive": "callback" """) { Accepts = _ => Task.FromResult(acceptance) };
        var running = await fixture.ConnectAsync();
        fixture.Platform.CallbackAddress = new Uri("http://127.0.0.1:1/"); // nobody there: the test carries it over itself
        fixture.Platform.Say("oc_1", "hello");
        var call = await CallAsync(fixture, System.Text.Encoding.UTF8.GetString(fixture.Platform.Events[0].Payload));
        Assert.Equal(503, (await fixture.Adapter.HandleAsync(call, Token)).Status);
        acceptance = Acceptance.Stored;
        Assert.Equal(200, (await fixture.Adapter.HandleAsync(call, Token)).Status);
        Assert.Equal(200, (await fixture.Adapter.HandleAsync(call, Token)).Status); // the same request again
        Assert.Equal("hello", Assert.Single(fixture.Accepted).Text);
        Assert.False(running.IsCompleted);
        Assert.Equal(new ProbeResult(true, true), await fixture.Adapter.ProbeAsync(Token));
        Assert.Empty(fixture.Platform.Connections);
    }

    [Fact]
    public async Task What_is_not_the_platforms_gets_401_and_nothing_of_it_is_handled()
    {
        await using var fixture = new FeishuFixture(""", "receive": "callback" """);
        _ = await fixture.ConnectAsync();
        fixture.Platform.CallbackAddress = new Uri("http://127.0.0.1:1/");
        fixture.Platform.Say("oc_1", "hello");
        var good = await CallAsync(fixture, System.Text.Encoding.UTF8.GetString(fixture.Platform.Events[0].Payload));
        foreach (var bad in (HttpCall[])[new("POST", "", good.Body), new("POST", "", "{}"u8.ToArray()) { Headers = good.Headers },
            new("POST", "", ReadOnlyMemory<byte>.Empty)])
            Assert.Equal(401, (await fixture.Adapter.HandleAsync(bad, Token)).Status);
        Assert.Equal(405, (await fixture.Adapter.HandleAsync(new HttpCall("GET", "", default), Token)).Status);
        Assert.Equal(404, (await fixture.Adapter.HandleAsync(new HttpCall("POST", "/other", good.Body) { Headers = good.Headers }, Token)).Status);
        Assert.Empty(fixture.Accepted);
        Assert.DoesNotContain(fixture.Lines, line => line.Contains(fixture.Platform.EncryptKey, StringComparison.Ordinal)
            || line.Contains(fixture.Platform.VerificationToken, StringComparison.Ordinal));
    }

    [Fact]
    public async Task With_a_long_connection_there_is_no_callback()
    {
        await using var fixture = new FeishuFixture();
        _ = await fixture.ConnectAsync();
        Assert.Equal(404, (await fixture.Adapter.HandleAsync(await CallAsync(fixture, "{}"), Token)).Status);
    }

    private static async Task<HttpCall> CallAsync(FeishuFixture fixture, string json)
    {
        using var request = FakeCallback.Of(new Uri("http://127.0.0.1:1/"), json, fixture.Platform.EncryptKey, DateTimeOffset.UtcNow);
        return new HttpCall("POST", "", await request.Content!.ReadAsByteArrayAsync(Token))
        {
            Headers = request.Headers.ToDictionary(static header => header.Key, static header => header.Value.Single())
        };
    }
}
