using System.Collections.Concurrent;
using Moq;
using PluginGateway.Guard;
using PluginGateway.Isolation.Worker;
using PluginGateway.Tests.Contract;

namespace PluginGateway.Tests.Isolation.Remote;

/// <summary>Outbox and state of a handler in a worker.</summary>
public sealed class WorkerOutboxTests : IDisposable
{
    private readonly HostOutbox _outbox = new();
    private readonly Mock<IAdapterState> _state = new();
    private readonly WorkerPair _pair;

    public WorkerOutboxTests() => _pair = new WorkerPair(_outbox, _state.Object);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _pair.Dispose();

    [Fact]
    public async Task Messages_reach_the_outbox_of_the_gateway_in_the_order_of_the_calls_and_files_with_what_was_in_them()
    {
        var (outbox, chat, file) = (New(), FullMessage.Value.Chat, Path.Combine(_pair.Root, "file"));
        await File.WriteAllTextAsync(file, "content", Token);
        var sent = Enumerable.Range(1, 20).Select(i => outbox.SendAsync("a", chat, new Reply($"t{i}"), $"k{i}", Token)).ToArray();
        Assert.Equal(Enumerable.Range(1, 20).Select(static i => MessageTarget.Owed($"m{i}")), await Task.WhenAll(sent));
        Assert.Equal(Enumerable.Range(1, 20).Select(static i => $"a chat thread k{i} t{i}"), _outbox.Taken);
        await outbox.SendAsync("a", chat, new Reply("f") { Attachments = [new OutboundAttachment(file, AttachmentKind.Image)] }, "kf", Token);
        Assert.Equal("a chat thread kf f content", _outbox.Taken.Last());
        Until(() => Directory.GetFiles(_pair.Temporary).Length == 0);
        Assert.True(File.Exists(file));
    }

    [Fact]
    public async Task A_file_that_the_worker_cannot_copy_is_refused_and_nothing_is_asked()
    {
        var large = Path.Combine(_pair.Root, "large");
        await File.WriteAllTextAsync(large, "eleven chars", Token);
        foreach (var path in (string[])[large, "/does/not/exist"])
        {
            var reply = new Reply("x") { Attachments = [new OutboundAttachment(path, AttachmentKind.File)] };
            await Assert.ThrowsAsync<ArgumentException>(() => New().SendAsync("a", new Chat("c", ChatKind.Unknown), reply, "k", Token));
        }

        Assert.Empty(_outbox.Taken);
        Assert.Empty(Directory.GetFiles(_pair.Temporary));
    }

    [Fact]
    public async Task A_refusal_has_its_exception_and_its_sentence()
    {
        foreach (var problem in (Exception[])[new ArgumentException("no adapter"), new InvalidOperationException("another message"),
            new NotSupportedException("no files"), new RetryLaterException("full")])
        {
            _outbox.Problem = problem;
            var thrown = await Assert.ThrowsAsync(
                problem.GetType(), () => New().SendAsync("a", new Chat("c", ChatKind.Unknown), new Reply("t"), "k", Token));
            Assert.Equal(problem.Message, thrown.Message);
        }

        var tooLong = new Reply(new string('x', 17 * 1024 * 1024));
        await Assert.ThrowsAsync<ArgumentException>(() => New().SendAsync("a", new Chat("c", ChatKind.Unknown), tooLong, "k", Token));
    }

    [Fact]
    public async Task The_state_is_that_of_the_gateway()
    {
        var state = new WorkerState(_pair.Worker);
        _state.Setup(static state => state.GetAsync("k", It.IsAny<CancellationToken>())).ReturnsAsync("v");
        _state.Setup(static state => state.SetAsync("k", "w", It.IsAny<CancellationToken>())).ReturnsAsync(true);
        _state.Setup(static state => state.SetAsync("full", null, It.IsAny<CancellationToken>())).ThrowsAsync(new IOException("full"));
        Assert.Equal(("v", null), (await state.GetAsync("k", Token), await state.GetAsync("other", Token)));
        Assert.Equal((true, false), (await state.SetAsync("k", "w", Token), await state.SetAsync("k", null, Token)));
        await Assert.ThrowsAsync<IOException>(() => state.SetAsync("full", null, Token));
    }

    private WorkerOutbox New() => new(_pair.Worker, _pair.Files);

    private static void Until(Func<bool> condition) =>
        Assert.True(SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(60)), "It did not come true within 60 s.");

    /// <summary>Outbox of the gateway that notes what it gets.</summary>
    private sealed class HostOutbox : IHostOutbox
    {
        public ConcurrentQueue<string> Taken { get; } = [];

        public Exception? Problem { get; set; }

        public Task<MessageTarget> SendAsync(string adapterId, Chat chat, Reply reply, string key, CancellationToken cancellationToken) =>
            SendAsync(adapterId, chat, reply, key, null, cancellationToken);

        public Task<MessageTarget> SendAsync(
            string adapterId, Chat chat, Reply reply, string key, Func<string?>? takeFiles, CancellationToken cancellationToken)
        {
            if (Problem is not null) return Task.FromException<MessageTarget>(Problem);
            Assert.Null(takeFiles?.Invoke());
            var files = string.Concat(reply.Attachments.Select(static file => " " + File.ReadAllText(file.Path)));
            Taken.Enqueue($"{adapterId} {chat.Id} {chat.Thread} {key} {reply.Text}{files}");
            return Task.FromResult(MessageTarget.Owed($"m{Taken.Count}"));
        }
    }
}
