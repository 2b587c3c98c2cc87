using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>What somebody outside may try against a gateway that listens beyond its machine, and what each attempt gets.</summary>
[Collection<RunsAlone>]
public sealed class OutsiderTests
{
    private const string Token = "the-token-of-the-tests";
    private const int IdleConnections = 10_000;

    private static readonly byte[] Big = Encoding.ASCII.GetBytes(new string('x', 2 << 20));

    private readonly List<(string Attempt, string Expected, string Got)> _table = [];
    private int _port;
    private int _backendPort;

    [Fact]
    public async Task An_outsiders_attempts_are_each_refused_or_bounded_with_the_right_code()
    {
        using var folder = new TempFolder();
        _port = FreePort.Next();
        Asset.PlaceOwn(folder, "WebChat", "Second");
        var configuration = $$"""
            {
              "gateway": { "httpToken": "{{Token}}", "pluginPaths": ["more"], "timeouts": { "loadSeconds": 100 } },
              "adapters": [ { "id": "web", "plugin": "WebChat", "settings": { "public": true }, "allow": { "users": ["beside"] } }, { "id": "second", "plugin": "Second" } ]
            }
            """;
        using var gateway = GatewayProcess.Start(folder, configuration, _port, null, "--http", $"http://0.0.0.0:{_port}");
        Bound.Until(() => gateway.Status().State == "ready", Bound.Start, () => gateway.Said);
        _backendPort = FreePort.Next();
        using var backend = BackendTests.Start(folder, _backendPort);
        await BackendTests.WaitUntilItListensAsync(_backendPort, backend);

        // Slow ones first: they take their time while the others are tried.
        var slowHeaders = Task.Run(() => Raw("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", patience: 40));
        var slowBody = Task.Run(() => Raw(
            "POST /chat/messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{", patience: 40));

        const string good = """{"conversation":"c","id":"1","text":"t"}""";
        Try("a page of another site posts to the chat", "403", Post("/chat/messages", good, "Origin: http://evil.example"));
        Try("the same with Origin: null", "403", Post("/chat/messages", good, "Origin: null"));
        Try("a form of another site posts to the interface, without JSON", "415",
            Post("/api/messages", "a=b", Authorized, type: "application/x-www-form-urlencoded"));
        Try("a forged Host (DNS rebinding)", "421", Raw("GET /status HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"));
        Try("no Host", "400", Raw("GET /status HTTP/1.1\r\nConnection: close\r\n\r\n"));
        foreach (var path in (string[])["/", "/status", "/metrics", "/api/events", "/api/messages/m1", "/nothing"])
            Try($"GET {path} without a token", "401", Get(path));
        Try("POST /api/messages without a token", "401", Post("/api/messages", """{"to":"web:c","text":"t","key":"k"}"""));
        Try("the same with the token", "202", Post("/api/messages", """{"to":"web:c","text":"t","key":"k"}""", Authorized));
        Try("its key again with another text", "409", Post("/api/messages", """{"to":"web:c","text":"other","key":"k"}""", Authorized));
        Try("a forged token of a turn", "401", Post("/api/messages", """{"text":"t","key":"k"}""", "Authorization: Bearer turn1.e30.AAAA"));
        Try("a webhook with a wrong signature", "401",
            $"{(int)await BackendTests.PostAsync(_backendPort, DateTimeOffset.UtcNow.ToUnixTimeSeconds(), "somebody's secret")}");
        Try("a webhook replayed after ten minutes", "401",
            $"{(int)await BackendTests.PostAsync(_backendPort, DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 600)}");
        foreach (var path in (string[])["/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/status.js/../../gateway.db",
            "/..%2f..%2fdata%2fgateway.db", "//etc/passwd"])
            Try($"GET {path} with the token", "404", Get(path, Authorized));
        foreach (var path in (string[])["/chat/../../../etc/passwd", "/chat/%2e%2e%2f%2e%2e%2fetc/passwd", "/hooks/..%2f..%2fgateway.db"])
            Try($"GET {path}", "404 or 401", Get(path));
        Try("NUL in a path", "400", Get("/chat/%00", Authorized));
        Try("2 MiB for the chat", "413", Post("/chat/messages", Encoding.ASCII.GetString(Big), "Expect: 100-continue", bodyLater: true));
        Try("2 MiB for the interface", "413",
            Post("/api/messages", Encoding.ASCII.GetString(Big), $"{Authorized}\r\nExpect: 100-continue", bodyLater: true));
        Try("64 KiB of headers", "431", Get("/healthz", "X-Big: " + new string('x', 64 << 10)));
        Try("200 headers", "431", Get("/healthz", string.Join("\r\n", Enumerable.Range(0, 200).Select(static i => $"X-{i}: 1"))));
        Try("a path of 16 KiB", "414", Get("/" + new string('x', 16 << 10)));
        Try("no HTTP at all", "400", Raw("\u0016\u0003\u0001 hello\r\n\r\n"));
        Try("two lengths (request smuggling)", "400",
            Raw("POST /chat/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}"));
        Try("a bare CONNECT", "4xx", Raw($"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\nConnection: close\r\n\r\n"));
        Try("DELETE /api/messages", "405", Raw($"DELETE /api/messages HTTP/1.1\r\nHost: localhost\r\n{Authorized}\r\nConnection: close\r\n\r\n"));

        Try("a stranger writes to a chat with a list", "403", Post("/chat/messages", good));
        Try("the stranger's history: no code was sent", "0 codes", await CodesAsync("/chat/history?conversation=c"));
        Try("a stranger writes to a chat without a list", "403", Post("/hooks/second/messages", good));
        for (var i = 0; i < 50; i++)
            Assert.Equal("403", Post("/hooks/second/messages", good.Replace("\"1\"", $"\"again-{i}\"", StringComparison.Ordinal)));
        Try("the same one 50 times more", "1 codes", await CodesAsync("/hooks/second/history?conversation=c"));
        for (var i = 0; i < 50; i++)
            Assert.Equal("403", Post("/hooks/second/messages", good.Replace("\"c\"", $"\"stranger-{i}\"", StringComparison.Ordinal)));
        var requests = "";
        Bound.Until(() => (requests = Command.Run(folder.Path, "pair", "list", "--json", "--data", gateway.Data).Output).StartsWith('['),
            Bound.Replies, () => requests);
        Try("50 more strangers", "3 requests", $"{JsonDocument.Parse(requests).RootElement.GetArrayLength()} requests");
        Try("somebody on the list", "202", Post("/chat/messages", good.Replace("\"c\"", "\"beside\"", StringComparison.Ordinal)));

        var guesser = IPAddress.Parse("127.0.0.2");
        for (var i = 0; i < 10; i++) Assert.Equal("401", Get("/status", $"Authorization: Bearer guess-{i}", guesser));
        Try("the eleventh wrong token of a minute", "429", Get("/status", "Authorization: Bearer guess", guesser));
        Try("the right one right after them, from the same address", "200", Get("/status", Authorized, guesser));
        Try("the right one, from another address", "200", Get("/status", Authorized));

        Try("headers that never end", "408", await slowHeaders);
        Try("a body that never ends", "408", await slowBody);
        await TryIdleConnections(gateway.Address);
        Write();

        Assert.All(_table, static row => Assert.True(Fits(row.Expected, row.Got), $"{row.Attempt}: expected {row.Expected}, got {row.Got}"));
        Assert.DoesNotContain(Token, gateway.Said, StringComparison.Ordinal);
        Assert.Equal(0, gateway.Stop());
    }

    /// <summary>The codes in a conversation, once the first has had time to come where one must.</summary>
    private async Task<string> CodesAsync(string path)
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_port}") };
        var codes = 0;
        for (var tries = 0; tries < 100 && codes == 0; tries++, await Task.Delay(path.StartsWith("/chat", StringComparison.Ordinal) ? 1 : 50))
            codes = (await http.GetStringAsync(path)).Split("is your code").Length - 1;
        return $"{codes} codes";
    }

    private static string Authorized => $"Authorization: Bearer {Token}";

    private async Task TryIdleConnections(Uri address)
    {
        using var stream = new EventLines(address, "/chat/events?conversation=beside");
        stream.WaitUntilOpen();
        List<Socket> idle = [];
        try
        {
            for (var i = 0; i < IdleConnections; i++)
            {
                idle.Add(await ConnectAsync());
            }

            var clock = Stopwatch.StartNew();
            Try($"health beside {IdleConnections} idle connections", "200", Get("/healthz"));
            Try($"the chat beside {IdleConnections} idle connections", "202",
                Post("/chat/messages", """{"conversation":"beside","id":"2","text":"still here"}"""));
            Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
            Bound.Until(() => stream.Lines.Any(
                static line => line.StartsWith("data: ", StringComparison.Ordinal) && line.Contains("still here", StringComparison.Ordinal)),
                Bound.Replies, () => string.Join('\n', [.. _table.Select(static row => row.ToString()), .. stream.Lines]));
            Try($"an event stream that was open before {IdleConnections} idle connections came", "goes on", "goes on");
        }
        finally
        {
            foreach (var socket in idle) socket.Dispose();
        }
    }

    /// <summary>On a busy machine the queue of new connections may be full for a while.</summary>
    private async Task<Socket> ConnectAsync()
    {
        for (var tries = 1; ; tries++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, _port);
                return socket;
            }
            catch (SocketException) when (tries < 5)
            {
                socket.Dispose();
            }
        }
    }

    private void Try(string attempt, string expected, string got) => _table.Add((attempt, expected, got));

    private static bool Fits(string expected, string got) => expected == "4xx" ? got.StartsWith('4') : expected.Split(" or ").Contains(got);

    private void Write()
    {
        var folder = Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts")).FullName;
        string[] lines = ["# What an outsider tries, and what it gets", "",
            "Written by the test `An_outsiders_attempts_are_each_refused_or_bounded_with_the_right_code`.", "", "| attempt | answer |", "|---|---|"];
        File.WriteAllLines(Path.Combine(folder, "outsider.md"), [.. lines, .. _table.Select(static row => $"| {row.Attempt} | {row.Got} |")]);
    }

    private string Get(string path, string? header = null, IPAddress? from = null) =>
        Raw($"GET {path} HTTP/1.1\r\nHost: localhost\r\n{(header is null ? "" : header + "\r\n")}Connection: close\r\n\r\n", from: from);

    private string Post(string path, string body, string? header = null, string type = "application/json", bool bodyLater = false) =>
        Raw($"POST {path} HTTP/1.1\r\nHost: localhost\r\n{(header is null ? "" : header + "\r\n")}Content-Type: {type}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{(bodyLater ? "" : body)}");

    /// <summary>Sends bytes and gives the status of the answer, or how the connection ended.</summary>
    private string Raw(string request, double patience = 20, IPAddress? from = null)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            ReceiveTimeout = (int)(patience * 1000),
            SendTimeout = 20_000
        };
        if (from is not null) socket.Bind(new IPEndPoint(from, 0));
        socket.Connect(IPAddress.Loopback, _port);
        try
        {
            socket.Send(Encoding.Latin1.GetBytes(request));
        }
        catch (SocketException)
        {
            // It has been answered before all of it was sent.
        }

        var (answer, buffer) = ("", new byte[4096]);
        try
        {
            while (!answer.Contains("\r\n", StringComparison.Ordinal) && socket.Receive(buffer) is var count && count > 0)
                answer += Encoding.Latin1.GetString(buffer, 0, count);
        }
        catch (SocketException end)
        {
            return end.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock ? "no answer" : "closed";
        }

        return answer.Split(' ') is [var version, var status, ..] && version.StartsWith("HTTP/1", StringComparison.Ordinal) ? status : "closed";
    }
}
