using Microsoft.AspNetCore.Http;
using PluginGateway.Dispatch;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;
using PluginGateway.Units;
using PluginGateway.Web.Adapters;

namespace PluginGateway.Tests.Hosting;

/// <summary>Where supervision meets dispatch and the listener, in the composed gateway.</summary>
public sealed class UnitHostTests
{
    private const string Two = """
        {
            "gateway": { "pluginPaths": ["PLUGINS"] },
            "adapters": [ { "id": "first", "plugin": "Pages" }, { "id": "second", "plugin": "Pages" }, { "id": "plain", "plugin": "Plain" } ]
        }
        """;

    private const string Answer = """
        public Task<HttpReply> HandleAsync(HttpCall call, CancellationToken token) => Task.FromResult(HttpReply.Empty(204));
        public Task ShowTypingAsync(TypingIndication indication, CancellationToken token) => Task.CompletedTask;
        public Task<SendResult> EditAsync(MessageEdit edit, CancellationToken token) => Task.FromResult(SendResult.Sent("edited"));
        """;

    [Fact]
    public void Adapter_at_work_is_known_to_dispatch_and_to_the_listener_with_what_its_class_can_do()
    {
        using var fixture = Rig(Two);
        var attached = fixture.The<AttachedAdapters>();
        GatewayFixture.Until(() => attached["first"] is not null && attached["plain"] is not null);
        var port = attached["first"]!;
        Assert.Equal((fixture.Unit("first")!.Generation, true, MessageCapabilities.Edit), (port.Generation, port.ShowsTyping, port.Can));
        Assert.Equal((false, MessageCapabilities.None), (fixture.The<AttachedAdapters>()["plain"]!.ShowsTyping,
            fixture.The<AttachedAdapters>()["plain"]!.Can));
        Assert.Equal(MessageCapabilities.Edit, fixture.The<Dispatcher>().AbilitiesOf("first").Can);
        Assert.Equal(RouteOutcome.Live, OutcomeOf(fixture, "/hooks/first"));
        Assert.Equal(RouteOutcome.Unknown, OutcomeOf(fixture, "/hooks/plain"));
    }

    [Fact]
    public void Adapter_that_is_taken_from_work_keeps_its_paths_and_answers_no_more()
    {
        using var fixture = Rig(Two);
        fixture.The<AdapterControl>().Execute(AdapterAction.Disable, "first", fixture.The<UnitRegistry>());
        GatewayFixture.Until(() => OutcomeOf(fixture, "/hooks/first") == RouteOutcome.NotConnected);
        Assert.Null(fixture.The<AttachedAdapters>()["first"]);
        // Its pages are still its own: the other one does not get them because it is away.
        Assert.Equal(RouteOutcome.NotConnected, OutcomeOf(fixture, "/pages"));
        Assert.Equal(RouteOutcome.Live, OutcomeOf(fixture, "/hooks/second"));

        fixture.The<AdapterControl>().Execute(AdapterAction.Enable, "first", fixture.The<UnitRegistry>());
        GatewayFixture.Until(() => OutcomeOf(fixture, "/pages") == RouteOutcome.Live);
        GatewayFixture.Until(() => fixture.The<AttachedAdapters>()["first"] is not null);
    }

    [Fact]
    public void Of_two_adapters_that_claim_one_prefix_the_first_in_the_configuration_has_it_and_the_other_is_told()
    {
        using var fixture = Rig(Two);
        Assert.Equal("first", fixture.The<AdapterRoutes>().Find("/pages").Route!.AdapterId);
        var refused = Assert.Single(fixture.The<AdapterRoutes>().Refused);
        Assert.Equal(("second", "/pages", "first"), (refused.AdapterId, refused.Prefix, refused.OwnerId));
    }

    [Fact]
    public async Task Services_of_a_generation_that_was_retired_accept_nothing()
    {
        using var fixture = Rig(Two);
        var fence = new GenerationFence();
        var services = fixture.The<IUnitHost>().OpenAdapterServices("plain", 7, new(), fence);
        var message = new InboundMessage("e", new Chat("c", ChatKind.Direct), new Sender("s"), "text");
        Assert.NotEqual(Acceptance.Retired, await services.Inbox.AcceptAsync(message, TestContext.Current.CancellationToken));
        fence.Retire();
        Assert.Equal(Acceptance.Retired, await services.Inbox.AcceptAsync(message, TestContext.Current.CancellationToken));
        Assert.Equal(Path.Combine(fixture.Yard.Data, "adapters", "plain"), services.DataDirectory);
        Assert.Equal(
            Path.Combine(fixture.Yard.Data, "handlers", "h"), fixture.The<IUnitHost>().OpenHandlerServices("h", 1, fence).DataDirectory);
    }

