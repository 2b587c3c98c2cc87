namespace PluginGateway.Testing;

/// <summary>Inbox in memory. By default an event is stored, and a second one with the same <see cref="InboundEvent.EventId"/> is a duplicate. State
/// of an event that is acknowledged is written to the <see cref="FakeState"/> of the context. Any thread.</summary>
/// <param name="state">The state to write; null: one of its own.</param>
public class FakeInbox(FakeState? state = null) : IInbox
{
    private readonly object _gate = new();
    private readonly FakeState _state = state ?? new FakeState();
    private readonly List<InboundEvent> _offered = [];
    private readonly List<InboundEvent> _stored = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiting = [];

    /// <summary>Decides what becomes of an event, for example <see cref="Acceptance.Refused"/>; null: the default.</summary>
    public Func<InboundEvent, Task<Acceptance>>? Answer { get; set; }

    /// <summary>Copy of all events that were handed over, in their order, also of refused ones and duplicates.</summary>
    public IReadOnlyList<InboundEvent> Offered
    {
        get
        {
            lock (_gate) return [.. _offered];
        }
    }

    /// <summary>Copy of the events that were stored, in their order.</summary>
    public IReadOnlyList<InboundEvent> Stored
    {
        get
        {
            lock (_gate) return [.. _stored];
        }
    }

    /// <summary>Completes when a number of events has been stored.</summary>
    /// <param name="count">The number, all together.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task with <see cref="Stored"/>.</returns>
    public async Task<IReadOnlyList<InboundEvent>> StoredAsync(int count, CancellationToken cancellationToken)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_stored.Count >= count) reached.SetResult();
            else _waiting.Add((count, reached));
        }

        await reached.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        return Stored;
    }

    /// <inheritdoc/>
    public virtual async Task<Acceptance> AcceptAsync(InboundEvent inboundEvent, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(inboundEvent);
        lock (_gate) _offered.Add(inboundEvent);
        var acceptance = Answer is { } answer ? await answer(inboundEvent).ConfigureAwait(false) : null;
        lock (_gate)
        {
            acceptance ??= inboundEvent.EventId is { } id && _stored.Exists(before => before.EventId == id) ? Acceptance.Duplicate : Acceptance.Stored;
            if (acceptance.Acknowledge) _state.Set(inboundEvent.State);
            if (acceptance.Kind != AcceptanceKind.Stored) return acceptance;
            _stored.Add(inboundEvent);
            foreach (var (_, reached) in _waiting.Where(waiting => _stored.Count >= waiting.Count)) reached.TrySetResult();
            _waiting.RemoveAll(waiting => _stored.Count >= waiting.Count);
            return acceptance;
        }
    }

    /// <inheritdoc/>
    /// <remarks>Each event is decided as a single one; where one is refused, the rest is refused with it.</remarks>
    public virtual async Task<IReadOnlyList<Acceptance>> AcceptAsync(
        IReadOnlyList<InboundEvent> events, IReadOnlyDictionary<string, string>? state, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(events);
        if (Answer is { } answer)
        {
            foreach (var one in events)
            {
                if (await answer(one).ConfigureAwait(false) is { Acknowledge: false } refusal) return [.. events.Select(_ => refusal)];
            }
        }

        var acceptances = new List<Acceptance>(events.Count);
        foreach (var one in events) acceptances.Add(await AcceptAsync(one, cancellationToken).ConfigureAwait(false));
        if (state is not null) _state.Set(state);
        return acceptances;
    }
}
