using System.Threading.Channels;

namespace PluginGateway;

/// <summary>Pump from a reader of a platform to <see cref="AdapterContext.Inbox"/>. It keeps the order of the events, has up to 256 calls open at
/// once, offers a refused event again, before any later one, and acknowledges by callback.</summary>
/// <remarks>One task adds events, another one awaits <see cref="RunAsync"/>; the other members are for any thread. Open calls share commits, so a
/// reader need not await the disk for every event. A reader that acknowledges each event before it reads the next one needs no pump.</remarks>
/// <param name="context">The services of the adapter.</param>
/// <param name="maxWaiting">Number of events, at least 1, that wait in memory; above it <see cref="AddAsync"/> waits, so that the platform keeps the
/// rest.</param>
public sealed class InboxPump(AdapterContext context, int maxWaiting)
{
    /// <summary>Number of events that wait in memory where the constructor is given none: 1,024.</summary>
    public const int DefaultMaxWaiting = 1024;

    /// <summary>Bound of the calls of an adapter that wait for room at once (<see cref="IInbox.AcceptAsync(InboundEvent, CancellationToken)"/>), less
    /// the call that is being made and the one that is awaited.</summary>
    private const int MaxOpen = 256 - 2;

    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);

    private readonly Channel<Item> _waiting = Channel.CreateBounded<Item>(new BoundedChannelOptions(maxWaiting) { SingleReader = true });
    private readonly Channel<Offer> _open =
        Channel.CreateBounded<Offer>(new BoundedChannelOptions(MaxOpen) { SingleReader = true, SingleWriter = true });
    private readonly Lock _lock = new();
    private TaskCompletionSource? _held;
    private int _calls;
    private int _unanswered;

    /// <summary>Creates a pump with <see cref="DefaultMaxWaiting"/>.</summary>
    /// <param name="context">The services of the adapter.</param>
    public InboxPump(AdapterContext context)
        : this(context, DefaultMaxWaiting)
    {
    }

    /// <summary>Number of events that are added and not answered for good.</summary>
    public int Unanswered => Volatile.Read(ref _unanswered);

    /// <summary>Adds an event, after waiting for room in memory.</summary>
    /// <param name="inboundEvent">The event.</param>
    /// <param name="acknowledge">Called once, with an outcome that has <see cref="Acceptance.Acknowledge"/>, in the order of the events: the next one
    /// waits for its task. An exception ends <see cref="RunAsync"/>. Null: there is nothing to acknowledge.</param>
    /// <param name="cancellationToken">Ends the wait; the event is then not added.</param>
    /// <returns>A task that completes when the event is added.</returns>
    /// <exception cref="ChannelClosedException">The pump has been completed.</exception>
    public async Task AddAsync(InboundEvent inboundEvent, Func<Acceptance, Task>? acknowledge, CancellationToken cancellationToken)
    {
        if (TryAdd(inboundEvent, acknowledge)) return;
        Interlocked.Increment(ref _unanswered);
        try
        {
            await _waiting.Writer.WriteAsync(new(inboundEvent, acknowledge), cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            Interlocked.Decrement(ref _unanswered);
            throw;
        }
    }

    /// <summary>Adds an event if there is room in memory, without waiting.</summary>
    /// <param name="inboundEvent">The event.</param>
    /// <param name="acknowledge">As for <see cref="AddAsync"/>.</param>
    /// <returns>True if the event is added.</returns>
    public bool TryAdd(InboundEvent inboundEvent, Func<Acceptance, Task>? acknowledge)
    {
        ArgumentNullException.ThrowIfNull(inboundEvent);
        Interlocked.Increment(ref _unanswered);
        if (_waiting.Writer.TryWrite(new(inboundEvent, acknowledge))) return true;
        Interlocked.Decrement(ref _unanswered);
        return false;
    }

    /// <summary>Marks the end of input: <see cref="RunAsync"/> ends when the rest is answered.</summary>
    public void Complete() => _waiting.Writer.TryComplete();

    /// <summary>Offers the events until the last one is answered, the generation is retired, or the token is cancelled. To be called once.</summary>
    /// <param name="cancellationToken">Ends the pump; events without an outcome are not acknowledged.</param>
    /// <returns>A task that completes at the end.</returns>
    /// <remarks>An event that is refused because the gateway stops is not offered again.</remarks>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var offering = OfferAsync(ended.Token);
        try
        {
            await SettleAsync(ended.Token).ConfigureAwait(false);
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await offering.ConfigureAwait(false);
        }
    }

    /// <summary>Calls in their order; after a refusal not before everything called earlier is answered.</summary>
    private async Task OfferAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var item in _waiting.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                await BeginCallAsync(cancellationToken).ConfigureAwait(false);
                var call = context.Inbox.AcceptAsync(item.Event, cancellationToken);
                if (call is { IsCompletedSuccessfully: true, Result: var acceptance } && IsRefused(acceptance)) Hold();
                await _open.Writer.WriteAsync(new(item, call), cancellationToken).ConfigureAwait(false);
            }

            _open.Writer.TryComplete();
        }
        catch (Exception failed)
        {
            _open.Writer.TryComplete(failed);
        }
    }

    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        await foreach (var (item, call) in _open.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            var acceptance = await call.ConfigureAwait(false);
            while (IsRefused(acceptance))
            {
                Hold();
                await Task.Delay(RetryPause, context.Clock, cancellationToken).ConfigureAwait(false);
                acceptance = await context.Inbox.AcceptAsync(item.Event, cancellationToken).ConfigureAwait(false);
            }

            if (acceptance.Kind == AcceptanceKind.Retired) return;
            if (acceptance.Acknowledge && item.Acknowledge is { } acknowledge) await acknowledge(acceptance).ConfigureAwait(false);
            Interlocked.Decrement(ref _unanswered);
            EndCall();
        }
    }

    private static bool IsRefused(Acceptance acceptance) => acceptance is { Kind: AcceptanceKind.Refused, Reason: not "stopping" };

    /// <summary>Waits until the next call may be made, and counts it.</summary>
    private async Task BeginCallAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task held;
            lock (_lock)
            {
                if (_held is null)
                {
                    _calls++;
                    return;
                }

                held = _held.Task;
            }

            await held.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Holds further calls until all that are open have ended.</summary>
    private void Hold()
    {
        lock (_lock) _held ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private void EndCall()
    {
        lock (_lock)
        {
            if (--_calls > 0 || _held is not { } held) return;
            _held = null;
            held.SetResult();
        }
    }

    private readonly record struct Item(InboundEvent Event, Func<Acceptance, Task>? Acknowledge);

    private readonly record struct Offer(Item Item, Task<Acceptance> Call);
}
