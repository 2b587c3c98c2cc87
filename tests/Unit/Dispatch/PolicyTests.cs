using System.Text;
using CsCheck;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Dispatch.Outbound;
using PluginGateway.Dispatch.Turns;

namespace PluginGateway.Tests.Dispatch;

public sealed class PolicyTests
{
    private static readonly RetryPolicy Policy = new(new Random(1));

    [Fact]
    public void Backoff_doubles_to_a_minute_and_never_falls_below_half_its_step()
    {
        for (var attempt = 1; attempt <= 60; attempt++)
        {
            var step = Math.Min(60, Math.Pow(2, attempt - 1));
            Assert.InRange(Policy.Backoff(attempt).TotalSeconds, step / 2, step);
        }
    }

    [Theory]
    [InlineData(50, 1, DeliveryDecisionKind.Park)]
    [InlineData(49, 1, DeliveryDecisionKind.Again)]
    [InlineData(5, 25, DeliveryDecisionKind.Park)]
    [InlineData(4, 25, DeliveryDecisionKind.Again)]
    [InlineData(5, 23, DeliveryDecisionKind.Again)]
    internal void Message_is_given_up_after_fifty_attempts_or_a_day(int attempt, double hours, DeliveryDecisionKind kind)
    {
        var result = SendResult.NotSent(new SendError(SendErrorKind.Transient, SendRetry.WithBackoff, "no"));
        Assert.Equal(kind, Policy.Decide(result, attempt, TimeSpan.FromHours(hours), false).Verdict);
    }

    [Fact]
    public void Demanded_wait_is_never_shortened()
    {
        var limited = SendResult.NotSent(SendError.RateLimited(TimeSpan.FromSeconds(3), RateLimitScope.Account, "slow"));
        Assert.Equal(TimeSpan.FromSeconds(3), Policy.Decide(limited, 10, TimeSpan.Zero, false).Delay);
        var after = SendResult.NotSent(new SendError(SendErrorKind.Transient, SendRetry.After(TimeSpan.FromMinutes(10)), "maintenance"));
        Assert.Equal(TimeSpan.FromMinutes(10), Policy.Decide(after, 1, TimeSpan.Zero, false).Delay);
    }

    [Fact]
    public void Conversation_keys_of_different_places_differ()
    {
        string[] parts = ["a", "a/b", "a%2Fb", "%", "/", "b"];
        var keys = from adapter in parts
                   from chat in parts
                   from thread in parts.Append(null)
                   select ConversationKey.Of(adapter, new Chat(chat, ChatKind.Direct, thread));
        Assert.Equal(parts.Length * parts.Length * (parts.Length + 1), keys.Distinct().Count());
        Assert.Equal("tg/-100/7", ConversationKey.Of("tg", new Chat("-100", ChatKind.Group, "7")));
    }

    [Fact]
    public void Queue_is_fair_between_groups_and_in_order_inside_of_one()
    {
        var queue = new FairQueue<string, int>();
        foreach (var i in Enumerable.Range(0, 4)) queue.Enqueue("loud", i);
        queue.Enqueue("quiet", 10);
        var order = new List<int>();
        while (queue.TryDequeue(out var item)) order.Add(item);
        Assert.Equal([0, 10, 1, 2, 3], order);
        Assert.Equal(0, queue.Count);
    }

    [Fact]
    public void Repaired_text_has_the_same_length_and_is_sound()
    {
        Gen.OneOf(Gen.Char['a', 'c'], Gen.Char['\uD800', '\uDFFF'], Gen.Const('\0')).Array[0, 12].Sample(chars =>
        {
            var (text, mended) = (new string(chars), TextSanitizer.Sanitize(new string(chars)));
            return mended.Length == text.Length && TextSanitizer.IsSound(mended)
                && (!TextSanitizer.IsSound(text) || ReferenceEquals(mended, TextSanitizer.Sanitize(mended)))
                && Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.Replace('\0', '\uFFFD'))) == mended;
        });
    }
}
