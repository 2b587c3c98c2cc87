using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using PluginGateway.PeerTests.Servers.Telegram;

namespace PluginGateway.PeerTests.Life;

/// <summary>Whether a connection on which nothing is said is still one: asked of every real adapter, seen from outside.</summary>
public sealed class ProbeTests
{
    [Fact]
    public void Idle_connections_are_probed_status_shows_what_was_proved_and_three_failures_replace_the_connection()
    {
        // Their own watchdogs are slow, so it is the probes that notice.
        using var platforms = new ThreePlatforms(
            new Dictionary<string, JsonObject>
            {
                ["tg"] = new() { ["pollSeconds"] = 1 },
                ["feishu"] = new() { ["pingSeconds"] = 30, ["pongTimeoutSeconds"] = 60, ["reconnectSpreadSeconds"] = 0 },
                ["irc"] = new() { ["pingAfterSeconds"] = 3600, ["pongTimeoutSeconds"] = 600 },
            },
            new JsonObject
            {
                ["probe"] = new JsonObject { ["idleSeconds"] = 1 },
                ["timeouts"] = new JsonObject { ["probeSeconds"] = 3 },
                ["reconnect"] = new JsonObject { ["capSeconds"] = 2 }
            });
        var (gateway, asked) = (platforms.Gateway, (Telegram: platforms.Telegram.CountOf("getMe"), Feishu: Asked()));

        Bound.Until(() => platforms.Telegram.CountOf("getMe") >= asked.Telegram + 2 && Asked() >= asked.Feishu + 2, Bound.Replies,
            () => $"nobody probes:\n{gateway.Said}");
        JsonElement[] signs = [];
        // Younger than the test: proved by probes, for nothing else has been said.
        Bound.Until(
            () => (signs = [.. ThreePlatforms.Ids.Select(gateway.Status().Find).Where(static found => found is not null)
                .Select(static found => found!.Value.GetProperty("lifeSigns"))]).Length == 3 && signs.All(IsProved),
            Bound.Replies, () => $"not everything is proved: {string.Join('\n', signs)}\n{gateway.Said}");
        Assert.All(ThreePlatforms.Ids, id => Assert.Equal(1, gateway.Ask()!.Adapter(id).GetProperty("generation").GetInt64()));

        platforms.Telegram.Script("getMe", BotReply.Html(502), BotReply.Html(502), BotReply.Html(502));
        platforms.Feishu.BotInfoCode = 2200; // something inside the platform failed: not for the operator to mend
        platforms.Irc.Send(Signal.Stop);
        AwaitFailed(gateway, "feishu");
        platforms.Feishu.BotInfoCode = 0;
        AwaitFailed(gateway, "irc");
        platforms.Irc.Send(Signal.Continue);
        AwaitFailed(gateway, "tg");
        foreach (var id in ThreePlatforms.Ids)
        {
            Bound.Until(() => gateway.Ask()?.Find(id) is { } adapter && adapter.GetProperty("state").GetString() == "connected"
                && adapter.GetProperty("generation").GetInt64() > 1,
                Bound.Start, () => $"{id} does not come back: {gateway.Ask()?.Json}\n{gateway.Said}");
        }

        Assert.Equal(0, gateway.Stop());

        int Asked() => platforms.Feishu.Calls.GetValueOrDefault("GET /open-apis/bot/v3/info");
    }

    [Fact]
    public void A_silent_server_is_noticed_within_the_time_that_the_defaults_say()
    {
        using var platforms = new ThreePlatforms(gateway: new JsonObject { ["reconnect"] = new JsonObject { ["capSeconds"] = 2 } });
        var gateway = platforms.Gateway;
        var clock = Stopwatch.StartNew();
        platforms.Silence();

        var (shown, replaced) = (new Dictionary<string, TimeSpan>(), new Dictionary<string, TimeSpan>());
        Bound.Until(
            () =>
            {
                var status = gateway.Ask();
                foreach (var id in ThreePlatforms.Ids)
                {
                    var state = status?.Find(id)?.GetProperty("state").GetString();
                    if (state is not (null or "connected")) shown.TryAdd(id, clock.Elapsed);
                    // Degraded is what one failed probe makes of a connection that is kept.
                    if (state is not (null or "connected" or "degraded") && replaced.TryAdd(id, clock.Elapsed)) platforms.Mend(id);
                }

                Thread.Sleep(80);
                return replaced.Count == ThreePlatforms.Ids.Length;
            },
            TimeSpan.FromSeconds(150), () => $"only {string.Join(", ", replaced.Keys)} noticed it:\n{gateway.Said}");
        foreach (var id in ThreePlatforms.Ids) gateway.AwaitState("connected", id);
        Assert.Equal(0, gateway.Stop());

        (string Id, string Settings, int Seconds, int Soonest)[] defaults =
        [
            ("tg", "pollSeconds 30 + answerSeconds 10", 40, 10), ("feishu", "pingSeconds 30 + pongTimeoutSeconds 15", 45, 15),
            ("irc", "pingAfterSeconds 60 + pongTimeoutSeconds 20, looks once a second", 82, 20),
        ];
        foreach (var (id, settings, seconds, _) in defaults) SilenceFigures.Add(id, settings, seconds, shown[id], replaced[id]);
        // The rest above is for a busy machine; below, it may have been silent for a while already when it breaks.
        Assert.All(defaults, one => Assert.InRange(replaced[one.Id].TotalSeconds, one.Soonest - 2, one.Seconds + 15));
    }

    private static bool IsProved(JsonElement signs) => signs.ValueKind == JsonValueKind.Object
        && new[] { "transportSeconds", "ingressSeconds", "egressSeconds" }
            .All(name => signs.GetProperty(name) is { ValueKind: JsonValueKind.Number } age && age.GetDouble() < 20);

    private static void AwaitFailed(GatewayProcess gateway, string id) => Bound.Until(
        () => gateway.Said.Split('\n').Any(line => line.Contains($"Adapter '{id}' (", StringComparison.Ordinal)
            && (line.Contains("3 probes in a row failed", StringComparison.Ordinal)
                || line.Contains("3 probes have not come back", StringComparison.Ordinal))),
        Bound.Start, () => $"three failures of {id} are no fatal error:\n{gateway.Said}");
}
