namespace PluginGateway;

/// <summary>Memory of a session: keys to values that a handler keeps between the turns of one session. Any thread.</summary>
/// <remarks>
/// <para>Changes are made in memory and stored with the end of the turn, in its transaction: by <see cref="Turn.FinishAsync"/> or by the plain return of
/// the handler. A turn that fails, is stopped or runs again leaves none of them. The memory is therefore exactly as old as the answers that stand.</para>
/// <para>Each handler has a memory of its own. The host forgets that of a session after <c>gateway.store.keepMemoryDays</c> without a message, and those that
/// are idle longest when a handler's memory fills nine tenths of <c>gateway.store.maxMemoryMegabytes</c>, but never that of a session with an open
/// turn.</para>
/// <para>Where the ids of an adapter do not prove who a person is, the memory of a person lasts for an hour after the last message, and no longer than the
/// person is known to be there.</para>
/// </remarks>
public interface ISessionState
{
    /// <summary>Keys that have a value, with the changes of this turn.</summary>
    IReadOnlyCollection<string> Keys { get; }

    /// <summary>Reads a value, with the changes of this turn.</summary>
    /// <param name="key">The key, 1 to 128 characters.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The value, or null if the key has none.</returns>
    /// <exception cref="ArgumentException">The key is over its limit.</exception>
    /// <exception cref="InvalidOperationException">The turn has ended.</exception>
    /// <exception cref="IOException">The store cannot be read.</exception>
    Task<string?> GetAsync(string key, CancellationToken cancellationToken);

    /// <summary>Sets a value. Stored with the end of the turn.</summary>
    /// <param name="key">The key, 1 to 128 characters.</param>
    /// <param name="value">The value, at most 65,536 bytes of UTF-8.</param>
    /// <exception cref="ArgumentException">Key or value are over their limits.</exception>
    /// <exception cref="InvalidOperationException">The turn has ended; or it would change more than 262,144 bytes, or the session would have more than
    /// 1,048,576 bytes or 1,024 keys, or the handler has used its memory (<c>gateway.store.maxMemoryMegabytes</c>): the value is not set.</exception>
    void Set(string key, string value);

    /// <summary>Removes a key. Stored with the end of the turn.</summary>
    /// <param name="key">The key, 1 to 128 characters. One without a value is ignored.</param>
    /// <exception cref="ArgumentException">The key is over its limit.</exception>
    /// <exception cref="InvalidOperationException">The turn has ended.</exception>
    void Remove(string key);
}

/// <summary>Reply or action that a former attempt of a turn has queued.</summary>
public sealed record EarlierReply
{
    /// <summary>Creates the description.</summary>
    /// <param name="ordinal">Number of the call in its attempt, from 0.</param>
    /// <param name="kind">Kind of the call.</param>
    /// <param name="message">The queued message; of an edit, a deletion or a reaction its own id, which names nothing that can be edited.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="ordinal"/> is below 0, or <paramref name="kind"/> is no kind.</exception>
    public EarlierReply(int ordinal, EarlierKind kind, MessageTarget message)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(ordinal);
        ArgumentNullException.ThrowIfNull(message);
        (Ordinal, Kind, Message) = (ordinal, Ensure.Defined(kind, "kind"), message);
    }

    /// <summary>Number of the call in its attempt, from 0: replies and actions of a turn are counted together. The call with the same number in this attempt is
    /// not queued again.</summary>
    public int Ordinal { get; }

    /// <summary>Kind of the call.</summary>
    public EarlierKind Kind { get; }

    /// <summary>The message, as <see cref="Turn.ReplyAsync(Reply, CancellationToken)"/> has returned it.</summary>
    public MessageTarget Message { get; }

    /// <summary>Text of the message or edit; empty for the other kinds, and for what is beyond the first 262,144 bytes of a turn.</summary>
    public string Text { get; init => field = value ?? throw new ArgumentNullException(nameof(value)); } = "";

    /// <summary>True when the platform has it; false while it is queued, and when it was refused or parked.</summary>
    public bool IsDelivered { get; init; }
}

/// <summary>Kinds of an <see cref="EarlierReply"/>.</summary>
public enum EarlierKind
{
    /// <summary>A message.</summary>
    Message,

    /// <summary>An edit.</summary>
    Edit,

    /// <summary>A deletion.</summary>
    Deletion,

    /// <summary>A reaction.</summary>
    Reaction,
}

/// <content>Members for the end of a turn and for what outlives an attempt.</content>
public abstract partial class Turn
{
    /// <summary>Memory of the session of this turn.</summary>
    public virtual ISessionState State => throw new NotSupportedException();

    /// <summary>Replies and actions that former attempts of this turn have queued, by <see cref="EarlierReply.Ordinal"/>: the first 64. Empty in a first
    /// attempt.</summary>
    /// <remarks>A handler whose answers differ from time to time, such as one that asks a model, looks here before it asks again: what is queued
    /// stands.</remarks>
    public virtual IReadOnlyList<EarlierReply> Earlier => throw new NotSupportedException();

    /// <summary>Notes of this turn: those of former attempts, and those whose <see cref="NoteAsync"/> has completed in this one. A snapshot.</summary>
    public virtual IReadOnlyDictionary<string, string> Notes => throw new NotSupportedException();

    /// <summary>Stores a note at once, for later attempts of this turn; it goes with the end of the turn. For example, before a tool is called that must not
    /// be called twice: a note without a result then says that the outcome is unknown.</summary>
    /// <param name="key">The key, 1 to 128 characters. An earlier note with it is replaced.</param>
    /// <param name="value">The value. All notes of a turn have at most 64 keys and 65,536 bytes of UTF-8, keys included.</param>
    /// <param name="cancellationToken">Cancels the wait; the note may still be stored.</param>
    /// <returns>A task that completes when the note is durable.</returns>
    /// <exception cref="ArgumentException">The key is over its limit, or the notes of the turn would be.</exception>
    /// <exception cref="InvalidOperationException">The turn has ended, exceeded its deadline or been cancelled: the note is not stored.</exception>
    /// <exception cref="IOException">The note cannot be stored.</exception>
    public virtual Task NoteAsync(string key, string value, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Ends the turn: the last reply, the changes of <see cref="State"/> and the end of the turn are stored together. Nothing more is taken
    /// afterwards, and the turn does not run again, whatever the handler does.</summary>
    /// <param name="last">The last reply, as for <see cref="ReplyAsync(Reply, CancellationToken)"/>; null: none.</param>
    /// <param name="cancellationToken">Cancels the wait; the turn may still end.</param>
    /// <returns>A task that completes when the end is durable. Its result names the last reply; null without one.</returns>
    /// <remarks>A handler that returns without it ends the turn too, but a crash between its last reply and that end makes the turn run again, with the
    /// replies queued and the memory as before.</remarks>
    /// <exception cref="ArgumentException">The text has more than 1,048,576 characters. The turn goes on.</exception>
    /// <exception cref="RetryLaterException">The adapter has used its share of the queue: the turn runs again when there is room.</exception>
    /// <exception cref="InvalidOperationException">The turn has ended, exceeded its deadline or been cancelled: nothing is stored.</exception>
    /// <exception cref="NotSupportedException">The adapter cannot send such a reply, as for <see cref="ReplyAsync(Reply, CancellationToken)"/>. The turn goes
    /// on.</exception>
    /// <exception cref="IOException">A file cannot be copied: the turn goes on. Or the store has failed: the turn runs again.</exception>
    public virtual Task<MessageTarget?> FinishAsync(Reply? last, CancellationToken cancellationToken) => throw new NotSupportedException();
}
