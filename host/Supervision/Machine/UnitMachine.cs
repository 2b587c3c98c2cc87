using PluginGateway.Configuration.Options;

namespace PluginGateway.Supervision.Machine;

/// <summary>Options of the machine of one unit.</summary>
/// <param name="Reconnect">Delays of attempts, and the time after which a connection counts as stable.</param>
/// <param name="OnWedged">Consequence of repeated wedging.</param>
internal sealed record UnitOptions(ReconnectOptions Reconnect, OnWedged OnWedged)
{
    /// <summary>True for a unit that runs in the gateway's process and could run in a worker.</summary>
    public bool CanBeIsolated { get; init; }
}

/// <summary>The supervisor's decisions: state and event in, state and effects out. Pure; the clock, the random source and the generation numbers come
/// in.</summary>
internal sealed class UnitMachine(UnitOptions options, BackoffPolicy backoff, Func<int> nextGeneration)
{
    /// <summary>Number of wedged generations in a row after which an adapter is moved to a worker, or the unit is quarantined.</summary>
    public const int MaxWedges = 3;

    /// <summary>The reason for a connect after a reload, and the code while it is under way.</summary>
    public const string ReloadCode = "reload";

    /// <summary>Largest number of earlier generations with calls that have not returned; each holds a thread or memory, and another one would
    /// too.</summary>
    public const int MaxZombies = 16;

    /// <summary>Time for which a conflict is retried while earlier generations have open calls: the other session may be the gateway's own, and end
    /// with its call.</summary>
    public static readonly TimeSpan ConflictPatience = TimeSpan.FromMinutes(10);

    private static readonly IReadOnlyList<UnitEffect> Nothing = [];

    public (UnitState State, IReadOnlyList<UnitEffect> Effects) Step(UnitState state, UnitEvent happened, DateTimeOffset now) => happened switch
    {
        EnableCommand when state.IsStopping => (state, Nothing),
        EnableCommand when !state.IsLive => BeginAfresh(state with { Attempt = 0, Refusals = 0, Wedges = 0, AccountChange = null }, now),
        EnableCommand => Fail(state with { AccountChange = null }, new Failure("operator", "The operator asked for a reconnect."), now, TimeSpan.Zero),
        DisableCommand off when !state.IsStopping => End(state, UnitPhase.Disabled, off.Reason, now),
        ConfigureCommand configure => Configure(state, configure, now),
        DiscardCommand discard => (state, [new Discard(state.Generation, discard.Candidate)]),
        StopUnitCommand => End(state, UnitPhase.Stopping, "stopping", now),
        Tick when IsDue(state, now) && state.Zombies >= MaxZombies && CanPromote(state) =>
            Begin(state with { IsPromoted = true, FreshContext = true }, now),
        Tick when IsDue(state, now) && state.Zombies >= MaxZombies && !state.IsPromoted => GiveUp(state, now),
        Tick when IsDue(state, now) => Begin(state, now),
        StepEnded step when IsCurrent(state, step.Generation) => AfterStep(state, step, now),
        GenerationFailed generationFailed when IsCurrent(state, generationFailed.Generation) => Fail(state, generationFailed.Failure, now),
        TeardownEnded => AfterTeardown(state, now),
        AccountRecalled account =>
            (state with { AccountChange = AccountChangeOf(account.Before, account.Current) ?? state.AccountChange }, Nothing),
        _ => (state, Nothing),
    };

    /// <summary>Returns the initial state of a unit.</summary>
    public static UnitState Initial(DateTimeOffset now, DisabledReason? rest = null) =>
        new(rest?.Phase ?? UnitPhase.Disabled, rest?.Reason ?? "", now) { LastFault = rest?.Code };

    /// <summary>True for the one generation that may still change something.</summary>
    public static bool IsCurrent(UnitState state, int generation) => state.IsLive && state.Generation == generation;

    private bool CanPromote(UnitState state) => options is { OnWedged: OnWedged.Process, CanBeIsolated: true } && !state.IsPromoted;

