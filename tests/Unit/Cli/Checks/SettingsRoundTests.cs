using System.Collections.Concurrent;
using PluginGateway.Cli.Checks;
using PluginGateway.Configuration.Options;
using PluginGateway.Loading;
using PluginGateway.Tests.Guard;

namespace PluginGateway.Tests.Cli.Checks;

public sealed class SettingsRoundTests
{
    [Fact]
    public void Two_hundred_isolated_adapters_are_asked_a_few_at_a_time_and_the_answers_keep_their_order()
    {
        var uses = Enumerable.Range(0, 200).Select(static i => Use($"a{i}", i % 4 != 0)).ToArray();
        var (asked, isolated, most, others, mostOthers, threads) = (0, 0, 0, 0, 0, new ConcurrentDictionary<int, byte>());
        var round = new SettingsRound(uses, use =>
        {
            if (!use.IsIsolated)
            {
                mostOthers = Math.Max(mostOthers, Interlocked.Increment(ref others));
                Interlocked.Decrement(ref others);
                return [Said(use)];
            }

            threads[Environment.CurrentManagedThreadId] = 0;
            var now = Interlocked.Increment(ref isolated);
            for (var seen = Volatile.Read(ref most); now > seen; seen = Volatile.Read(ref most)) Interlocked.CompareExchange(ref most, now, seen);
            // The first that is asked, whichever it is, waits for a second: it is asked at the same time.
            if (Interlocked.Increment(ref asked) == 1) GuardFixture.Until(() => Volatile.Read(ref most) > 1, "another is asked meanwhile");
            Interlocked.Decrement(ref isolated);
            return [Said(use)];
        });
        Assert.Equal(uses.Select(static use => use.Id), round.Findings.Select(static finding => finding.Where));
        Assert.InRange(most, 2, SettingsRound.MostAtOnce);
        Assert.InRange(threads.Count, 2, SettingsRound.MostAtOnce);
        Assert.Equal(1, mostOthers);
    }

    [Fact]
    public void A_fault_while_one_is_asked_ends_the_round()
    {
        var asked = 0;
        Assert.Throws<UnauthorizedAccessException>(() => new SettingsRound(Enumerable.Range(0, 50).Select(static i => Use($"a{i}", true)), use =>
            Interlocked.Increment(ref asked) == 1 ? throw new UnauthorizedAccessException("no folder") : [Said(use)]));
    }

    private static Finding Said(ConfiguredPlugin use) => new(Severity.Note, use.Id, "asked");

    private static ConfiguredPlugin Use(string id, bool isIsolated) => new(id, id, "P", PluginKind.Adapter, null, IsOn: true)
    {
        Adapter = new AdapterOptions { Id = id, Plugin = "P", Isolation = isIsolated ? IsolationMode.Process : IsolationMode.InProcess },
    };
}
