using System.Text.Json;
using Moq;
using PluginGateway.Control;
using PluginGateway.Control.Verbs;
using PluginGateway.Supervision.Generations;
using PluginGateway.Units;

namespace PluginGateway.Tests.Hosting;

/// <summary>Services of a handler's context, in the composed gateway.</summary>
public sealed class HandlerServicesTests
{
    private const string Configuration = """
        {
            "gateway": { "pluginPaths": ["PLUGINS"] },
            "adapters": [ { "id": "web", "plugin": "Plain" }, { "id": "own", "plugin": "Plain", "handler": { "plugin": "Echo", "mayUse": ["web"] } },
                { "id": "second", "plugin": "Plain" }, { "id": "third", "plugin": "Plain", "handler": { "plugin": "Echo" } } ]
        }
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_state_of_a_handler_is_its_own_listed_forgotten_and_not_written_by_a_generation_that_has_ended()
    {
        using var fixture = new GatewayFixture(Configuration);
        var host = fixture.The<IUnitHost>();
        var (fence, next) = (new GenerationFence(), new GenerationFence());
        var state = host.OpenHandlerServices("handler:own", 1, fence).State;
        Assert.True(await state.SetAsync("k", "value", Token));
        Assert.True(await host.OpenAdapterServices("own", 1, new(), new GenerationFence()).State.SetAsync("k", "of the adapter", Token));
        Assert.True(await host.OpenHandlerServices("handler:default", 1, new GenerationFence()).State.SetAsync("k", "of the other", Token));
        fence.Retire();
        Assert.False(await state.SetAsync("k", "too late", Token));
        state = host.OpenHandlerServices("handler:own", 2, next).State;
        Assert.Equal("value", await state.GetAsync("k", Token));
        var tooLong = await Assert.ThrowsAsync<ArgumentException>(() => state.SetAsync(new string('k', 129), "v", Token));
        Assert.Contains("128 characters", tooLong.Message, StringComparison.Ordinal);
        Assert.Equal(["handler:default", "handler:own", "own"], Listed(fixture));
        var verb = new StateVerb(fixture.Store, GatewayFixture.Patience);
        Assert.Contains("\"keys\":1", verb.Execute(Request("forget", "handler:own")).Result, StringComparison.Ordinal);
        Assert.NotNull(verb.Execute(Request("forget", ":gateway")).Error);
        Assert.Null(await state.GetAsync("k", Token));
    }

    [Fact]
    public async Task A_handler_sends_through_the_adapters_whose_messages_it_answers_unless_its_entry_names_others()
    {
        using var fixture = new GatewayFixture(Configuration);
        var running = fixture.The<CurrentConfiguration>();
        Assert.Equal(["web", "second"], running.TargetsOf("handler:default"));
        Assert.Equal(["web"], running.TargetsOf("handler:own"));
        Assert.Equal(["third"], running.TargetsOf("handler:third"));
        Assert.Empty(running.TargetsOf("handler:gone"));
        var outbox = fixture.The<IUnitHost>().OpenHandlerServices("handler:own", 1, new GenerationFence()).Outbox;
        await Assert.ThrowsAsync<ArgumentException>(() => outbox.SendAsync("own", new Chat("c", ChatKind.Unknown), new Reply("t"), "k", Token));
    }

    [Fact]
    public void A_context_of_a_test_that_has_neither_says_so()
    {
        var context = new Mock<HandlerContext> { CallBase = true }.Object;
        Assert.Throws<NotSupportedException>(() => context.Outbox);
        Assert.Throws<NotSupportedException>(() => context.State);
    }

    private static IEnumerable<string?> Listed(GatewayFixture fixture)
    {
        using var lines = JsonDocument.Parse(new StateVerb(fixture.Store, GatewayFixture.Patience).Execute(Request("list", null)).Result!);
        return [.. lines.RootElement.EnumerateArray().Select(static line => line.GetProperty("adapter").GetString()).Order(StringComparer.Ordinal)];
    }

    private static ControlRequest Request(string action, string? id)
    {
        var arguments = new Dictionary<string, string> { ["action"] = action };
        if (id is not null) arguments["adapter"] = id;
        return new ControlRequest("state", arguments);
    }
}
