using System.Diagnostics;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>SIGKILL, for which there is no good moment: of a gateway, and of one whose adapters run in processes of their own.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private const int Chatting = 4;
    private static readonly int InAll = Chance.IsLong ? 1000 : 60;
    private readonly Lock _gate = new();
    private readonly List<double> _starts = [];
    private int _duringTheStart;

    [Fact]
    [Acceptance(11)]
    [Original("gateway.pid, gateway.lock")]
    [Original("database close")]
    public void Kills_at_random_moments_are_each_followed_by_a_start_that_works_at_once_and_nothing_is_lost_or_answered_twice()
    {
        var seed = Chance.Seed(output);
        var clock = Stopwatch.StartNew();
        Lanes.Run(Enumerable.Range(0, Lanes.Count), lane => KillAndStart(InAll / Lanes.Count, new Random(seed + lane), isolated: lane % 2 == 1));
        _starts.Sort();
        output.WriteLine($"{InAll} kills and {_duringTheStart} more during a start, in {clock.Elapsed.TotalSeconds:0} s; from start to ready: median {_starts[_starts.Count / 2]:0.00} s, longest {_starts[^1]:0.00} s");
    }

    private void KillAndStart(int kills, Random random, bool isolated)
    {
        using var folder = new TempFolder();
        var port = FreePort.Next();
        var plan = Plans.With([Plans.Healthy], isolated: isolated);
        using var chatters = new Chatters(new Uri($"http://127.0.0.1:{port}"), Chatting, TimeSpan.FromMilliseconds(15), Bound.Start * 3);
        var ends = kills;
        for (var kill = 0; kill < kills; kill++)
        {
            if (random.Next(4) == 0)
            {
                KillDuringTheStart(folder, plan, port, random);
                ends++;
            }

            using var gateway = StartReady(folder, plan, port);
            // Every third time at the latest in the middle of its work: a machine that is slow may have accepted nothing yet.
            if (kill % 3 == 2)
            {
                var before = chatters.Accepted;
                Bound.Until(() => chatters.Accepted > before, Bound.Start, () => $"it accepts nothing:\n{gateway.Said}");
            }

            Thread.Sleep(random.Within(TimeSpan.FromMilliseconds(random.Next(3) == 0 ? 20 : 500)));
            gateway.Kill();
            StoreCopy.AssertSound(gateway.Data);
        }

        using var last = StartReady(folder, plan, port);
        chatters.Finish();
        var status = last.Await(static status => status.IsIdle, Bound.Replies);
        status.AssertBalances();
        using var store = new StoreCopy(last.Data);
        output.WriteLine($"{(isolated ? "Workers" : "In process")}: {chatters.Accepted} messages accepted; given up after three ends in the middle of their turn: {string.Join(", ", store.ParkedTurns)}");
        chatters.AssertAnswered(store.ParkedTurns);
        Assert.Equal(chatters.Accepted, status.Inbound("accepted"));
        Assert.Equal(0, status.Outbound("parked") + status.Outbound("rejected"));
        // An end meets one turn of each chatter at most, and three ends give a turn up. How many it is depends on how fast the machine is.
        Assert.InRange(store.ParkedTurns.Count * 3, 0, ends * Chatting);
        Assert.Equal(0, last.Stop());
    }

    private void KillDuringTheStart(TempFolder folder, string plan, int port, Random random)
    {
        using var gateway = GatewayProcess.Start(folder, plan, port);
        Thread.Sleep(random.Within(TimeSpan.FromSeconds(1)));
        gateway.Kill();
        StoreCopy.AssertSound(gateway.Data);
        Interlocked.Increment(ref _duringTheStart);
    }

    private GatewayProcess StartReady(TempFolder folder, string plan, int port)
    {
        var clock = Stopwatch.StartNew();
        var gateway = GatewayProcess.StartReady(folder, plan, port);
        lock (_gate) _starts.Add(clock.Elapsed.TotalSeconds);
        return gateway;
    }
}
