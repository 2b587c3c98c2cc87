using Microsoft.Extensions.Logging.Abstractions;
using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Guard.Calls;
using PluginGateway.Loading;
using PluginGateway.Media;
using PluginGateway.Store;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch;

public sealed class DispatcherTests
{
    [Fact]
    public async Task Messages_from_many_threads_go_all_the_way_and_every_conversation_keeps_its_order()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        var intake = new InboxIntake(store, new InboxLimits(), new OpenAccessFilter(), TimeProvider.System, NullLogger.Instance);
        var dispatcher = new Dispatcher(store, intake, static _ => "handler", new MediaFolder(Path.GetTempPath(), new MediaLimits()),
            TimeProvider.System, new Random(1), NullLogger.Instance);
        dispatcher.Start();
        var delivered = new List<(string Chat, int Number)>();
        dispatcher.Attach(new HandlerPort("handler", 1, 64, static call =>
        {
            _ = call.Turn.ReplyAsync(call.Turn.Messages[^1].Text, CancellationToken.None);
            call.Finish(new CallEnd(CallEndKind.Completed, CallStage.Awaiting, TimeSpan.Zero, null));
        }));
        dispatcher.Attach(new AdapterPort("a", 1, new AdapterTraits(), new CallTimeouts(), AdapterCapabilities.None, call =>
        {
            var send = (SendCall)call;
            delivered.Add((send.Message.Chat.Id, int.Parse(send.Message.Text, System.Globalization.CultureInfo.InvariantCulture)));
            send.Accept(SendResult.Sent("m"));
            send.Finish(new CallEnd(CallEndKind.Completed, CallStage.Awaiting, TimeSpan.Zero, null));
        }));
        var inbox = intake.Open("a", 1, InboundClass.AckGated, static () => false);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(chat => Task.Run(async () =>
        {
            for (var i = 0; i < 100; i++)
                Assert.True((await inbox.AcceptAsync(DispatchFixture.Message($"{chat}.{i}", $"{chat}", $"{i}"), CancellationToken.None)).Acknowledge);
        })));
        var start = TimeProvider.System.GetTimestamp();
        while (store.Balance() is not { Inbound.Handled: 800, Outbound.Delivered: 800 })
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < StoreFolder.Patience, "Not everything was delivered.");
            Thread.Sleep(10);
        }

        Assert.Equal(800, delivered.Count);
        Assert.All(delivered.GroupBy(static d => d.Chat), static chat => Assert.Equal(Enumerable.Range(0, 100), chat.Select(static d => d.Number)));
        dispatcher.CloseIntake();
        dispatcher.BeginDrain();
        Assert.True(dispatcher.WaitDrained(StoreFolder.Patience));
        Assert.True(dispatcher.TrySnapshot(StoreFolder.Patience, out var snapshot));
        Assert.Equal((0, 0, 0L), (snapshot.SendsInFlight, snapshot.OwedSends, snapshot.PendingMessages));
        Assert.InRange(dispatcher.Heartbeats[0].Age, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        store.CloseCleanly();
    }
}
