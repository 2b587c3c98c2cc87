using System.Text;
using PluginGateway.Plugins.Irc;

namespace PluginGateway.Tests.Plugins.Irc;

public sealed class IrcLineTests
{
    [Fact]
    public void A_line_has_tags_a_source_a_command_and_parameters()
    {
        var line = IrcLine.Parse(@"@time=2026-01-02T03:04:05.678Z;msgid=a\:b\sc\\d;+x;bot= :ann!~a@host.example PRIVMSG  #test  :hello  : world ")!;

        Assert.Equal("2026-01-02T03:04:05.678Z", line.Tags["time"]);
        Assert.Equal(@"a;b c\d", line.Tags["msgid"]);
        Assert.Equal("", line.Tags["+x"]);
        Assert.Equal(new IrcSource("ann", "~a", "host.example"), line.Source);
        Assert.Equal("ann!~a@host.example", line.Source!.ToString());
        Assert.Equal("PRIVMSG", line.Command);
        Assert.Equal(["#test", "hello  : world "], line.Parameters);
    }

    [Theory]
    [InlineData("PING x", "PING", "x")]
    [InlineData(":irc.example 433 * nick :Nickname is already in use", "433", "Nickname is already in use")]
    [InlineData("error :bye", "ERROR", "bye")]
    [InlineData("JOIN :", "JOIN", "")]
    public void The_last_parameter_may_stand_without_a_colon_or_be_empty(string text, string command, string last)
    {
        var line = IrcLine.Parse(text)!;
        Assert.Equal((command, last), (line.Command, line.Last));
        Assert.Equal("", line[99]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData(":only.a.source")]
    [InlineData("@only=tags")]
    public void What_holds_no_command_is_no_line(string text) => Assert.Null(IrcLine.Parse(text));

    [Fact]
    public void What_is_written_is_read_the_same()
    {
        foreach (string[] parameters in (string[][])[["#test", "a b"], ["x"], ["x", ":y"], ["x", ""], []])
        {
            var line = IrcLine.Parse(IrcLine.Format("CMD", parameters))!;
            Assert.Equal("CMD", line.Command);
            Assert.Equal(parameters, line.Parameters);
        }
    }

    [Theory]
    [InlineData("a\r\nQUIT", "b")]
    [InlineData("a\0", "b")]
    [InlineData("two words", "b")]
    [InlineData("", "b")]
    [InlineData(":a", "b")]
    [InlineData("a", "b\nQUIT")]
    public void A_parameter_that_would_be_read_as_something_else_is_refused(string first, string second) =>
        Assert.Throws<ArgumentException>(() => IrcLine.Format("CMD", first, second));

    [Fact]
    public async Task Lines_are_cut_from_the_stream_wherever_it_breaks()
    {
        var bytes = Encoding.UTF8.GetBytes("PING 1\r\n\r\n:x NOTICE y :grüße\nPING 2\r\nPING");
        var reader = new LineReader(new Dripping(bytes));
        var seen = new List<string>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken) is { } line) seen.Add(line.Last);
        Assert.Equal(["1", "grüße", "2"], seen);
    }

    [Fact]
    public async Task A_server_that_never_ends_its_line_is_not_listened_to_for_ever()
    {
        var reader = new LineReader(new MemoryStream(new byte[LineReader.LongestLine + 1]));
        await Assert.ThrowsAsync<InvalidDataException>(async () => await reader.ReadAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Text_is_utf8_a_character_cut_at_its_end_is_marked_and_anything_else_is_latin1()
    {
        Assert.Equal("grüße", LineBytes.Decode(Encoding.UTF8.GetBytes("grüße")));
        Assert.Equal("a\uFFFD", LineBytes.Decode(Encoding.UTF8.GetBytes("a🎉").AsSpan(0, 3)));
        Assert.Equal("grüße", LineBytes.Decode(Encoding.Latin1.GetBytes("grüße")));
    }

    /// <summary>Gives one byte at a time.</summary>
    private sealed class Dripping(byte[] bytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..1], cancellationToken);
    }
}