    private static bool IsDue(UnitState state, DateTimeOffset now) =>
        state.Phase == UnitPhase.Waiting && now >= state.DueUtc && !MustWait(state);

    private static bool MustWait(UnitState state) => state.TearingDown > 0 && (state.HoldsCredential || state.AwaitsTeardown);

    private (UnitState, IReadOnlyList<UnitEffect>) BeginAfresh(UnitState state, DateTimeOffset now) => MustWait(state)
        ? (state with { Phase = UnitPhase.Waiting, Reason = "the last session is still being closed", SinceUtc = now, DueUtc = now }, Nothing)
        : Begin(state, now);

    private (UnitState, IReadOnlyList<UnitEffect>) Begin(UnitState state, DateTimeOffset now)
    {
        var next = state with
        {
            Phase = UnitPhase.Loading,
            // While the unit waits for its next attempt, the last failure stays the reason.
            Reason = state.Phase == UnitPhase.Waiting ? state.Reason : "",
            Frame = state.Phase == UnitPhase.Waiting ? state.Frame : null,
            SinceUtc = now,
            Generation = nextGeneration(),
            Attempt = state.Attempt + 1,
            DueUtc = null,
            DownSinceUtc = state.DownSinceUtc ?? now,
            AwaitsTeardown = false,
        };
        return (next, [new BeginStep(next.Generation, UnitStep.Load, FreshContext: state.FreshContext)]);
    }

    private (UnitState, IReadOnlyList<UnitEffect>) GiveUp(UnitState state, DateTimeOffset now)
    {
        var reason =
            $"{state.Reason}; {state.Zombies} earlier generations still have calls that never came back, and only a restart of the gateway frees what they hold";
        var given = state with { Phase = UnitPhase.Quarantined, Reason = reason, SinceUtc = now, DueUtc = null };
        return (given, options.OnWedged == OnWedged.Exit ? [new ExitGateway(state.Generation, reason)] : Nothing);
    }

    private (UnitState, IReadOnlyList<UnitEffect>) AfterStep(UnitState state, StepEnded ended, DateTimeOffset now)
    {
        if (ended.Failure is { } failure) return Fail(state, failure, now, step: ended.Step);
        switch (ended.Step)
        {
            case UnitStep.Load:
                return (state with { HoldsCredential = ended.HoldsCredential, FreshContext = false },
                    [new BeginStep(state.Generation, ended.HoldsCredential ? UnitStep.Claim : UnitStep.Create)]);
            case UnitStep.Claim:
                return (state, [new BeginStep(state.Generation, UnitStep.Create)]);
            case UnitStep.Create:
                return (state, [new BeginStep(state.Generation, UnitStep.Validate)]);
            case UnitStep.Validate:
                var context = new ConnectContext(state.Attempt, state.WasConnected, state.LastFault ?? "start");
                return (state with { Phase = UnitPhase.Connecting, SinceUtc = now }, [new BeginStep(state.Generation, UnitStep.Connect, context)]);
            default:
                var connected = state with
                {
                    Phase = UnitPhase.Connected,
                    Reason = "",
                    Frame = null,
                    SinceUtc = now,
                    DownSinceUtc = null,
                    ConflictSinceUtc = null,
                    WasConnected = true,
                    Connection = ended.Connection,
                    AccountChange = AccountChangeOf(state.Connection, ended.Connection) ?? state.AccountChange,
                };
                return (connected, [new Attach(state.Generation, ended.Connection)]);
        }
    }

    private static string? AccountChangeOf(ConnectionInfo before, ConnectionInfo after) =>
        before.AccountId is { } old && after.AccountId is { } current && old != current
            ? $"account changed from {Describe(before)} to {Describe(after)}" : null;

    private static string Describe(ConnectionInfo account) =>
        account.AccountName is { } name ? $"{account.AccountId} ({name})" : account.AccountId!;

