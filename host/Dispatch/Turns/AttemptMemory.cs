using System.Collections.ObjectModel;
using System.Text;
using PluginGateway.Dispatch.External;
using PluginGateway.Guard;
using PluginGateway.Store;
using PluginGateway.Store.Verbs;
using PluginGateway.Threads;

namespace PluginGateway.Dispatch.Turns;

/// <summary>Memory of one attempt at a turn: the state of its session, the notes of the turn, and replies of former attempts. Any thread.</summary>
/// <param name="store">The store.</param>
/// <param name="turn">The first message of the turn.</param>
/// <param name="owner">The session.</param>
/// <param name="promises">Owner of the code that awaits.</param>
internal sealed class AttemptMemory(MessageStore store, long turn, MemoryOwner owner, string promises)
{
    private const int MostNotes = 64;
    private const int MostNoteBytes = 64 * 1024;

    /// <summary>Notes whose writes are under way: they count at once, so that calls which are not awaited keep to the limits.</summary>
    private readonly Dictionary<string, string> _written = new(StringComparer.Ordinal);
    private readonly object _gate = new();
    private SessionMemory _stored = SessionMemory.Empty;
    private TurnState? _state;
    private IReadOnlyList<EarlierReply> _earlier = [];
    private IReadOnlyDictionary<string, string> _notes = ReadOnlyDictionary<string, string>.Empty;
    private bool _isClosed;

    /// <summary>Sizes of the memory of the session at the begin of the attempt.</summary>
    public SessionMemory Stored => _stored;

    public TurnState State
    {
        get
        {
            using (UninterruptibleLock.Enter(_gate)) return _state ??= new TurnState(_stored, ReadAsync);
        }
    }

    public IReadOnlyList<EarlierReply> Earlier => _earlier;

    public IReadOnlyDictionary<string, string> Notes => Volatile.Read(ref _notes);

    /// <summary>Takes the contents of the store, before the handler has the turn.</summary>
    public void Load(TurnBegin begun)
    {
        if (begun.Memory.Sizes.Count > 0 || begun.Memory.Room < TurnState.MaxChangedBytes) _stored = new(begun.Memory.Sizes, begun.Memory.Room);
        if (begun.Earlier.Count > 0) _earlier = [.. begun.Earlier.Select(Describe)];
        if (begun.Notes.Count == 0) return;
        _notes = begun.Notes;
        foreach (var (key, value) in begun.Notes) _written.Add(key, value);
    }

    public Task NoteAsync(string key, string value, CancellationToken cancellationToken)
    {
        TurnState.CheckKey(key);
        ArgumentNullException.ThrowIfNull(value);
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled(cancellationToken);
        using (UninterruptibleLock.Enter(_gate))
        {
            if (_isClosed) return Task.FromException(Over());
            CheckRoom(key, value);
            _written[key] = value;
        }

        var promise = new Promise<bool>(cancellationToken, promises);
        store.NoteTurn(turn, key, value, result =>
        {
            if (result.Failure is { } failure) promise.Fail(new IOException($"The note '{key}' could not be stored: {failure.Message}"));
            else if (!result.Value) promise.Fail(Over());
            else Publish(key, value, promise);
        });
        return promise.Task;
    }

    /// <summary>Replaces the changes of the state by those of a worker. Ignored when the attempt has ended.</summary>
    /// <exception cref="ArgumentException">A key or value is over its limit.</exception>
    /// <exception cref="InvalidOperationException">They are over another limit.</exception>
    public void TakeState(IReadOnlyDictionary<string, string?> changes)
    {
        var state = new TurnState(_stored, ReadAsync);
        state.Take(changes);
        using (UninterruptibleLock.Enter(_gate))
        {
            if (!_isClosed) _state = state;
        }
    }

    /// <summary>Takes no further change of the state, and no further note.</summary>
    /// <returns>The changes of the state; null: none.</returns>
    public MemoryChanges? Close()
    {
        TurnState? state;
        using (UninterruptibleLock.Enter(_gate)) (_isClosed, state) = (true, _state ??= new TurnState(_stored, ReadAsync));
        return state.Close() is { Count: > 0 } changes ? new MemoryChanges(owner, changes) : null;
    }

    private static EarlierReply Describe(EarlierRow row) => new(
        row.Ordinal, KindOf(row.Kind), MessageTarget.Owed(DeliveryReport.IdOf(row.Id)))
    {
        Text = row.Payload is { } payload && Payloads.TryRead(payload, Payloads.ReadOutbound) is { } read ? read.FullText : "",
        IsDelivered = row.State is OutboxState.Delivered or OutboxState.Bounced,
    };

    private static EarlierKind KindOf(OwedKind kind) => kind switch
    {
        OwedKind.Edit => EarlierKind.Edit,
        OwedKind.Deletion => EarlierKind.Deletion,
        OwedKind.Reaction => EarlierKind.Reaction,
        _ => EarlierKind.Message,
    };

    private static InvalidOperationException Over() => new("The turn is over; no note is stored.");

    private void CheckRoom(string key, string value)
    {
        var others = _written.Where(note => note.Key != key).Sum(static note => SizeOf(note.Key, note.Value));
        if (_written.Count >= MostNotes && !_written.ContainsKey(key))
            throw new ArgumentException($"A turn has at most {MostNotes} notes; '{key}' is not stored.", nameof(key));
        if (others + SizeOf(key, value) > MostNoteBytes)
            throw new ArgumentException($"The notes of a turn have at most {MostNoteBytes} bytes of UTF-8; '{key}' is not stored.", nameof(value));
    }

    private void Publish(string key, string value, Promise<bool> promise)
    {
        using (UninterruptibleLock.Enter(_gate))
            Volatile.Write(ref _notes, new Dictionary<string, string>(_notes, StringComparer.Ordinal) { [key] = value });
        promise.Complete(true);
    }

    private Task<string?> ReadAsync(string key, CancellationToken cancellationToken)
    {
        var promise = new Promise<string?>(cancellationToken, promises);
        store.ReadMemory(owner, key, result =>
        {
            if (result.IsDurable) promise.Complete(result.Value);
            else promise.Fail(new IOException($"The state '{key}' of the session cannot be read: {result.Failure!.Message}"));
        });
        return promise.Task;
    }

    private static int SizeOf(string key, string value) => Encoding.UTF8.GetByteCount(key) + Encoding.UTF8.GetByteCount(value);
}
