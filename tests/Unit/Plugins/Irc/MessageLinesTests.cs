using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using PluginGateway.Plugins.Irc;

namespace PluginGateway.Tests.Plugins.Irc;

public sealed class MessageLinesTests
{
    private static readonly string[] Pieces = ["ä", "世", "🎉", "👩‍👩‍👧", "e\u0301", "a b", "\r\n", "\n\n", "\u0001", " ", "\u000304,5", "\u0002"];
    private static readonly Gen<string> Hard =
        Gen.Int[0, Pieces.Length - 1].Array[0, 60].Select(static picks => string.Concat(picks.Select(static pick => Pieces[pick])));

    [Fact]
    public void Any_text_is_cut_into_lines_that_fit_and_put_together_are_the_text() =>
        Gen.Select(Gen.OneOf(Gen.String, Hard), Gen.Int[4, 60]).Sample((text, budget) =>
        {
            var lines = SentText.OfPlain(text).Cut(budget);
            foreach (var line in lines)
            {
                Assert.InRange(Encoding.UTF8.GetByteCount(line.Text), 1, budget);
                Assert.DoesNotContain(line.Text, static c => c != '\t' && c is < ' ' or '\u007f');
            }

            Assert.Equal(Plain(text), string.Concat(lines.Select(static line => line.Text)));
            // Whatever was delivered, the rest is found from where it ends.
            var from = 0;
            foreach (var line in lines)
            {
                Assert.Equal(line.Text, Plain(text[from..line.End]));
                from = line.End;
            }

            Assert.True(lines.Count == 0 || from == text.Length);
        });

    [Fact]
    public void A_line_ends_after_a_space_where_there_is_one_late_enough()
    {
        Assert.Equal(["aaa bbb ", "ccc"], Texts("aaa bbb ccc", 9));
        Assert.Equal(["a bbbbbbb", "bbb"], Texts("a bbbbbbbbbb", 9));
        Assert.Equal(["one", "two"], Texts("one\r\n\r\ntwo\n", 100));
    }

    [Fact]
    public void A_character_of_several_parts_is_cut_only_where_it_does_not_fit_at_all()
    {
        const string family = "👩‍👩‍👧";
        Assert.Equal(["a", family], Texts("a" + family, Encoding.UTF8.GetByteCount(family)));
        Assert.Equal(family, string.Concat(Texts(family, 5)));
        Assert.All(Texts(family, 5), static line => Assert.False(char.IsLowSurrogate(line[0])));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\r\n\n")]
    [InlineData("\u0001\0")]
    public void Where_nothing_can_be_said_there_are_no_lines(string text) => Assert.Empty(SentText.OfPlain(text).Cut(100));

    [Fact]
    public void A_lone_surrogate_does_not_stop_it() => Assert.Equal(2, SentText.OfPlain("\ud83d" + new string('x', 6)).Cut(6).Count);

    private static string[] Texts(string text, int budget) => [.. SentText.OfPlain(text).Cut(budget).Select(static line => line.Text)];

    /// <summary>The text without line ends, control characters and the numbers of colours.</summary>
    private static string Plain(string text) =>
        Regex.Replace(text, @"\x03([0-9]{1,2}(,[0-9]{1,2})?)?|\x04([0-9A-Fa-f]{6}(,[0-9A-Fa-f]{6})?)?|[\x00-\x08\x0a-\x1f\x7f]", "");
}
