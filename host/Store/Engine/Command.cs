namespace PluginGateway.Store.Engine;

/// <summary>The answer to a command, after its transaction is durable. <see cref="Failure"/> set: nothing was written.</summary>
internal readonly record struct CommandResult<T>(T? Value, StoreFailure? Failure)
{
    public bool IsDurable => Failure is null;
}

/// <summary>One verb waiting for the writer. It may be run more than once: a failed batch is rolled back and repeated one by one.</summary>
internal abstract class Command
{
    /// <summary>Payload bytes it writes.</summary>
    public int Weight { get; protected init; }

    /// <summary>True: its transaction is on the disk before it succeeds. False: it is with the operating system then, which keeps it when this process ends in
    /// whatever way, and is on the disk with the next transaction that must be. A power failure before that takes it back.</summary>
    public bool MustBeOnDisk { get; init; } = true;

    public abstract void Run(Session session);

    /// <summary>Its transaction is durable. On the writer.</summary>
    public abstract void Succeed();

    /// <summary>Nothing of it was written. On the writer, or on the caller's thread when the store is closed.</summary>
    public abstract void Fail(StoreFailure failure);
}

/// <summary>A verb with an answer. <paramref name="done"/> runs on the writer, so it may only post to a mailbox or complete a source with asynchronous continuations.</summary>
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
