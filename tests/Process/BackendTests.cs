using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>A backend over webhooks: the sample of the documentation, one that is away, and one that answers later.</summary>
public sealed class BackendTests
{
    private const string Secret = "a-secret-of-the-tests";

    [Fact]
    public async Task The_sample_backend_answers_and_refuses_what_is_not_signed_or_old()
    {
        using var folder = new TempFolder();
        var port = FreePort.Next();
        using var backend = Start(folder, port);
        using var gateway = GatewayProcess.StartReady(folder, Configuration(port));
        using var chat = new ChatClient(gateway.Address);
        using var stream = chat.Listen("backend");
        await WaitUntilItListensAsync(port, backend);
        await chat.SendAsync("backend", "1", "Grüße, \"world\"");
        stream.WaitFor(1, Bound.Replies);
        Assert.Equal("You said: Grüße, \"world\"", stream.Replies[0].Text);

        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        Assert.Equal(HttpStatusCode.OK, await PostAsync(port, now, Secret));
        Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync(port, now, "a-secret-of-somebody"));
        Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync(port, now - 600, Secret));
        gateway.Status().AssertBalances();
    }

    [Fact]
    public async Task A_backend_that_has_only_the_second_of_two_secrets_answers_and_the_replies_of_any_2xx_are_sent()
    {
        using var folder = new TempFolder();
        var (samplePort, standardPort) = (FreePort.Next(), FreePort.Next());
        const string StandardSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        using var sample = Start(folder, samplePort);
        using var standard = new HttpListener();
        standard.Prefixes.Add($"http://127.0.0.1:{standardPort}/");
        standard.Start();
        using var gateway = GatewayProcess.StartReady(folder, $$"""
            {
              "handler": {
                "plugin": "Webhook",
                "settings": { "url": "http://127.0.0.1:{{samplePort}}/", "secret": "the-secret-of-tomorrow", "secondSecret": "{{Secret}}" }
              },
              "adapters": [
                { "id": "web", "plugin": "WebChat" },
                {
                  "id": "other", "plugin": "WebChat",
                  "handler": { "plugin": "Webhook", "settings": { "url": "http://127.0.0.1:{{standardPort}}/", "secret": "{{StandardSecret}}" } }
                }
              ]
            }
            """);
        using var chat = new ChatClient(gateway.Address);
        using var stream = chat.Listen("backend");
        await WaitUntilItListensAsync(samplePort, sample);
        await chat.SendAsync("backend", "1", "signed twice");
        stream.WaitFor(1, Bound.Replies);
        Assert.Equal("You said: signed twice", stream.Replies[0].Text);

        using var api = new HttpClient { BaseAddress = gateway.Address };
        using (var posted = await api.PostAsync("/hooks/other/messages", ChatClient.Body("c", "1", "by the standard")))
            Assert.Equal(HttpStatusCode.Accepted, posted.StatusCode);
        var request = await standard.GetContextAsync();
        using var reader = new StreamReader(request.Request.InputStream);
        var body = await reader.ReadToEndAsync();
        var headers = request.Request.Headers;
        var signed = Encoding.UTF8.GetBytes($"{headers["webhook-id"]}.{headers["webhook-timestamp"]}.{body}");
        var key = Convert.FromBase64String(StandardSecret["whsec_".Length..]);
        Assert.Equal("v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed)), headers["webhook-signature"]);
        Assert.Equal(headers["Gateway-Turn"], headers["webhook-id"]);
        request.Response.StatusCode = 202;
        request.Response.OutputStream.Write("""{"replies":[{"text":"accepted and answered"}]}"""u8);
        request.Response.Close();
        var status = gateway.Await(static status => status.IsIdle && status.Inbound("handled") == 2, Bound.Replies);
        Assert.Equal(2, status.Outbound("delivered"));
        status.AssertBalances();
    }

    [Fact]
    public async Task While_the_backend_is_away_turns_wait_without_losing_an_attempt_and_run_when_it_is_back()
    {
        using var folder = new TempFolder();
        var port = FreePort.Next();
        using var gateway = GatewayProcess.StartReady(folder, Configuration(port));
        using var chat = new ChatClient(gateway.Address);
        using var stream = chat.Listen("away");
        await chat.SendAsync("away", "1", "first");
        await chat.SendAsync("away", "2", "second");
        Bound.Until(() => gateway.Status().Json.GetProperty("reasons").ToString().Contains("has put its turns off", StringComparison.Ordinal),
            Bound.Replies, () => gateway.Said);
        // Three failed attempts would park it: put off after 1, 2, 4 and 8 s it has been tried more often than that.
        await Task.Delay(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Equal((2, 0), (gateway.Status().Inbound("pending"), gateway.Status().Inbound("parked")));
        using var backend = Start(folder, port);
        stream.WaitFor(2, Bound.Replies);
        Assert.Equal(["You said: first", "You said: second"], stream.Replies.Select(static reply => reply.Text));
        Bound.Until(() => gateway.Status().IsIdle, Bound.Replies, () => gateway.Said);
        gateway.Status().AssertBalances();
    }

    [Fact]
    public async Task A_later_reply_with_the_turns_token_goes_to_its_conversation_and_to_no_other()
    {
        using var folder = new TempFolder();
        var port = FreePort.Next();
        using var listener = new HttpListener();
        listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        listener.Start();
        using var gateway = GatewayProcess.StartReady(folder, Configuration(port));
        using var api = new ApiClient(gateway.Address);
        using var chat = new ChatClient(gateway.Address);
        using var stream = chat.Listen("later");
        await chat.SendAsync("later", "1", "think about it");
        var request = await listener.GetContextAsync();
        var turn = (await JsonDocument.ParseAsync(request.Request.InputStream)).RootElement;
        request.Response.StatusCode = 202;
        request.Response.Close();
        var token = turn.GetProperty("token").GetString()!;
        Bound.Until(() => gateway.Status().IsIdle, Bound.Replies, () => gateway.Said);

        Assert.Equal(HttpStatusCode.Accepted, (await api.PostAsync(new { text = "I have thought", key = "k" }, token)).Status);
        Assert.Equal(HttpStatusCode.OK, (await api.PostAsync(new { text = "I have thought", key = "k" }, token)).Status);
        stream.WaitFor(1, Bound.Replies);
        Assert.Equal("I have thought", stream.Replies.Single().Text);
        Assert.Equal(HttpStatusCode.BadRequest, (await api.PostAsync(new { to = "web:other", text = "t", key = "k2" }, token)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await api.PostAsync(new { text = "t", key = "k2" }, token[..^2] + "AA")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await api.PostAsync(new { text = "t", key = "k2" }, "turn1.nonsense")).Status);
        Assert.Equal(HttpStatusCode.OK, (await api.GetAsync("/api/messages/k", token)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await api.GetAsync("/api/messages/m1", token)).Status);
        Assert.DoesNotContain(token, gateway.Said, StringComparison.Ordinal);
    }

    internal static ChildProcess Start(TempFolder folder, int port) =>
        Python.StartFrom(folder, "plugins/Webhook/README.md", [$"{port}"], new Dictionary<string, string> { ["WEBHOOK_SECRET"] = Secret });

    internal static async Task WaitUntilItListensAsync(int port, ChildProcess backend)
    {
        for (var tries = 0; tries < 300; tries++)
        {
            try
            {
                await PostAsync(port, 0, "nobody");
                return;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(100);
            }
        }

        Assert.Fail($"The backend does not listen. It said:\n{backend.Said}");
    }

    /// <summary>Posts a turn as somebody who knows this secret would have at this time.</summary>
    internal static async Task<HttpStatusCode> PostAsync(int port, long timestamp, string secret = Secret)
    {
        using var http = new HttpClient();
        var body = Encoding.UTF8.GetBytes("""{"turn":"forged","text":"forged"}""");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{port}/") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("Gateway-Timestamp", $"{timestamp}");
        byte[] signed = [.. Encoding.ASCII.GetBytes($"{timestamp}."), .. body];
        request.Headers.Add("Gateway-Signature", "v1=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed)));
        using var response = await http.SendAsync(request);
        return response.StatusCode;
    }

    private static string Configuration(int port) => $$"""
        { "handler": { "plugin": "Webhook", "settings": { "url": "http://127.0.0.1:{{port}}/", "secret": "{{Secret}}" } }, "adapters": [ { "id": "web", "plugin": "WebChat" } ] }
        """;
}
