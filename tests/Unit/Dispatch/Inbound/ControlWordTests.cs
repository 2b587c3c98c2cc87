using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Store;

namespace PluginGateway.Tests.Dispatch.Inbound;

public sealed class ControlWordTests
{
    private static readonly ControlWordOptions Default = new();

    [Theory]
    [InlineData("/stop", "Stop")]
    [InlineData("!stop", "Stop")]
    [InlineData("  /STOP  ", "Stop")]
    [InlineData("/stop that at once", "Stop")]
    [InlineData("/new", "New")]
    [InlineData("/status", "Status")]
    [InlineData("!help", "Help")]
    public void A_word_alone_is_one_and_what_follows_stop_does_not_count(string text, string word) =>
        Assert.Equal(word, ControlWords.Of(Message(text), Default).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("stop")]
    [InlineData("/stopp")]
    [InlineData("//stop")]
    [InlineData("/ stop")]
    [InlineData("please /stop")]
    [InlineData("/stop@otherbot")]
    [InlineData("/new what is the weather?")]
    [InlineData("/help weather")]
    [InlineData("@bot /stop")]
    [InlineData("bot: !stop")]
    public void Anything_else_is_a_message(string text) => Assert.Null(ControlWords.Of(Message(text), Default));

    [Theory]
    [InlineData("@bot /stop")]
    [InlineData("bot: !stop")]
    [InlineData("bot, /stop")]
    public void The_name_of_the_bot_before_it_does_not_count_where_the_message_is_to_it(string text) =>
        Assert.Equal(ControlWord.Stop, ControlWords.Of(Message(text) with { MentionsBot = true }, Default));

    [Fact]
    public void Mentions_that_the_platform_reports_are_left_out_by_their_places()
    {
        var message = Message("@The Bot: /new") with { MentionsBot = true, Mentions = [new Mention("The Bot", 0, 8)] };
        Assert.Equal(ControlWord.New, ControlWords.Of(message, Default));
        Assert.Null(ControlWords.Of(message with { Mentions = [new Mention("The", 0, 4)] }, Default));
    }

    [Fact]
    public void What_the_platform_calls_a_command_counts_and_what_is_forwarded_or_has_files_does_not()
    {
        Assert.Equal(ControlWord.Stop, ControlWords.Of(Message("/stop@bot") with { Command = new InvokedCommand("stop", "") }, Default));
        Assert.Null(ControlWords.Of(Message("/stop") with { Command = new InvokedCommand("weather", "") }, Default));
        Assert.Null(ControlWords.Of(Message("/stop") with { ForwardedFrom = new ForwardOrigin("somebody") }, Default));
        Assert.Null(ControlWords.Of(Message("/stop") with { Attachments = [new Attachment("r", AttachmentKind.Image)] }, Default));
        Assert.Null(ControlWords.Of(new MessageEdited("e", new Chat("c", ChatKind.Direct), new Sender("s"), "m", "/stop"), Default));
    }

    [Theory]
    [InlineData(null, "Stopped.")]
    [InlineData("xx", "Stopped.")]
    [InlineData("de-CH", "Gestoppt.")]
    [InlineData("zh_TW", "已停止。")]
    public void Answers_are_in_the_language_of_the_sender(string? language, string answer) =>
        Assert.Equal(answer, ControlAnswers.Stopped(new ControlResult("s", [1]), language));

    [Fact]
    public void Help_lists_the_commands_of_the_handler_and_the_words_that_are_switched_on()
    {
        PublishedCommand weather = new("weather", "Tells the weather")
        {
            Descriptions = new Dictionary<string, string> { ["de"] = "Sagt das Wetter" },
        };
        Assert.Equal(
            "/weather: Tells the weather\n/stop: stops what is running\n/new: begins a new conversation\n/status: tells what is running\n/help: lists the commands",
            ControlAnswers.Help([weather], Default, '/', "en"));
        Assert.StartsWith("!weather: Sagt das Wetter\n!stop: stoppt", ControlAnswers.Help([weather], Default, '!', "de"), StringComparison.Ordinal);
    }

    [Fact]
    public void Status_has_the_time_and_the_number_that_waits()
    {
        Assert.Equal("Nothing is running.", ControlAnswers.Status(new ControlResult("s", []), null));
        Assert.Equal("Running for 12 s. Waiting: 3.", ControlAnswers.Status(
            new ControlResult("s", []) { RunningFor = TimeSpan.FromSeconds(12.9), Waiting = 3 }, null));
    }

    private static InboundMessage Message(string text) => new("e", new Chat("c", ChatKind.Group), new Sender("s"), text);
}