    /// <summary>Ends a generation after a failure. The order of the effects matters: retire, queue the reconnect, detach, and only then touch the old
    /// instance.</summary>
    private (UnitState, IReadOnlyList<UnitEffect>) Fail(
        UnitState state, Failure failure, DateTimeOffset now, TimeSpan? delay = null, UnitStep? step = null)
    {
        var wasStable = state.Phase == UnitPhase.Connected && now - state.SinceUtc >= options.Reconnect.StableAfter;
        var attempt = wasStable ? 1 : state.Attempt;
        var refusals = failure.IsUnreachable ? (wasStable ? 0 : state.Refusals) : wasStable ? 1 : state.Refusals + 1;
        var wedges = failure.Kind == FailureKind.Wedged ? (wasStable ? 1 : state.Wedges + 1) : wasStable ? 0 : state.Wedges;
        var failed = state with
        {
            Reason = failure.Message,
            SinceUtc = now,
            LastFault = failure.Code,
            Frame = failure.Frame,
            DownSinceUtc = state.DownSinceUtc ?? now,
            Attempt = attempt,
            Refusals = refusals,
            Wedges = wedges,
            // A context that must not be used again stays so until another has been loaded, however often that fails.
            FreshContext = state.FreshContext || failure.FreshContext || failure.Kind == FailureKind.Wedged,
            TearingDown = state.TearingDown + 1,
        };
        var mayBeOurOwn = failure is { Kind: FailureKind.Operator, Code: PluginFault.ConflictCode } && state.Zombies + state.TearingDown > 0
            && now - (state.ConflictSinceUtc ?? now) < ConflictPatience;
        if (mayBeOurOwn)
            failed = failed with
            {
                Reason = $"{failure.Message} It may be an earlier connection of our own that has not ended.",
                ConflictSinceUtc = state.ConflictSinceUtc ?? now
            };
        List<UnitEffect> effects = [new Retire(state.Generation)];
        if (failure.Kind == FailureKind.Operator && !mayBeOurOwn)
        {
            failed = failed with { Phase = UnitPhase.Parked, IsParkedByAnswer = step is not (UnitStep.Load or UnitStep.Create or UnitStep.Validate) };
        }
        else if (failure.RetryAfter > BackoffPolicy.Longest)
        {
            var demanded = $"{failure.Message.TrimEnd('.')}. It demands a wait of {failure.RetryAfter.Value.TotalHours:0.#} h, and {BackoffPolicy.Longest.TotalHours:0} h is the longest that is kept: plugin-gateway adapter reconnect";
            failed = failed with { Phase = UnitPhase.Parked, IsParkedByAnswer = true, Reason = demanded };
        }
        else if (wedges >= MaxWedges && CanPromote(state))
        {
            failed = failed with
            {
                Phase = UnitPhase.Waiting,
                Reason = $"{failure.Message}; wedged {wedges} times in a row, it goes on in a process of its own",
                DueUtc = now + backoff.Delay(refusals, failure.RetryAfter),
                Wedges = 0,
                IsPromoted = true,
            };
        }
        else if (wedges >= MaxWedges)
        {
            failed = failed with { Phase = UnitPhase.Quarantined };
            if (options.OnWedged == OnWedged.Exit) effects.Add(new ExitGateway(state.Generation, failure.Message));
        }
        else
        {
            var unreachableFor = failure.IsUnreachable ? now - failed.DownSinceUtc!.Value : (TimeSpan?)null;
            failed = failed with
            {
                Phase = UnitPhase.Waiting,
                DueUtc = now + (delay ?? backoff.Delay(Math.Max(1, refusals), failure.RetryAfter, unreachableFor))
            };
        }

        effects.Add(new Detach(state.Generation));
        effects.Add(new TearDown(state.Generation));
        return (failed, effects);
    }

