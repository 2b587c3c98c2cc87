using System.Diagnostics;
using PluginGateway.Guard.Calls;

namespace PluginGateway.Guard.Lanes;

/// <summary>The owner of a slot, which is told how its calls end. Called on any thread; must not block.</summary>
internal interface ISlotOwner
{
    /// <summary>Called when the call is about to end by itself.</summary>
    void OnSettled(GuardedCall call, in CallEnd end);

    /// <summary>Called when the watch has declared the call overdue; the call keeps its slot.</summary>
    void OnOverdue(GuardedCall call, in CallEnd end);

    /// <summary>Called when an overdue call has returned.</summary>
    void OnLate(GuardedCall call, TimeSpan lateness, CallFailure? failure);

    /// <summary>Called when the slot is free again, as the last step of a call.</summary>
    void OnFree(CallSlot slot);
}

/// <summary>The record that holds one call while it is open, and afterwards for as long as an abandoned call has not come back.</summary>
/// <remarks>Its state is one word, epoch and phase; every transition compares-and-swaps the exact word that was read, so a call ends once. The fields
/// that the watch needs (call, deadline, stage) are written before the word and read before the swap, so they always belong to that epoch.</remarks>
internal sealed class CallSlot
{
    private const int PhaseBits = 3;
    private const long PhaseMask = (1 << PhaseBits) - 1;
    private const long Free = 0, Entered = 1, Awaiting = 2, Finishing = 3, Overdue = 4;
    private const long NoLimit = long.MaxValue;

    private readonly ISlotOwner _owner;
    private readonly DeadlineWatch _watch;
    private readonly Action _completed;
    private CancellationTokenSource _cancellation = new();
    private GuardedCall? _call;
    private Task? _task;
    private long _word;
    private long _started;
    private TimeSpan _given;
    private long _limit;
    private long _stamp;
    private bool _reached;

    /// <summary>Written by the watch only: the stamp for which it has counted a deadline, the deadline's start, and its end.</summary>
    private long _counted = -1;
    private long _runs;
    private long _deadline;

    public CallSlot(ISlotOwner owner, DeadlineWatch watch)
    {
        _owner = owner;
        _watch = watch;
        _completed = OnCompleted;
    }

    /// <summary>True while a call is open or abandoned in it.</summary>
    public bool IsTaken => (Volatile.Read(ref _word) & PhaseMask) != Free;

    /// <summary>True while the call in it has outlived its deadline.</summary>
    public bool IsOverdue => (Volatile.Read(ref _word) & PhaseMask) == Overdue;

    /// <summary>True when the member has returned a task that is still open.</summary>
    public bool HasReturned => Volatile.Read(ref _task) is not null;

    /// <summary>Takes the free slot for a call: from now on its deadline runs, unless the host has something to wait for first. Only the owner's
    /// thread.</summary>
    public void Take(GuardedCall call, TimeSpan limit)
    {
        _call = call;
        _reached = false;
        _started = _watch.Now;
        _given = limit;
        _limit = limit > TimeSpan.Zero && call.Before is null ? _watch.Ticks(limit) : NoLimit;
        Volatile.Write(ref _stamp, _watch.Sweeps);
        Volatile.Write(ref _word, (_word & ~PhaseMask) + (1 << PhaseBits) | Entered);
        _watch.Wake();
    }

