using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using PluginGateway.Store;
using PluginGateway.Store.Engine;
using PluginGateway.Store.Quota;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Tests.Store;

/// <summary>No verb reads more than it needs, however much is stored: each statement is answered from an index.</summary>
public sealed partial class QueryPlanTests
{
    [Fact]
    public void No_statement_scans_a_table_that_grows()
    {
        using var folder = new StoreFolder();
        var options = new StoreOptions(folder.Database);
        using var session = new Session(Database.Open(options, Migrations.Embedded, NullLogger.Instance), TimeProvider.System);
        session.Begin();
        Every(session, options);
        session.Commit();
        var statements = session.Statements.Where(static sql => Statement().IsMatch(sql)).ToList();
        Assert.True(statements.Count > 30, $"only {statements.Count}");
        using var connection = new SqliteConnection($"Data Source={folder.Database};Pooling=False");
        connection.Open();
        // What is copied is a portion, and is sorted so that its pages lie together.
        var scans = statements.SelectMany(sql => Plan(connection, sql).Where(IsScan).Select(step => $"{step}: {sql}"))
            .Where(static scan => !scan.StartsWith("USE TEMP B-TREE FOR ORDER BY: INSERT INTO sent ", StringComparison.Ordinal));
        Assert.Empty(scans);
    }

    /// <summary>What an operator does to parked messages costs a few statements a portion, not a few a message.</summary>
    [Fact]
    public void Verbs_on_many_messages_run_as_many_statements_as_on_few()
    {
        using var folder = new StoreFolder();
        using var connection = Database.Open(new StoreOptions(folder.Database), Migrations.Embedded, NullLogger.Instance);
        using var session = new Session(connection, TimeProvider.System);
        session.Begin();
        var many = Parked(session, 400);
        var run = 0;
        SQLitePCL.raw.sqlite3_trace(connection.Handle!, (SQLitePCL.strdelegate_trace)((_, _) => run++), null);
        Assert.Equal(Run(many[..2]), Run(many[2..200]));
        session.Commit();

        (int, int, int, int, int) Run(long[] ids) =>
        (
            Count(() => Assert.Equal(
                ids, OperatorVerbs.Resend(session, ids).Where(static one => one is { IsDone: true, Row: not null }).Select(static one => one.Id))),
            Count(() => OperatorVerbs.Drop(session, ids)),
            Count(() => OperatorVerbs.MarkSent(session, ids)),
            Count(() => Assert.Equal(
                ids, OperatorVerbs.Rerun(session, ids).Where(static one => one is { IsDone: true, Row: not null }).Select(static one => one.Id))),
            Count(() => OperatorVerbs.DropInbox(session, ids))
        );

        int Count(Action act)
        {
            run = 0;
            act();
            return run;
        }
    }

    private static EnqueueResult Owe(Session db, long turn, int ordinal) =>
        OutboxVerbs.Enqueue(db, new($"{db.DatabaseId}.{turn}.{ordinal}", "a", "c", [1]) { InboxId = turn });

    private static long[] Parked(Session db, int count)
    {
        var ids = new long[count];
        for (var i = 0; i < count; i++)
        {
            var turn = InboxVerbs.Accept(db, StoreFolder.Entry($"e{i}")).InboxId;
            ids[i] = Owe(db, turn, 0).Row!.Id;
            Assert.Equal(turn, ids[i]);
            OutboxVerbs.Park(db, ids[i], "e");
            InboxVerbs.Park(db, turn, "r");
        }

        return ids;
    }

    /// <summary>Open rows have an index of their own, which is as long as what waits, and so are tickets; settings-like tables have a row an
    /// adapter.</summary>
    private static bool IsScan(string step) =>
        (step.StartsWith("SCAN", StringComparison.Ordinal) && !OpenRows().IsMatch(step) && !step.Contains("totals", StringComparison.Ordinal)
            && !step.Contains("json_each", StringComparison.Ordinal) && !step.Contains("(subquery", StringComparison.Ordinal)
            && !step.Contains("usage", StringComparison.Ordinal) && !step.Contains("sqlite_sequence", StringComparison.Ordinal)
            && !step.Contains("generations", StringComparison.Ordinal)
            && step is not "SCAN tickets" && !step.Contains("identity", StringComparison.Ordinal) && !step.Contains("CONSTANT ROW", StringComparison.Ordinal))
        || step.Contains("USE TEMP B-TREE", StringComparison.Ordinal);

