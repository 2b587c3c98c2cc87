using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using PluginGateway.Store;
using PluginGateway.Store.Engine;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Tests.Store.Verbs;

/// <summary>Messages whose turns have not begun, by the platforms' ids of edits and deletions.</summary>
public sealed class ChangeVerbsTests : IDisposable
{
    private readonly StoreFolder _folder = new();
    private readonly SqliteConnection _connection;
    private readonly Session _db;
    private int _events;

    public ChangeVerbsTests()
    {
        _connection = Database.Open(new StoreOptions(_folder.Database), Migrations.Embedded, NullLogger.Instance);
        _db = new Session(_connection, TimeProvider.System);
        _db.Begin();
    }

    public void Dispose()
    {
        _db.Dispose();
        _connection.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Message_is_found_until_its_turn_begins_whether_it_was_stored_before_the_first_edit_or_behind_it()
    {
        var before = Accept("m1", "a/1/thread");
        Assert.Equal(before, Find("m1"));
        var after = Accept("m2", "a/1");
        Assert.Equal(after, Find("m2"));
        Assert.Null(Find("m2", "a/2"));
        InboxVerbs.Begin(_db, new TurnMembers(before, [after]), 1, "a/1");
        InboxVerbs.Fail(_db, new TurnMembers(before, [after]), 1, "failed");
        Assert.Equal([null, null], [Find("m1"), Find("m2")]);
    }

    [Fact]
    public void Begin_that_is_undone_leaves_its_message_one_that_waits()
    {
        var id = Accept("m1");
        _db.Commit();
        Assert.Equal(id, Find("m1"));
        _db.Begin();
        InboxVerbs.Begin(_db, id, 1, "a/1");
        Assert.Null(Find("m1"));
        _db.Rollback();
        _db.Begin();
        Assert.Equal(id, Find("m1"));
    }

    [Fact]
    public void Message_that_was_undone_is_not_found_under_its_id_which_another_one_has()
    {
        Find("none");
        _db.Commit();
        _db.Begin();
        var undone = Accept("m1");
        _db.Rollback();
        _db.Begin();
        Assert.Equal(undone, Accept("m2"));
        Assert.Equal([null, undone], [Find("m1"), Find("m2")]);
    }

    [Fact]
    public void Edit_of_an_unknown_message_runs_no_statement_however_many_wait()
    {
        for (var i = 0; i < 100; i++) Accept($"m{i}");
        Find("none");
        var statements = 0;
        SQLitePCL.raw.sqlite3_trace(_connection.Handle!, (SQLitePCL.strdelegate_trace)((_, _) => statements++), null);
        var accepted = InboxVerbs.Accept(_db, EditOf("none") with { IsDiscarded = true });
        Assert.Equal((AcceptOutcome.Discarded, 0), (accepted.Outcome, statements));
        Assert.Equal(AcceptOutcome.Stored, InboxVerbs.Accept(_db, EditOf("m7") with { IsDiscarded = true }).Outcome);
        Assert.NotEqual(0, statements);
    }

    [Fact]
    public void Event_that_is_no_message_is_not_found_by_the_id_that_it_names()
    {
        var reaction = new ReactionChanged("e", new Chat("1", ChatKind.Direct), new Sender("u"), "m1") { Added = [new("+1")] };
        InboxVerbs.Accept(_db, new InboundEntry("a", 1, "e", "a/1", Payloads.Write(reaction), new Dictionary<string, string>()));
        Assert.Null(Find("m1"));
    }

    private long Accept(string messageId, string conversation = "a/1")
    {
        var message = new InboundMessage($"e{++_events}", new Chat("1", ChatKind.Direct), new Sender("u"), "text") { MessageId = messageId };
        return InboxVerbs.Accept(_db, new InboundEntry("a", 1, message.EventId, conversation, Payloads.Write(message), new Dictionary<string, string>())
        {
            Message = new PlatformMessage("a/1", messageId),
        }).InboxId;
    }

    private long? Find(string messageId, string chat = "a/1") =>
        ChangeVerbs.Find(_db, EditOf(messageId) with { Change = new MessageChange(chat, [messageId], IsDeletion: true) }) is [var found] ? found.Id : null;

    private InboundEntry EditOf(string messageId)
    {
        var edit = new MessageEdited($"e{++_events}", new Chat("1", ChatKind.Direct), new Sender("u"), messageId, "edited");
        return new("a", 1, edit.EventId, "a/1", Payloads.Write(edit), new Dictionary<string, string>())
        {
            Change = new MessageChange("a/1", [messageId], IsDeletion: false),
        };
    }
}
