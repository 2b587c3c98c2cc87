using System.Collections.Concurrent;
using System.Diagnostics;
using PluginGateway.Guard.Calls;
using PluginGateway.Isolation.Protocol;
using PluginGateway.Posix;

namespace PluginGateway.Tests.Isolation.Protocol;

/// <summary>A connection with another connection, or with a peer that does whatever the test wants at the bare end of a socket.</summary>
public sealed class WorkerChannelTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<int> _bare = [];

    public void Dispose() => _bare.ForEach(static descriptor =>
    {
        LibC.Shutdown(descriptor);
        LibC.Close(descriptor);
    });

    [Fact]
    public void Requests_are_answered_concurrently_and_failures_arrive_with_their_reason()
    {
        var (asking, _) = Pair();
        var calls = Enumerable.Range(0, 200).Select(i => Ask(asking, i)).ToArray();
        for (var i = 0; i < calls.Length; i++)
        {
            if (i % 10 == 3) Assert.Equal("three", Assert.IsType<DeserializedFailureException>(Failure(calls[i])).Failure.Text);
            else Assert.Equal(2 * i, calls[i].Wait());
        }
    }

    [Fact]
    public void A_frame_that_comes_byte_by_byte_is_taken_when_it_is_whole()
    {
        var (workerChannel, peer, bare) = Bare();
        var frame = FrameOf(FrameKind.Notice, RemoteOperation.Log, "hello");
        foreach (var each in frame) Assert.Equal(1, LibC.Send(bare, [each]));
        Until(() => peer.Notices.Contains("hello"), "the notice has arrived");
        Assert.Null(peer.Ending);
        workerChannel.Break("the test is over");
    }

    public static TheoryData<string, byte[]> Nonsense => new()
    {
        { "garbage", [.. Enumerable.Repeat((byte)0xA5, 5000)] },
        { "too long", [0, 0, 0, 2, 1, 1, 0, 0, 0, 0] },
        { "negative", [0, 0, 0, 0x80, 1, 1, 0, 0, 0, 0] },
        { "too short", [2, 0, 0, 0, 1, 1] },
        { "no kind", FrameOf((FrameKind)77, RemoteOperation.Log, "x") },
        { "an answer to nothing", FrameOf(FrameKind.Answer, RemoteOperation.Send, "x") },
        { "a failure of nothing", FrameOf(FrameKind.Failure, RemoteOperation.Send, "x") },
        { "text that is not there", [14, 0, 0, 0, 5, 48, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0x7F, 1, 2, 3, 4] },
    };

    [Theory]
    [MemberData(nameof(Nonsense))]
    public void Nonsense_ends_the_connection_at_once_and_every_call_that_waits_with_it(string what, byte[] bytes)
    {
        var (workerChannel, peer, bare) = Bare();
        var call = Ask(workerChannel, 1);
        LibC.Send(bare, bytes);
        Assert.Contains("does not keep to the protocol", Failure(call).Message, StringComparison.Ordinal);
        Assert.NotNull(peer.Ending);
        Assert.NotEmpty(what);
    }

    [Fact]
    public void An_answer_that_cannot_be_read_fails_its_call_too()
    {
        var (workerChannel, _, bare) = Bare();
        var call = Ask(workerChannel, 1);
        var writer = FrameWriter.Begin(FrameKind.Answer, RemoteOperation.Send, 1).Byte(9);
        LibC.Send(bare, writer.Finish());
        Assert.Contains("does not keep to the protocol", Failure(call).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_peer_that_closes_in_the_middle_of_a_frame_ends_everything()
    {
        var (workerChannel, peer, bare) = Bare();
        var call = Ask(workerChannel, 1);
        LibC.Send(bare, FrameOf(FrameKind.Notice, RemoteOperation.Log, "half").AsSpan(0, 9));
        LibC.Shutdown(bare);
        Assert.Equal(WorkerChannel.ClosedByPeer, Failure(call).Message);
        Assert.Equal(WorkerChannel.ClosedByPeer, peer.Ending);
        Assert.Equal(WorkerChannel.ClosedByPeer, Failure(Ask(workerChannel, 2)).Message);
    }

    [Fact]
    public void A_peer_that_never_reads_costs_no_thread_its_time_and_then_the_connection()
    {
        var (workerChannel, _, _) = Bare(
            new WorkerChannelOptions(1024 * 1024, TimeSpan.FromSeconds(1), int.MaxValue, MayWait: false, CompletesOnPool: false));
        var text = new string('x', 20_000);
        var longest = TimeSpan.Zero;
        var clock = Stopwatch.StartNew();
        PendingCall<int>? first = null;
        List<PendingCall<int>> refused = [];
        while (refused.Count == 0 && clock.Elapsed < Patience)
        {
            var began = clock.Elapsed;
            var call = workerChannel.Ask(RemoteOperation.Send, text, static (to, what) => to.Text(what), static (ref FrameReader from) => from.Int(),
                mayHaveHappened: true, CancellationToken.None);
            if (clock.Elapsed - began > longest) longest = clock.Elapsed - began;
            first ??= call;
            if (call.Task.IsCompleted) refused.Add(call);
        }

        // What did not find room certainly has not left; what did may have.
        Assert.StartsWith("nothing left: ", Failure(refused[0]).Message, StringComparison.Ordinal);
        Assert.Contains("has not read for 1 s", Failure(first!).Message, StringComparison.Ordinal);
        Assert.StartsWith("may have arrived: ", Failure(first!).Message, StringComparison.Ordinal);
        Assert.True(longest < TimeSpan.FromSeconds(1), $"A post took {longest.TotalSeconds:0.00} s.");
    }

    [Fact]
    public void A_slow_reader_gets_every_byte_in_order()
    {
        var (workerChannel, _, bare) = Bare();
        var reader = new Thread(() =>
        {
            var room = new byte[100_000];
            for (var seen = 0; seen < 40 * 100_000;)
            {
                Thread.Sleep(1);
                seen += LibC.Receive(bare, room);
            }

            for (var i = 1; i <= 40; i++) Answer(bare, i, i);
        })
        { IsBackground = true };
        var calls = Enumerable.Range(1, 40).Select(_ => workerChannel.Ask(
            RemoteOperation.Send, new string('x', 50_000), static (to, what) => to.Text(what), static (ref FrameReader from) => from.Int(),
            mayHaveHappened: true, CancellationToken.None)).ToArray();
        reader.Start();
        Assert.Equal(Enumerable.Range(1, 40), calls.Select(static call => call.Wait()));
        workerChannel.Break("the test is over");
    }

    [Fact]
    public void Only_so_many_requests_are_open_and_the_rest_follow_in_order()
    {
        var (asking, answering) = Pair(mostOpen: 2, holdsBack: true);
        var calls = Enumerable.Range(0, 10).Select(i => Ask(asking, i)).ToArray();
        Until(() => answering.Asked.Count == 2, "two have arrived");
        Thread.Yield();
        Assert.Equal(2, answering.Asked.Count);
        answering.Release();
        Assert.Equal(0, calls[0].Wait());
        Assert.Equal(18, calls[9].Wait());
        Assert.Equal(Enumerable.Range(0, 10), answering.Asked);
    }

    [Fact]
    public void A_token_asks_the_other_side_to_stop_and_the_answer_still_counts()
    {
        var (asking, answering) = Pair(holdsBack: true);
        using var source = new CancellationTokenSource();
        var call = asking.Ask(RemoteOperation.Send, 4, static (to, what) => to.Int(what), static (ref FrameReader from) => from.Int(),
            mayHaveHappened: true, source.Token);
        Until(() => answering.Asked.Count == 1, "the request has arrived");
        source.Cancel();
        Until(() => answering.Cancelled.Count == 1, "the cancellation has arrived");
        answering.Release();
        Assert.Equal(8, call.Wait());
    }

    [Fact]
    public void What_does_not_fit_into_a_frame_fails_alone()
    {
        var (asking, _) = Pair();
        Assert.Throws<FrameTooLongException>(() => asking.Ask(
            RemoteOperation.Send, new string('x', Frame.MaxLength / 2), static (to, what) => to.Text(what),
            static (ref FrameReader from) => from.Int(), mayHaveHappened: true, CancellationToken.None));
        Assert.Equal(10, Ask(asking, 5).Wait());
    }

    [Fact]
    public void A_thousand_connections_leave_no_descriptor_and_no_thread()
    {
        Once();
        var (descriptors, threads) = (Descriptors(), Process.GetCurrentProcess().Threads.Count);
        for (var i = 0; i < 1000; i++) Once();
        // Other tests of this process open files and start threads beside it; one that each connection leaves would be a thousand.
        Until(() => Descriptors() <= descriptors + 400, "the descriptors are closed");
        Until(() => Process.GetCurrentProcess().Threads.Count <= threads + 400, "the threads have ended");

        void Once()
        {
            var (workerChannel, peer, bare) = Bare();
            _bare.Remove(bare);
            LibC.Close(bare);
            Until(() => peer.Ending is not null, "the end has been seen");
            workerChannel.Break("again");
        }

        static int Descriptors() => Directory.GetFiles("/proc/self/fd").Length;
    }

    private static void Until(Func<bool> condition, string what)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(clock.Elapsed < Patience, $"Waited in vain until {what}.");
            Thread.Sleep(2);
        }
    }

    private static PendingCall<int> Ask(WorkerChannel workerChannel, int value) =>
        workerChannel.Ask(RemoteOperation.Send, value, static (to, what) => to.Int(what), static (ref FrameReader from) => from.Int(),
            mayHaveHappened: false, CancellationToken.None);

    private static Exception Failure(PendingCall<int> call) => Assert.ThrowsAny<Exception>(() => call.Wait());

    private static byte[] FrameOf(FrameKind kind, RemoteOperation operation, string text)
    {
        var writer = FrameWriter.Begin(kind, operation, 55).Text(text);
        var frame = writer.Finish().ToArray();
        writer.Done();
        return frame;
    }

    private static void Answer(int bare, int id, int value) =>
        LibC.Send(bare, FrameWriter.Begin(FrameKind.Answer, RemoteOperation.Send, id).Int(value).Finish());

    private (WorkerChannel Connection, ScriptedPeer Peer, int Bare) Bare(WorkerChannelOptions? options = null)
    {
        var (ours, theirs) = LibC.SocketPair();
        _bare.Add(theirs);
        var peer = new ScriptedPeer();
        var workerChannel = new WorkerChannel(ours, "test", peer,
            options ?? new WorkerChannelOptions(64 * 1024 * 1024, Patience, int.MaxValue, MayWait: false, CompletesOnPool: false));
        workerChannel.Start();
        return (workerChannel, peer, theirs);
    }

    private static (WorkerChannel Asking, ScriptedPeer Answering) Pair(int mostOpen = int.MaxValue, bool holdsBack = false)
    {
        var (a, b) = LibC.SocketPair();
        var answering = new ScriptedPeer { HoldsBack = holdsBack };
        var asking = new WorkerChannel(
            a, "asking", new ScriptedPeer(), new WorkerChannelOptions(1024 * 1024, Patience, mostOpen, MayWait: false, CompletesOnPool: false));
        answering.Connection = new WorkerChannel(
            b, "answering", answering, new WorkerChannelOptions(1024 * 1024, Patience, int.MaxValue, MayWait: true, CompletesOnPool: false));
        answering.Connection.Start();
        asking.Start();
        return (asking, answering);
    }

    /// <summary>Answers twice what it is asked; a number that ends in 3 it refuses.</summary>
    private sealed class ScriptedPeer : IPeer
    {
        private readonly ConcurrentQueue<(FrameHead Head, int Value)> _held = new();
        private volatile string? _ending;

        public WorkerChannel? Connection { get; set; }

        public bool HoldsBack { get; set; }

        public ConcurrentQueue<int> Asked { get; } = new();

        public ConcurrentQueue<int> Cancelled { get; } = new();

        public ConcurrentQueue<string> Notices { get; } = new();

        public string? Ending => _ending;

        public void Release()
        {
            HoldsBack = false;
            while (_held.TryDequeue(out var each)) Reply(each.Head, each.Value);
        }

        void IPeer.OnRequest(FrameHead head, ref FrameReader body)
        {
            var value = body.Int();
            Asked.Enqueue(value);
            if (HoldsBack) _held.Enqueue((head, value));
            else Reply(head, value);
        }

        void IPeer.OnNotice(FrameHead head, ref FrameReader body) => Notices.Enqueue(body.Text());

        void IPeer.OnCancel(int id, ref FrameReader body) => Cancelled.Enqueue(id);

        string IPeer.OnEnding(string reason) => _ending = reason;

        Exception IPeer.OnEnded(string why, bool mayHaveHappened) =>
            new IOException(why == PluginGateway.Isolation.Protocol.WorkerChannel.ClosedByPeer || why.Contains("protocol", StringComparison.Ordinal)
                ? why
                : $"{(mayHaveHappened ? "may have arrived" : "nothing left")}: {why}");

        Exception IPeer.OnFailed(CallFailure failure) => new DeserializedFailureException(failure);

        private void Reply(FrameHead head, int value)
        {
            if (value % 10 == 3) Connection!.Fail(head, new CallFailure("test", "three", null));
            else Connection!.Answer(head, 2 * value, static (to, what) => to.Int(what));
        }
    }
}
