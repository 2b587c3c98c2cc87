using System.Collections.Concurrent;
using Moq;
using PluginGateway.Guard;
using PluginGateway.Isolation.Protocol;
using PluginGateway.Isolation.Worker;
using PluginGateway.Testing;
using PluginGateway.Tests.Plugins;

namespace PluginGateway.Tests.Isolation.Remote;

/// <summary>A turn in a worker and the turn of the gateway, with a channel between them.</summary>
public sealed class WorkerTurnTests : IDisposable
{
    private static readonly InboundMessage Message = new("e", new Chat("c", ChatKind.Direct), new Sender("s"), "text")
    {
        Attachments = [new Attachment("a", AttachmentKind.File)],
    };

    private readonly WorkerPair _pair = new(Mock.Of<IHostOutbox>(), Mock.Of<IAdapterState>());
    private readonly HostTurn _turn = new();
    private readonly int _number;

    public WorkerTurnTests() => _number = _pair.Turns.Add(_turn);

    public void Dispose() => _pair.Dispose();

    [Fact]
    public async Task Replies_arrive_in_the_order_of_their_calls_and_files_with_what_was_in_them()
    {
        var (turn, file) = (NewTurn(), Path.Combine(_pair.Root, "file"));
        await File.WriteAllTextAsync(file, "content", TestContext.Current.CancellationToken);
        var first = turn.ReplyAsync(
            new Reply("first") { Attachments = [new OutboundAttachment(file, AttachmentKind.Image) { Name = "n", ContentType = "t" }] }, Token);
        var second = turn.ReplyAsync("second", Token);
        var ended = new TaskCompletionSource();
        if (turn.End(ended.SetResult)) ended.SetResult();
        await ended.Task;
        Assert.Equal((MessageTarget.Owed("m1"), MessageTarget.Owed("m2")), (await first, await second));
        Assert.Equal(["first", "second"], _turn.Replies.Select(static reply => reply.Text));
        var sent = _turn.Replies.First().Attachments.Single();
        Assert.Equal((AttachmentKind.Image, "n", "t", "content"), (sent.Kind, sent.Name, sent.ContentType, _turn.Contents.Single()));
        Assert.StartsWith(Path.Combine(_pair.Root, "outgoing"), sent.Path, StringComparison.Ordinal);
        Until(() => !File.Exists(sent.Path) && Directory.GetFiles(_pair.Temporary).Length == 0);
        Assert.True(File.Exists(file));
        await Assert.ThrowsAsync<InvalidOperationException>(() => turn.ReplyAsync("too late", Token));
    }

    [Fact]
    public async Task A_file_that_the_worker_cannot_read_fails_its_reply_which_uses_up_its_place()
    {
        var turn = NewTurn();
        var reply = turn.ReplyAsync(new Reply("x") { Attachments = [new OutboundAttachment("/does/not/exist", AttachmentKind.File)] }, Token);
        var next = turn.ReplyAsync("next", Token);
        await Assert.ThrowsAsync<IOException>(() => reply);
        Assert.Equal(MessageTarget.Owed("m2"), await next);
    }

    [Theory]
    [InlineData("/dev/zero")]
    [InlineData("pipe")]
    [InlineData("link")]
    [InlineData("large")]
    public async Task A_file_that_is_none_or_too_large_fails_its_reply_and_is_never_waited_for(string kind)
    {
        var path = Path.Combine(_pair.Root, kind);
        if (kind == "large") await File.WriteAllTextAsync(path, "eleven chars", TestContext.Current.CancellationToken);
        if (kind == "link") File.CreateSymbolicLink(path, "/etc/hostname");
        if (kind == "pipe") System.Diagnostics.Process.Start("mkfifo", path).WaitForExit();
        var reply = NewTurn().ReplyAsync(new Reply("x") { Attachments = [new OutboundAttachment(path, AttachmentKind.File)] }, Token);
        await Assert.ThrowsAsync<IOException>(() => reply);
    }

    /// <summary>The gateway may read what the worker may not.</summary>
    [Fact]
    public async Task A_worker_that_names_a_file_of_the_gateway_gets_nothing_of_it()
    {
        var secret = Path.Combine(_pair.Root, "gateway.db");
        await File.WriteAllTextAsync(secret, "secret", TestContext.Current.CancellationToken);
        var reply = new Reply("x") { Attachments = [new OutboundAttachment(secret, AttachmentKind.File)] };
        await Assert.ThrowsAnyAsync<Exception>(() => _pair.Worker.Ask(
            RemoteOperation.TurnReply, new TurnRequest<Reply>(_number, reply), Turns.Write, Turns.ReadTarget, mayHaveHappened: true).Task);
        Assert.Empty(_turn.Replies);
    }

