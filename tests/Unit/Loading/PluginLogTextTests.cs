using PluginGateway.Loading;

namespace PluginGateway.Tests.Loading;

public sealed class PluginLogTextTests
{
    [Theory]
    [InlineData(10)]
    [InlineData(4000)]
    [InlineData(4097)]
    [InlineData(100_000)]
    public void Exception_of_a_long_line_is_kept_also_when_the_gateway_bounds_what_its_worker_has_bounded(int length)
    {
        var inWorker = PluginLogText.Of(new string('m', length), new InvalidOperationException("the disk is gone"));
        var inGateway = PluginLogText.Of(inWorker, null);

        Assert.Equal(inWorker, inGateway);
        Assert.StartsWith(new string('m', Math.Min(length, 2000)), inGateway, StringComparison.Ordinal);
        Assert.EndsWith(" (System.InvalidOperationException: the disk is gone)", inGateway, StringComparison.Ordinal);
        Assert.InRange(inGateway.Length, 1, PluginLogText.MaxLength);
    }

    [Fact]
    public void Exception_without_a_bound_leaves_the_message_its_share()
    {
        var exception = new InvalidOperationException(new string('e', 100_000));
        var text = PluginLogText.Of(new string('m', 100_000), exception);

        Assert.InRange(text.Length, 1, PluginLogText.MaxLength);
        Assert.InRange(text.Count(static c => c == 'm'), PluginLogText.MaxLength / 2, PluginLogText.MaxLength);
        Assert.InRange(text.Count(static c => c == 'e'), 400, PluginLogText.MaxLength / 4);
    }

    [Fact]
    public void Character_of_two_halves_is_not_cut_in_two()
    {
        for (var before = 0; before < 2; before++)
        {
            var text = PluginLogText.Of(new string('m', before) + string.Concat(Enumerable.Repeat("\ud83d\ude00", 4000)), null);
            Assert.EndsWith("\ud83d\ude00...", text, StringComparison.Ordinal);
        }
    }
}
