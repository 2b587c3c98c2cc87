using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using PluginGateway.Web.Adapters;
using PluginGateway.Web.Api;
using PluginGateway.Web.Health;
using PluginGateway.Web.Security;

namespace PluginGateway.Tests.Web.Adapters;

public sealed class AdapterEndpointTests
{
    [Fact]
    public async Task A_request_reaches_the_adapter_whole()
    {
        HttpCall? seen = null;
        await using var web = await WebServer.StartAsync(new Serve(call =>
        {
            seen = call;
            return HttpReply.Empty(204);
        }));
        using var request = new HttpRequestMessage(HttpMethod.Put, "/hooks/web/a%20b/c?x=1&x=2&y=%C3%BC") { Content = new StringContent("hello") };
        request.Headers.Add("X-Signature", ["one", "two"]);
        var response = await web.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.NotNull(seen);
        Assert.Equal(("PUT", "/a b/c", "hello"), (seen.Method, seen.Path, Encoding.UTF8.GetString(seen.Body.Span)));
        Assert.Equal(("2", "ü"), (seen.Query["x"], seen.Query["y"]));
        Assert.Equal("one, two", seen.Headers["x-signature"]);
        Assert.Equal("127.0.0.1", seen.RemoteAddress);
    }

    [Theory]
    [InlineData("Bearer the-right-token-of-the-gateway", false)]
    [InlineData("Basic eDp0aGUtcmlnaHQtdG9rZW4tb2YtdGhlLWdhdGV3YXk=", false)]
    [InlineData("Bearer turn1.anything", false)]
    [InlineData("Bearer a-platforms-own", true)]
    public async Task Credentials_of_the_gateway_do_not_reach_an_adapter_and_those_of_a_platform_do(string authorization, bool arrives)
    {
        HttpCall? seen = null;
        await using var web = await WebServer.StartAsync(
            new Serve(call =>
            {
                seen = call;
                return HttpReply.Empty(204);
            }),
            new WebAccess([], "the-right-token-of-the-gateway", LoopbackOnly: false));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/hooks/web");
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        request.Headers.TryAddWithoutValidation("Cookie", "session=1");
        request.Headers.TryAddWithoutValidation("Proxy-Authorization", "Basic x");
        Assert.Equal(HttpStatusCode.NoContent, (await web.Client.SendAsync(request)).StatusCode);
        Assert.Equal(arrives, seen!.Headers.ContainsKey("Authorization"));
        Assert.DoesNotContain("Cookie", seen.Headers.Keys);
        Assert.DoesNotContain("Proxy-Authorization", seen.Headers.Keys);
    }

    [Theory]
    [InlineData("/status")]
    [InlineData("/metrics")]
    public async Task A_path_of_the_gateway_that_an_adapter_claims_still_wants_the_token(string path)
    {
        await using var web = await WebServer.StartAsync(access: new WebAccess([], "the-right-token-of-the-gateway", LoopbackOnly: false));
        web.Routes.Publish([new AdapterRoute("evil", path, new Serve(_ => HttpReply.Empty(204)))]);
        Assert.Equal(HttpStatusCode.Unauthorized, (await web.Client.GetAsync(path)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await web.Client.GetAsync("/hooks/evil")).StatusCode);
    }

    [Theory]
    [InlineData("/chat", "")]
    [InlineData("/chat/", "/")]
    [InlineData("/chat/messages", "/messages")]
    [InlineData("/hooks/web", "")]
    [InlineData("/hooks/web/", "/")]
    public async Task The_path_is_what_lies_below_the_prefix(string path, string below)
    {
        await using var web = await WebServer.StartAsync(
            new Serve(call => HttpReply.Bytes(200, Encoding.UTF8.GetBytes("[" + call.Path + "]"), "text/plain")));
        Assert.Equal($"[{below}]", await web.Client.GetStringAsync(path));
    }

