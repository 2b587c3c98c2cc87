using System.Globalization;
using PluginGateway.Dispatch;
using PluginGateway.Guard.Calls;
using PluginGateway.Shutdown;
using PluginGateway.Store;
using PluginGateway.Supervision;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;
using PluginGateway.Threads;
using PluginGateway.Units;
using PluginGateway.Web.Adapters;
using PluginGateway.Web.Health;

namespace PluginGateway.Status;

/// <summary>Builds the status from the snapshots last published by the loops. Waits only for the store, at most 0.3 s.</summary>
internal sealed class StatusReporter(
    Supervisor supervisor, Dispatcher dispatcher, MessageStore store, StopRequests requests, GatewayInfo info, GatewayHealth health,
    AdapterRoutes routes, TimeProvider clock)
{
    private static readonly TimeSpan BalanceWait = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan DispatchWait = TimeSpan.FromMilliseconds(100);

    /// <summary>Returns the state of the gateway, and the reasons why it is not ready, as text.</summary>
    public (GatewayState State, IReadOnlyList<string> Reasons) Judge()
    {
        var (state, reasons) = Evaluate();
        return (state, [.. reasons.Select(static reason => reason.Text)]);
    }

    /// <summary>Returns the state of the gateway and the reasons for it.</summary>
    public (GatewayState State, IReadOnlyList<StatusReason> Reasons) Evaluate()
    {
        if (requests.First is { } stop) return (GatewayState.Stopping, [new("stopping", $"stopping: {stop.Reason}")]);
        var snapshot = supervisor.Snapshot;
        var reasons = Reasons(snapshot);
        if (!info.HasStarted) return (GatewayState.Starting, reasons.Count > 0 ? reasons : [new("starting", "starting")]);
        return reasons.Count == 0 ? (GatewayState.Ready, reasons) : (GatewayState.Degraded, reasons);
    }

    public StatusReport Report()
    {
        var (state, reasons) = Judge();
        var snapshot = supervisor.Snapshot;
        store.TryBalance(BalanceWait, out var balance);
        dispatcher.TrySnapshot(DispatchWait, out var dispatch);
        var traffic = dispatch.Adapters.ToDictionary(static adapter => adapter.AdapterId);
        var refused = routes.Refused.ToLookup(static claim => claim.AdapterId, static claim => claim.Sentence);
        var units = snapshot.Units.ToLookup(static unit => unit.IsAdapter, unit => Describe(unit, traffic, clock.GetUtcNow()) with
        {
            PathRefused = unit.IsAdapter ? refused[unit.Id].FirstOrDefault() : null,
            TurnsWaitingForFiles = dispatch.RunningTurns.Count(turn => turn.WaitsForFiles && turn.AdapterId == unit.Id),
        });
        var age = Math.Round(clock.GetElapsedTime(snapshot.Taken).TotalSeconds, 3);
        return new StatusReport(
            state, info.Version, Environment.ProcessId, Math.Max(0, age), reasons, info.Http, [.. units[true]], Describe(balance), info.LastShutdown)
        {
            Handlers = [.. units[false]],
            Unconfigured = Unconfigured(dispatch, snapshot),
            Turns = new TurnsReport(dispatch.RunningTurns.Count, dispatch.PendingMessages, dispatch.Detached, dispatch.Stopped, dispatch.HeldMessages),
            Memory = [.. store.MemoryUses.OrderBy(static use => use.Key, StringComparer.Ordinal)
                .Select(static use => new HandlerMemory(use.Key, use.Value.Sessions, use.Value.Bytes, use.Value.Forgotten))],
        };
    }

    /// <summary>Returns the messages of adapters that are no longer configured: they are kept, and reported only here.</summary>
    private static UnconfiguredAdapter[] Unconfigured(DispatchSnapshot dispatch, SupervisorSnapshot snapshot)
    {
        var configured = snapshot.Units.Select(static unit => unit.Id).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. dispatch.Adapters.Where(adapter => adapter.Owed + adapter.Pending > 0 && !configured.Contains(adapter.AdapterId))
                .Select(static adapter => new UnconfiguredAdapter(adapter.AdapterId, adapter.Pending, adapter.Owed)),
        ];
    }

    private List<StatusReason> Reasons(SupervisorSnapshot snapshot)
    {
        List<StatusReason> reasons = [.. health.Stalled.Select(static beat => new StatusReason($"loop {beat.Name}", GatewayHealth.Describe(beat)))];
        if (LoopThread.Waiting is > 0 and var waiting)
            reasons.Add(new("threads",
                $"{waiting} threads wait because the system gives no more to this user (ulimit -u) or control group (pids.max); they start when it does"));
        if (info.SafeMode is { } safe) reasons.Add(new("safe mode", safe));
        if (store.Broken is { } broken) reasons.Add(new("store broken", $"the store is broken: {broken.Message}"));
        else if (store.Failure is { } trouble)
            reasons.Add(new($"store {trouble.Code}",
                $"the store cannot write [{trouble.Code}]: {trouble.Message} Messages are refused until it can; it tries every second"));
        else if (store.Refusal is { } refusal) reasons.Add(new("store refuses", $"messages are refused: {refusal.Message}"));
        reasons.AddRange(store.StateRefusals.Sentences.Select(static sentence => new StatusReason("state refused", sentence)));
        if (store.FreshForgotten is { } ids) reasons.Add(new("event ids", ids));
        if (store.LastBalance is { IsExact: false } books)
            reasons.Add(new("books",
                $"the books of the store do not balance: {books.Inbound.Missing} inbound and {books.Outbound.Missing} outbound unaccounted for"));
        reasons.AddRange(PromiseThreads.Holders.Select(static holder => new StatusReason(
            $"{holder} blocks completions",
            $"{holder} blocks the {PromiseThreads.Share} threads on which its tasks are completed (its synchronization contexts or schedulers wait); its further ones are completed on the thread pool; a reconnect or reload does not free them, a restart does: ask its author")));
        if (snapshot.PoolIsStarved) reasons.Add(new("pool", "thread pool starved"));
        reasons.AddRange(dispatcher.Outages.Select(static away => new StatusReason(
            $"{away.HandlerId} puts off",
            string.Create(CultureInfo.InvariantCulture,
                $"handler '{away.HandlerId}' has put its turns off since {away.SinceUtc:yyyy-MM-dd HH:mm:ss}Z: {away.Reason.TrimEnd('.')}; they wait and run again"))));
        reasons.AddRange(dispatcher.Room.Full().Select(id => new StatusReason(
            $"{id} owes all",
            $"adapter '{id}' owes all the messages that it may (gateway.outbox.maxOwed: {dispatcher.Room.Most} over all adapters): its turns wait and programs are refused until some are delivered or dropped; see: plugin-gateway outbox list --adapter {id}")));
        reasons.AddRange(dispatcher.Copies.Folder.Shares.Refusals.Select(static sentence => new StatusReason("media refused", sentence)));
        reasons.AddRange(dispatcher.Copies.Late.Select(static late => new StatusReason($"{late.AdapterId} copies", late.Text)));
        if (snapshot.Units.Count(static unit => unit.AwaitsPermit) is > 0 and var others)
            reasons.Add(new("loads", $"{others} adapters and handlers wait for their turn to load"));
        foreach (var unit in snapshot.Units)
        {
            if (unit.AwaitsPermit || unit.Phase == UnitPhase.Disabled || unit is { Phase: UnitPhase.Connected, IsDegraded: false }) continue;
            var kind = unit.IsAdapter ? "adapter" : "handler";
            // Between two attempts it is as much away as during one.
            var stand = unit.Phase is UnitPhase.Loading or UnitPhase.Connecting or UnitPhase.Waiting ? "away" : unit.StateName;
            reasons.Add(new($"{unit.Id} {stand}",
                $"{kind} '{unit.Id}' is {unit.StateName.ToLowerInvariant()}{(unit.Reason.Length > 0 ? $": {unit.Reason}" : "")}{(unit.NeedsAttention ? " (needs attention)" : "")}"));
        }

        return reasons;
    }

    private static AdapterStatus Describe(UnitSnapshot unit, Dictionary<string, AdapterQueueSnapshot> traffic, DateTimeOffset now)
    {
        traffic.TryGetValue(unit.Id, out var seen);
        var reconnect = unit.DueUtc is { } due ? new ReconnectStatus(unit.Attempt + 1, due) : null;
        var abandoned = unit.Abandoned.Select(static call => new AbandonedCallReport(FailureMapping.Name(call.Operation), call.Generation,
            call.SinceUtc, StageOf(call.Stage)));
        return new AdapterStatus(
            unit.Id, unit.Plugin, unit.StateName.ToLowerInvariant(), unit.Reason.Length > 0 ? unit.Reason : null, unit.Generation, unit.SinceUtc,
            seen?.LastInbound, seen?.LastOutbound, [.. abandoned], reconnect)
        {
            Code = unit.Code,
            Frame = unit.Frame,
            Account = AccountStatus.Of(unit.Connection),
            AccountChange = unit.AccountChange,
            Isolation = WorkerStatus.ModeOf(unit),
            Worker = WorkerStatus.Of(unit),
            Owed = seen?.Owed ?? 0,
            SendsInFlight = seen?.InFlight ?? 0,
            LifeSigns = unit.IsAdapter ? Signs(unit.Proofs, seen, now) : null,
            Pending = seen?.Pending ?? 0,
            Refused = seen?.Refused ?? 0,
            Waiting = seen?.Waiting ?? 0,
            WaitingSinceUtc = seen?.WaitingSince,
            Lost = seen?.Lost,
            OwedRefused = seen?.OwedRefused ?? 0,
            HeldUntilUtc = seen?.HeldUntil,
            ChatsHeldUntilUtc = seen?.ChatsHeldUntil,
            Retrying = seen?.Retrying,
            Discarded = seen?.Discarded ?? new Dictionary<string, long>(),
        };
    }

    private static LifeSigns Signs(ProofsOfLife? proofs, AdapterQueueSnapshot? seen, DateTimeOffset now)
    {
        var ingress = Later(proofs?.IngressUtc, seen?.LastInbound);
        var egress = Later(proofs?.EgressUtc, seen?.LastOutbound);
        var transport = proofs is null ? null : Later(proofs.TransportUtc, Later(ingress, egress));
        return new LifeSigns(Age(transport, now), Age(ingress, now), Age(egress, now));
    }

    private static AbandonedCallStage StageOf(CallStage stage) => stage switch
    {
        CallStage.NotEntered => AbandonedCallStage.NotEntered,
        CallStage.Entered => AbandonedCallStage.Entered,
        _ => AbandonedCallStage.Awaiting,
    };

    private static DateTimeOffset? Later(DateTimeOffset? a, DateTimeOffset? b) => a is null || b > a ? b : a;

    private static double? Age(DateTimeOffset? then, DateTimeOffset now) =>
        then is { } time ? Math.Round(Math.Max(0, (now - time).TotalSeconds), 3) : null;

    private static BalanceReport Describe(Balance balance) => new(
        new InboundBalanceReport(
            balance.Inbound.Accepted, balance.Inbound.Handled, balance.Inbound.Parked, balance.Inbound.Pending, balance.Inbound.Duplicates,
            balance.Inbound.Refused,
            balance.Inbound.Discarded, balance.Inbound.Dropped),
        new OutboundBalanceReport(
            balance.Outbound.Owed, balance.Outbound.Delivered, balance.Outbound.Rejected, balance.Outbound.Parked, balance.Outbound.Pending,
            balance.Outbound.Withdrawn, balance.Outbound.Bounced),
        balance.IsExact);
}

/// <summary>Reason why the gateway is not ready. <paramref name="About"/>: stable name of the condition, by which a change is recognised;
/// <paramref name="Text"/>: a sentence.</summary>
internal sealed record StatusReason(string About, string Text);
