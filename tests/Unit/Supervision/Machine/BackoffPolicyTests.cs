using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch.Turns;
using PluginGateway.Guard.Calls;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Tests.Supervision.Machine;

/// <summary>How long one attempt waits.</summary>
public sealed class BackoffPolicyTests
{
    [Fact]
    public void The_operators_own_limits_hold_for_what_reached_nobody_too()
    {
        var rare = new BackoffPolicy(new ReconnectOptions { First = TimeSpan.FromSeconds(60) }, new Random(1));
        Assert.InRange(rare.Delay(1, null, TimeSpan.Zero), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(60));
        var quick = new BackoffPolicy(
            new ReconnectOptions { First = TimeSpan.FromMilliseconds(1), Cap = TimeSpan.FromMilliseconds(1) }, new Random(1));
        Assert.True(quick.Delay(1, null, TimeSpan.FromHours(1)) <= TimeSpan.FromMilliseconds(1));
        Assert.Equal(TimeSpan.FromMinutes(5), quick.Delay(1, TimeSpan.FromMinutes(5), TimeSpan.Zero));
    }

    [Fact]
    public void A_negative_wait_that_a_platform_or_a_backend_demands_is_none()
    {
        foreach (var wait in new[] { TimeSpan.FromSeconds(-1), TimeSpan.FromDays(-4000), TimeSpan.MinValue })
        {
            Assert.InRange(new BackoffPolicy(new ReconnectOptions(), new Random(1)).Delay(1, wait).TotalSeconds, 0, 1);
            Assert.Equal(TimeSpan.FromSeconds(1), TurnPolicy.Defer(1, wait));
            var fault = new PluginFault("busy", "come back yesterday") { RetryAfter = wait };
            var call = new SendCall(new OutboundMessage("k", new Chat("c", ChatKind.Direct), "t"), null);
            call.Finish(new CallEnd(CallEndKind.Failed, CallStage.Awaiting, TimeSpan.Zero, CallFailure.Of(new PluginException(fault))));
            Assert.Equal((SendOutcome.NotSent, SendRetryKind.WithBackoff), (call.Result.Outcome, call.Result.Error!.Retry.Kind));
            Assert.Equal(TimeSpan.FromSeconds(1), SendError.RateLimited(wait, RateLimitScope.Chat, "come back yesterday").Retry.Delay);
        }
    }

    [Fact]
    public void Backoff_doubles_to_the_cap_with_full_jitter()
    {
        var policy = new BackoffPolicy(new ReconnectOptions(), new Random(1));
        for (var attempt = 1; attempt < 40; attempt++)
        {
            var ceiling = Math.Min(300, Math.Pow(2, attempt - 1));
            var delays = Enumerable.Range(0, 200).Select(_ => policy.Delay(attempt).TotalSeconds).ToArray();
            Assert.All(delays, delay => Assert.InRange(delay, 0, ceiling));
            Assert.InRange(delays.Average(), ceiling * 0.35, ceiling * 0.65);
        }
    }
}
