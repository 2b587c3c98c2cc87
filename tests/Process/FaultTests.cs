using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>What becomes of the text that plugins throw, report and answer.</summary>
public sealed partial class FaultTests
{
    private const string Token = "81:s3cr3t/t0ken+of=bot", Key = "k3y-of-a-channel";
    private const long Password = 4711081547110815;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_exception_is_told_once_with_its_causes_and_stack_and_status_names_the_frame_of_the_plugin(bool isIsolated)
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(
            folder, Plans.With([Adapter("connect"), Adapter("construct"), Adapter("thread")], isolated: isIsolated));
        Bound.Until(() => gateway.Adapter("connect").GetProperty("generation").GetInt64() >= 4, Bound.Start, () => gateway.Said);
        var connect = gateway.Adapter("connect");
        Assert.Matches(@"^TalkativeAdapter\.LoginAsync in TalkativeAdapter\.cs:\d+$", connect.GetProperty("frame").GetString());
        Assert.StartsWith("connect failed: System.InvalidOperationException: the login failed", connect.GetProperty("reason").GetString(),
            StringComparison.Ordinal);
        Assert.Matches(@"^TalkativeAdapter\.\.ctor in TalkativeAdapter\.cs:\d+$", gateway.Adapter("construct").GetProperty("frame").GetString());
        Bound.Until(() => gateway.Adapter("thread").GetProperty("frame").GetString() is { } frame && ThreadFrame().IsMatch(frame), Bound.Start,
            () => gateway.Said);
        Assert.Contains("TalkativeAdapter.LoginAsync in TalkativeAdapter.cs:",
            Command.Run(folder.Path, "status", "--data", gateway.Data).Output.ReplaceLineEndings(""), StringComparison.Ordinal);
        Assert.Equal(0, gateway.Stop());

        var stack = Assert.Single(Told().Matches(gateway.Said));
        Assert.Matches(
            @"at TalkativeAdapter\.LoginAsync in TalkativeAdapter\.cs:\d+\n\s+at TalkativeAdapter\.ConnectAsync in TalkativeAdapter\.cs:\d+\n",
            stack.Value);
        Assert.Contains("    caused by System.IO.IOException: the socket broke after", stack.Value, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_long_line_of_a_plugins_log_keeps_its_exception(bool isIsolated)
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder, Plans.With([Adapter("long")], isolated: isIsolated));
        Bound.Until(
            () => gateway.Said.Contains("mmm... (System.IO.IOException: the disk is gone)", StringComparison.Ordinal), Bound.Start,
            () => gateway.Said);
        Assert.Equal(0, gateway.Stop());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void No_secret_leaves_a_plugin_by_any_way(bool isIsolated)
    {
        string[] ways = ["log", "construct", "validate", "connect", "fault", "health", "fatal", "account", "send"];
        var plan = Plans.With(ways.Select(Adapter), isolated: isIsolated);
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(
            folder, plan.Replace("\"timeouts\"", "\"logLevel\":\"debug\",\"timeouts\"", StringComparison.Ordinal));
        Bound.Until(() => gateway.Adapter("send").GetProperty("owed").GetInt32() == 0 && gateway.Status().Outbound("rejected") == 1, Bound.Start,
            () => gateway.Said);
        Bound.Until(
            () => gateway.Adapter("health").GetProperty("reason").GetString() is { } said && said.StartsWith("slow", StringComparison.Ordinal),
            Bound.Start, () => gateway.Said);
        Bound.Until(() => gateway.Adapter("account").GetProperty("account").ValueKind == JsonValueKind.Object, Bound.Start, () => gateway.Said);
        Bound.Until(() => gateway.Adapter("fatal").GetProperty("code").GetString() == "lost", Bound.Start, () => gateway.Said);

        var shown = string.Join('\n',
            gateway.Said, gateway.Status().Json, Run("status"), Run("outbox", "list", "--json"), Run("outbox", "show", "1"),
            Get("/status"), Get("/readyz"),
            Command.Run(folder.Path, "check", "--run-plugins", "--config", folder["plugins.json"], "--data", folder["other"]).Said,
            Command.Run(folder.Path, "check", "--json", "--run-plugins", "--config", folder["plugins.json"], "--data", folder["other"]).Said);
        var account = gateway.Adapter("account").GetProperty("account").GetProperty("name").GetString();
        Assert.StartsWith("https://x/bot***/getMe?t=*** Basic", account, StringComparison.Ordinal);
        Assert.Equal(0, gateway.Stop());

        foreach (var way in new[]
        {
            "logged", "no constructor for", "is refused:", "the login failed:", "the platform refused", "slow:", "lost", "no sending with"
        })
            Assert.Contains($"{way} https://x/bot***/getMe?t=*** Basic", shown, StringComparison.Ordinal);
        foreach (var secret in new[] { Token, Uri.EscapeDataString(Token), Key, $"{Password}", Token[..12] })
            Assert.DoesNotContain(secret, shown, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"bot:{Token}"))[8..24], shown, StringComparison.Ordinal);
        // What is shown later comes from there.
        var stored = Directory.GetFiles(gateway.Data, "gateway.db*").SelectMany(File.ReadAllBytes).ToArray();
        Assert.Equal(-1, stored.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(Token[..12])));

        string Run(params string[] arguments) => Command.Run(folder.Path, [.. arguments, "--data", gateway.Data]).Said;

        string Get(string path)
        {
            using var http = new HttpClient();
            using var answer = http.GetAsync(new Uri(gateway.Address, path)).GetAwaiter().GetResult();
            return answer.Content.ReadAsStringAsync().GetAwaiter().GetResult();
        }
    }

    private static JsonObject Adapter(string way) => new()
    {
        ["id"] = way,
        ["plugin"] = "Talkative",
        ["settings"] = new JsonObject { ["way"] = way, ["token"] = Token, ["password"] = Password, ["key"] = Key },
        ["allow"] = Plans.Everybody,
    };

    [GeneratedRegex(@"'connect' \(Talkative\): where its fault came from.*\n(\s{4}.*\n)+")]
    private static partial Regex Told();

    [GeneratedRegex(@"^TalkativeAdapter\.FallOver in TalkativeAdapter\.cs:\d+$")]
    private static partial Regex ThreadFrame();
}