    [Fact]
    public async Task An_attachment_is_read_under_a_name_of_its_own_until_the_turn_ends()
    {
        var media = Path.Combine(_pair.Root, "media");
        await File.WriteAllTextAsync(media, "bytes", TestContext.Current.CancellationToken);
        _turn.Fetched = new FetchedFile(media, 5, "text/plain");
        var file = await NewTurn().FetchAsync(Message.Attachments[0], Token);
        Assert.Equal((5, "text/plain", "bytes"), (file.Size, file.ContentType, await File.ReadAllTextAsync(file.Path, TestContext.Current.CancellationToken)));
        Assert.NotEqual(media, file.Path);
        _pair.Turns.Remove(_number);
        Assert.False(File.Exists(file.Path));
        Assert.True(File.Exists(media));
    }

    [Fact]
    public async Task Edits_deletions_and_reactions_are_the_gateways_turn_to_do_or_refuse()
    {
        var turn = NewTurn();
        await turn.EditAsync(MessageTarget.Owed("m1"), new Reply("new"), Token);
        await turn.DeleteAsync(MessageTarget.OnPlatform("p"), Token);
        await turn.ReactAsync(MessageTarget.Owed("m2"), "+", Token);
        await turn.ReactAsync(MessageTarget.Owed("m2"), null, Token);
        Assert.Equal(["edit m1 new", "delete p", "react m2 +", "react m2 "], _turn.Deeds);
        foreach (var problem in (Exception[])[new NotSupportedException("no edits"), new ArgumentException("no message"), new IOException("full"),
            new InvalidOperationException("over"), new RetryLaterException("later", TimeSpan.FromSeconds(3)), new RetryLaterException("later")])
        {
            _turn.Problem = problem;
            var thrown = await Assert.ThrowsAsync(problem.GetType(), () => turn.DeleteAsync(MessageTarget.Owed("m1"), Token));
            Assert.Equal(problem.Message, thrown.Message);
            if (problem is RetryLaterException later) Assert.Equal(later.RetryAfter, ((RetryLaterException)thrown).RetryAfter);
        }

        _pair.Turns.Remove(_number);
        await Assert.ThrowsAsync<InvalidOperationException>(() => turn.DeleteAsync(MessageTarget.Owed("m1"), Token));
    }

