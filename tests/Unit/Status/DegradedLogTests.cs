using Microsoft.Extensions.Time.Testing;
using PluginGateway.Status;

namespace PluginGateway.Tests.Status;

/// <summary>How often the log says that something is missing.</summary>
public sealed class DegradedLogTests
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private readonly FakeTimeProvider _clock = new();
    private readonly DegradedLog _log;

    public DegradedLogTests() => _log = new DegradedLog(_clock);

    [Fact]
    public void An_hour_of_an_outage_is_said_once_and_every_ten_minutes()
    {
        Assert.True(Next(GatewayState.Ready)!.IsFirst);
        List<Saying> said = [];
        for (var i = 0; i < 36_000; i++)
        {
            // Its words change with every attempt; what it is about does not.
            if (Next(GatewayState.Degraded, new StatusReason("irc away", $"adapter 'irc' is waiting, attempt {i / 20}")) is { } saying)
                said.Add(saying);
        }

        Assert.InRange(said.Count, 6, 7);
        Assert.Null(said[0].DegradedFor);
        Assert.All(said.Skip(1), static saying => Assert.NotNull(saying.DegradedFor));
        Assert.Equal(GatewayState.Ready, Next(GatewayState.Ready)!.State);
        Assert.Null(Next(GatewayState.Ready));
    }

    [Fact]
    public void What_goes_or_comes_meanwhile_is_said_together_after_a_moment()
    {
        var said = 0;
        for (var i = 0; i < 100; i++)
        {
            var away = Enumerable.Range(0, Math.Min(i, 40) + 1).Select(static n => new StatusReason($"a{n} away", $"a{n} is waiting")).ToArray();
            if (Next(GatewayState.Degraded, away) is not { } saying) continue;
            said++;
            if (away.Length > 10)
                Assert.EndsWith($"and {away.Length - 10} more, see: plugin-gateway status", saying.Reasons, StringComparison.Ordinal);
        }

        Assert.Equal(2, said);
        for (var i = 0; i < 50; i++) Assert.Null(Next(GatewayState.Starting));
        Assert.NotNull(Next(GatewayState.Degraded, new StatusReason("a0 parked", "a0 is parked")));
    }

    private Saying? Next(GatewayState state, params StatusReason[] reasons)
    {
        _clock.Advance(Look);
        return _log.Next(state, reasons);
    }
}
