using System.Text.Json;
using System.Text.Json.Nodes;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>Contents of received events that an adapter hands over, and an event that the gateway does not take.</summary>
public sealed class EventContentTests
{
    [Theory]
    [InlineData("inProcess")]
    [InlineData("process")]
    public async Task Markdown_an_emoji_of_the_platform_and_a_block_reach_the_handler_and_programs_and_a_long_label_is_cut(string isolation)
    {
        using var folder = new TempFolder();
        var platform = new RichPlatform(folder);
        platform.Tell("""{ "maxButtons": 2, "maxButtonLabel": 8 }""");
        using var gateway = GatewayProcess.StartReady(folder, Plans.With([In(isolation)]));
        using var api = new ApiClient(gateway.Address);
        using var events = new EventLines(gateway.Address, "/api/events");
        events.WaitUntilOpen();
        platform.Write("e1", "!markdown **bold**");
        platform.WaitFor(static deeds => deeds.Count == 1);
        Assert.Equal(("**bold**", "Markdown"), (platform.Deeds[0].Of("text"), platform.Deeds[0].Of("format")));
        platform.Write("e2", "*plain*");
        platform.WaitFor(static deeds => deeds.Count == 2);
        Assert.Equal(("*plain*", "Plain"), (platform.Deeds[1].Of("text"), platform.Deeds[1].Of("format")));
        platform.Write("e3", "!reacted party party:77");
        platform.WaitFor(static deeds => deeds.Count == 3);
        Assert.Equal("(tester reacted to r-ours: +party (party:77))", platform.Deeds[2].Of("text"));
        // Nothing is said where the bot is blocked.
        platform.Write("e4", "!blocked");
        platform.Write("e5", "Shall I? [Yes, please] [No]");
        platform.WaitFor(static deeds => deeds.Count == 4);
        Assert.Equal("Yes, pl…|No", platform.Deeds[3].Of("buttons"));
        gateway.Await(static status => status.IsIdle && status.Inbound("handled") == 5, Bound.Replies).AssertBalances();
        Assert.Equal("In the form that the platform has: labels of buttons are cut.",
            (await api.GetAsync("/api/messages/m4")).Json.GetProperty("note").GetString());
        Bound.Until(() => Told(events, "format").Length == 3, Bound.Replies, () => string.Join('\n', events.Lines));
        Assert.Equal(["markdown", "plain", "plain"], Told(events, "format"));
        Assert.Equal(["""["party"]"""], Told(events, "added"));
        Assert.Equal(["""["party:77"]"""], Told(events, "addedIds"));
        Assert.Equal(["botBlocked"], Told(events, "change"));
        Assert.Equal(0, gateway.Stop());
    }

    /// <summary>It is acknowledged by nobody: the adapter fails with the sentence, and its next generation goes on.</summary>
    [Theory]
    [InlineData("inProcess")]
    [InlineData("process")]
    public void An_event_without_an_id_of_an_adapter_that_declares_ids_is_an_exception_in_its_face(string isolation)
    {
        using var folder = new TempFolder();
        var platform = new RichPlatform(folder);
        using var gateway = GatewayProcess.StartReady(folder, Plans.With([In(isolation)]));
        platform.Write("e1", "!nameless");
        const string sentence = "EventId of this InboundMessage is null, and adapter 'rich' declares Inbound = InboundClass.AckGated";
        Bound.Until(() => gateway.Said.Contains(sentence, StringComparison.Ordinal), Bound.Replies, () => gateway.Said);
        platform.Write("e2", "hello");
        platform.WaitFor(static deeds => deeds.Count == 1);
        var status = gateway.Await(static status => status.IsIdle, Bound.Replies);
        Assert.Equal((1, 0), (status.Inbound("accepted"), status.Inbound("discarded")));
        Assert.Equal(2, status.Adapter(RichPlatform.Id).GetProperty("generation").GetInt32());
        Assert.Equal(0, gateway.Stop());
    }

    /// <summary>Returns the values of a member of the events that the stream has told.</summary>
    private static string[] Told(EventLines events, string name) =>
        [.. events.Lines.Where(static line => line.StartsWith("data: ", StringComparison.Ordinal))
            .Select(static line => JsonDocument.Parse(line["data: ".Length..]).RootElement)
            .Where(one => one.TryGetProperty(name, out _)).Select(one => one.GetProperty(name).ToString())];

    private static JsonObject In(string isolation) =>
        new() { ["id"] = RichPlatform.Id, ["plugin"] = "Rich", ["allow"] = Plans.Everybody, ["isolation"] = isolation };
}
