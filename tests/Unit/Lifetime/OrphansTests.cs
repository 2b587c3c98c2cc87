using Microsoft.Extensions.Time.Testing;
using PluginGateway.Lifetime;

namespace PluginGateway.Tests.Lifetime;

public sealed class OrphansTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly List<int> _taken = [];
    private int[] _dead = [];

    [Fact]
    public void What_has_been_dead_for_five_seconds_is_taken_and_what_somebody_else_waits_for_is_left_to_him()
    {
        var orphans = new Orphans(() => _dead, _taken.Add, _clock);
        _dead = [7, 8];
        Pass(orphans, 3);
        _dead = [7, 9];
        Pass(orphans, 4);
        Assert.Equal([7], _taken);
        _dead = [9];
        Pass(orphans, 6);
        Assert.Equal([7, 9], _taken);
    }

    private void Pass(Orphans orphans, int seconds)
    {
        for (var quarters = 0; quarters < seconds * 4; quarters++)
        {
            orphans.Look();
            _clock.Advance(TimeSpan.FromSeconds(0.25));
        }
    }
}
