using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch.External;
using PluginGateway.Dispatch;
using PluginGateway.Loading;
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
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "one", "two");
        Assert.True(Owe(fixture, "b", "k").Id > 0);
        var nonsense = fixture.Attach(traits: new AdapterTraits { AccountMessagesPerSecond = account, ChatMessagesPerSecond = chat });
        var healthy = fixture.Attach("b");
        fixture.Settle();
        Assert.Equal(["beside"], healthy.Texts);
        Assert.Equal(["one"], nonsense.Texts);
        nonsense.Sent(0);
        Assert.Equal(0, fixture.Snapshot.Adapters.Single(static adapter => adapter.AdapterId == "a").InFlight);
        fixture.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal(["one", "two"], nonsense.Texts);
    }

    [Fact]
    public void Fault_of_the_gateway_while_a_message_is_handed_over_parks_that_message_and_nothing_stays_in_flight()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "one");
        fixture.Dispatcher.Attach(new AdapterPort("a", 1, new AdapterTraits(), new CallTimeouts(), AdapterCapabilities.None,
            static _ => throw new InvalidOperationException("a fault")));
        fixture.Settle();
        Assert.Equal((0, 0), (fixture.Snapshot.SendsInFlight, fixture.Snapshot.OwedSends));
        Assert.Equal(1, fixture.Store.Balance().Outbound.Parked);
    }

    [Fact]
    public void Endless_deadline_of_a_send_is_one_that_the_calendar_can_express()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "one");
        var adapter = new FakeAdapter(fixture);
        fixture.Dispatcher.Attach(new AdapterPort("a", 1, new AdapterTraits(), new CallTimeouts { Send = TimeSpan.MaxValue }, AdapterCapabilities.None, adapter.Post));
        fixture.Settle();
        Assert.Equal(["one"], adapter.Texts);
    }

    private static MessageApiResult Owe(DispatchFixture fixture, string adapterId, string key)
    {
        object? answer = null;
        new MessageApi(fixture.Store, fixture.Dispatcher, static () => ["a", "b"]).Enqueue(
            new(adapterId, new Chat("9", ChatKind.Direct), new Reply("beside"), key), given => answer = given);
        fixture.Until(() => answer is not null);
        return (MessageApiResult)answer!;
    }
}
