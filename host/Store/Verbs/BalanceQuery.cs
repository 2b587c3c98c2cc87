using PluginGateway.Store.Engine;

namespace PluginGateway.Store.Verbs;

/// <summary>Reads the balance: totals and open rows in one transaction.</summary>
internal static class BalanceQuery
{
    public static Balance Read(Session db)
    {
        db.WriteTotals();
        var totals = new long[Enum.GetValues<Total>().Length];
        using (var reader = db.Query("SELECT name, value FROM totals"))
        {
            while (reader.Read())
            {
                if (Enum.TryParse<Total>(reader.GetString(0), out var total)) totals[(int)total] = reader.GetInt64(1);
            }
        }

        long Of(Total total) => totals[(int)total];
        return new(
            new(Of(Total.Accepted), Of(Total.Handled), Of(Total.InboundParked), db.Scalar<long>($"SELECT count(*) FROM inbox WHERE {RowSql.Open}"),
                Of(Total.Duplicates), Of(Total.Refused), Of(Total.Discarded)) { Dropped = Of(Total.Dropped) },
            new(Of(Total.Owed), Of(Total.Delivered), Of(Total.Rejected), Of(Total.OutboundParked),
                db.Scalar<long>($"SELECT count(*) FROM outbox WHERE {RowSql.Open}"))
            {
                Withdrawn = Of(Total.Withdrawn),
                Bounced = Of(Total.Bounced),
                ReportedDelivered = Of(Total.ReportedDelivered),
                ReportedRead = Of(Total.ReportedRead),
            })
        {
            OldestPending = Time(db.Scalar<long>($"SELECT accepted_utc FROM inbox WHERE {RowSql.Open} ORDER BY id LIMIT 1")),
            OldestOwed = Time(db.Scalar<long>($"SELECT owed_utc FROM outbox WHERE {RowSql.Open} ORDER BY id LIMIT 1")),
        };
    }

    private static DateTimeOffset? Time(long milliseconds) => milliseconds == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
