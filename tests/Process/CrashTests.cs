using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>What is accepted survives every end of the process.</summary>
public sealed class CrashTests
{
    private const int Clients = 10;

    /// <summary>Most messages of a client: a page can read 200 messages of a conversation again, and half of them are its own.</summary>
    private const int MostEach = 95;

    [Fact]
    public async Task Killed_in_the_middle_of_load_and_started_again_it_loses_nothing_and_doubles_nothing()
    {
        using var folder = new TempFolder();
        await PostThroughEndsAsync(folder, gateway => gateway.Kill());
    }

    [Fact]
    public async Task Stopped_in_the_middle_of_load_and_started_again_it_loses_nothing_and_doubles_nothing()
    {
        using var folder = new TempFolder();
        await PostThroughEndsAsync(folder, gateway => Assert.Equal(0, gateway.Stop()));
    }

    [Fact]
    [Acceptance(11)]
    public void Killed_while_it_starts_it_starts_again_at_once()
    {
        using var folder = new TempFolder();
        foreach (var milliseconds in (int[])[10, 50, 100, 200, 400, 800])
        {
            using var gateway = GatewayProcess.Start(folder);
            Thread.Sleep(milliseconds);
            gateway.Kill();
        }

        // The files of those ends are in the way of nothing; a crash loop only restricts what is started.
        using var last = GatewayProcess.Start(folder);
        Bound.Until(() => last.Answer("/healthz") == HttpStatusCode.OK, Bound.Start, () => $"no life:\n{last.Said}");
        Assert.Equal(0, last.Stop());
    }

    [Fact]
    [Acceptance(11)]
    [Original("gateway.pid, gateway.lock")]
    public void Files_that_a_killed_gateway_left_do_not_hinder_the_next_start()
    {
        using var folder = new TempFolder();
        using (var first = GatewayProcess.StartReady(folder)) first.Kill();
        Assert.True(File.Exists(folder["data", "gateway.pid"]));
        Assert.Equal("down", Status.Of(folder["data"]).State);

        using var second = GatewayProcess.StartReady(folder);
        Assert.Equal(second.Id, second.Status().Json.GetProperty("pid").GetInt32());
    }

    /// <summary>Clients post without pause while the gateway ends and comes back three times; a post without an answer is posted again under the same
    /// id.</summary>
    private static async Task PostThroughEndsAsync(TempFolder folder, Action<GatewayProcess> end)
    {
        var port = FreePort.Next();
        var gateway = GatewayProcess.StartReady(folder, port: port);
        using var client = new ChatClient(gateway.Address);
        using var enough = new CancellationTokenSource();
        var accepted = new ConcurrentDictionary<int, ConcurrentQueue<string>>();
        var posters = Enumerable.Range(0, Clients).Select(c => PostAsync(client, c, accepted.GetOrAdd(c, _ => []), enough.Token)).ToArray();
        try
        {
            for (var round = 1; round <= 3; round++)
            {
                var goal = round * 300;
                Bound.Until(() => accepted.Values.Sum(q => q.Count) >= goal, Bound.Replies,
                    () => $"{accepted.Values.Sum(q => q.Count)} of {goal} accepted. It said:\n{gateway.Said}");
                end(gateway);
                gateway.Dispose();
                gateway = GatewayProcess.StartReady(folder, port: port);
            }

            await enough.CancelAsync();
            await Task.WhenAll(posters);
            Bound.Until(() => gateway.Status().IsIdle, Bound.Replies, () => $"something is still pending: {gateway.Status().Json}");

            var status = gateway.Status();
            var total = accepted.Values.Sum(q => q.Count);
            status.AssertBalances();
            Assert.Equal((total, total), (status.Inbound("accepted"), status.Outbound("delivered")));
            Assert.Equal(0, status.Inbound("parked") + status.Outbound("parked") + status.Outbound("rejected"));
            for (var c = 0; c < Clients; c++)
            {
                var said = accepted[c].ToArray();
                using var stream = client.Listen(Conversation(c));
                stream.WaitFor(said.Length, Bound.Replies);
                AssertEachOnceInOrder(said, [.. stream.Replies.Select(r => r.Text)]);
            }
        }
        finally
        {
            await enough.CancelAsync();
            gateway.Dispose();
        }
    }

    private static void AssertEachOnceInOrder(string[] said, string[] replies)
    {
        Assert.Equal(said.Length, replies.Length);
        for (var i = 0; i < said.Length; i++) Assert.Contains(said[i], replies[i], StringComparison.Ordinal);
    }

    private static async Task PostAsync(ChatClient client, int number, ConcurrentQueue<string> accepted, CancellationToken enough)
    {
        for (var m = 0; m < MostEach && !enough.IsCancellationRequested; m++)
        {
            var text = $"<client {number:00} message {m:00000}>";
            for (var clock = Stopwatch.StartNew(); await client.PostAsync(Conversation(number), $"{number}-{m}", text) != HttpStatusCode.Accepted;)
            {
                if (clock.Elapsed > Bound.Start + Bound.Stop) throw new TimeoutException($"{text} is not accepted.");
                await Task.Delay(20, CancellationToken.None);
            }

            accepted.Enqueue(text);
            await Task.Delay(5, CancellationToken.None);
        }
    }

    private static string Conversation(int client) => $"crash-{client:00}";
}
