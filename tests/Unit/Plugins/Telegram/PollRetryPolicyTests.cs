using Microsoft.Extensions.Time.Testing;
using PluginGateway.Plugins.Telegram;

namespace PluginGateway.Tests.Plugins.Telegram;

/// <summary>Conflicts of polls on one connection.</summary>
public sealed class PollRetryPolicyTests
{
    private static readonly ApiFailure Conflict = new(
        FailureKind.Refused, 409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running");
    private static readonly ApiFailure Hiccup = new(FailureKind.Unanswered, 502, "HTTP 502 without a Bot API answer");

    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void A_conflict_is_forgiven_again_when_polls_went_well_since_the_last_one()
    {
        var policy = new PollRetryPolicy(_clock);
        Assert.Equal(PollRetryPolicy.AfterConflict, policy.Try(Conflict));
        policy.Reset();
        _clock.Advance(TimeSpan.FromDays(2));
        policy.Reset();
        Assert.NotNull(policy.Try(Hiccup));
        policy.Reset();
        Assert.Equal(PollRetryPolicy.AfterConflict, policy.Try(Conflict));
        policy.Reset();
        _clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Null(policy.Try(Conflict));
    }

    [Fact]
    public void A_conflict_after_an_outage_is_the_second_of_two_in_a_row()
    {
        var policy = new PollRetryPolicy(_clock);
        Assert.NotNull(policy.Try(Conflict));
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Null(policy.Try(Conflict));
    }
}
