using PluginGateway.Configuration;

namespace PluginGateway.Tests.Configuration;

public sealed class NearestNameTests
{
    [Theory]
    [InlineData("abcdef", "abcdeg")]
    [InlineData("ABCDEG", "abcdeg")]
    [InlineData("abdeg", "abcdeg")]
    [InlineData("zzzzzz", null)]
    [InlineData("", null)]
    public void The_candidate_fewest_edits_away_is_meant_or_none(string written, string? meant) =>
        Assert.Equal(meant, NearestName.Of(written, ["abcdxx", "abcdeg", "q12345"]));
}
