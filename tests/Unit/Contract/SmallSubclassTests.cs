using System.Reflection;
using Moq;

namespace PluginGateway.Tests.Contract;

/// <summary>Classes of the host that tests of plugins derive from: what a plugin does not use, its test need not implement.</summary>
public sealed class SmallSubclassTests
{
    [Theory]
    [InlineData(typeof(Turn), "Capabilities DeleteAsync EditAsync FetchAsync Id ReactAsync ReplyToken")]
    [InlineData(typeof(EventTurn), "Capabilities DeleteAsync EditAsync FetchAsync Id ReactAsync ReplyToken")]
    [InlineData(typeof(HandlerContext), "DataDirectory PluginDirectory")]
    [InlineData(typeof(AdapterContext), "DataDirectory Events PluginDirectory ReportHealth State")]
    public void A_member_that_a_subclass_does_not_override_is_not_supported(Type type, string optional)
    {
        var mock = (Mock)Activator.CreateInstance(typeof(Mock<>).MakeGenericType(type), MockBehavior.Loose)!;
        mock.CallBase = true;
        MethodInfo[] members =
            [.. type.GetMethods().Where(static method => method is { IsVirtual: true, IsAbstract: false } && method.DeclaringType != typeof(object))];
        foreach (var name in optional.Split(' '))
            Assert.Contains(members, member => member.Name == name || member.Name == $"get_{name}");
        Assert.All(members, member => Assert.IsType<NotSupportedException>(Assert.Throws<TargetInvocationException>(
            () => member.Invoke(mock.Object, new object?[member.GetParameters().Length])).InnerException));
    }
}