    private static void EveryOfButtons(Session db)
    {
        var set = new ButtonRows("h", "a/c", [("y", new ButtonPayload("token", "Yes"))]) { Once = true, ExpiresAfter = TimeSpan.FromDays(1) };
        var asked = OutboxVerbs.Enqueue(db, new OutboxEntry("buttons", "a", "a/c", "{}"u8.ToArray()) { Buttons = set }).Id;
        var press = new PressEntry("a/c", "u", "h", static _ => "{}"u8.ToArray()) { Show = static (_, _) => "{}"u8.ToArray() };
        var byNumber = InboxVerbs.Accept(db, StoreFolder.Entry("p1") with { Conversation = "a/c", Press = press with { Choice = 2 } });
        var byToken = InboxVerbs.Accept(db, StoreFolder.Entry("p2") with { Press = press with { Token = "token" } });
        Assert.Equal((null, InteractionVerdict.Taken, asked), (byNumber.Press, byToken.Press!.Verdict, byToken.Target));
        OutboxVerbs.FindTarget(db, asked, countsEdits: true);
    }

    private static void EveryOfControlWords(Session db)
    {
        var stopped = InboxVerbs.Accept(db, StoreFolder.Entry("c1")).InboxId;
        var reply = Owe(db, stopped, 0).Row!.Id;
        var control = new ControlEntry(Stops: true, Begins: true, "h", "a/c", static _ => "{}"u8.ToArray());
        var result = InboxVerbs.Accept(db, StoreFolder.Entry("c2") with { Control = control }).Control!;
        Assert.Contains(stopped, result.Stopped);
        Assert.Equal([reply], result.Withdrawn);
        Assert.NotNull(result.Owed);
        Assert.Null(ControlVerbs.StopTurn(db, stopped));
        Assert.NotNull(ControlVerbs.StopTurn(db, InboxVerbs.Accept(db, StoreFolder.Entry("c3")).InboxId));
        var (running, next) = (InboxVerbs.Accept(db, StoreFolder.Entry("c4")).InboxId, InboxVerbs.Accept(db, StoreFolder.Entry("c5")).InboxId);
        reply = Owe(db, running, 0).Row!.Id;
        Assert.Equal([reply], ControlVerbs.Supersede(db, running, [next]).Withdrawn);
        Assert.False(ControlVerbs.Supersede(db, stopped, [next]).IsSuperseded);
    }

    private static void EveryOfMemory(Session db)
    {
        var turn = InboxVerbs.Accept(db, StoreFolder.Entry("m")).InboxId;
        var owner = new MemoryOwner("handler:h", "a/1", "a", "u");
        TurnVerbs.Begin(db, turn, 1, owner);
        TurnVerbs.Note(db, turn, "k", "v");
        TurnVerbs.End(db, new TurnEnd(turn, new(), new(owner, new Dictionary<string, string?> { ["k"] = "v", ["l"] = null })));
        MemoryVerbs.Begin(db, owner, db.Now + 120_000);
        MemoryVerbs.Get(db, "handler:h", "a/1", "k");
        MemoryVerbs.ForgetSender(db, "a", "other");
        MemoryVerbs.ForgetSender(db, "a", "");
        var query = new MemoryQuery(null, "a", null, null, 10);
        MemoryQueries.List(db, query);
        MemoryQueries.Show(db, query with { Session = "a/1" }, withValues: true);
        MemoryQueries.Drop(db, query);
    }

