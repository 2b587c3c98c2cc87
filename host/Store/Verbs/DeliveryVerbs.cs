using PluginGateway.Store.Engine;

namespace PluginGateway.Store.Verbs;

/// <summary>Verb of the reports of platforms about messages that were sent, in the writer's open transaction.</summary>
internal static class DeliveryVerbs
{
    private const string Unexplained = "the platform has reported a failure";

    private const string Bounce = $"""
        UPDATE outbox SET state = {OutboxSql.Bounced}, error = ?2, ended_utc = ?3
        WHERE id = ?1 AND {RowSql.Ended} AND state = {OutboxSql.Delivered}
        """;

    /// <summary>Takes a report about a message: a failure makes a delivered message a bounced one, others are counted.</summary>
    public static Accepted Report(Session db, long outboxId, DeliveryReportEntry report)
    {
        var accepted = new Accepted(AcceptOutcome.Stored, 0) { Target = outboxId };
        if (report.Change != DeliveryChange.Failed)
        {
            db.Add(report.Change == DeliveryChange.Read ? Total.ReportedRead : Total.ReportedDelivered);
            return accepted;
        }

        if (db.Execute(Bounce, outboxId, report.Error ?? Unexplained, db.Now) == 0) return accepted;
        db.Add(Total.Delivered, -1);
        db.Add(Total.Bounced);
        return accepted with { HasBounced = true };
    }
}
