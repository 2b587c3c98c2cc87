using Microsoft.Extensions.Time.Testing;
using PluginGateway.Plugins.WebChat;

namespace PluginGateway.Tests.Plugins.WebChat;

public sealed class GuessingTests
{
    private const string Far = "203.0.113.7";
    private const string OfThePage = "0123456789abcdef0123456789abcdef";

    [Fact]
    public void Short_ids_that_were_asked_for_in_vain_are_no_longer_answered_until_a_minute_is_over()
    {
        var clock = new FakeTimeProvider();
        var throttle = new IdThrottle(clock);
        for (var i = 0; i < IdThrottle.Allowed; i++)
        {
            Assert.Equal(TimeSpan.Zero, throttle.WaitOf(Far, "ann"));
            throttle.Missed(Far, $"name-{i}");
        }

        Assert.Equal(IdThrottle.Window, throttle.WaitOf(Far, "ann"));
        Assert.Equal(TimeSpan.Zero, throttle.WaitOf(Far, OfThePage));
        Assert.Equal(TimeSpan.Zero, throttle.WaitOf("203.0.113.8", "ann"));
        clock.Advance(IdThrottle.Window);
        Assert.Equal(TimeSpan.Zero, throttle.WaitOf(Far, "ann"));
    }

    [Theory]
    [InlineData(Far, "the-same")]
    [InlineData("127.0.0.1", null)]
    [InlineData("::ffff:127.0.0.1", null)]
    [InlineData(null, null)]
    public void One_id_asked_for_again_and_again_and_this_machine_count_as_no_guesses(string? address, string? id)
    {
        var throttle = new IdThrottle(new FakeTimeProvider());
        for (var i = 0; i < 100; i++) throttle.Missed(address, id ?? $"name-{i}");
        Assert.Equal(TimeSpan.Zero, throttle.WaitOf(address, "ann"));
    }

    [Fact]
    public void A_crowd_of_addresses_takes_no_memory_without_end()
    {
        var throttle = new IdThrottle(new FakeTimeProvider());
        for (var i = 0; i < 100_000; i++) throttle.Missed($"2001:db8::{i:x}", "name");
        for (var i = 0; i < IdThrottle.Allowed; i++) throttle.Missed(Far, $"name-{i}");
        Assert.True(throttle.WaitOf(Far, "ann") > TimeSpan.Zero);
    }
}
