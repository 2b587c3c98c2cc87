using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>Who may speak to the real executable: a chat page under another name, which is as closed as any adapter.</summary>
public sealed partial class AccessTests
{
    private const string NoList = """
        { "gateway": { "pluginPaths": ["more"], "timeouts": { "loadSeconds": 100 } }, "adapters": [ { "id": "web", "plugin": "WebChat" }, { "id": "second", "plugin": "Second" } ] }
        """;

    [Fact]
    public async Task A_stranger_is_sent_a_code_and_may_write_once_the_operator_has_approved_it_also_after_a_restart()
    {
        using var folder = new TempFolder();
        Asset.PlaceOwn(folder, "WebChat", "Second");
        string code;
        using (var gateway = GatewayProcess.StartReady(folder, NoList))
        {
            using var webChat = new SecondWebChat(gateway);
            Assert.Equal(HttpStatusCode.Forbidden, await webChat.PostAsync("ann", "1"));
            code = await webChat.AwaitCodeAsync("ann");
            for (var i = 2; i < 10; i++) Assert.Equal(HttpStatusCode.Forbidden, await webChat.PostAsync("ann", $"{i}"));
            for (var i = 0; i < 10; i++) Assert.Equal(HttpStatusCode.Forbidden, await webChat.PostAsync($"stranger-{i}", "1"));
            await webChat.AwaitCodeAsync("stranger-1");
            Assert.Equal(["ann:requested", "stranger-0:requested", "stranger-1:requested"], Listed(folder["data"]));
            Assert.Single(Codes(await webChat.HistoryAsync("ann")));
            Assert.Empty(Codes(await webChat.HistoryAsync("stranger-2")));

            Says(folder["data"], 1, "No request has this code", "pair", "approve", "AAAAAAAA");
            Says(folder["data"], 1, "A code has 8", "pair", "approve", "0");
            Says(folder["data"], 0, "'ann' (Visitor) is paired with adapter 'second'", "pair", "approve",
                $"{code[..4]}-{code[4..]}".ToLowerInvariant());
            Assert.Equal(HttpStatusCode.Accepted, await webChat.PostAsync("ann", "10"));
            Says(folder["data"], 1, "No request has this code", "pair", "approve", code);

            Bound.Until(() => gateway.Status().IsIdle, Bound.Replies, () => gateway.Said);
            var status = gateway.Status();
            status.AssertBalances();
            Assert.Equal((1, 19, 1), (status.Inbound("accepted"), status.Inbound("discarded"), status.Outbound("owed")));
            Assert.Equal(19, status.Adapter("second").GetProperty("discarded").GetProperty("stranger").GetInt64());
            using var api = new ApiClient(gateway.Address);
            var metrics = await api.TextAsync("/metrics");
            Assert.Contains("""gateway_inbound_discarded_total{id="second",cause="stranger"} 19""", metrics, StringComparison.Ordinal);
            Assert.Contains("""gateway_pairings{id="second",state="paired"} 1""", metrics, StringComparison.Ordinal);
            // What was said is not known, what may be done is.
            Assert.Contains("plugin-gateway pair approve CODE", gateway.Said, StringComparison.Ordinal);
            Assert.Contains("\"users\": [\"*\"]", gateway.Said, StringComparison.Ordinal);
            Assert.Contains("Adapter 'second': user 'ann' was let in by the operator", gateway.Said, StringComparison.Ordinal);
            Assert.DoesNotContain(code, gateway.Said, StringComparison.OrdinalIgnoreCase);
            foreach (var file in Directory.GetFiles(folder["data"], "gateway.db*"))
                Assert.DoesNotContain(code, Latin(file), StringComparison.OrdinalIgnoreCase);
            Assert.Equal(0, gateway.Stop());
        }

        Assert.Equal(["stranger-0:requested", "stranger-1:requested", "ann:paired"], Listed(folder["data"]));
        Says(folder["data"], 0, "is turned down", "pair", "revoke", "second:stranger-0");
        using (var again = GatewayProcess.StartReady(folder, NoList))
        {
            using var webChat = new SecondWebChat(again);
            Assert.Equal(HttpStatusCode.Accepted, await webChat.PostAsync("ann", "11"));
            var second = (await webChat.AwaitCodeAsync("stranger-1"))!;
            Says(folder["data"], 0, "\"state\": \"paired\"", "pair", "approve", second, "--json");
            Assert.Equal(HttpStatusCode.Accepted, await webChat.PostAsync("stranger-1", "2"));
            Says(folder["data"], 0, "is no longer paired", "pair", "revoke", "second:ann");
            Assert.Equal(HttpStatusCode.Forbidden, await webChat.PostAsync("ann", "12"));
            Says(folder["data"], 1, "is not paired", "pair", "revoke", "second:nobody");
            Says(folder["data"], 1, "ADAPTER:USER", "pair", "revoke", "nobody");
            Assert.Equal(0, again.Stop());
        }
    }

