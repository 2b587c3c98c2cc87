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
        turn.SetupGet(t => t.Message).Returns(message);
        var replies = new List<string>();
        turn.Setup(t => t.ReplyAsync(It.IsAny<Reply>(), It.IsAny<CancellationToken>()))
            .Callback((Reply reply, CancellationToken _) => replies.Add(reply.Text)).ReturnsAsync(MessageTarget.Owed("m1"));
        await new EchoHandler(Mock.Of<HandlerContext>()).HandleAsync(turn.Object, default);
        Assert.Equal([answer], replies);
    }

    [Fact]
    public async Task Attachments_come_back_where_the_adapter_can_fetch_and_send_them_and_are_named_where_they_cannot_be_had()
    {
        var (good, gone) = (new Attachment("good", AttachmentKind.Image) { Name = "a.png" }, new Attachment("gone", AttachmentKind.File));
        var message = new InboundMessage("1", new Chat("c", ChatKind.Direct), new Sender("s"), "look") { Attachments = [good] };
        var turn = new Mock<Turn>();
        var replies = new List<Reply>();
        turn.SetupGet(t => t.Message).Returns(() => message);
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
