using System.Text.Json.Nodes;

namespace PluginGateway.ProcessTests.Harness;

/// <summary>An adapter that commits a sin in a phase, in every generation. It is required, so that it is there in safe mode too.</summary>
internal sealed record Sinner(string Sin, string Phase, double DisconnectSeconds = 1)
{
    public string Id => $"{Phase}.{Sin}";

    public JsonObject Json => new()
    {
        ["id"] = Id,
        ["plugin"] = "Misbehaving",
        ["required"] = true,
        ["settings"] = new JsonObject { ["sin"] = Sin, ["phase"] = Phase, ["always"] = "yes" },
        ["allow"] = Plans.Everybody,
        ["timeouts"] = new JsonObject { ["disconnectSeconds"] = DisconnectSeconds },
    };
}

/// <summary>Configurations with the chat page, and other adapters beside it.</summary>
internal static class Plans
{
    /// <summary>Strangers may write directly.</summary>
    public static JsonObject Everybody => new() { ["users"] = new JsonArray("*") };

    public static JsonObject Healthy => new() { ["id"] = "healthy", ["plugin"] = "Healthy", ["required"] = true, ["allow"] = Everybody };

    /// <summary>The chat page and these adapters; <paramref name="timeouts"/> are the gateway's; <paramref name="isolated"/>: each adapter in a
    /// process of its own.</summary>
    public static string With(
        IEnumerable<JsonObject> adapters, double budget = 20, double grace = 5, JsonObject? timeouts = null, JsonObject? handler = null,
        bool isolated = false)
    {
        var plan = new JsonObject
        {
            ["gateway"] = new JsonObject
            {
                ["pluginPaths"] = new JsonArray(Path.Combine(AppContext.BaseDirectory, "assets")),
                ["shutdownBudgetSeconds"] = budget,
                ["lastResortGraceSeconds"] = grace,
                ["reconnect"] = new JsonObject { ["firstSeconds"] = 0.5 },
                ["timeouts"] = timeouts ?? [],
                ["isolation"] = isolated ? "process" : "inProcess",
            },
            ["adapters"] = new JsonArray([new JsonObject { ["id"] = "web", ["plugin"] = "WebChat", ["required"] = true }, .. adapters]),
        };
        if (handler is not null) plan["handler"] = handler;
        return plan.ToJsonString();
    }

    public static JsonObject SinningHandler(string sin) =>
        new() { ["plugin"] = "Misbehaving", ["settings"] = new JsonObject { ["sin"] = sin, ["phase"] = "turn", ["always"] = "yes" } };
}
