using Moq;
using PluginGateway.Plugins.Echo;

namespace PluginGateway.Tests.WebChat;

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
        turn.Setup(t => t.ReplyAsync(It.IsAny<Reply>(), It.IsAny<CancellationToken>())).Callback((Reply reply, CancellationToken _) => replies.Add(reply.Text)).Returns(Task.CompletedTask);
        await new EchoHandler(Mock.Of<HandlerContext>()).HandleAsync(turn.Object, default);
        Assert.Equal([answer], replies);
    }
}
