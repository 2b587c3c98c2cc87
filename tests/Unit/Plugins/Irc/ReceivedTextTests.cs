using PluginGateway.Plugins.Irc;

namespace PluginGateway.Tests.Plugins.Irc;

public sealed class ReceivedTextTests
{
    [Fact]
    public void What_is_said_in_a_channel_is_a_message_of_that_channel_however_it_is_spelled()
    {
        var message = Read("@msgid=m1;time=2026-01-02T03:04:05.678Z;account=ann;bot :Ann!a@h PRIVMSG #Test :hello")!;
        Assert.Equal(("m1", "hello", new Chat("#test", ChatKind.Group)), (message.EventId, message.Text, message.Chat));
        Assert.Equal(new Sender("ann", "Ann", isBot: true), message.Sender);
        Assert.Equal(new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero), message.PlatformTime);
        Assert.Equal(("Ann!a@h", "ann"), (message.Extras["irc.mask"], message.Sender.Account));
    }

    [Fact]
    public void What_is_said_to_us_is_a_message_of_who_says_it_and_has_no_id()
    {
        var message = Read(":Ann!a@h PRIVMSG BOT :hello")!;
        Assert.Equal((null, new Chat("ann", ChatKind.Direct), null), (message.EventId, message.Chat, message.PlatformTime));
    }

    [Theory]
    [InlineData("+draft/reply=m1", "m1")]
    [InlineData("+reply=m2;+draft/reply=m1", "m2")]
    [InlineData("+reply=", null)]
    public void A_message_that_answers_another_names_it_where_the_client_says_so(string tags, string? id) =>
        Assert.Equal(id, Read($"@{tags} :Ann!a@h PRIVMSG #test :and?")!.Quote?.MessageId);

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

    [Theory]
    [InlineData("\u000304gateway\u000f: status", "gateway: status", true)]
    [InlineData("\u0002gateway\u0002: bold", "gateway: bold", true)]
    [InlineData("\u000304,05gateway\u0003: !cmd", "gateway: !cmd", true)]
    [InlineData("gateway: \u0003,4x", "gateway: ,4x", true)]
    [InlineData("\u0004FF0000gateway\u0004: x", "gateway: x", true)]
    [InlineData("\u0004FF0000,00ff00gateway: y", "gateway: y", true)]
    [InlineData("gateway: \u000304\u0002\u00025 apples", "gateway: 5 apples", true)]
    [InlineData("gateway: x y \u0011mono\u0011 \u0016rev\u0016 \u001dit\u001d \u001est\u001e \u001fun\u001f", "gateway: x y mono rev it st un", true)]
    [InlineData("\u0003042gateway is another", "2gateway is another", false)]
    [InlineData("tab\tstays", "tab\tstays", false)]
    public void Colours_and_emphasis_are_taken_out_before_anybody_reads_or_is_looked_for(string text, string plain, bool mentions)
    {
        var message = Reader().Read(IrcLine.Parse($":ann!a@h PRIVMSG #test :{text}")!, "gateway")!;
        Assert.Equal((plain, mentions), (message.Text, message.MentionsBot));
    }

    [Fact]
    public void What_holds_nothing_but_colours_is_no_message() => Assert.Null(Read(":ann!a@h PRIVMSG bot :\u000304\u000f"));

    [Fact]
    public void Where_the_server_tells_accounts_nobody_is_known_by_a_nick_that_anybody_can_take()
    {
        var text = Reader(hasAccounts: true);
        Assert.Equal("account:ann", text.Read(IrcLine.Parse("@account=Ann :other!a@h PRIVMSG #test :hi")!, "bot")!.Sender.Id);
        Assert.Equal("ann!a@h", text.Read(IrcLine.Parse(":Ann!a@h PRIVMSG #test :hi")!, "bot")!.Sender.Id);
        Assert.Equal("ann", Read(":Ann!a@h PRIVMSG #test :hi")!.Sender.Id);
    }

    private static InboundMessage? Read(string line) => Reader().Read(IrcLine.Parse(line)!, "bot");

    private static ReceivedText Reader(bool hasAccounts = false)
    {
        var features = new ServerFeatures();
        return new ReceivedText(features, new Origins(features, hasAccounts));
    }
}
