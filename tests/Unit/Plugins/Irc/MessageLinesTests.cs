using System.Text;
using CsCheck;
using PluginGateway.Plugins.Irc;

namespace PluginGateway.Tests.Plugins.Irc;

public sealed class MessageLinesTests
{
    private static readonly string[] Pieces = ["ä", "世", "🎉", "👩‍👩‍👧", "e\u0301", "a b", "\r\n", "\n\n", "\u0001", " "];
    private static readonly Gen<string> Hard =
        Gen.Int[0, Pieces.Length - 1].Array[0, 60].Select(static picks => string.Concat(picks.Select(static pick => Pieces[pick])));

    [Fact]
    public void Any_text_is_cut_into_lines_that_fit_and_put_together_are_the_text() =>
        Gen.Select(Gen.OneOf(Gen.String, Hard), Gen.Int[4, 60]).Sample((text, budget) =>
        {
            var lines = MessageLines.Cut(text, budget);
            foreach (var line in lines)
            {
                Assert.InRange(Encoding.UTF8.GetByteCount(line.Text), 1, budget);
                Assert.DoesNotContain(line.Text, static c => c is '\r' or '\n' or '\0' or '\u0001');
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
    public void Where_nothing_can_be_said_there_are_no_lines(string text) => Assert.Empty(MessageLines.Cut(text, 100));

    [Fact]
    public void A_lone_surrogate_does_not_stop_it() => Assert.Equal(2, MessageLines.Cut("\ud83d" + new string('x', 6), 6).Count);

    private static string[] Texts(string text, int budget) => [.. MessageLines.Cut(text, budget).Select(static line => line.Text)];

    private static string Plain(string text) => new([.. text.Where(static c => c is not ('\r' or '\n' or '\0' or '\u0001'))]);
}