    [Fact]
    public async Task A_list_says_who_may_speak_no_code_is_sent_then_and_a_reload_changes_it_without_a_new_connection()
    {
        const string Listed = """
            { "gateway": { "pluginPaths": ["more"], "timeouts": { "loadSeconds": 100 } }, "adapters": [ { "id": "web", "plugin": "WebChat" }, { "id": "second", "plugin": "Second", "allow": { "users": ["ann"] } } ] }
            """;
        using var folder = new TempFolder();
        Asset.PlaceOwn(folder, "WebChat", "Second");
        using var gateway = GatewayProcess.StartReady(folder, Listed);
        using var webChat = new SecondWebChat(gateway);
        Assert.Equal(HttpStatusCode.Accepted, await webChat.PostAsync("ann", "1"));
        Assert.Equal(HttpStatusCode.Forbidden, await webChat.PostAsync("bob", "1"));
        var generation = gateway.Status().Adapter("second").GetProperty("generation").GetInt64();

        folder.Write("plugins.json", Listed.Replace("\"ann\"", "\"*\"", StringComparison.Ordinal));
        Says(gateway.Data, 0, "In force: adapters[1].allow", "reload");
        Assert.Equal(HttpStatusCode.Accepted, await webChat.PostAsync("bob", "2"));
        folder.Write("plugins.json", Listed.Replace("\"ann\"", "", StringComparison.Ordinal));
        Says(gateway.Data, 0, "In force: adapters[1].allow", "reload");
        Assert.Equal(HttpStatusCode.Forbidden, await webChat.PostAsync("ann", "2"));
        Assert.Equal(generation, gateway.Status().Adapter("second").GetProperty("generation").GetInt64());
        Says(gateway.Data, 0, "Nobody is paired, and nobody has asked to be.", "pair", "list");
        Assert.Empty(Codes(await webChat.HistoryAsync("bob")));
        Assert.Equal(0, gateway.Stop());
    }

    private static string[] Listed(string data) =>
    [
        .. JsonDocument.Parse(Ask(data, static () => { }, "pair", "list", "--json").Output).RootElement.EnumerateArray()
            .Select(static line => $"{line.GetProperty("user")}:{line.GetProperty("state")}"),
    ];

    private static string[] Codes(string history) => [.. Code().Matches(history).Select(static match => match.Groups[1].Value)];

    /// <summary>A file that its owner has open.</summary>
    private static string Latin(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return reader.ReadToEnd();
    }

    /// <summary>Asks until there is an answer: on a busy machine one may be lost. What was then done the first time cannot be done a second time, so
    /// only a first answer has to be right.</summary>
    private static void Says(string data, int exitCode, string text, params string[] arguments)
    {
        var asked = 0;
        var command = Ask(data, () => asked++, arguments);
        if (asked > 1) return;
        Assert.True(command.ExitCode == exitCode, $"exit code {command.ExitCode}: {command.Said}");
        Assert.Contains(text, command.Said, StringComparison.OrdinalIgnoreCase);
    }

    private static Command Ask(string data, Action asking, params string[] arguments)
    {
        Command? command = null;
        Bound.Until(
            () =>
            {
                asking();
                command = Command.Run(Path.GetTempPath(), [.. arguments, "--data", data]);
                return !command.Said.Contains("gives no answer", StringComparison.Ordinal);
            },
            Bound.Replies, () => command!.Said);
        return command!;
    }

    [GeneratedRegex("([A-Z2-9]{8}) is your code")]
    private static partial Regex Code();

    /// <summary>The second chat page, as its visitors use it.</summary>
    private sealed class SecondWebChat : IDisposable
    {
        private readonly GatewayProcess _gateway;
        private readonly HttpClient _http;

        public SecondWebChat(GatewayProcess gateway)
        {
            (_gateway, _http) = (gateway, new HttpClient { BaseAddress = gateway.Address, Timeout = TimeSpan.FromSeconds(30) });
            Bound.Until(() => gateway.Status().Find("second")?.GetProperty("state").GetString() == "connected", Bound.Start, () => gateway.Said);
        }

        public async Task<HttpStatusCode> PostAsync(string visitor, string id)
        {
            using var body = ChatClient.Body(visitor, id, $"<text {id}>");
            using var response = await _http.PostAsync(new Uri("/hooks/second/messages", UriKind.Relative), body);
            return response.StatusCode;
        }

        public Task<string> HistoryAsync(string visitor) =>
            _http.GetStringAsync(new Uri($"/hooks/second/history?conversation={visitor}", UriKind.Relative));

        public async Task<string> AwaitCodeAsync(string visitor)
        {
            for (var start = Environment.TickCount64; Environment.TickCount64 - start < Bound.Replies.TotalMilliseconds; await Task.Delay(50))
            {
                if (Codes(await HistoryAsync(visitor)) is [.., var code]) return code;
            }

            throw new TimeoutException($"{visitor} is sent no code:\n{_gateway.Said}");
        }

        public void Dispose() => _http.Dispose();
    }
}
