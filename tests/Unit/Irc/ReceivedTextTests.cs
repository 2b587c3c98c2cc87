using PluginGateway.Plugins.Irc;

namespace PluginGateway.Tests.Irc;

public sealed class ReceivedTextTests
{
    private static readonly Dictionary<string, string> NoState = [];

    [Fact]
    public void What_is_said_in_a_channel_is_a_message_of_that_channel_however_it_is_spelled()
    {
        var message = Read("@msgid=m1;time=2026-01-02T03:04:05.678Z;account=ann;bot :Ann!a@h PRIVMSG #Test :hello")!;
        Assert.Equal(("m1", "hello", new Chat("#test", ChatKind.Group)), (message.EventId, message.Text, message.Chat));
        Assert.Equal(new Sender("ann", "Ann", isBot: true), message.Sender);
        Assert.Equal(new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero), message.PlatformTime);
        Assert.Equal(("Ann!a@h", "ann"), (message.Extras["irc.mask"], message.Extras["irc.account"]));
    }

    [Fact]
    public void What_is_said_to_us_is_a_message_of_who_says_it_and_has_no_id()
    {
        var message = Read(":Ann!a@h PRIVMSG BOT :hello")!;
        Assert.Equal((null, new Chat("ann", ChatKind.Direct), null), (message.EventId, message.Chat, message.PlatformTime));
    }

    [Fact]
    public void An_action_is_its_text()
    {
        var message = Read(":ann!a@h PRIVMSG #test :\u0001ACTION waves\u0001")!;
        Assert.Equal(("waves", "true"), (message.Text, message.Extras["irc.action"]));
    }

    [Theory]
    [InlineData(":ann!a@h PRIVMSG bot :\u0001VERSION\u0001")]
    [InlineData(":ann!a@h PRIVMSG bot :\u0001DCC SEND x 1 2 3\u0001")]
    [InlineData(":ann!a@h PRIVMSG bot :")]
    [InlineData(":ann!a@h PRIVMSG somebody :hello")]
    [InlineData(":irc.example NOTICE bot :*** Looking up your hostname")]
    [InlineData(":ann!a@h PRIVMSG")]
    [InlineData("PRIVMSG bot :from nobody")]
    public void What_is_no_message_is_none(string line) => Assert.Null(Read(line));

    [Theory]
    [InlineData("bot: hello", true)]
    [InlineData("hello BOT!", true)]
    [InlineData("so, bot", true)]
    [InlineData("robot, botanist and bot_ are others; a bot is not", true)]
    [InlineData("robot, botanist and bot_ are others", false)]
    [InlineData("bot-1 is another", false)]
    [InlineData("hello", false)]
    public void Our_nick_as_a_word_of_its_own_in_a_channel_is_a_mention(string text, bool mentions)
    {
        Assert.Equal(mentions, Read($":ann!a@h PRIVMSG #test :{text}")!.MentionsBot);
        Assert.False(Read($":ann!a@h PRIVMSG bot :{text}")!.MentionsBot);
    }

    [Fact]
    public void What_we_say_to_ourselves_is_marked_as_ours()
    {
        Assert.True(Read(":BOT!a@h PRIVMSG bot :hello")!.Sender.IsSelf);
        Assert.False(Read(":ann!a@h PRIVMSG bot :hello")!.Sender.IsSelf);
    }

    private static InboundMessage? Read(string line) => ReceivedText.Read(IrcLine.Parse(line)!, "bot", new ServerFeatures(), NoState);
}
