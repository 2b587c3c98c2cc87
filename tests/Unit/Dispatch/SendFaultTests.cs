using PluginGateway.Dispatch;
using PluginGateway.Guard;
using PluginGateway.Loading;
using PluginGateway.Store;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch;

/// <summary>A fault over one message is that message's: no chat, adapter or stop waits for it.</summary>
public sealed class SendFaultTests
{
    [Theory]
    [InlineData(1e-300, 0)]
    [InlineData(0, 1e-300)]
    [InlineData(double.Epsilon, double.Epsilon)]
    public void Rate_of_nonsense_holds_its_own_adapter_for_an_hour_and_no_message_is_being_sent_for_ever(double account, double chat)
    {
        using var rig = new DispatchRig();
        rig.Owe("e1", "one", "two");
        Assert.True(Owe(rig, "b", "k").Id > 0);
        var nonsense = rig.Attach(traits: new AdapterTraits { AccountMessagesPerSecond = account, ChatMessagesPerSecond = chat });
        var healthy = rig.Attach("b");
        rig.Settle();
        Assert.Equal(["beside"], healthy.Texts);
        Assert.Equal(["one"], nonsense.Texts);
        nonsense.Sent(0);
        Assert.Equal(0, rig.Snapshot.Outlets.Single(static outlet => outlet.AdapterId == "a").InFlight);
        rig.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal(["one", "two"], nonsense.Texts);
    }

    [Fact]
    public void Fault_of_the_gateway_while_a_message_is_handed_over_parks_that_message_and_nothing_stays_in_flight()
    {
        using var rig = new DispatchRig();
        rig.Owe("e1", "one");
        rig.Dispatcher.Attach(new AdapterPort("a", 1, new AdapterTraits(), TimeSpan.FromSeconds(30), false, static _ => throw new InvalidOperationException("a fault")));
        rig.Settle();
        Assert.Equal((0, 0), (rig.Snapshot.SendsInFlight, rig.Snapshot.OwedSends));
        Assert.Equal(1, rig.Store.Balance().Outbound.Parked);
    }

    [Fact]
    public void Endless_deadline_of_a_send_is_one_that_the_calendar_can_express()
    {
        using var rig = new DispatchRig();
        rig.Owe("e1", "one");
        var adapter = new FakeAdapter(rig);
        rig.Dispatcher.Attach(new AdapterPort("a", 1, new AdapterTraits(), TimeSpan.MaxValue, false, adapter.Post));
        rig.Settle();
        Assert.Equal(["one"], adapter.Texts);
    }

    private static OutsideAnswer Owe(DispatchRig rig, string adapterId, string key)
    {
        object? answer = null;
        new OutsideDesk(rig.Store, rig.Dispatcher, static () => ["a", "b"]).Owe(new(adapterId, new Chat("9", ChatKind.Direct), new Reply("beside"), key), given => answer = given);
        rig.Until(() => answer is not null);
        return (OutsideAnswer)answer!;
    }
}
