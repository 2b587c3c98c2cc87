using System.Reflection;
using PluginGateway.Dispatch.Outbound;

namespace PluginGateway.Tests.Architecture;

/// <summary>State of the outbound half has one owner each: others ask it.</summary>
public sealed class OwnershipTests
{
    private static readonly string[] OfPreparation = [nameof(OwedMessage.KeepCut), nameof(OwedMessage.ForgetCut)];

    [Fact]
    public void An_owed_message_is_changed_by_the_queue_of_its_chat_alone()
    {
        var changes = HostCode.Calls().Where(static call => IsChange(call.Called) && call.Caller.DeclaringType != typeof(OwedMessage)).ToArray();
        Assert.True(changes.Length > 8);
        Assert.Empty(changes
            .Where(static call => Outermost(call.Caller.DeclaringType!) is var caller && caller != typeof(ChatQueue)
                && !(caller == typeof(PreparedMessage) && OfPreparation.Contains(call.Called.Name)))
            .Select(static call => $"{call.Caller.DeclaringType}.{call.Caller.Name} calls {call.Called.Name}"));
    }

    [Fact]
    public void Nobody_sets_the_state_of_what_is_owed_past_its_methods() => Assert.Empty(
        new[] { typeof(OwedMessage), typeof(ChatQueue), typeof(PendingDelivery) }
            .SelectMany(static type => type.GetProperties()).Where(static one => one.SetMethod is { IsPrivate: false })
            .Select(static one => $"{one.DeclaringType!.Name}.{one.Name}"));

    private static bool IsChange(MethodBase called) =>
        called.DeclaringType == typeof(OwedMessage) && called is MethodInfo { IsPrivate: false, ReturnType: var returned }
        && returned == typeof(void);

    private static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;
}