    private static void Every(Session db, StoreOptions options)
    {
        var now = DateTimeOffset.UnixEpoch;
        InboxVerbs.Recover(db);
        AdapterVerbs.Generations(db);
        AdapterVerbs.SetGeneration(db, "a", 1);
        AdapterVerbs.SetState(db, "a", "k", "v");
        AdapterVerbs.SetState(db, "a", "k", null);
        AdapterVerbs.GetState(db, "a", "k");
        AdapterVerbs.ForgetState(db, "a", 10);
        var turn = InboxVerbs.Accept(db, StoreFolder.Entry("e") with { Ticket = new Ticket("t", now.AddYears(100)) }).InboxId;
        TicketVerbs.Erase(db);
        var deletion = StoreFolder.Entry("d") with { Change = new MessageChange("a/1", ["m"], IsDeletion: true) };
        ChangeVerbs.Find(db, deletion);
        var changed = InboxVerbs.Accept(db, StoreFolder.Entry("c") with { Message = new PlatformMessage("a/1", "m") }).InboxId;
        ChangeVerbs.Find(db, deletion);
        ChangeVerbs.Apply(db, [new ChangedMessage(changed, "a/1", [1]), new ChangedMessage(changed, "a/1", null)]);
        InboxVerbs.Begin(db, turn, 1, "a/c");
        InboxVerbs.Fail(db, turn, 1, "r");
        var row = Owe(db, turn, 0).Row!;
        OutboxVerbs.Lease(db, row.Id, 1, 1);
        OutboxVerbs.DeliverPart(db, row.Id, 1, "m", now, "e");
        OutboxVerbs.Reschedule(db, row.Id, now, true, "e");
        OutboxVerbs.LoadOpen(db, 0, 10);
        SentVerbs.Find(db, "a", new SentMessage("c", "m"));
        SentVerbs.Find(db, "a", new SentMessage("c", null));
        OutboxVerbs.Park(db, row.Id, "e");
        var filter = new ParkedFilter("a", now) { Chat = ("c", "a/c"), After = new(1, 1) };
        ParkedMessages.OfOutbox(db, filter, 10);
        ParkedMessages.OfInbox(db, filter, 10);
        ParkedMessages.CountOutbox(db, filter);
        ParkedMessages.CountInbox(db, filter);
        OperatorVerbs.Resend(db, [row.Id]);
        OutboxVerbs.Park(db, row.Id, "e");
        OperatorVerbs.MarkSent(db, [row.Id]);
        OperatorVerbs.Drop(db, [Owe(db, turn, 1).Row!.Id]);
        OutboxVerbs.Deliver(db, Owe(db, turn, 2).Row!.Id, null);
        EveryOfButtons(db);
        InboxVerbs.LoadPending(db, 0, 10);
        InboxVerbs.Park(db, turn, "r");
        OperatorVerbs.Rerun(db, [turn]);
        InboxVerbs.Park(db, turn, "r");
        OperatorVerbs.DropInbox(db, [turn]);
        InboxVerbs.End(db, turn);
        EveryOfControlWords(db);
        EveryOfMemory(db);
        OperatorQueries.Outbox(db, new(Enum.GetValues<OutboxState>(), "a", 10));
        OperatorQueries.Inbox(db, new(Enum.GetValues<InboxState>(), "a", 10));
        OutboxVerbs.Open(db, row.Id);
        OutboxVerbs.Find(db, row.Id);
        OutboxVerbs.Find(db, row.Key);
        OperatorQueries.OpenInbox(db, turn);
        var edit = new OutboxEntry("x.1", "a", "c", [1]) { Kind = OwedKind.Edit, Target = row.Id };
        OutboxVerbs.Enqueue(db, edit);
        OutboxVerbs.Enqueue(db, edit);
        OutboxVerbs.OpenMessage(db, row.Id);
        OutboxVerbs.OpenMessage(db, "x.1");
        MediaVerbs.Keep(db, row.Id, ["f"]);
        MediaVerbs.InUse(db);
        Retention.Sweep(db, options);
        Retention.MakeRoom(db, 10);
        BalanceQuery.Read(db);
    }

    private static List<string> Plan(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "EXPLAIN QUERY PLAN " + sql;
        foreach (var name in Parameter().Matches(sql).Select(static match => match.Value).Distinct()) command.Parameters.AddWithValue(name, 1);
        using var reader = command.ExecuteReader();
        var steps = new List<string>();
        while (reader.Read()) steps.Add(reader.GetString(3));
        return steps;
    }

    [GeneratedRegex(@"^\s*(SELECT|INSERT|UPDATE|DELETE)")]
    private static partial Regex Statement();

    [GeneratedRegex("USING (COVERING )?INDEX (inbox|outbox)_open")]
    private static partial Regex OpenRows();

    [GeneratedRegex(@"\?\d+")]
    private static partial Regex Parameter();
}
