using System.Collections;
using System.Reflection;
using PluginGateway.Access;
using PluginGateway.Dispatch;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Supervision.Generations;

namespace PluginGateway.Tests.Hosting;

/// <summary>Adapter ids that are no longer configured, for example names that a program makes: what is kept by id goes with them.</summary>
public sealed class LeftAdapterTests
{
    private const int Many = 1000;

    [Fact]
    public async Task Nothing_is_left_of_a_thousand_ids_that_came_and_went()
    {
        using var fixture = new GatewayFixture(
            """{ "gateway": { "pluginPaths": ["PLUGINS"] }, "adapters": [ { "id": "web", "plugin": "Plain" } ] }""");
        var (host, dispatcher, intake) = (fixture.The<IUnitHost>(), fixture.The<Dispatcher>(), fixture.The<InboxIntake>());
        for (var i = 0; i < Many; i++)
        {
            var id = $"a{i}";
            dispatcher.SetShares([id]);
            var services = host.OpenAdapterServices(id, 1, new(), new GenerationFence());
            var port = new AdapterPort(id, 1, new(), new(), default, static _ => { });
            dispatcher.Attach(port);
            var stranger = new InboundMessage("e", new Chat("c", ChatKind.Direct), new Sender("s") { IsBot = true }, "text");
            Assert.Equal(AcceptanceKind.Discarded, (await services.Inbox.AcceptAsync(stranger, TestContext.Current.CancellationToken)).Kind);
            Assert.True(intake.Quota.TryReserve(id, 10));
            Assert.True(dispatcher.Room.TryReserve(id, 0));
            dispatcher.Detach(id, 1);
            if (i > 0) host.AdapterLeft(id);
            // Those that still had something left first.
            intake.Quota.Release(id, 10);
            dispatcher.Room.Release(id, 0);
            while (dispatcher.Step(TimeSpan.Zero))
            {
            }
        }

        dispatcher.SetShares(["web"]);
        host.AdapterLeft("a0");
        while (dispatcher.Step(TimeSpan.Zero))
        {
        }

        var sends = Field(dispatcher, "_sends");
        Assert.Equal(new Dictionary<string, int>
        {
            ["inbox"] = 1, ["outbox"] = 1, ["discarded"] = 0, ["queues"] = 0, ["abilities"] = 0, ["log"] = 0,
        }, new Dictionary<string, int>
        {
            ["inbox"] = Size(intake.Quota, "_accounts"),
            ["outbox"] = Size(dispatcher.Room, "_accounts"),
            ["discarded"] = Size(intake.Discarded, "_counts"),
            ["queues"] = Size(Field(sends, "_adapterQueues"), "_adapterQueues"), ["abilities"] = Size(sends, "_abilities"),
            ["log"] = Size(Field(fixture.The<IAccessFilter>(), "_throttled"), "_lines"),
        });
    }

    private static object Field(object of, string name) => of.GetType().GetField(name, BindingFlags.NonPublic | BindingFlags.Instance)!.GetValue(of)!;

    private static int Size(object of, string name) => ((ICollection)Field(of, name)).Count;
}
