using System.Net;
using System.Text.Json.Nodes;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>Limits of a platform on time, which its adapter tells and the gateway keeps.</summary>
public sealed class LimitTests
{
    [Theory]
    [InlineData("inProcess")]
    [InlineData("process")]
    public async Task Edit_of_a_message_that_is_too_old_for_the_platform_is_rejected_with_both_times_and_the_message_stands(string isolation)
    {
        using var folder = new TempFolder();
        var platform = new RichPlatform(folder);
        platform.Tell("""{ "editWindowSeconds": 1 }""");
        using var gateway = GatewayProcess.StartReady(folder, Plans.With([In(isolation)]));
        using var api = new ApiClient(gateway.Address);
        await api.PostAsync(new { to = "rich:room", text = "as it was", key = "k" });
        api.WaitFor("k", "delivered");
        await Task.Delay(TimeSpan.FromSeconds(1.5));
        Assert.Equal(HttpStatusCode.Accepted, (await api.SendAsync(HttpMethod.Patch, "/api/messages/k", new { text = "too late", key = "e" })).Status);
        api.WaitFor("e", "rejected");
        var report = (await api.GetAsync("/api/messages/e")).Json.ToString();
        Assert.Matches("TooManyEdits: the message was delivered [0-9]+ s ago, and the platform takes edits for 1 s; send the text as a message of its own", report);
        Assert.Equal(["as it was"], platform.Deeds.Select(static deed => deed.Of("text")));
        api.WaitFor("k", "delivered");
        gateway.Status().AssertBalances();
        Assert.Equal(0, gateway.Stop());
    }

    private static JsonObject In(string isolation) => new()
    {
        ["id"] = RichPlatform.Id,
        ["plugin"] = "Rich",
        ["allow"] = Plans.Everybody,
        ["isolation"] = isolation,
    };
}
