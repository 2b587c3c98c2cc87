using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PluginGateway.Store;
using PluginGateway.Store.Engine;
using PluginGateway.Store.Quota;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Tests.Store;

/// <summary>A writer without a thread, whose commands post others while they are run.</summary>
public sealed class BatchTests : IDisposable
{
    private readonly StoreFolder _folder = new();
    private readonly List<string> _answers = [];
    private Writer? _writer;

    [Fact]
    public void What_arrives_while_a_batch_is_being_written_shares_its_commit()
    {
        var writer = Open(512);
        Post("a", db => Post("b", db => Post("c")));
        writer.Step(TimeSpan.Zero);
        Assert.Equal((1, 3), (writer.Figures.Commits, writer.Figures.Commands));
        Assert.Equal(["a: durable", "b: durable", "c: durable"], _answers);
    }

    [Fact]
    public void A_batch_that_never_stops_growing_is_committed_when_it_is_full()
    {
        var writer = Open(5);
        Endless(0);
        writer.Step(TimeSpan.Zero);
        Assert.Equal((1, 5), (writer.Figures.Commits, writer.Figures.Commands));
        writer.Step(TimeSpan.Zero);
        Assert.Equal((2, 10), (writer.Figures.Commits, writer.Figures.Commands));
        Assert.Equal(Enumerable.Range(0, 10).Select(static i => $"{i}: durable"), _answers);

        void Endless(int i) => Post($"{i}", _ => Endless(i + 1));
    }

    [Fact]
    public void What_was_taken_and_found_no_room_is_written_next_in_its_order()
    {
        var writer = Open(2);
        foreach (var name in (string[])["a", "b", "c"]) Post(name);
        writer.Step(TimeSpan.Zero);
        Assert.True(writer.HasLeftOver);
        Post("d");
        writer.Step(TimeSpan.Zero);
        Assert.False(writer.HasLeftOver);
        Assert.Equal(["a: durable", "b: durable", "c: durable", "d: durable"], _answers);
    }

    [Fact]
    public void A_command_that_joined_a_batch_and_cannot_be_written_fails_alone()
    {
        var writer = Open(512);
        var posted = false;
        Post("a", _ =>
        {
            if (posted) return;
            posted = true;
            Post("bad", static _ => throw new StoreException(StoreCode.Internal, "It cannot."));
            Post("b");
        });
        writer.Step(TimeSpan.Zero);
        Assert.Equal(["a: durable", "bad: store-internal", "b: durable"], _answers);
    }

    public void Dispose()
    {
        _writer?.Close(TimeSpan.Zero);
        _writer?.Step(TimeSpan.Zero);
        _folder.Dispose();
    }

    private Writer Open(int maxBatch)
    {
        var clock = new FakeTimeProvider();
        var options = new StoreOptions(_folder.Database) { MaxBatch = maxBatch };
        var session = new Session(Database.Open(options, Migrations.Embedded, NullLogger.Instance), clock);
        return _writer = new Writer(session, options, TimeSpan.Zero, static _ => { }, clock, NullLogger.Instance);
    }

    private void Post(string name, Action<Session>? run = null) => _writer!.Post(new Command<bool>(
        db =>
        {
            run?.Invoke(db);
            return AdapterVerbs.SetState(db, "a", name, "written") == StateWriteOutcome.Added;
        },
        commandResult => _answers.Add($"{name}: {commandResult.Failure?.Code ?? "durable"}")));
}
