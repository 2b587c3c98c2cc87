using Microsoft.Extensions.Time.Testing;
using PluginGateway.Plugins.WebChat;

namespace PluginGateway.Tests.WebChat;

public sealed class GuessingTests
{
    private const string Far = "203.0.113.7";
    private const string OfThePage = "0123456789abcdef0123456789abcdef";

    [Fact]
    public void Short_ids_that_were_asked_for_in_vain_are_no_longer_answered_until_a_minute_is_over()
    {
        var clock = new FakeTimeProvider();
        var guesses = new IdGuesses(clock);
        for (var i = 0; i < IdGuesses.Allowed; i++)
        {
            Assert.Equal(TimeSpan.Zero, guesses.WaitOf(Far, "ann"));
            guesses.Missed(Far, $"name-{i}");
        }

        Assert.Equal(IdGuesses.Window, guesses.WaitOf(Far, "ann"));
        Assert.Equal(TimeSpan.Zero, guesses.WaitOf(Far, OfThePage));
        Assert.Equal(TimeSpan.Zero, guesses.WaitOf("203.0.113.8", "ann"));
        clock.Advance(IdGuesses.Window);
        Assert.Equal(TimeSpan.Zero, guesses.WaitOf(Far, "ann"));
    }

    [Theory]
    [InlineData(Far, "the-same")]
    [InlineData("127.0.0.1", null)]
    [InlineData("::ffff:127.0.0.1", null)]
    [InlineData(null, null)]
    public void One_id_asked_for_again_and_again_and_this_machine_count_as_no_guesses(string? address, string? id)
    {
        var guesses = new IdGuesses(new FakeTimeProvider());
        for (var i = 0; i < 100; i++) guesses.Missed(address, id ?? $"name-{i}");
        Assert.Equal(TimeSpan.Zero, guesses.WaitOf(address, "ann"));
    }

    [Fact]
    public void A_crowd_of_addresses_takes_no_memory_without_end()
    {
        var guesses = new IdGuesses(new FakeTimeProvider());
        for (var i = 0; i < 100_000; i++) guesses.Missed($"2001:db8::{i:x}", "name");
        for (var i = 0; i < IdGuesses.Allowed; i++) guesses.Missed(Far, $"name-{i}");
        Assert.True(guesses.WaitOf(Far, "ann") > TimeSpan.Zero);
    }
}
