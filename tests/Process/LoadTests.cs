using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

public sealed class LoadTests
{
    private const int Clients = 20;
    private const int MessagesEach = 50;

    [Fact]
    public async Task Twenty_clients_with_fifty_messages_each_get_one_reply_each_in_order_and_both_balances_hold()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder);
        using var client = new ChatClient(gateway.Address);
        var streams = Enumerable.Range(0, Clients).Select(c => client.Listen(Conversation(c))).ToArray();
        try
        {
            foreach (var stream in streams) stream.WaitUntilOpen();
            await Task.WhenAll(Enumerable.Range(0, Clients).Select(async c =>
            {
                for (var m = 0; m < MessagesEach; m++) await client.SendAsync(Conversation(c), $"{c}-{m}", Text(c, m));
            }));
            foreach (var stream in streams) stream.WaitFor(MessagesEach, Bound.Replies);
            Bound.Until(() => gateway.Status().IsIdle, Bound.Replies, () => $"something is still pending: {gateway.Status().Json}");

            for (var c = 0; c < Clients; c++)
            {
                var replies = streams[c].Replies;
                Assert.Equal(MessagesEach, replies.Count);
                for (var m = 0; m < MessagesEach; m++) Assert.Contains(Text(c, m), replies[m].Text, StringComparison.Ordinal);
            }

            var status = gateway.Status();
            status.AssertBalances();
            Assert.Equal(Clients * MessagesEach, status.Inbound("handled"));
            Assert.Equal(Clients * MessagesEach, status.Outbound("delivered"));
        }
        finally
        {
            foreach (var stream in streams) stream.Dispose();
        }
    }

    private static string Conversation(int client) => $"load-{client:00}";

    private static string Text(int client, int message) => $"<client {client:00} message {message:000}>";
}
