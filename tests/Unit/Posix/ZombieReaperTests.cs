using Microsoft.Extensions.Time.Testing;
using PluginGateway.Posix;

namespace PluginGateway.Tests.Posix;

public sealed class ZombieReaperTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly List<int> _taken = [];
    private int[] _dead = [];

    [Fact]
    public void What_has_been_dead_for_five_seconds_is_taken_and_what_somebody_else_waits_for_is_left_to_him()
    {
        var zombieReaper = new ZombieReaper(() => _dead, _taken.Add, _clock);
        _dead = [7, 8];
        Pass(zombieReaper, 3);
        _dead = [7, 9];
        Pass(zombieReaper, 4);
        Assert.Equal([7], _taken);
        _dead = [9];
        Pass(zombieReaper, 6);
        Assert.Equal([7, 9], _taken);
    }

    private void Pass(ZombieReaper zombieReaper, int seconds)
    {
        for (var quarters = 0; quarters < seconds * 4; quarters++)
        {
            zombieReaper.Reap();
            _clock.Advance(TimeSpan.FromSeconds(0.25));
        }
    }
}
