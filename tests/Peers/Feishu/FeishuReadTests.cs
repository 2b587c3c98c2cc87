using PluginGateway.FakeFeishu;

namespace PluginGateway.PeerTests.Feishu;

/// <summary>Read reports of the platform, through the real executable.</summary>
public sealed class FeishuReadTests
{
    [Fact]
    public async Task On_feishu_a_reply_that_a_person_has_read_is_told_to_programs_once()
    {
        using var platform = new FakePlatform();
        platform.Start();
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder, FeishuGateway.Configuration(platform), null, FeishuGateway.Secrets(platform));
        using var api = new ApiClient(gateway.Address);
        using var events = new EventLines(gateway.Address, "/api/events");
        events.WaitUntilOpen();
        platform.Say("oc_direct", "hello");
        Bound.Until(() => platform.Messages.Count == 1, Bound.Replies, () => gateway.Said);
        await api.PostAsync(new { to = "feishu:ou_ann", text = "From a program", key = "k" });
        api.WaitFor("k", "delivered");
        platform.Read("ou_ann", [.. platform.Messages.Select(static message => message.Id)]);
        Bound.Until(() => events.Lines.Count(static line => line == "event: read") == 2, Bound.Replies, () => string.Join('\n', events.Lines));
        var lines = events.Lines.ToList();
        Assert.Equal(["m1", "m2"], lines.Index().Where(static line => line.Item == "event: read").Select(line =>
            lines[line.Index + 1].Contains("\"id\":\"m1\"", StringComparison.Ordinal) ? "m1" : "m2").Order(StringComparer.Ordinal));
        Assert.All(platform.Connections.Values, static connection => Assert.Empty(connection.Complaints));
        gateway.AwaitIdle(accepted: 1).AssertBalances();
        Assert.Equal(0, gateway.Stop());
    }
}