    /// <summary>Applies a configuration: first the new specification, then the consequences for the state. A unit that stops keeps its own.</summary>
    private (UnitState, IReadOnlyList<UnitEffect>) Configure(UnitState state, ConfigureCommand command, DateTimeOffset now)
    {
        if (command.Wanted is not { } wanted) return Remove(state, command.Drain, now);
        if (state.IsStopping) return (state, command.Candidate is { } late ? [new Discard(state.Generation, late)] : Nothing);
        var adopt = new Adopt(state.Generation, wanted);
        if (!command.Renews) return (state, [adopt]);
        var renewed = state with { IsPromoted = false, FreshContext = command.Candidate is null, AccountChange = null };
        var (after, effects) = command.Disabled is { } reason ? Disable(renewed, reason, command.Drain, now)
            : state.IsLive ? BeginReplace(renewed, command.Drain, now)
            // A quarantine that began after the reload had made its plan is newer than the plan.
            : state.Phase == UnitPhase.Quarantined && state.SinceUtc > command.Planned ? (renewed, Nothing)
            : BeginAfresh(renewed with { Attempt = 0, Refusals = 0, Wedges = 0 }, now);
        return (after, [adopt, new Renew(state.Generation, command.Candidate), .. effects]);
    }

    private static (UnitState, IReadOnlyList<UnitEffect>) Remove(UnitState state, TimeSpan? drain, DateTimeOffset now)
    {
        var (after, effects) = state.IsStopping ? (state, Nothing) : End(state, UnitPhase.Disabled, "removed from the configuration", now, drain);
        return (after, [.. effects, new Leave(state.Generation)]);
    }

    /// <summary>Disables a unit; one that is disabled for that reason already is not changed.</summary>
    private static (UnitState, IReadOnlyList<UnitEffect>) Disable(UnitState state, DisabledReason reason, TimeSpan? drain, DateTimeOffset now) =>
        state.Phase == reason.Phase && state.Reason == reason.Reason
            ? (state, Nothing)
            : End(state with { LastFault = reason.Code ?? state.LastFault }, reason.Phase, reason.Reason, now, drain);

    /// <summary>Replaces a generation: the next one is created when the teardown of this one has ended.</summary>
    private static (UnitState, IReadOnlyList<UnitEffect>) BeginReplace(UnitState state, TimeSpan? drain, DateTimeOffset now)
    {
        var next = state with
        {
            Phase = UnitPhase.Waiting,
            Reason = "being replaced by a reload",
            Frame = null,
            SinceUtc = now,
            DueUtc = now,
            LastFault = ReloadCode,
            DownSinceUtc = state.DownSinceUtc ?? now,
            Attempt = 0,
            Refusals = 0,
            Wedges = 0,
            TearingDown = state.TearingDown + 1,
            AwaitsTeardown = true,
        };
        return (next, [new Retire(state.Generation), new Detach(state.Generation), new TearDown(state.Generation, drain)]);
    }

    private static (UnitState, IReadOnlyList<UnitEffect>) End(
        UnitState state, UnitPhase phase, string reason, DateTimeOffset now, TimeSpan? drain = null)
    {
        var tearingDown = state.TearingDown + (state.IsLive ? 1 : 0);
        var final = phase == UnitPhase.Stopping && tearingDown == 0 ? UnitPhase.Stopped : phase;
        var ended = state with
        {
            Phase = final,
            Reason = reason,
            Frame = null,
            SinceUtc = now,
            DueUtc = null,
            TearingDown = tearingDown,
            Attempt = 0,
            Refusals = 0,
            Wedges = 0
        };
        return (ended, state.IsLive ? [new Retire(state.Generation), new Detach(state.Generation), new TearDown(state.Generation, drain)] : Nothing);
    }

    private static (UnitState, IReadOnlyList<UnitEffect>) AfterTeardown(UnitState state, DateTimeOffset now)
    {
        var left = Math.Max(0, state.TearingDown - 1);
        var next = state with { TearingDown = left };
        return (state.Phase == UnitPhase.Stopping && left == 0 ? next with { Phase = UnitPhase.Stopped, SinceUtc = now } : next, Nothing);
    }
}
