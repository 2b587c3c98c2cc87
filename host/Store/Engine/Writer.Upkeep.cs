using PluginGateway.Store.Quota;
using PluginGateway.Store.Verbs;
using PluginGateway.Threads;

namespace PluginGateway.Store.Engine;

internal sealed partial class Writer
{
    /// <summary>Interval at which tickets are erased that are of no use any more, while there are tickets.</summary>
    private static readonly TimeSpan EraseEvery = TimeSpan.FromSeconds(1);

    private long _erased;

    /// <summary>Writes as many bytes as a large message needs and deletes them again; only then is a store that could not write trusted with
    /// messages. In two transactions: pages that are freed in the one that filled them are never written.</summary>
    private void Probe()
    {
        Heartbeat.Beat();
        _probed = _clock.GetTimestamp();
        if (Attempt([new Command<int>(static db =>
            db.Execute("INSERT INTO adapter_state VALUES ('', '', printf('%.*c', 262144, 'x')) ON CONFLICT DO UPDATE SET value = excluded.value"),
            null)]) is not null)
            return;
        if (Attempt([new Command<int>(static db => db.Execute("DELETE FROM adapter_state WHERE adapter_id = '' AND key = ''"), null)]) is not null)
            return;
        _overcome = _failure;
        Volatile.Write(ref _failure, null);
    }

    private void EraseTickets()
    {
        if (!_session.MayHaveTickets || _clock.GetElapsedTime(_erased) < EraseEvery) return;
        Attempt([new Command<bool>(TicketVerbs.Erase, null)]);
        _erased = _clock.GetTimestamp();
    }

    /// <summary>Copies the sent ids of a portion. Not while the store cannot write: nothing is lost, and the next look at an id copies them too.</summary>
    private void IndexSent()
    {
        if (_session.DeliveredSinceIndexed < SentVerbs.Portion || _failure is not null) return;
        Attempt([new Command<bool>(static db =>
        {
            SentVerbs.Update(db);
            return true;
        }, null) { MustBeOnDisk = false }]);
    }

    private void Sweep()
    {
        var sweepResult = default(SweepResult);
        Balance? balance = null;
        var mayForget = _clock.GetElapsedTime(_opened) >= _sweepAfter;
        Attempt([new Command<bool>(db =>
        {
            if (mayForget) sweepResult = Retention.Sweep(db, _options);
            balance = BalanceQuery.Read(db);
            return true;
        }, null)]);
        if (sweepResult.Forgotten > 0) _log.ForgotParked(sweepResult.Forgotten, _options.KeepParked.TotalDays);
        if (balance is not null) _audited(balance);
        if (!sweepResult.More) _swept = _clock.GetTimestamp();
    }

    private void Shut()
    {
        var clean = false;
        if (Broken is null)
        {
            // With the counts of the last moments, if no transaction has written them yet.
            Balance? balance = null;
            if (Attempt([new Command<Balance>(db =>
            {
                db.Usage.Write();
                return balance = BalanceQuery.Read(db);
            }, null)]) is null) _audited(balance!);
        }

        if ((_files.BeforeWriting() ?? Broken) is null)
        {
            clean = _session.Scalar<long?>("PRAGMA wal_checkpoint(TRUNCATE)") == 0;
            if (_session.TakeFailure() is { } failure) _log.CloseFailed(failure.Message);
        }

        // Closing would write to files that may belong to another process, and delete by name.
        if (Broken?.Code != StoreCode.Replaced) _session.Dispose();
        using (UninterruptibleLock.Enter(_gate))
        {
            (_closed, _clean) = (true, clean);
            Monitor.PulseAll(_gate);
        }
    }
}
