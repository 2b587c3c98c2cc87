using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>A backend that holds uploads and downloads open with the tokens of one adapter's turns leaves places to everybody else.</summary>
public sealed class TransferSharesTests
{
    private const int MostUploads = 16, MostDownloads = 32;

    /// <summary>More than the kernel buffers of a connection that nobody reads.</summary>
    private const int Large = 24 * 1024 * 1024;

    [Fact]
    public async Task Uploads_of_one_adapters_backend_have_half_of_the_places_and_programs_upload_on()
    {
        using var folder = new TempFolder();
        using var backend = new Backend();
        using var gateway = GatewayProcess.StartReady(folder, Plan(backend));
        using var api = new ApiClient(gateway.Address);
        var (token, _) = backend.Turn(folder, "text");
        using var held = new HeldRequests(gateway.Port);
        await held.FillAsync(
            MostUploads / 2, $"POST /api/attachments HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\nAuthorization: Bearer {token}\r\n\r\nx",
            async () => (await api.UploadAsync("content", token)).Status);
        var (status, answer) = await api.UploadAsync("content", token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("8 uploads of adapter 'rich' are under way", answer.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await api.UploadAsync("content")).Status);
        await held.EndUntilAsync(async () => (await api.UploadAsync("content", token)).Status);
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public async Task Downloads_of_one_adapters_backend_have_half_of_the_places_and_programs_download_on()
    {
        using var folder = new TempFolder();
        using var backend = new Backend();
        using var gateway = GatewayProcess.StartReady(folder, Plan(backend));
        using var api = new ApiClient(gateway.Address);
        var (token, path) = backend.Turn(folder, new string('x', Large));
        using var held = new HeldRequests(gateway.Port);
        await held.FillAsync(
            MostDownloads / 2, $"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n", () => DownloadAsync(token));
        using (var refused = await api.DownloadAsync(path, token))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            var answer = JsonDocument.Parse(await refused.Content.ReadAsStringAsync()).RootElement;
            Assert.Contains("16 downloads of adapter 'rich' are under way", answer.GetProperty("message").GetString(), StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.OK, await DownloadAsync(null));
        await held.EndUntilAsync(() => DownloadAsync(token));
        Assert.Equal(0, gateway.Stop());

        async Task<HttpStatusCode> DownloadAsync(string? with)
        {
            using var answer = await api.DownloadAsync(path, with);
            if (answer.IsSuccessStatusCode) Assert.Equal(Large, (await answer.Content.ReadAsByteArrayAsync()).Length);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task Files_that_one_adapters_backend_uploads_are_that_adapters_and_programs_keep_their_room()
    {
        using var folder = new TempFolder();
        using var backend = new Backend();
        var plan = JsonNode.Parse(Plan(backend))!;
        plan["gateway"]!["media"] = new JsonObject { ["maxFileMegabytes"] = 1, ["maxTotalMegabytes"] = 8 };
        using var gateway = GatewayProcess.StartReady(folder, plan.ToJsonString());
        using var api = new ApiClient(gateway.Address);
        var (token, _) = backend.Turn(folder, "text");
        var uploaded = 0;
        (HttpStatusCode Status, JsonElement Json) last;
        while ((last = await api.UploadAsync(uploaded + new string('x', 1_000_000), token)).Status == HttpStatusCode.OK) Assert.True(++uploaded < 8);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, last.Status);
        Assert.Contains("Files of adapter 'rich' would take", last.Json.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await api.UploadAsync("content")).Status);
        Assert.Equal(0, gateway.Stop());
    }

    private static string Plan(Backend backend)
    {
        var rich = new JsonObject { ["id"] = RichPlatform.Id, ["plugin"] = "Rich", ["allow"] = Plans.Everybody };
        var settings = new JsonObject { ["url"] = backend.Url, ["secret"] = "a-secret-of-the-tests" };
        return Plans.With([rich], handler: new JsonObject { ["plugin"] = "Webhook", ["settings"] = settings });
    }

    /// <summary>Requests that have begun and do not end by themselves.</summary>
    private sealed class HeldRequests(int port) : IDisposable
    {
        private readonly Queue<TcpClient> _open = [];

        /// <summary>Begins requests until one more is refused. One that asks takes a place for a moment too, and can have kept one of these
        /// out.</summary>
        public async Task FillAsync(int count, string request, Func<Task<HttpStatusCode>> ask)
        {
            for (var i = 0; i < count; i++) Begin(request);
            var patience = Bound.Replies.TotalSeconds * 20;
            while (await ask() != HttpStatusCode.ServiceUnavailable)
            {
                Assert.True(patience-- > 0, "None is refused.");
                await Task.Delay(50);
                if (_open.Count < 2 * count) Begin(request);
            }
        }

        /// <summary>Ends one after another until a request is served.</summary>
        public async Task EndUntilAsync(Func<Task<HttpStatusCode>> ask)
        {
            while (await ask() != HttpStatusCode.OK)
            {
                Assert.True(_open.TryDequeue(out var ended), "None is served, and no other is open.");
                ended.Dispose();
                await Task.Delay(50);
            }
        }

        public void Dispose()
        {
            foreach (var connection in _open) connection.Dispose();
        }

        private void Begin(string request)
        {
            var connection = new TcpClient("127.0.0.1", port);
            connection.GetStream().Write(Encoding.ASCII.GetBytes(request));
            _open.Enqueue(connection);
        }
    }

    /// <summary>A backend that gets one turn and answers nothing.</summary>
    private sealed class Backend : IDisposable
    {
        private readonly HttpListener _listener = new();

        public Backend()
        {
            Url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}/");
            _listener.Prefixes.Add(Url);
            _listener.Start();
        }

        public string Url { get; }

        /// <summary>Somebody writes and attaches a file; returns the turn's token and the path of the file.</summary>
        public (string Token, string Path) Turn(TempFolder folder, string content)
        {
            new RichPlatform(folder).Write("1", "Look", content);
            var request = _listener.GetContext();
            var turn = JsonDocument.Parse(request.Request.InputStream).RootElement;
            request.Response.Close();
            return (turn.GetProperty("token").GetString()!, turn.GetProperty("attachments")[0].GetProperty("url").GetString()!);
        }

        public void Dispose() => _listener.Close();
    }
}
