using System.Text.RegularExpressions;

namespace PluginGateway.Tests.Architecture;

/// <summary>Documentation comments begin with the noun of what they document, or a verb in the third person: a list of them can be read like an
/// index.</summary>
public sealed partial class CommentTests
{
    [Theory]
    [InlineData("abstractions")]
    [InlineData("host")]
    [InlineData("plugins")]
    public void No_documentation_comment_begins_with_a_pronoun(string folder)
    {
        var files = Directory.GetFiles(Path.Combine(PagesTests.Root(), folder), "*.cs", SearchOption.AllDirectories)
            .Where(static path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(files);
        Assert.Empty(files.SelectMany(
            static path => PronounFirst().Matches(File.ReadAllText(path)).Select(match => $"{Path.GetFileName(path)}: {match.Value}")));
    }

    /// <summary>A plugin that makes another culture fails in its constructor: its author reads here why.</summary>
    [Fact]
    public void The_rules_of_an_adapter_say_that_there_is_only_the_invariant_culture() => Assert.Contains(
        "The process has the invariant culture only", File.ReadAllText(Path.Combine(PagesTests.Root(), "abstractions/IChannelAdapter.cs")),
        StringComparison.Ordinal);

    [GeneratedRegex(@"<summary>(\r?\n\s*///)?\s*(What|Whatever|Who|Whoever|Whose|Where|When|Whether|How|Which|Why|It|Its|There|Nothing|Nobody|Somebody|Everybody|Anybody)\b[^\r\n]{0,60}")]
    private static partial Regex PronounFirst();
}
