using System.Reflection;
using Moq;
using PluginGateway.Guard;

namespace PluginGateway.Tests.Guard;

/// <summary>Every member a plugin implements is forwarded by the guard: a default interface member that is forgotten would silently hide the plugin's own.</summary>
public sealed class ContractCoverageTests
{
    private static readonly Type[] HostSide = [typeof(IInbox), typeof(IAdapterState), typeof(IEventTopics), typeof(IPluginLog)];

    private static IEnumerable<Type> PluginInterfaces => typeof(IChannelAdapter).Assembly.GetExportedTypes().Where(static type => type.IsInterface && !HostSide.Contains(type));

    [Fact]
    public void The_guards_implement_every_interface_of_the_contract_member_by_member()
    {
        foreach (var contract in PluginInterfaces)
        {
            var guard = contract == typeof(IMessageHandler) ? typeof(GuardedHandler) : typeof(GuardedAdapter);
            Assert.True(contract.IsAssignableFrom(guard), $"{guard.Name} does not guard {contract.Name}");
            foreach (var method in guard.GetInterfaceMap(contract).TargetMethods)
                Assert.True(method.DeclaringType == guard, $"{contract.Name}.{method.Name} is not forwarded");
        }
    }

    [Fact]
    public void Every_member_called_on_the_guard_reaches_the_plugin()
    {
        var adapter = new Mock<IChannelAdapter>(MockBehavior.Loose);
        foreach (var capability in PluginInterfaces.Where(static type => type != typeof(IMessageHandler) && type != typeof(IChannelAdapter)))
            typeof(Mock).GetMethod(nameof(Mock.As))!.MakeGenericMethod(capability).Invoke(adapter, null);
        var fixture = new GuardFixture(adapter.Object).Created();
        foreach (var contract in PluginInterfaces.Where(static type => type != typeof(IMessageHandler)))
        {
            foreach (var method in contract.GetMethods()) Call(fixture.Adapter, method);
        }

        var expected = PluginInterfaces.Where(static type => type != typeof(IMessageHandler)).SelectMany(static type => type.GetMethods()).Select(static method => method.Name).Order();
        GuardFixture.Until(() => adapter.Invocations.Count >= expected.Count(), "every call has reached the plugin");
        Assert.Equal(expected, adapter.Invocations.Select(static invocation => invocation.Method.Name).Order());
    }

    private static void Call(GuardedAdapter guard, MethodInfo method)
    {
        var arguments = method.GetParameters().Select(static parameter => Argument(parameter.ParameterType)).ToArray();
        Assert.NotNull(method.Invoke(guard, arguments));
    }

    private static object Argument(Type type)
    {
        var chat = new Chat("c", ChatKind.Direct);
        var reference = new MessageRef(chat, "m");
        object[] known =
        [
            CancellationToken.None, chat, reference, new ConnectContext(1, false, "start"), GuardFixture.Message(), new MessageEdit(reference, "t"), new Reaction(reference, "x"),
            new AttachmentRequest(new Attachment("r", AttachmentKind.File), "p", 1), new HttpCall("GET", "", default),
        ];
        return known.Single(value => value.GetType() == type);
    }
}
