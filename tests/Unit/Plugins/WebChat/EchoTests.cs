using Moq;
using PluginGateway.Plugins.Echo;

namespace PluginGateway.Tests.Plugins.WebChat;

public sealed class EchoTests
{
    [Theory]
    [InlineData("hello", 0, "hello")]
    [InlineData("hello", 2, "hello")]
    [InlineData("", 1, "(one attachment, no text)")]
    [InlineData("", 3, "(3 attachments, no text)")]
    [InlineData("", 0, "(an empty message)")]
    public async Task The_answer_is_the_message(string text, int attachments, string answer)
    {
        var message = new InboundMessage("1", new Chat("c", ChatKind.Direct), new Sender("s"), text)
        {
            Attachments = [.. Enumerable.Range(0, attachments).Select(i => new Attachment($"{i}", AttachmentKind.File))],
        };
        var turn = new Mock<Turn>();
        turn.SetupGet(t => t.Messages).Returns([message]);
        var replies = new List<string>();
        turn.Setup(t => t.ReplyAsync(It.IsAny<Reply>(), It.IsAny<CancellationToken>()))
            .Callback((Reply reply, CancellationToken _) => replies.Add(reply.Text)).ReturnsAsync(MessageTarget.Owed("m1"));
        await new EchoHandler(Mock.Of<HandlerContext>()).HandleAsync(turn.Object, default);
        Assert.Equal([answer], replies);
    }

    [Fact]
    public async Task The_answer_has_the_format_of_the_message_with_the_facts_as_they_are()
    {
        var message = new InboundMessage("1", new Chat("c", ChatKind.Direct), new Sender("s"), "> **hello**")
        {
            Format = TextFormat.Markdown,
            Quote = new Quote("q") { Text = "*not* bold", Sender = new Sender("ann_b") },
        };
        var turn = new Mock<Turn>();
        var replies = new List<Reply>();
        turn.SetupGet(t => t.Messages).Returns(() => [message]);
        turn.Setup(t => t.ReplyAsync(It.IsAny<Reply>(), It.IsAny<CancellationToken>()))
            .Callback((Reply reply, CancellationToken _) => replies.Add(reply)).ReturnsAsync(MessageTarget.Owed("m1"));
        var echo = new EchoHandler(Mock.Of<HandlerContext>());
        await echo.HandleAsync(turn.Object, default);
        message = message with { Format = TextFormat.Plain };
        await echo.HandleAsync(turn.Object, default);
        Assert.Equal(
            [
                (TextFormat.Markdown, "> **hello**\n\n\\(answers ann\\_b\\: \\*not\\* bold\\)"),
                (TextFormat.Plain, "> **hello**\n(answers ann_b: *not* bold)"),
            ], replies.Select(static reply => (reply.Format, reply.Text)));
    }

    [Theory]
    [InlineData(MemberChange.BotAdded, "(BotAdded)")]
    [InlineData(MemberChange.BotRemoved, null)]
    [InlineData(MemberChange.BotBlocked, null)]
    public async Task Nothing_is_said_in_a_chat_that_the_bot_has_left_or_where_it_is_blocked(MemberChange change, string? answer)
    {
        var turn = new Mock<EventTurn>();
        var replies = new List<string>();
        turn.SetupGet(t => t.Event).Returns(new MembersChanged("1", new Chat("c", ChatKind.Direct), new Sender("s"), change));
        turn.Setup(t => t.ReplyAsync(It.IsAny<Reply>(), It.IsAny<CancellationToken>()))
            .Callback((Reply reply, CancellationToken _) => replies.Add(reply.Text)).ReturnsAsync(MessageTarget.Owed("m1"));
        await new EchoHandler(Mock.Of<HandlerContext>()).HandleEventAsync(turn.Object, default);
        Assert.Equal(answer, replies.SingleOrDefault());
    }

    [Fact]
    public async Task An_answer_is_for_its_asker_alone_where_that_is_asked_for_and_says_so_where_it_cannot_be()
    {
        var message = new InboundMessage("1", new Chat("c", ChatKind.Group), new Sender("s"), "Only me: hello");
        var turn = new Mock<Turn>();
        var replies = new List<Reply>();
        turn.SetupGet(t => t.Messages).Returns(() => [message]);
        turn.Setup(t => t.ReplyAsync(It.IsAny<Reply>(), It.IsAny<CancellationToken>()))
            .Callback((Reply reply, CancellationToken _) => replies.Add(reply)).ReturnsAsync(MessageTarget.Owed("m1"));
        var echo = new EchoHandler(Mock.Of<HandlerContext>());
        await echo.HandleAsync(turn.Object, default);
        turn.Setup(t => t.ReplyAsync(It.Is<Reply>(reply => reply.VisibleTo != null), It.IsAny<CancellationToken>()))
            .ThrowsAsync(new NotSupportedException("It cannot be."));
        await echo.HandleAsync(turn.Object, default);
        message = message with { Text = "for all, not only me: hello" };
        await echo.HandleAsync(turn.Object, default);
        Assert.Equal(
            [("Only me: hello", "s"), ("(It cannot be.)", null), ("for all, not only me: hello", null)],
            replies.Select(static reply => (reply.Text, reply.VisibleTo?.Id)));
    }

    [Fact]
    public async Task Attachments_come_back_where_the_adapter_can_fetch_and_send_them_and_are_named_where_they_cannot_be_had()
    {
        var (good, gone) = (new Attachment("good", AttachmentKind.Image) { Name = "a.png" }, new Attachment("gone", AttachmentKind.File));
        var message = new InboundMessage("1", new Chat("c", ChatKind.Direct), new Sender("s"), "look") { Attachments = [good] };
        var turn = new Mock<Turn>();
        var replies = new List<Reply>();
        turn.SetupGet(t => t.Messages).Returns(() => [message]);
        turn.SetupGet(t => t.Capabilities).Returns(MessageCapabilities.Fetch | MessageCapabilities.Attach);
        turn.Setup(t => t.FetchAsync(good, It.IsAny<CancellationToken>())).ReturnsAsync(new FetchedFile("/media/1", 5, "image/png"));
        turn.Setup(t => t.FetchAsync(gone, It.IsAny<CancellationToken>())).ThrowsAsync(new IOException("It is gone."));
        turn.Setup(t => t.ReplyAsync(It.IsAny<Reply>(), It.IsAny<CancellationToken>()))
            .Callback((Reply reply, CancellationToken _) => replies.Add(reply)).ReturnsAsync(MessageTarget.Owed("m1"));
        var echo = new EchoHandler(Mock.Of<HandlerContext>());
        await echo.HandleAsync(turn.Object, default);
        message = new InboundMessage("2", new Chat("c", ChatKind.Direct), new Sender("s"), "look") { Attachments = [good, gone] };
        await echo.HandleAsync(turn.Object, default);
        Assert.Equal(["look", "look (It is gone.)"], replies.Select(static reply => reply.Text));
        var file = Assert.Single(replies[0].Attachments);
        Assert.Equal(("/media/1", AttachmentKind.Image, "a.png", "image/png"), (file.Path, file.Kind, file.Name, file.ContentType));
        Assert.Empty(replies[1].Attachments);
    }
}
