using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Dispatch.Outbound;
using PluginGateway.Loading;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch;

/// <summary>However large a reply is, no other chat waits for it.</summary>
public sealed class LargeTextTests
{
    private const int Most = InboundRules.MaxTextBytes;

    [Fact]
    public void Text_of_a_reply_or_an_edit_is_bounded_and_the_refusal_says_what_is_taken()
    {
        using var fixture = new DispatchFixture();
        fixture.Attach(can: MessageCapabilities.Edit);
        var handler = fixture.AttachHandler();
        fixture.Accept(DispatchFixture.Message("e1"));
        fixture.Until(() => handler.Turns.Count == 1);
        var turn = handler.Turns[0].Turn;
        var huge = new string('x', Most + 1);
        Assert.Contains($"at most {Most} are taken",
            Assert.Throws<ArgumentException>(() => handler.Get(turn.ReplyAsync(huge, CancellationToken.None))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => handler.Do(turn.EditAsync(MessageTarget.Owed("m1"), new Reply(huge), CancellationToken.None)));
        Assert.Equal("m1", handler.Get(turn.ReplyAsync(huge[1..], CancellationToken.None)).Id);
        handler.Complete(0);
        Assert.Equal((1, 1), (fixture.Store.Balance().Inbound.Handled, fixture.Store.Balance().Outbound.Owed));
    }

    [Theory]
    [InlineData(' ', 1, TextFormat.Plain)]
    [InlineData(' ', 160, TextFormat.Markdown)]
    [InlineData('x', 1, TextFormat.Plain)]
    [InlineData('x', 160, TextFormat.Markdown)]
    [InlineData('\n', 160, TextFormat.Markdown)]
    [InlineData('`', 160, TextFormat.Markdown)]
    public void Largest_text_is_cut_in_linear_time_whatever_it_is_made_of(char filling, int maxLength, TextFormat format)
    {
        var text = new string(filling, Most - 1) + "y";
        // Quadratic, this would be 10^11 characters and more.
        var start = TimeProvider.System.GetTimestamp();
        var splitter = new TextSplitter(text, maxLength, TextUnit.Utf16, format, numbers: true);
        var (end, parts) = (0, 0);
        for (; end < text.Length; parts++) end = splitter.Next(end).End;
        Assert.InRange(parts, Most / 4 / Math.Max(4, maxLength), Most);
        Assert.InRange(TimeProvider.System.GetElapsedTime(start), TimeSpan.Zero, StoreFolder.Patience);
    }

    [Fact]
    public void Large_reply_arrives_whole_and_in_order_beside_others()
    {
        using var fixture = new DispatchFixture();
        var text = string.Join(' ', Enumerable.Range(0, 12_000).Select(static i => $"word{i}"));
        fixture.OweIn("large", "e1", text, "after");
        fixture.OweIn("small", "e2", "small");
        var adapter = fixture.Attach(traits: new AdapterTraits { MaxTextLength = 2000 }, outbox: new OutboxOptions { NumberParts = false });
        adapter.Always = SendResult.Sent("m");
        fixture.Until(() => adapter.Sends.Count > 2 && adapter.Sends[^1].Message.Text == "after");
        var large = adapter.Sends.Where(static send => send.Message.Chat.Id == "large").Select(static send => send.Message.Text).ToArray();
        Assert.Equal(text, string.Join(' ', large[..^1]));
        Assert.InRange(large.Length, 40, 100);
        // It waits for no more of the large one than had been cut when both were there.
        Assert.InRange(adapter.Sends.TakeWhile(static send => send.Message.Text != "small").Count(), 0, 9);
    }

    [Fact]
    public void Large_edit_that_fits_is_made_and_one_that_does_not_is_rejected()
    {
        Assert.True(TextSplitter.Fits(new string('x', 100), 100, TextUnit.Utf16));
        Assert.False(TextSplitter.Fits(new string('x', 101), 100, TextUnit.Utf16));
        Assert.False(TextSplitter.Fits(new string('\u00e4', 51), 100, TextUnit.Utf8Bytes));
        Assert.True(TextSplitter.Fits("\U0001F600\U0001F600", 2, TextUnit.CodePoints));
        Assert.True(TextSplitter.Fits(new string('x', Most), 0, TextUnit.Utf16));
    }
}
