using PluginGateway.Loading;
using PluginGateway.Store;
using PluginGateway.Store.Verbs;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch;

public sealed class FileTests : IDisposable
{
    private static readonly AdapterTraits OneFile = new() { MaxAttachments = 1, MaxAttachmentBytes = 10 };

    private readonly DispatchFixture _fixture = new();
    private readonly DirectoryInfo _own = Directory.CreateTempSubdirectory("files-test-");

    public void Dispose()
    {
        _fixture.Dispose();
        _own.Delete(recursive: true);
    }

    [Fact]
    public void Reply_with_files_is_owed_with_copies_of_its_own_divided_as_the_adapter_declares_the_text_with_the_last()
    {
        var adapter = _fixture.Attach(traits: OneFile, can: MessageCapabilities.Attach);
        var handler = Turn();
        var (one, two) = (Write("one", "1"), Write("two", "22"));
        var reply = new Reply("caption")
        {
            ReplyTo = "theirs",
            Attachments = [new(one, AttachmentKind.Image) { Name = "a.png" }, new(two, AttachmentKind.File)]
        };
        handler.Get(handler.Turns[0].Turn.ReplyAsync(reply, CancellationToken.None));
        File.Delete(one);
        handler.Complete(0);
        _fixture.Settle();
        adapter.Answer(0, SendResult.Sent("p1"));
        adapter.Answer(1, SendResult.NotSent(new SendError(SendErrorKind.Transient, SendRetry.WithBackoff, "again")));
        _fixture.Advance(TimeSpan.FromSeconds(2));
        adapter.Answer(2, SendResult.Sent("p2"));
        var sent = adapter.Sends.Select(static call => call.Message).ToArray();
        Assert.Equal(["", "caption", "caption"], sent.Select(static message => message.Text));
        Assert.Equal(["theirs", null, null], sent.Select(static message => message.ReplyTo));
        Assert.Equal(["1", "22", "22"], sent.Select(static message => File.ReadAllText(Assert.Single(message.Attachments).Path)));
        Assert.Equal(("a.png", AttachmentKind.Image), (sent[0].Attachments[0].Name, sent[0].Attachments[0].Kind));
        Assert.Equal((sent[1].Key, true), (sent[2].Key, sent[0].Key != sent[1].Key));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(sent[0].Attachments[0].Path));
        Assert.Equal(1, _fixture.Store.Balance().Outbound.Delivered);
    }

    [Theory]
    [InlineData(0, "0123456789 0123456789", "0123456789 0123456789")]
    [InlineData(21, "0123456789 0123456789", "0123456789 0123456789")]
    [InlineData(20, "0123456789 0123456789", "|0123456789 0123456789")]
    [InlineData(5, "0123456789 0123456789 0123456789 0123456789", "|0123456789 0123456789|0123456789 0123456789")]
    public void Text_that_is_too_long_for_a_caption_follows_the_files_whole_or_in_parts(int maxCaption, string text, string parts)
    {
        var adapter = _fixture.Attach(
            traits: OneFile with { MaxCaption = maxCaption, MaxTextLength = 30, MaxButtons = 1 }, can: MessageCapabilities.Attach);
        adapter.Always = SendResult.Sent("p");
        var handler = Turn();
        handler.Get(handler.Turns[0].Turn.ReplyAsync(new Reply(text)
        {
            ReplyTo = "theirs",
            Attachments = [new(Write("one", "1"), AttachmentKind.Image)],
            Buttons = new ButtonSet([new Button("b", "Button")]),
        }, CancellationToken.None));
        handler.Complete(0);
        _fixture.Settle();
        Assert.Equal(parts, string.Join('|', adapter.Texts));
        Assert.Equal([1, .. Enumerable.Repeat(0, adapter.Sends.Count - 1)], adapter.Sends.Select(static call => call.Message.Attachments.Count));
        Assert.Equal(["theirs", .. Enumerable.Repeat((string?)null, adapter.Sends.Count - 1)], adapter.Sends.Select(static call => call.Message.ReplyTo));
        Assert.Equal([.. Enumerable.Repeat(0, adapter.Sends.Count - 1), 1], adapter.Sends.Select(static call => call.Message.Buttons.Count));
        Assert.Equal(1, _fixture.Store.Balance().Outbound.Delivered);
    }

    [Fact]
    public void Files_that_arrived_without_their_text_are_not_sent_again()
    {
        var adapter = _fixture.Attach(traits: OneFile, can: MessageCapabilities.Attach);
        var handler = Turn();
        handler.Get(handler.Turns[0].Turn.ReplyAsync(
            new Reply("text") { Attachments = [new(Write("one", "1"), AttachmentKind.Image)] }, CancellationToken.None));
        handler.Complete(0);
        _fixture.Settle();
        adapter.Answer(
            0, SendResult.Partial(new Receipt("photo") { DeliveredLength = 0 }, new SendError(SendErrorKind.Transient, SendRetry.WithBackoff, "again")));
        _fixture.Advance(TimeSpan.FromSeconds(2));
        adapter.Answer(1, SendResult.Sent("text"));
        Assert.Equal(("text", 0), (adapter.Sends[1].Message.Text, adapter.Sends[1].Message.Attachments.Count));
        Assert.Equal("photo\ntext", StoreCalls.Wait<OutboxRow?>(done => _fixture.Store.FindOutbox(1, done)).Value!.MessageIds);
    }

    [Theory]
    [InlineData(2, "2 3", "text")]
    [InlineData(0, "0 1 2 3", "text")]
    [InlineData(-1, "0 1 2 3", "text")]
    [InlineData(4, "", "text")]
    [InlineData(5, "", "text")]
    public void Files_that_arrived_without_the_others_are_not_sent_again_and_the_text_goes_with_the_rest(int arrived, string left, string text)
    {
        var adapter = _fixture.Attach(traits: OneFile with { MaxAttachments = 10 }, can: MessageCapabilities.Attach);
        var handler = Turn();
        handler.Get(handler.Turns[0].Turn.ReplyAsync(new Reply(text)
        {
            Attachments = [.. Enumerable.Range(0, 4).Select(i => new OutboundAttachment(Write($"file{i}", $"{i}"), AttachmentKind.Image))],
        }, CancellationToken.None));
        handler.Complete(0);
        _fixture.Settle();
        adapter.Answer(0, SendResult.Partial(new Receipt("p1") { EarlierParts = ["p0"], DeliveredAttachments = arrived, DeliveredLength = 0 },
            new SendError(SendErrorKind.Transient, SendRetry.WithBackoff, "the rest follows")));
        _fixture.Advance(TimeSpan.FromSeconds(2));
        var rest = adapter.Sends[1].Message;
        Assert.Equal((text, left), (rest.Text, string.Join(' ', rest.Attachments.Select(static file => File.ReadAllText(file.Path)))));
        adapter.Answer(1, SendResult.Sent("p9"));
        Assert.Equal("p0\np1\np9", StoreCalls.Wait<OutboxRow?>(done => _fixture.Store.FindOutbox(1, done)).Value!.MessageIds);
        Assert.Equal(1, _fixture.Store.Balance().Outbound.Delivered);
    }

    [Fact]
    public void Turn_that_ends_before_its_files_are_copied_is_handled_after_they_are_owed_and_in_order()
    {
        var adapter = _fixture.Attach(traits: OneFile, can: MessageCapabilities.Attach);
        adapter.Always = SendResult.Sent("p");
        var handler = Turn();
        var turn = handler.Turns[0].Turn;
        _ = turn.ReplyAsync(new Reply("first") { Attachments = [new(Write("one", "1"), AttachmentKind.Image)] }, CancellationToken.None);
        _ = turn.ReplyAsync("second", CancellationToken.None);
        handler.Complete(0);
        Assert.Throws<InvalidOperationException>(() => handler.Get(turn.ReplyAsync("late", CancellationToken.None)));
        _fixture.Until(() => _fixture.Store.Balance() is { Inbound.Handled: 1, Outbound.Delivered: 2 });
        Assert.Equal(["first", "second"], adapter.Texts);
    }

    [Fact]
    public void File_that_cannot_be_sent_is_refused_at_once_and_nothing_is_owed()
    {
        _fixture.Attach(traits: OneFile, can: MessageCapabilities.Attach);
        var handler = Turn();
        var turn = handler.Turns[0].Turn;
        Assert.Throws<NotSupportedException>(() => Reply(Write("large", "12345678901")));
        Assert.Throws<FileNotFoundException>(() => Reply(Path.Combine(_own.FullName, "nothing")));
        Assert.ThrowsAny<IOException>(() => Reply(_own.FullName));
        Assert.ThrowsAny<IOException>(() => Reply("relative"));
        Assert.Throws<FileNotFoundException>(() => Reply(new string('a', 64)));
        _fixture.Attach(generation: 2, traits: new AdapterTraits());
        handler.Complete(0);
        _fixture.Settle();
        Assert.Equal((0, 1), (_fixture.Store.Balance().Outbound.Owed, _fixture.Store.Balance().Inbound.Handled));
        Assert.Empty(Directory.GetFiles(_fixture.Media.Path));

        _fixture.Accept(DispatchFixture.Message("e2"));
        _fixture.Until(() => handler.Turns.Count == 2);
        turn = handler.Turns[1].Turn;
        Assert.Contains("cannot send files", Assert.Throws<NotSupportedException>(() => Reply(Write("one", "1"))).Message, StringComparison.Ordinal);

        void Reply(string path) =>
            handler.Get(turn.ReplyAsync(new Reply("x") { Attachments = [new(path, AttachmentKind.File)] }, CancellationToken.None));
    }

    [Fact]
    public void File_that_was_owed_before_the_adapter_was_there_is_rejected_if_that_cannot_send_it()
    {
        var handler = Turn();
        foreach (var (name, content) in ((string, string)[])[("large", "12345678901"), ("small", "1")])
            handler.Get(handler.Turns[0].Turn.ReplyAsync(
                new Reply("x") { Attachments = [new(Write(name, content), AttachmentKind.File) { Name = name }] }, CancellationToken.None));
        handler.Complete(0);
        var adapter = _fixture.Attach(traits: OneFile, can: MessageCapabilities.Attach);
        _fixture.Settle();
        Assert.Equal("small", Assert.Single(Assert.Single(adapter.Sends).Message.Attachments).Name);
        adapter.Answer(0, SendResult.NotSent(new SendError(SendErrorKind.Transient, SendRetry.AfterReconnect, "again")));
        _fixture.Attach(generation: 2, traits: new AdapterTraits());
        _fixture.Settle();
        Assert.Collection(
            _fixture.Store.ListOutbox(new([OutboxState.Rejected], null, 10)).OrderBy(static entry => entry.Id),
            static entry => Assert.Contains("'large' has 11 bytes", entry.Error, StringComparison.Ordinal),
            static entry => Assert.Contains("cannot send files", entry.Error, StringComparison.Ordinal));
    }

    [Fact]
    public void Attachment_is_fetched_once_into_a_file_with_a_name_of_ours()
    {
        var fetched = 0;
        var adapter = _fixture.Attach(can: MessageCapabilities.Fetch);
        adapter.Fetches = request =>
        {
            File.WriteAllText(request.Path, $"{request.Attachment.Reference} {++fetched}");
            return new FetchedAttachment(5, "text/plain");
        };
        var handler = TurnWith(new Attachment("ref", AttachmentKind.File) { Name = "../../evil" });
        var turn = handler.Turns[0].Turn;
        var file = handler.Get(turn.FetchAsync(turn.Messages[^1].Attachments[0], CancellationToken.None));
        Assert.Equal((_fixture.Media.Path, "ref 1", 5, "text/plain"),
            (Path.GetDirectoryName(file.Path), File.ReadAllText(file.Path), file.Size, file.ContentType));
        Assert.Equal(file.Path, handler.Get(turn.FetchAsync(turn.Messages[^1].Attachments[0], CancellationToken.None)).Path);
        Assert.Equal(1, fetched);
        Assert.Throws<ArgumentException>(() => handler.Get(turn.FetchAsync(new Attachment("other", AttachmentKind.File), CancellationToken.None)));
    }

    [Fact]
    public void Attachment_that_comes_incomplete_or_too_large_is_an_error_and_leaves_no_file()
    {
        var adapter = _fixture.Attach(can: MessageCapabilities.Fetch);
        adapter.Fetches = static request =>
        {
            File.WriteAllText(request.Path, "half");
            return new FetchedAttachment(8);
        };
        var handler = TurnWith(new Attachment("ref", AttachmentKind.File), new Attachment("huge", AttachmentKind.File) { Size = 1L << 40 },
            new Attachment("empty", AttachmentKind.File));
        var turn = handler.Turns[0].Turn;
        Assert.Contains(
            "incomplete", Assert.Throws<IOException>(() => handler.Get(turn.FetchAsync(turn.Messages[^1].Attachments[0], CancellationToken.None))).Message,
            StringComparison.Ordinal);
        Assert.Contains("maxFileMegabytes",
            Assert.Throws<IOException>(() => handler.Get(turn.FetchAsync(turn.Messages[^1].Attachments[1], CancellationToken.None))).Message,
            StringComparison.Ordinal);
        adapter.Fetches = static request =>
        {
            File.WriteAllText(request.Path, "");
            return new FetchedAttachment(0);
        };
        Assert.Equal(0, new FileInfo(handler.Get(turn.FetchAsync(turn.Messages[^1].Attachments[2], CancellationToken.None)).Path).Length);
        adapter.Fetches = static _ => new FetchedAttachment(8);
        Assert.Contains(
            "no file", Assert.Throws<IOException>(() => handler.Get(turn.FetchAsync(turn.Messages[^1].Attachments[0], CancellationToken.None))).Message,
            StringComparison.Ordinal);
        _fixture.Dispatcher.Detach("a", 1);
        Assert.Contains("not connected",
            Assert.Throws<IOException>(() => handler.Get(turn.FetchAsync(turn.Messages[^1].Attachments[0], CancellationToken.None))).Message,
            StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(_fixture.Media.Path));
    }

    private string Write(string name, string content)
    {
        var path = Path.Combine(_own.FullName, name);
        File.WriteAllText(path, content);
        return path;
    }

    private FakeHandler Turn() => TurnWith();

    private FakeHandler TurnWith(params Attachment[] attachments)
    {
        var handler = _fixture.AttachHandler();
        _fixture.Accept(new InboundMessage("e1", new Chat("1", ChatKind.Direct), new Sender("u"), "hello") { Attachments = attachments });
        _fixture.Until(() => handler.Turns.Count == 1);
        return handler;
    }
}
