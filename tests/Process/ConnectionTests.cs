using System.Text.Json;
using System.Text.Json.Nodes;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>Account and limits that a connection tells, in the gateway's process and in one of its own.</summary>
public sealed class ConnectionTests
{
    private const string Change = "account changed from 1 (old bot) to 2 (new bot)";

    [Theory]
    [InlineData("inProcess")]
    [InlineData("process")]
    public async Task The_limits_of_a_connection_hold_its_account_is_shown_and_another_one_is_a_warning_until_the_operator_reconnects(
        string isolation)
    {
        using var folder = new TempFolder();
        var platform = new RichPlatform(folder);
        platform.Tell("""{ "accountId": "1", "accountName": "old bot", "maxTextLength": 50, "maxAttachmentBytes": 10 }""");
        using var gateway = GatewayProcess.StartReady(folder, Plans.With([In(isolation)]));
        using var api = new ApiClient(gateway.Address);
        Assert.Equal(("1", "old bot"), Account(gateway));
        Assert.Contains("old bot", Status(folder, gateway), StringComparison.Ordinal);
        // The attribute allows 200 characters, this connection 50.
        var text = string.Join(' ', Enumerable.Repeat("0123456789", 12));
        await api.PostAsync(new { to = "rich:room", text, key = "k" });
        api.WaitFor("k", "delivered");
        var parts = platform.Deeds.Where(static deed => deed.Did == "send").Select(static deed => deed.Of("text")!).ToArray();
        Assert.True(parts.Length >= 3, $"{parts.Length} parts");
        Assert.All(parts, static part => Assert.InRange(part.Length, 1, 50));
        var file = folder["large"];
        File.WriteAllText(file, "more than ten bytes");
        Assert.NotEqual(0, Command.Run(folder.Path, "send", "--to", "rich:room", "file", "--attach", file, "--data", gateway.Data).ExitCode);

        platform.Tell("""{ "accountId": "2", "accountName": "new bot" }""");
        Reconnect(folder, gateway);
        Bound.Until(() => Account(gateway) == ("2", "new bot"), Bound.Start, () => gateway.Said);
        Assert.Equal(Change, gateway.Adapter("rich").GetProperty("accountChange").GetString());
        Assert.Contains(Change, Status(folder, gateway), StringComparison.Ordinal);
        Assert.Contains($"Adapter 'rich' (Rich): {Change}", gateway.Said, StringComparison.Ordinal);
        Assert.Equal("connected", gateway.Adapter("rich").GetProperty("state").GetString());
        // The attribute's limits are back.
        await api.PostAsync(new { to = "rich:room", text, key = "k2" });
        api.WaitFor("k2", "delivered");
        Assert.Equal(text, platform.Deeds[^1].Of("text"));

        Reconnect(folder, gateway);
        Assert.False(gateway.Adapter("rich").TryGetProperty("accountChange", out _));
        Assert.Equal(("2", "new bot"), Account(gateway));
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public void Another_account_after_a_restart_of_the_gateway_is_a_warning_once()
    {
        using var folder = new TempFolder();
        var platform = new RichPlatform(folder);
        foreach (var (account, change) in ((string, string?)[])[("1", null), ("2", "account changed from 1 to 2"), ("2", null)])
        {
            platform.Tell($$"""{ "accountId": "{{account}}" }""");
            using var gateway = GatewayProcess.StartReady(folder, Plans.With([In("inProcess")]));
            // The account that is kept is read after the connect.
            if (change is not null)
                Bound.Until(
                    () => gateway.Said.Contains($"Adapter 'rich' (Rich): {change}", StringComparison.Ordinal), Bound.Start, () => gateway.Said);
            Assert.Equal(change, gateway.Adapter("rich").TryGetProperty("accountChange", out var told) ? told.GetString() : null);
            Assert.Equal(0, gateway.Stop());
        }
    }

    private static JsonObject In(string isolation) => new()
    {
        ["id"] = RichPlatform.Id,
        ["plugin"] = "Rich",
        ["allow"] = Plans.Everybody,
        ["isolation"] = isolation,
    };

    private static (string?, string?) Account(GatewayProcess gateway) =>
        gateway.Adapter("rich").GetProperty("account") is { ValueKind: JsonValueKind.Object } account
        ? (account.GetProperty("id").GetString(), account.GetProperty("name").GetString()) : default;

    private static void Reconnect(TempFolder folder, GatewayProcess gateway)
    {
        var generation = Generation(gateway);
        var reconnect = Command.Run(folder.Path, "adapter", "reconnect", "rich", "--data", gateway.Data);
        Assert.True(reconnect.ExitCode == 0, reconnect.Said);
        Bound.Until(() => Generation(gateway) > generation && gateway.Adapter("rich").GetProperty("state").GetString() == "connected", Bound.Start,
            () => gateway.Said);
    }

    private static long Generation(GatewayProcess gateway) => gateway.Adapter("rich").GetProperty("generation").GetInt64();

    /// <summary>The text of the command, whose lines are folded.</summary>
    private static string Status(TempFolder folder, GatewayProcess gateway) =>
        Command.Run(folder.Path, "status", "--data", gateway.Data).Output.ReplaceLineEndings("");
}