    [Fact]
    public async Task State_notes_and_the_end_are_those_of_the_turn_in_the_gateway()
    {
        var turn = NewTurn(order => order with
        {
            Memory = new SessionMemory(new Dictionary<string, int> { ["known"] = 10, ["gone"] = 5 }, 100),
            Earlier = [new EarlierReply(0, EarlierKind.Message, MessageTarget.Owed("m1")) { Text = "before" }],
            Notes = new Dictionary<string, string> { ["old"] = "note" },
        });
        Assert.Equal(("before", "note"), (turn.Earlier.Single().Text, turn.Notes["old"]));
        Assert.Equal("value", await turn.State.GetAsync("known", Token));
        turn.State.Set("new", "value");
        turn.State.Remove("gone");
        Assert.Throws<InvalidOperationException>(() => turn.State.Set("large", new string('x', 100)));
        await turn.NoteAsync("k", "v", Token);
        Assert.Equal(["note k v"], _turn.Deeds);
        Assert.Equal("v", turn.Notes["k"]);
        // A refused end leaves the turn open.
        _turn.Problem = new NotSupportedException("no files");
        await Assert.ThrowsAsync<NotSupportedException>(() => turn.FinishAsync(new Reply("x"), Token));
        _turn.Problem = null;
        turn.State.Set("more", "value");
        Assert.Equal(MessageTarget.Owed("m1"), await turn.FinishAsync(new Reply("last"), Token));
        Assert.Equal(new Dictionary<string, string?> { ["new"] = "value", ["more"] = "value", ["gone"] = null }, _turn.Taken);
        Assert.Throws<InvalidOperationException>(() => turn.State.Set("late", "value"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => turn.State.GetAsync("known", Token));
    }

    [Fact]
    public async Task A_last_reply_with_files_takes_them_along_and_without_a_reply_there_is_no_message()
    {
        var file = Path.Combine(_pair.Root, "file");
        await File.WriteAllTextAsync(file, "content", TestContext.Current.CancellationToken);
        Assert.Equal(MessageTarget.Owed("m1"), await NewTurn().FinishAsync(
            new Reply("last") { Attachments = [new OutboundAttachment(file, AttachmentKind.File)] }, Token));
        Assert.Equal("content", _turn.Contents.Single());
        Assert.Null(await NewTurn().FinishAsync(null, Token));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private WorkerTurn NewTurn(Func<TurnOrder, TurnOrder>? with = null)
    {
        var order = new TurnOrder(_number, "i", "t", "a", "c", 1, MessageCapabilities.None, [Message]) { Session = "c~1" };
        return new(with?.Invoke(order) ?? order, _pair.Worker, _pair.Files);
    }

    private static void Until(Func<bool> condition) =>
        Assert.True(SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(60)), "It did not come true within 60 s.");

    /// <summary>Turn of the gateway that notes what is requested.</summary>
    private sealed class HostTurn : EventTurn, IHostTurn
    {
        public ConcurrentQueue<Reply> Replies { get; } = [];

        public ConcurrentQueue<string> Contents { get; } = [];

        public ConcurrentQueue<string> Deeds { get; } = [];

        public FetchedFile? Fetched { get; set; }

        public Exception? Problem { get; set; }

        public override string Id => "i";

        public override string ReplyToken => "t";

        public override InboundEvent Event => WorkerTurnTests.Message;

        public override IReadOnlyList<InboundMessage> Messages => [WorkerTurnTests.Message];

        public override string AdapterId => "a";

        public override string Conversation => "c";

        public override string Session => "c~1";

        public override int Attempt => 1;

        public override MessageCapabilities Capabilities => MessageCapabilities.None;

        public override Task<MessageTarget> ReplyAsync(Reply reply, CancellationToken cancellationToken) => ReplyAsync(reply, null, cancellationToken);

        public Task<MessageTarget> ReplyAsync(Reply reply, Func<string?>? takeFiles, CancellationToken cancellationToken)
        {
            Replies.Enqueue(reply);
            Assert.Null(takeFiles?.Invoke());
            foreach (var file in reply.Attachments.Where(static file => File.Exists(file.Path))) Contents.Enqueue(File.ReadAllText(file.Path));
            return Task.FromResult(MessageTarget.Owed($"m{Replies.Count}"));
        }

        public Dictionary<string, string?> Taken { get; } = [];

        public SessionMemory Memory { get; init; } = SessionMemory.Empty;

        public override ISessionState State { get; } = Known();

        private static FakeSessionState Known()
        {
            var state = new FakeSessionState();
            state.Set("known", "value");
            return state;
        }

        public override Task<MessageTarget?> FinishAsync(Reply? last, CancellationToken cancellationToken) => FinishAsync(last, null, cancellationToken);

        public async Task<MessageTarget?> FinishAsync(Reply? last, Func<string?>? takeFiles, CancellationToken cancellationToken)
        {
            if (Problem is not null) throw Problem;
            return last is null ? null : await ReplyAsync(last, takeFiles, cancellationToken);
        }

        public override Task NoteAsync(string key, string value, CancellationToken cancellationToken) => Do($"note {key} {value}");

        public void TakeState(IReadOnlyDictionary<string, string?> changes)
        {
            Taken.Clear();
            foreach (var (key, value) in changes) Taken.Add(key, value);
        }

        public override Task EditAsync(MessageTarget message, Reply content, CancellationToken cancellationToken) =>
            Do($"edit {message.Id} {content.Text}");

        public override Task DeleteAsync(MessageTarget message, CancellationToken cancellationToken) => Do($"delete {message.Id}{message.MessageId}");

        public override Task ReactAsync(MessageTarget message, string? emoji, CancellationToken cancellationToken) => Do($"react {message.Id} {emoji}");

        public override Task<FetchedFile> FetchAsync(Attachment attachment, CancellationToken cancellationToken) => Task.FromResult(Fetched!);

        private Task Do(string deed)
        {
            if (Problem is not null) return Task.FromException(Problem);
            Deeds.Enqueue(deed);
            return Task.CompletedTask;
        }
    }
}
