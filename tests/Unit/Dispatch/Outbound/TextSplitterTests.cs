using System.Text;
using CsCheck;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Dispatch.Outbound;

namespace PluginGateway.Tests.Dispatch.Outbound;

public sealed class TextSplitterTests
{
    [Fact]
    public void Text_within_the_limit_is_one_piece()
    {
        Assert.Equal(new TextPiece("hello", 5, 0, 5), new TextSplitter("hello", 5, TextUnit.Utf16, TextFormat.Plain).Next(0));
        Assert.Equal(["hello"], Pieces("hello", 0, TextUnit.Utf16));
        Assert.Equal([""], Pieces("", 5, TextUnit.Utf16));
    }

    [Fact]
    public void Lines_are_kept_whole_before_words_and_words_before_letters()
    {
        Assert.Equal(["one two", "three"], Pieces("one two\nthree", 9, TextUnit.Utf16));
        Assert.Equal(["one two", "three"], Pieces("one two three", 9, TextUnit.Utf16));
        Assert.Equal(["onetwothr", "ee"], Pieces("onetwothree", 9, TextUnit.Utf16));
        Assert.Equal(["123456789", "x"], Pieces("123456789\nx", 9, TextUnit.Utf16));
    }

    [Fact]
    public void Each_unit_is_counted_in_its_own_way()
    {
        Assert.Equal(["😀", "😀"], Pieces("😀😀", 3, TextUnit.Utf16));
        Assert.Equal(["😀", "😀"], Pieces("😀😀", 7, TextUnit.Utf8Bytes));
        Assert.Equal(["😀😀", "😀"], Pieces("😀😀😀", 2, TextUnit.CodePoints));
    }

    [Fact]
    public void Limit_below_one_character_still_makes_progress()
    {
        Assert.Equal(["😀", "😀"], Pieces("😀😀", 1, TextUnit.Utf8Bytes));
    }

    [Fact]
    public void Code_block_that_is_cut_is_closed_and_opened_again()
    {
        var code = string.Join('\n', Enumerable.Range(0, 60).Select(i => $"line {i:00}"));
        var pieces = Pieces($"before\n```python\n{code}\n```\nafter", 200, TextUnit.Utf16, TextFormat.Markdown);
        Assert.True(pieces.Count > 2);
        Assert.All(pieces, piece => Assert.Equal(1, piece.Split("```").Length % 2));
        Assert.All(pieces.Skip(1).SkipLast(1), piece => Assert.StartsWith("```python\n", piece, StringComparison.Ordinal));
        Assert.All(pieces, piece => Assert.InRange(piece.Length, 1, 200));
        Assert.Equal(60, pieces.SelectMany(p => p.Split('\n')).Count(line => line.StartsWith("line ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Plain_text_has_no_code_blocks()
    {
        var text = "```\n" + new string('x', 300);
        Assert.Equal(text, string.Concat(Pieces(text, 200, TextUnit.Utf16)));
    }

    [Fact]
    public void Pieces_of_any_text_fit_and_lose_nothing_but_white_space_at_the_cuts()
    {
        var text = Gen.OneOf(Gen.Const("a"), Gen.Const(" "), Gen.Const("\n"), Gen.Const("😀"), Gen.Const("ü"), Gen.Const("```\n"),
            Gen.Const("wordword")).Array[0, 80].Select(string.Concat);
        Gen.Select(text, Gen.Int[8, 300], Gen.Enum<TextUnit>(), Gen.Enum<TextFormat>(), Gen.Bool).Sample((value, max, unit, format, numbers) =>
        {
            var pieces = Pieces(value, max, unit, format, numbers);
            Assert.All(pieces, piece => Assert.InRange(Measure(piece, unit), 0, max));
            Assert.All(pieces, piece => Assert.True(TextSanitizer.IsSound(piece)));
            Assert.Equal(Bare(value),
                Bare(string.Concat(pieces.Select((piece, i) => piece.Replace($"({i + 1}/{pieces.Count})", "", StringComparison.Ordinal)))));
        }, iter: 3000);
    }

    [Fact]
    public void Parts_say_which_they_are_and_still_fit()
    {
        var text = string.Join(' ', Enumerable.Range(0, 400).Select(i => $"word{i:000}"));
        var pieces = Pieces(text, 120, TextUnit.Utf16, TextFormat.Markdown, numbers: true);
        Assert.True(pieces.Count > 10);
        for (var i = 0; i < pieces.Count; i++) Assert.EndsWith($" ({i + 1}/{pieces.Count})", pieces[i], StringComparison.Ordinal);
        Assert.All(pieces, piece => Assert.InRange(piece.Length, 1, 120));
        Assert.Equal(["short"], Pieces("short", 120, TextUnit.Utf16, numbers: true));
    }

    [Fact]
    public void Number_never_stands_in_the_line_that_closes_a_code_block()
    {
        var code = string.Join('\n', Enumerable.Range(0, 60).Select(i => $"line {i:00}"));
        var pieces = Pieces($"```python\n{code}\n```", 200, TextUnit.Utf16, TextFormat.Markdown, numbers: true);
        Assert.All(pieces, (piece, i) => Assert.EndsWith($"```\n({i + 1}/{pieces.Count})", piece, StringComparison.Ordinal));
        Assert.All(pieces, piece => Assert.InRange(piece.Length, 1, 200));
    }

    [Fact]
    public void Rest_of_a_part_is_the_rest_of_that_part_only()
    {
        var text = string.Join(' ', Enumerable.Repeat("word", 100));
        var splitter = new TextSplitter(text, 120, TextUnit.Utf16, TextFormat.Plain, numbers: true);
        var (first, second) = (splitter.Next(0), splitter.Next(splitter.Next(0).End));
        var rest = splitter.Next(first.End + 5);
        Assert.Equal(second.End, rest.End);
        Assert.Equal(second.Text[5..], rest.Text);
    }

    [Fact]
    public void A_mebibyte_of_code_is_cut_in_one_pass()
    {
        var text = "```\n" + string.Join('\n', Enumerable.Repeat("x = 1", 160_000));
        var started = TimeProvider.System.GetTimestamp();
        var splitter = new TextSplitter(text, 400, TextUnit.Utf8Bytes, TextFormat.Markdown, numbers: true);
        for (var start = 0; start < 100_000;) start = splitter.Next(start).End;
        Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(20));
    }

    private static List<string> Pieces(string text, int max, TextUnit unit, TextFormat format = TextFormat.Plain, bool numbers = false)
    {
        var splitter = new TextSplitter(text, max, unit, format, numbers);
        var pieces = new List<string>();
        var start = 0;
        do
        {
            var piece = splitter.Next(start);
            Assert.True(piece.End > start || text.Length == start);
            pieces.Add(piece.Text);
            start = piece.End;
        }
        while (start < text.Length);
        return pieces;
    }

    private static string Bare(string text) => text.Replace("```", "", StringComparison.Ordinal).Replace("`", "", StringComparison.Ordinal)
        .Replace(" ", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal);

    private static int Measure(string text, TextUnit unit) => unit switch
    {
        TextUnit.Utf8Bytes => Encoding.UTF8.GetByteCount(text),
        TextUnit.CodePoints => text.EnumerateRunes().Count(),
        _ => text.Length,
    };
}
