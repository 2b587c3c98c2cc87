using System.Text.Json.Nodes;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>Values of fields that come with the press of a button, in the real executable.</summary>
public sealed class PressValueTests
{
    [Theory]
    [InlineData("inProcess")]
    [InlineData("process")]
    public void Values_of_a_press_reach_the_handler_and_too_many_bytes_are_discarded_and_counted(string isolation)
    {
        using var folder = new TempFolder();
        var platform = new RichPlatform(folder);
        platform.Tell("""{ "maxButtons": 4 }""");
        var rich = new JsonObject { ["id"] = RichPlatform.Id, ["plugin"] = "Rich", ["allow"] = Plans.Everybody, ["isolation"] = isolation };
        using var gateway = GatewayProcess.StartReady(folder, Plans.With([rich]));
        platform.Write("1", "Which? [Order] [Leave]");
        platform.WaitFor(static deeds => deeds.Any(static deed => deed.Of("tokens") is not null));
        var token = platform.Deeds.First(static deed => deed.Of("tokens") is not null).Of("tokens")!.Split('|')[0];
        platform.Write("2", $"!press {token} note={new string('x', 4097)}");
        platform.Write("3", $"!press {token} size=L;note=by tomorrow");
        platform.WaitFor(static deeds => deeds.Any(static deed => deed.Of("text") == "(tester pressed Order: size = L, note = by tomorrow)"));
        gateway.Await(static status => status.Adapter(RichPlatform.Id).GetProperty("discarded") is var discarded
            && discarded.TryGetProperty("tooLarge", out var count) && count.GetInt64() == 1, Bound.Replies);
        Assert.DoesNotContain(platform.Deeds, static deed => deed.Of("text")?.Contains("xxx", StringComparison.Ordinal) == true);
        Assert.Equal(0, gateway.Stop());
    }
}
