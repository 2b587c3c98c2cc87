using Moq;
using PluginGateway.Configuration.Options;
using PluginGateway.Guard;
using PluginGateway.Guard.Calls;

namespace PluginGateway.Tests.Guard;

/// <summary>What an adapter implements is reached through the guard: a member that is forgotten would silently hide the plugin's own.</summary>
public sealed class ContractCoverageTests
{
    private static readonly Type[] HostSide =
        [typeof(IInbox), typeof(IHandlerOutbox), typeof(IAdapterState), typeof(IEventTopics), typeof(IPluginLog), typeof(ISessionState)];

    private static readonly Type[] OfHandlers = [typeof(IMessageHandler), typeof(IEventHandler), typeof(IStartHandler)];

    private static readonly Type[] OfBoth = [typeof(IValidateSettings), typeof(IServeHttp)];

    private static IEnumerable<Type> AdapterInterfaces => typeof(IChannelAdapter).Assembly.GetExportedTypes()
        .Where(static type => type.IsInterface && !OfHandlers.Contains(type) && !HostSide.Contains(type));

    [Fact]
    public void Every_member_of_an_adapter_is_reached_through_the_guard()
    {
        var adapter = new Mock<IChannelAdapter>(MockBehavior.Loose);
        foreach (var capability in AdapterInterfaces.Where(static type => type != typeof(IChannelAdapter)))
            typeof(Mock).GetMethod(nameof(Mock.As))!.MakeGenericMethod(capability).Invoke(adapter, null);
        var guard = new GuardFixture(adapter.Object).Created().Adapter;
        var chat = new Chat("c", ChatKind.Direct);
        var reference = new MessageRef(chat, "m");
        GuardFixture.Await(guard.BeginValidate);
        GuardFixture.Await(sink => guard.BeginConnect(new ConnectContext(1, false, "start"), sink));
        GuardFixture.Await(guard.BeginRun);
        Func<ICallSink, GuardedCall>[] calls =
        [
            static sink => new SendCall(GuardFixture.Message(), sink), sink => new EditCall(new MessageEdit("k", reference, "t"), sink),
            sink => new DeleteCall(new MessageDeletion("k", reference), sink),
            sink => new ReactCall(new ReactionUpdate("k", reference, "x"), sink), sink => new TypingCall(new TypingIndication(chat), sink),
            sink => new AnswerCall(
                new TicketAnswer(new Ticket("t", DateTimeOffset.UnixEpoch), chat, new InteractionAnswer(InteractionVerdict.Taken, null)), sink),
            static sink => new PublishCall(new CommandPublication([]), sink),
            static sink => new ProbeCall(sink),
            static sink => new FetchCall(new AttachmentRequest(new Attachment("r", AttachmentKind.File), "p", 1), sink),
        ];
        foreach (var call in calls) GuardFixture.Await(sink => guard.Post(call(sink)));
        _ = guard.HandleAsync(new HttpCall("GET", "", default));
        GuardFixture.Until(() => adapter.Invocations.Any(static invocation => invocation.Method.DeclaringType == typeof(IServeHttp)),
            "the request has reached it");
        GuardFixture.Await(sink => guard.BeginTeardown(TimeSpan.FromSeconds(5), sink));

        var expected = AdapterInterfaces.SelectMany(static type => type.GetMethods()).Select(static method => method.Name).Order();
        Assert.Equal(expected, adapter.Invocations.Select(static invocation => invocation.Method.Name).Order());
    }

    [Fact]
    public void Every_member_of_a_handler_is_reached_through_the_guard()
    {
        var handler = new Mock<IMessageHandler>(MockBehavior.Loose);
        handler.As<IEventHandler>();
        handler.As<IStartHandler>();
        handler.As<IValidateSettings>();
        handler.As<IServeHttp>();
        var guard = new GuardedHandler(
            "handler", 1, 3, new CallTimeouts(), GuardFixture.Services, new GuardFixture(new ScriptedAdapter()), () => handler.Object);
        GuardFixture.Await(guard.BeginCreate);
        GuardFixture.Await(guard.BeginValidate);
        GuardFixture.Await(guard.BeginStart);
        var chat = new Chat("c", ChatKind.Direct);
        foreach (var received in (InboundEvent[])[new InboundMessage("e", chat, new Sender("s"), "t"), new MessageDeleted("d", chat, null, ["m"])])
        {
            var turn = Mock.Of<EventTurn>(turn => turn.Event == received);
            GuardFixture.Await(sink => guard.Post(new TurnCall(turn, sink)));
        }

        _ = guard.HandleAsync(new HttpCall("GET", "", default));
        GuardFixture.Until(() => handler.Invocations.Any(static invocation => invocation.Method.DeclaringType == typeof(IServeHttp)),
            "the request has reached it");
        GuardFixture.Await(sink => guard.BeginTeardown(TimeSpan.FromSeconds(5), sink));

        var expected = OfHandlers.Concat(OfBoth).SelectMany(static type => type.GetMethods()).Select(NameOf).Order();
        Assert.Equal(expected, handler.Invocations.Select(static invocation => NameOf(invocation.Method)).Order());
    }

    private static string NameOf(System.Reflection.MethodInfo method) => $"{method.DeclaringType!.Name}.{method.Name}";
}