    [Fact]
    public void A_handler_has_a_path_of_its_own_which_waits_for_the_next_generation_and_leaves_with_the_handler()
    {
        using var fixture = WithHandler("IServeHttp", "");
        const string Path = "/hooks/handler:default/x";
        var found = fixture.The<AdapterRoutes>().Find(new PathString(Path));
        Assert.Equal((RouteOutcome.Live, true, "/x"), (found.Outcome, found.Route!.IsHandler, found.Path));
        var (host, generation) = (fixture.The<IUnitHost>(), fixture.Unit(HandlerIds.Default)!.Generation);
        host.HandlerDetached(HandlerIds.Default, generation - 1);
        Assert.Equal(RouteOutcome.Live, OutcomeOf(fixture, Path));
        host.HandlerDetached(HandlerIds.Default, generation);
        Assert.Equal(RouteOutcome.NotConnected, OutcomeOf(fixture, Path));
        host.HandlerLeft(HandlerIds.Default);
        Assert.Equal(RouteOutcome.Unknown, OutcomeOf(fixture, Path));
    }

    [Fact]
    public async Task Events_that_a_parked_handler_declares_are_kept_for_it_and_the_others_are_not()
    {
        using var fixture = WithHandler(
            "IEventHandler", "throw new PluginException(new PluginFault(\"closed\", \"It is closed.\", FaultRetry.AfterOperatorAction));");
        Assert.Equal(UnitPhase.Parked, fixture.Unit(HandlerIds.Default)!.Phase);
        var inbox = fixture.The<IUnitHost>().OpenAdapterServices("plain", 7, new(), new GenerationFence()).Inbox;
        var (chat, sender, token) = (new Chat("c", ChatKind.Direct), new Sender("s"), TestContext.Current.CancellationToken);
        Assert.Equal(Acceptance.Stored, await inbox.AcceptAsync(new MessageEdited("e1", chat, sender, "m", "better"), token));
        Assert.Equal(Acceptance.Discarded("unsupported"), await inbox.AcceptAsync(new MessageDeleted("e2", chat, sender, ["m"]), token));
    }

    private static GatewayFixture WithHandler(string capability, string constructor) => new GatewayFixture(
        """
        {
            "gateway": { "pluginPaths": ["PLUGINS"] }, "handler": { "plugin": "Own" },
            "adapters": [ { "id": "plain", "plugin": "Plain", "allow": { "users": ["*"] } } ]
        }
        """,
        fixture =>
        {
            fixture.Place("Plain", GatewayFixture.Adapter());
            fixture.Place("Own", $$"""
                using System; using System.Threading; using System.Threading.Tasks; using PluginGateway;
                [assembly: MessageHandler("own", typeof(Own){{(capability == nameof(IEventHandler) ? ", Events = EventKinds.MessageEdited" : "")}})]
                public sealed class Own : IMessageHandler, {{capability}}
                {
                    public Own(HandlerContext context) { {{constructor}} }
                    public Task HandleAsync(Turn turn, CancellationToken token) => Task.CompletedTask;
                    public Task HandleEventAsync(EventTurn turn, CancellationToken token) => Task.CompletedTask;
                    public Task<HttpReply> HandleAsync(HttpCall call, CancellationToken token) => Task.FromResult(HttpReply.Empty(204));
                }
                """);
        }).Started();

    private static RouteOutcome OutcomeOf(GatewayFixture fixture, string path) => fixture.The<AdapterRoutes>().Find(new PathString(path)).Outcome;

    private static GatewayFixture Rig(string configuration) => new GatewayFixture(configuration, static fixture =>
    {
        fixture.Place("Plain", GatewayFixture.Adapter());
        fixture.Place("Pages", GatewayFixture.Adapter(
            members: Answer, interfaces: ", IServeHttp, IShowTyping, IEditMessages",
            attribute: "[assembly: ChannelAdapter(\"test\", typeof(Adapter), PathPrefix = \"/pages\")]"));
    }).Started();
}
