namespace PluginGateway.Testing;

/// <content>The end of the turn and what outlives an attempt.</content>
public partial class FakeTurn
{
    private const int MaxNotes = 64;

    private readonly Dictionary<string, string> _notes = new(StringComparer.Ordinal);

    /// <summary>Memory of the session; a test may set that of an earlier turn.</summary>
    public FakeSessionState Memory { get; init; } = new();

    /// <summary>Replies of former attempts, which a test sets.</summary>
    public IReadOnlyList<EarlierReply> FormerReplies { get; init; } = [];

    /// <summary>True after <see cref="FinishAsync"/>.</summary>
    public bool IsFinished { get; private set; }

    /// <inheritdoc/>
    public override ISessionState State => Memory;

    /// <inheritdoc/>
    public override IReadOnlyList<EarlierReply> Earlier => FormerReplies;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Notes
    {
        get
        {
            lock (_gate) return new Dictionary<string, string>(_notes, StringComparer.Ordinal);
        }
    }

    /// <inheritdoc/>
    public override Task NoteAsync(string key, string value, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        lock (_gate)
        {
            if (_hasEnded) throw new InvalidOperationException("The turn has ended.");
            if (!_notes.ContainsKey(key) && _notes.Count == MaxNotes) throw new ArgumentException($"A turn has at most {MaxNotes} notes.", nameof(key));
            _notes[key] = value;
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override async Task<MessageTarget?> FinishAsync(Reply? last, CancellationToken cancellationToken)
    {
        var target = last is null ? null : await ReplyAsync(last, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            if (_hasEnded && last is null) throw new InvalidOperationException("The turn has ended.");
            (_hasEnded, IsFinished) = (true, true);
        }

        return target;
    }
}
