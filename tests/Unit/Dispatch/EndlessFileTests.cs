using System.Diagnostics;
using PluginGateway.Dispatch.Attachments;
using PluginGateway.Loading;
using PluginGateway.Media;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch;

/// <summary>A plugin can name any path: one that never ends holds nobody.</summary>
public sealed class EndlessFileTests : IDisposable
{
    private readonly DispatchFixture _fixture = new();
    private readonly DirectoryInfo _own = Directory.CreateTempSubdirectory("endless-test-");

    public void Dispose()
    {
        _fixture.Dispose();
        _own.Delete(recursive: true);
    }

    [Fact]
    public void Pipe_device_folder_and_link_are_refused_at_once_and_the_turn_ends()
    {
        var handler = Turn();
        var turn = handler.Turns[0].Turn;
        var (pipe, link, file) = (Pipe("pipe"), Path.Combine(_own.FullName, "link"), Path.Combine(_own.FullName, "file"));
        File.WriteAllText(file, "x");
        File.CreateSymbolicLink(link, file);
        foreach (var path in (string[])[pipe, "/dev/zero", "/dev/tty", "/dev/ptmx", link, _own.FullName])
            Assert.ThrowsAny<IOException>(() => Reply(path));
        Reply(file);
        // And one that nobody awaits.
        _ = turn.ReplyAsync(new Reply("x") { Attachments = [new(pipe, AttachmentKind.File)] }, CancellationToken.None);
        handler.Complete(0);
        _fixture.Until(() => _fixture.Store.Balance() is { Inbound.Handled: 1, Outbound.Owed: 1 });

        void Reply(string path) =>
            handler.Get(turn.ReplyAsync(new Reply("x") { Attachments = [new(path, AttachmentKind.File)] }, CancellationToken.None));
    }

    [Fact]
    public void Turn_whose_files_do_not_end_goes_on_until_their_deadline_and_is_seen_meanwhile()
    {
        using var gate = new ManualResetEventSlim();
        var handler = Turn();
        // The folder's pressure is told on the copying thread: there the test holds it, as a disk that no longer answers would.
        _fixture.Media.OnFull = () => gate.Wait(StoreFolder.Patience);
        _fixture.Media.Reserve("", _fixture.Media.Limits.MaxTotalBytes);
        var file = Path.Combine(_own.FullName, "file");
        File.WriteAllText(file, "x");
        _ = handler.Turns[0].Turn.ReplyAsync(new Reply("x") { Attachments = [new(file, AttachmentKind.File)] }, CancellationToken.None);
        handler.Complete(0);
        _fixture.Settle();
        Assert.True(Assert.Single(_fixture.Snapshot.RunningTurns).WaitsForFiles);
        Assert.False(_fixture.Dispatcher.WaitDrained(TimeSpan.Zero));
        _fixture.Advance(AttachmentCopier.Deadline + TimeSpan.FromSeconds(1));
        _fixture.Until(() => _fixture.Store.Balance().Inbound.Handled == 1);
        Assert.Empty(_fixture.Snapshot.RunningTurns);
        gate.Set();
    }

    [Fact]
    public void Copies_that_hang_take_the_share_of_their_own_adapter_only()
    {
        using var gate = new ManualResetEventSlim();
        var media = new MediaFolder(_own.FullName, new());
        media.Reserve("", media.Limits.MaxTotalBytes);
        var hanging = 0;
        media.OnFull = () =>
        {
            Interlocked.Increment(ref hanging);
            gate.Wait(StoreFolder.Patience);
        };
        var deadlines = new List<Action>();
        var copier = new AttachmentCopier(media, (_, action) => deadlines.Add(action));
        var file = Path.Combine(_own.FullName, "file");
        File.WriteAllText(file, "x");
        var answers = new List<CopyResult>();
        for (var i = 0; i < 40; i++) Begin("bad");
        StoreFolder.Until(() => Count() == 40 - AttachmentCopier.MostOfOne && Volatile.Read(ref hanging) == AttachmentCopier.MostOfOne);
        Assert.All(answers, static answer => Assert.Contains("through adapter 'bad'", answer.Problem!.Message, StringComparison.Ordinal));
        media.OnFull = null;
        media.Shares.Return("", media.Limits.MaxTotalBytes);
        Begin("good");
        StoreFolder.Until(() => Count() == 41 - AttachmentCopier.MostOfOne);
        Assert.Null(answers[^1].Problem);
        Assert.Empty(copier.Late);
        deadlines.ForEach(static deadline => deadline());
        Assert.Equal(41, Count());
        var (late, sentence) = Assert.Single(copier.Late);
        Assert.Equal("bad", late);
        Assert.Equal(
            $"the files of 8 of the 8 replies through adapter 'bad' that may be copied at once have not been copied within 60 s, first '{file}': their disk does not answer",
            sentence);
        gate.Set();
        StoreFolder.Until(() => copier.Late.Count == 0);
        Begin("bad");
        StoreFolder.Until(() => Count() == 42);

        int Count()
        {
            lock (answers) return answers.Count;
        }

        void Begin(string adapterId) => copier.Begin(adapterId, [new(file, AttachmentKind.File)], 0, copyResult =>
        {
            lock (answers) answers.Add(copyResult);
        });
    }

    private string Pipe(string name)
    {
        var path = Path.Combine(_own.FullName, name);
        using var mkfifo = Process.Start("mkfifo", [path]);
        mkfifo.WaitForExit();
        return path;
    }

    private FakeHandler Turn()
    {
        _fixture.Attach(traits: new AdapterTraits { MaxAttachments = 1 }, can: MessageCapabilities.Attach);
        var handler = _fixture.AttachHandler();
        _fixture.Accept(DispatchFixture.Message("e1"));
        _fixture.Until(() => handler.Turns.Count == 1);
        return handler;
    }
}