    [Theory]
    [InlineData("/chatter")]
    [InlineData("/Chat")]
    [InlineData("/hooks")]
    [InlineData("/hooks/other")]
    [InlineData("/hooks/webs")]
    [InlineData("/metrics.php")]
    public async Task Unknown_paths_are_404(string path)
    {
        await using var web = await WebServer.StartAsync(new Serve(_ => HttpReply.Empty(200)));
        Assert.Equal(HttpStatusCode.NotFound, (await web.Client.GetAsync(path)).StatusCode);
    }

    [Fact]
    public async Task An_adapter_without_a_connection_is_503_with_the_reason()
    {
        await using var web = await WebServer.StartAsync();
        web.Routes.Publish([new AdapterRoute("web", "/chat", null)]);
        var response = await web.Client.GetAsync("/chat");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("notConnected", await ReasonAsync(response));
        Assert.NotNull(response.Headers.RetryAfter);
    }

    [Fact]
    public async Task The_root_is_the_status_page_and_its_files_are_the_hosts()
    {
        await using var web = await WebServer.StartAsync(new Serve(_ => HttpReply.Empty(418)));
        Assert.Contains("<title>Gateway</title>", await web.Client.GetStringAsync("/"), StringComparison.Ordinal);
        foreach (var path in StatusEndpoints.Paths)
        {
            using var response = await web.Client.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        using var status = await web.Client.GetAsync("/status");
        Assert.Equal(("application/json", "no-store"), (status.Content.Headers.ContentType?.MediaType, status.Headers.CacheControl?.ToString()));
    }

    [Fact]
    public async Task A_deadline_is_504_and_any_other_failure_502_without_its_text()
    {
        Exception fault = new TimeoutException("the secret");
        await using var web = await WebServer.StartAsync(new Serve(_ => Task.FromException<HttpReply>(fault)));
        var overdue = await web.Client.GetAsync("/chat");
        Assert.Equal((HttpStatusCode.GatewayTimeout, "timeout"), (overdue.StatusCode, await ReasonAsync(overdue)));
        fault = new InvalidOperationException("the secret");
        var failed = await web.Client.GetAsync("/chat");
        Assert.Equal((HttpStatusCode.BadGateway, "adapterFailed"), (failed.StatusCode, await ReasonAsync(failed)));
        Assert.DoesNotContain("secret", await failed.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_handler_answers_under_its_id_and_has_no_event_streams()
    {
        await using var web = await WebServer.StartAsync();
        var serve = new Serve(static call => call.Path == "/stream" ? HttpReply.EventStream("t", 0, []) : HttpReply.Json(200, $"\"{call.Path}\""));
        web.Routes.Publish([new AdapterRoute("handler:default", null, serve) { IsHandler = true }]);
        Assert.Equal("\"/a/b\"", await web.Client.GetStringAsync("/hooks/handler:default/a/b"));
        var stream = await web.Client.GetAsync("/hooks/handler:default/stream");
        Assert.Equal((HttpStatusCode.BadGateway, "adapterFailed"), (stream.StatusCode, await ReasonAsync(stream)));
        web.Routes.Publish([new AdapterRoute("handler:default", null, null) { IsHandler = true }]);
        var away = await web.Client.GetAsync("/hooks/handler:default");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, away.StatusCode);
        Assert.Contains(" is not running; try again.", await away.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_throw_before_the_first_await_is_502_too()
    {
        await using var web = await WebServer.StartAsync(new Serve((Func<HttpCall, HttpReply>)(_ => throw new InvalidOperationException("boom"))));
        Assert.Equal(HttpStatusCode.BadGateway, (await web.Client.GetAsync("/chat")).StatusCode);
    }

    [Theory]
    [InlineData(RequestBody.MaxBytes, false, 200)]
    [InlineData(RequestBody.MaxBytes + 1, false, 413)]
    [InlineData(RequestBody.MaxBytes, true, 200)]
    [InlineData(RequestBody.MaxBytes + 1, true, 413)]
    public async Task A_body_is_at_most_one_mebibyte(int bytes, bool chunked, int status)
    {
        await using var web = await WebServer.StartAsync(new Serve(call => HttpReply.Json(200, $"{call.Body.Length}")));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/chat") { Content = new ByteArrayContent(new byte[bytes]) };
        request.Headers.ExpectContinue = true;
        request.Headers.TransferEncodingChunked = chunked;
        Assert.Equal(status, (int)(await web.Client.SendAsync(request)).StatusCode);
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(2, false)]
    [InlineData(20, true)]
    [InlineData(20, false)]
    public async Task An_oversized_body_is_one_413_and_no_line_of_the_web_server(int mebibytes, bool chunked)
    {
        var log = new LinesOf();
        await using var web = await WebServer.StartAsync(new Serve(call => HttpReply.Json(200, $"{call.Body.Length}")), log: log);
        for (var i = 0; i < 3; i++)
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync("127.0.0.1", new Uri(web.BaseUrl).Port);
            var stream = socket.GetStream();
            using var answer = new StreamReader(stream);
            var first = answer.ReadLineAsync();
            var header = chunked ? "Transfer-Encoding: chunked" : $"Content-Length: {mebibytes << 20}";
            await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"POST /chat HTTP/1.1\r\nHost: localhost\r\n{header}\r\n\r\n"));
            var piece = new byte[1 << 16];
            try
            {
                for (var sent = 0; sent < mebibytes << 20; sent += piece.Length)
                {
                    if (chunked) await stream.WriteAsync("10000\r\n"u8.ToArray());
                    await stream.WriteAsync(piece);
                    if (chunked) await stream.WriteAsync("\r\n"u8.ToArray());
                }

                if (chunked) await stream.WriteAsync("0\r\n\r\n"u8.ToArray());
            }
            catch (IOException)
            {
                // Beyond what it reads to its end the connection is closed.
            }

            if (mebibytes <= 8 || !chunked)
                Assert.StartsWith("HTTP/1.1 413", await first.WaitAsync(TimeSpan.FromSeconds(60)), StringComparison.Ordinal);
        }

        await web.DisposeAsync();
        Assert.Empty(log.Lines);
    }

    [Fact]
    public async Task A_body_that_trickles_is_408()
    {
        await using var web = await WebServer.StartAsync(new Serve(_ => HttpReply.Empty(200)),
            kestrel: options => options.Limits.MinRequestBodyDataRate = new MinDataRate(8 * 1024, TimeSpan.FromSeconds(1.1)));
        using var socket = new TcpClient();
        await socket.ConnectAsync("127.0.0.1", new Uri(web.BaseUrl).Port);
        await socket.GetStream().WriteAsync("POST /chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nx"u8.ToArray());
        using var reader = new StreamReader(socket.GetStream());
        Assert.StartsWith("HTTP/1.1 408", await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_adapters_page_cannot_reach_beyond_its_path()
    {
        await using var web = await WebServer.StartAsync(new Serve(_ => HttpReply.Json(200, "{}") with
        {
            Headers = new Dictionary<string, string>
            {
                ["Service-Worker-Allowed"] = "/",
                ["Set-Cookie"] = "a=b; Path=/",
                ["Clear-Site-Data"] = "\"*\"",
                ["Cross-Origin-Opener-Policy"] = "unsafe-none",
                ["Content-Security-Policy"] = "sandbox allow-same-origin allow-scripts",
            },
        }));
        foreach (var path in (string[])["/chat", "/hooks/web"])
        {
            var response = await web.Client.GetAsync(path);
            foreach (var name in (string[])["Service-Worker-Allowed", "Set-Cookie", "Clear-Site-Data"])
                Assert.False(response.Headers.Contains(name), name);
            Assert.Equal("same-origin", response.Headers.GetValues("Cross-Origin-Opener-Policy").Single());
            Assert.Equal(
                path != "/chat", response.Headers.GetValues("Content-Security-Policy").Single().EndsWith("; sandbox", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Headers_of_the_connection_and_of_the_host_are_not_the_adapters_to_set()
    {
        await using var web = await WebServer.StartAsync(new Serve(_ => HttpReply.Json(200, "{}") with
        {
            Headers = new Dictionary<string, string>
            {
                ["Content-Type"] = "text/html",
                ["X-Mine"] = "yes",
                ["Connection"] = "close",
                ["Transfer-Encoding"] = "chunked",
                ["Content-Length"] = "7",
                ["X-Frame-Options"] = "ALLOWALL",
                ["Content-Security-Policy"] = "default-src *",
                ["Bad Name"] = "x",
                ["X-Split"] = "a\r\nSet-Cookie: b",
            },
        }));
        for (var i = 0; i < 2; i++)
        {
            var response = await web.Client.GetAsync("/chat");
            Assert.Equal("{}", await response.Content.ReadAsStringAsync());
            Assert.Equal("application/json; charset=utf-8", response.Content.Headers.ContentType?.ToString());
            Assert.Equal("yes", response.Headers.GetValues("X-Mine").Single());
            Assert.Equal("DENY", response.Headers.GetValues("X-Frame-Options").Single());
            Assert.StartsWith(
                "default-src 'none'; script-src 'self'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            Assert.Equal("no-referrer", response.Headers.GetValues("Referrer-Policy").Single());
            Assert.Equal("same-origin", response.Headers.GetValues("Cross-Origin-Resource-Policy").Single());
            Assert.Empty(response.Headers.Connection);
            Assert.False(response.Headers.Contains("X-Split"));
            Assert.False(response.Headers.Contains("Server"));
            Assert.Equal(2, response.Content.Headers.ContentLength);
        }
    }

    [Fact]
    public async Task An_adapter_that_never_answers_does_not_take_every_connection()
    {
        var never = new TaskCompletionSource<HttpReply>();
        await using var web = await WebServer.StartAsync();
        web.Routes.Publish(
            [new AdapterRoute("stuck", null, new Serve(_ => never.Task)), new AdapterRoute("web", "/chat", new Serve(_ => HttpReply.Empty(200)))]);
        var waiting = Enumerable.Range(0, OpenRequests.MostOfAdapter + 4).Select(_ => web.Client.GetAsync("/hooks/stuck")).ToArray();
        for (var refused = 0; refused < 4; refused++)
        {
            var first = await Task.WhenAny(waiting).WaitAsync(TimeSpan.FromSeconds(30));
            Assert.Equal("busy", await ReasonAsync(await first));
            waiting = [.. waiting.Where(call => call != first)];
        }

        Assert.Equal(HttpStatusCode.OK, (await web.Client.GetAsync("/chat")).StatusCode);
        never.SetResult(HttpReply.Empty(200));
        Assert.All(await Task.WhenAll(waiting), response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
        Assert.Equal(HttpStatusCode.OK, (await web.Client.GetAsync("/hooks/stuck")).StatusCode);
    }

    [Fact]
    public async Task Answers_that_nobody_takes_are_bounded_for_each_adapter_and_end_with_their_clients()
    {
        var large = HttpReply.Bytes(200, new byte[OpenRequests.MostBytes / 4], "application/octet-stream");
        await using var web = await WebServer.StartAsync();
        web.Routes.Publish(
            [new AdapterRoute("large", null, new Serve(_ => large)), new AdapterRoute("web", "/chat", new Serve(_ => HttpReply.Empty(200)))]);
        var held = new List<HttpResponseMessage>();
        for (var i = 0; i < 4; i++) held.Add(await web.Client.GetAsync("/hooks/large", HttpCompletionOption.ResponseHeadersRead));
        Assert.Equal("busy", await ReasonAsync(await web.Client.GetAsync("/hooks/large")));
        Assert.Equal(HttpStatusCode.OK, (await web.Client.GetAsync("/chat")).StatusCode);
        foreach (var response in held) response.Dispose();
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while ((await web.Client.GetAsync("/hooks/large")).StatusCode != HttpStatusCode.OK)
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), "the bytes of clients that have gone are still counted");
            await Task.Delay(50);
        }
    }

    private static async Task<string?> ReasonAsync(HttpResponseMessage response)
    {
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return json.RootElement.GetProperty("reason").GetString();
    }
}
