using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>Who may use the interface of the real executable: by token, by a part of it, by a socket in the file system.</summary>
public sealed class InterfaceTests
{
    private const string Whole =
        "9f86d081884c7d659a2feaa0c55ad015", Metrics = "8f86d081884c7d659a2feaa0c55ad015", Sends = "7f86d081884c7d659a2feaa0c55ad015";

    private const string Tokens = $$"""
        { "gateway": { "httpToken": "{{Whole}}", "httpTokens": [ { "token": "{{Metrics}}", "may": ["metrics"] }, { "token": "{{Sends}}", "may": ["send:web"] } ] },
          "adapters": [ { "id": "web", "plugin": "WebChat" }, { "id": "other", "plugin": "WebChat" } ] }
        """;

    [Fact]
    public async Task A_token_is_asked_for_on_loopback_and_does_what_it_is_for_and_a_path_claimed_twice_is_said()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.Start(folder, Tokens);
        gateway.Await(static status => status.State == "ready", Bound.Start);
        using var http = new HttpClient { BaseAddress = gateway.Address };
        foreach (var path in (string[])["/", "/status", "/metrics", "/api/events", "/api/messages/m1"])
            Assert.Equal(401, await AskAsync(http, path, null));
        foreach (var path in (string[])["/healthz", "/readyz", "/chat"]) Assert.Equal(200, await AskAsync(http, path, null));
        Assert.Equal((200, 200, 200),
            (await AskAsync(http, "/status", Whole), await AskAsync(http, "/metrics", Whole), await AskAsync(http, "/metrics", Metrics)));
        Assert.Equal((403, 403, 403),
            (await AskAsync(http, "/status", Metrics), await AskAsync(http, "/api/messages/m1", Metrics), await AskAsync(http, "/metrics", Sends)));
        Assert.Equal((202, 403), (await AskAsync(http, "/api/messages", Sends, """{"to":"web:c","text":"t","key":"k1"}"""),
            await AskAsync(http, "/api/messages", Sends, """{"to":"other:c","text":"t","key":"k2"}""")));
        Assert.Equal((200, 404), (await AskAsync(http, "/api/messages/k1", Sends), await AskAsync(http, "/api/messages/k2", Sends)));
        for (var i = 0; i < 12; i++) await AskAsync(http, "/status", $"guess-{i}");
        Assert.Equal((429, 200), (await AskAsync(http, "/status", "guess"), await AskAsync(http, "/status", Whole)));

        const string sentence = "'/chat' is not its own: adapter 'web'";
        Assert.Contains(sentence, gateway.Adapter("other").GetProperty("pathRefused").GetString(), StringComparison.Ordinal);
        Assert.Contains(sentence, gateway.Said, StringComparison.Ordinal);
        Assert.DoesNotContain(Whole, gateway.Said, StringComparison.Ordinal);
        Assert.Contains(sentence, Command.Run(folder.Path, "check", "--data", folder["elsewhere"]).Said, StringComparison.Ordinal);
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public async Task A_socket_in_the_file_system_is_its_owners_and_groups_takes_the_place_of_a_dead_one_and_of_nothing_else()
    {
        using var folder = new TempFolder();
        var path = folder["http.sock"];
        using (var gateway = GatewayProcess.Start(folder, "{}", null, null, "--http", $"unix:{path}"))
        {
            gateway.Await(static status => status.State == "ready", Bound.Start);
            Assert.Equal((UnixFileMode)0b110_110_000, File.GetUnixFileMode(path));
            using var http = Through(path);
            Assert.Equal((200, 200), (await AskAsync(http, "/status", null), await AskAsync(http, "/chat", null)));
            gateway.Kill();
        }

        Assert.True(File.Exists(path));
        using (var again = GatewayProcess.Start(folder, "{}", null, null, "--http", $"unix:{path}"))
        {
            again.Await(static status => status.State == "ready", Bound.Start);
            using var http = Through(path);
            Assert.Equal(200, await AskAsync(http, "/healthz", null));
            var second = Command.Run(folder.Path, "--data", folder["second"], "--http", $"unix:{path}");
            Assert.True(second.ExitCode == 1 && second.Said.Contains("another process listens", StringComparison.Ordinal), second.Said);
            Assert.Equal(0, again.Stop());
        }

        Assert.False(File.Exists(path));
        File.WriteAllText(path, "mine");
        var third = Command.Run(folder.Path, "--data", folder["second"], "--http", $"unix:{path}");
        Assert.True(third.ExitCode == 1 && third.Said.Contains("is no socket", StringComparison.Ordinal), third.Said);
        Assert.Equal("mine", File.ReadAllText(path));
    }

    private static HttpClient Through(string path) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    { BaseAddress = new Uri("http://localhost") };

    private static async Task<int> AskAsync(HttpClient http, string path, string? token, string? body = null)
    {
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, path);
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return (int)response.StatusCode;
    }
}