    /// <summary>Enters the plugin. Only on a lane or a lifecycle thread; returns when the member returned or threw. The caller calls
    /// <see cref="ReleaseLeftover"/> when this method throws.</summary>
    public void Run(object? target)
    {
        Task? task;
        try
        {
            if (_call!.Before is { } before)
            {
                before();
                EndWithin(_given);
            }

            _reached = true;
            task = _call!.Enter(target, (_call.Source ?? _cancellation).Token);
        }
        catch (Exception exception)
        {
            Settle(null, CallFailure.InFull(exception));
            return;
        }

        if (task is null)
        {
            Settle(null, CallFailure.Broken($"{_call.Operation} returned no task."));
        }
        else if (task.IsCompleted)
        {
            Complete(task);
        }
        else
        {
            _task = task;
            var word = Volatile.Read(ref _word);
            if ((word & PhaseMask) == Entered) Interlocked.CompareExchange(ref _word, word & ~PhaseMask | Awaiting, word);
            task.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_completed);
        }
    }

    /// <summary>Frees a slot whose call has ended while an observer of that end threw: a slot that is never freed would cost the adapter a call for
    /// good. For the callers of <see cref="Run"/>: a try in that method would keep the compiler from inlining the path of every call.</summary>
    public void ReleaseLeftover()
    {
        if ((Volatile.Read(ref _word) & PhaseMask) == Finishing) ReleaseAfterEnd();
    }

    /// <summary>Cancels the call's token because its generation ends, on a thread for which no other waits.</summary>
    public void Cancel()
    {
        var call = Volatile.Read(ref _call);
        call?.OnCancelling(TurnCancelReason.Stopping);
        _watch.Cancel(call?.Source ?? _cancellation);
    }

    /// <summary>Sets the deadline of a call without one, counted from now.</summary>
    public void EndWithin(TimeSpan limit)
    {
        if (limit <= TimeSpan.Zero) return;
        Volatile.Write(ref _limit, _watch.Ticks(limit));
        Volatile.Write(ref _stamp, _watch.Sweeps);
        _watch.Wake();
    }

    /// <summary>Declares the call overdue if it is. Only the watch.</summary>
    public void Sweep(long now)
    {
        var word = Volatile.Read(ref _word);
        var phase = word & PhaseMask;
        if (phase is not (Entered or Awaiting) || !HasPassed(now)) return;
        var call = _call!;
        var cancellation = call.Source ?? _cancellation;
        var end = new CallEnd(CallEndKind.Overdue, Stage(phase), _watch.Elapsed(_runs, now), null);
        if (Interlocked.CompareExchange(ref _word, word & ~PhaseMask | Overdue, word) != word) return;
        call.OnCancelling(TurnCancelReason.Deadline);
        call.Finish(end);
        _owner.OnOverdue(call, end);
        _watch.Cancel(cancellation);
    }

    /// <summary>Returns the abandoned call in this slot, if there is one. Any thread.</summary>
    public AbandonedCall? Abandoned(int generation)
    {
        var word = Volatile.Read(ref _word);
        var call = _call;
        if ((word & PhaseMask) != Overdue || call is null) return null;
        var stage = !_reached ? CallStage.NotEntered : _task is null ? CallStage.Entered : CallStage.Awaiting;
        var abandoned = new AbandonedCall(call.Operation, generation, _watch.UtcOf(_started), stage);
        return Volatile.Read(ref _word) == word ? abandoned : null;
    }

    /// <summary>True when the limit has passed. The limit runs from the first sweep that read the clock after the limit was given: a lane reads no
    /// clock, and no call ends early.</summary>
    private bool HasPassed(long now)
    {
        var stamp = Volatile.Read(ref _stamp);
        if (stamp == _watch.Sweeps)
        {
            _watch.ExpectSoon();
            return false;
        }

        var limit = Volatile.Read(ref _limit);
        if (stamp != _counted)
        {
            (_counted, _runs, _deadline) = (stamp, now, limit == NoLimit ? NoLimit : now + limit);
            _watch.ExpectSoon();
        }

        if (now >= _deadline) return true;
        _watch.Expect(_deadline);
        return false;
    }

    private CallStage Stage(long phase) => phase == Awaiting ? CallStage.Awaiting : _reached ? CallStage.Entered : CallStage.NotEntered;

    private void OnCompleted()
    {
        try
        {
            Complete(_task!);
        }
        catch (Exception)
        {
            ReleaseLeftover();
            throw;
        }
    }

    private void Complete(Task task)
    {
        var call = _call!;
        if (!task.IsCompletedSuccessfully)
        {
            Settle(null, CallFailure.InFull(task));
            return;
        }

        object? result;
        try
        {
            result = call.Extract(task);
        }
        catch (Exception exception)
        {
            Settle(null, CallFailure.InFull(exception));
            return;
        }

        Settle(result, result is null ? CallFailure.Broken($"{call.Operation} returned null.") : null);
    }

    private void Settle(object? result, CallFailure? failure)
    {
        var call = _call!;
        while (true)
        {
            var word = Volatile.Read(ref _word);
            var phase = word & PhaseMask;
            if (phase == Overdue)
            {
                EndLate(call, result, failure);
                return;
            }

            Debug.Assert(phase is Entered or Awaiting, "A slot settles a call that is not open.");
            var stage = Stage(phase);
            if (Interlocked.CompareExchange(ref _word, word & ~PhaseMask | Finishing, word) != word) continue;
            Announce(call, stage, result, failure);
            ReleaseAfterEnd();
            return;
        }
    }

    private void Announce(GuardedCall call, CallStage stage, object? result, CallFailure? failure)
    {
        if (failure is null) call.Accept(result!);
        var end = new CallEnd(failure is null ? CallEndKind.Completed : CallEndKind.Failed, stage, _watch.Elapsed(_started, _watch.Now), failure);
        _owner.OnSettled(call, end);
        call.Finish(end);
    }

    private void EndLate(GuardedCall call, object? result, CallFailure? failure)
    {
        var lateness = _watch.Elapsed(Volatile.Read(ref _deadline), _watch.Now);
        _cancellation = new CancellationTokenSource();
        try
        {
            if (failure is null) call.AcceptLate(result!);
            _owner.OnLate(call, lateness, failure);
        }
        finally
        {
            Release();
        }
    }

    private void ReleaseAfterEnd()
    {
        if (!_cancellation.TryReset()) _cancellation = new CancellationTokenSource();
        Release();
    }

    private void Release()
    {
        _call = null;
        _task = null;
        Volatile.Write(ref _word, _word & ~PhaseMask | Free);
        _owner.OnFree(this);
    }
}

/// <summary>A call that outlived its deadline and has not come back.</summary>
internal sealed record AbandonedCall(Operation Operation, int Generation, DateTimeOffset SinceUtc, CallStage Stage);
