using PluginGateway.Guard.Lanes;

namespace PluginGateway.Guard.Calls;

/// <summary>Receiver of the ends of calls.</summary>
internal interface ICallSink
{
    /// <summary>Takes a call that has ended; read <see cref="GuardedCall.End"/>. Any thread, the deadline watch's and a plugin's included: only post
    /// the call to a mailbox.</summary>
    void Settled(GuardedCall call);
}

/// <summary>Invocation of one member of a plugin. A call ends exactly once: by its completion or by the deadline watch.</summary>
internal abstract class GuardedCall(Operation operation, ICallSink? sink)
{
    /// <summary>The member.</summary>
    public Operation Operation { get; } = operation;

    /// <summary>Data of the sender, given back with the end of the call.</summary>
    public object? Tag { get; init; }

    /// <summary>Source of the member's token in place of the slot's: for callers that cancel the call themselves. It serves no other call.</summary>
    public CancellationTokenSource? Source { get; init; }

    /// <summary>Wait of the host on the call's thread before it enters the member; the deadline runs from its end.</summary>
    public Action? Before { get; init; }

    /// <summary>End of the call.</summary>
    public CallEnd End { get; private set; }

    /// <summary>Calls the member. Plugin code: only <see cref="CallSlot"/> does this.</summary>
    public abstract Task? Enter(object? target, CancellationToken cancellationToken);

    /// <summary>Reads the result of a task that completed well; null when there is none and there should be.</summary>
    public abstract object? Extract(Task task);

    /// <summary>Takes the result, before the end is announced.</summary>
    public abstract void Accept(object result);

    /// <summary>Takes a result that came after the call had been declared overdue. Most have no use for it.</summary>
    public virtual void AcceptLate(object result)
    {
    }

    /// <summary>Notes the reason before the host cancels the member's token: its deadline, or the end of the generation. Any thread; must not
    /// block.</summary>
    public virtual void OnCancelling(TurnCancelReason reason)
    {
    }

    /// <summary>Ends the call and announces it. Once.</summary>
    public void Finish(in CallEnd end)
    {
        End = end;
        sink?.Settled(this);
    }
}

/// <summary>A call of a member without a result.</summary>
internal abstract class PlainCall(Operation operation, ICallSink? sink) : GuardedCall(operation, sink)
{
    private static readonly object Done = new();

    public sealed override object? Extract(Task task) => Done;

    public sealed override void Accept(object result)
    {
    }
}

/// <summary>A call of a member with a result.</summary>
internal abstract class ValueCall<T>(Operation operation, ICallSink? sink) : GuardedCall(operation, sink)
    where T : class
{
    /// <summary>The result of a call that completed; otherwise null.</summary>
    public T? Value { get; private set; }

    public sealed override object? Extract(Task task) => ((Task<T?>)task).Result;

    public sealed override void Accept(object result) => Value = (T)result;
}
