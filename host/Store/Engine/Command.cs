namespace PluginGateway.Store.Engine;

/// <summary>Result of a command, after its transaction is durable. With a <see cref="Failure"/> nothing was written.</summary>
internal readonly record struct CommandResult<T>(T? Value, StoreFailure? Failure)
{
    public bool IsDurable => Failure is null;
}

/// <summary>A verb waiting for the writer. It may run more than once: a failed batch is rolled back and repeated command by command.</summary>
internal abstract class Command
{
    /// <summary>Payload bytes that the command writes.</summary>
    public int Weight { get; protected init; }

    /// <summary>True: the transaction is on the disk before the command succeeds. False: the operating system has it then; it survives any end of
    /// this process and is on the disk with the next transaction that must be. A power failure before that undoes it.</summary>
    public bool MustBeOnDisk { get; init; } = true;

    public abstract void Run(Session session);

    /// <summary>Answers the caller: the transaction is durable. On the writer.</summary>
    public abstract void Succeed();

    /// <summary>Answers the caller: nothing was written. On the writer, or on the caller's thread when the store is closed.</summary>
    public abstract void Fail(StoreFailure failure);
}

/// <summary>A verb with an answer. <paramref name="done"/> runs on the writer, so it may only post to a mailbox or complete a source with
/// asynchronous continuations.</summary>
internal sealed class Command<T> : Command
{
    private readonly Func<Session, T> _run;
    private readonly Action<CommandResult<T>>? _done;
    private T? _value;

    public Command(Func<Session, T> run, Action<CommandResult<T>>? done, int weight = 0) => (_run, _done, Weight) = (run, done, weight);

    public override void Run(Session session) => _value = _run(session);

    public override void Succeed() => _done?.Invoke(new CommandResult<T>(_value, null));

    public override void Fail(StoreFailure failure) => _done?.Invoke(new CommandResult<T>(default, failure));
}
