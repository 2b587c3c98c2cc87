using Moq;
using PluginGateway.Guard.Calls;

namespace PluginGateway.Tests.Guard;

/// <summary>What an adapter implements is reached through the guard: a member that is forgotten would silently hide the plugin's own.</summary>
public sealed class ContractCoverageTests
{
    private static readonly Type[] HostSide = [typeof(IInbox), typeof(IAdapterState), typeof(IEventTopics), typeof(IPluginLog)];

    private static IEnumerable<Type> AdapterInterfaces => typeof(IChannelAdapter).Assembly.GetExportedTypes()
        .Where(static type => type.IsInterface && type != typeof(IMessageHandler) && type != typeof(IEventHandler) && !HostSide.Contains(type));

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
            static sink => new SendCall(GuardFixture.Message(), sink), sink => new EditCall(new MessageEdit(reference, "t"), sink),
            sink => new DeleteCall(reference, sink),
            sink => new ReactCall(new Reaction(reference, "x"), sink), sink => new TypingCall(chat, sink), static sink => new ProbeCall(sink),
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
}
