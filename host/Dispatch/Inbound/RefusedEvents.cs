using PluginGateway.Threads;

namespace PluginGateway.Dispatch.Inbound;

/// <summary>Events of one generation that were refused and have not been acknowledged since: until then no later call may write state, or a cursor
/// would pass them. Any thread.</summary>
/// <remarks>An event that comes again keeps the place of its first call. Calls behind its latest one may write state: the store takes them in their
/// order.</remarks>
internal sealed class RefusedEvents
{
    /// <summary>Number of events above which state waits for the next generation.</summary>
    public const int Most = 4096;

    private readonly object _gate = new();
    private readonly Dictionary<object, Place> _places = [];
    private volatile bool _any;
    private bool _isOver;
    private long _calls;

    /// <summary>Gives a call its number, and the place of the earliest of its events.</summary>
    public void Begin(InboxCall call)
    {
        call.Number = call.Place = Interlocked.Increment(ref _calls);
        if (!_any) return;
        using (UninterruptibleLock.Enter(_gate)) Mark(call);
    }

    /// <summary>A call that waits goes to the store: calls behind it are judged behind it.</summary>
    public void Resume(InboxCall call)
    {
        using (UninterruptibleLock.Enter(_gate)) Mark(call);
    }

    /// <summary>A call was refused, or waits.</summary>
    /// <param name="call">The call.</param>
    /// <param name="isKept">True: the call waits, so it comes again even where its events have no ids.</param>
    public void Add(InboxCall call, bool isKept)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            foreach (var key in call.Keys)
            {
                if (!isKept && key == call)
                {
                    _places.Remove(key);
                    continue;
                }

                // Of two calls at once with the same event the later one may be refused first.
                var first = _places.TryGetValue(key, out var place) ? Math.Min(place.First, call.Place) : call.Place;
                if (_places.Count < Most || place is not null) _places[key] = new(first, null);
                else _isOver = true;
            }

            _any = _isOver || _places.Count > 0;
        }
    }

    /// <summary>A call was acknowledged, or its caller will not make it again.</summary>
    public void Remove(InboxCall call)
    {
        if (!_any) return;
        using (UninterruptibleLock.Enter(_gate))
        {
            foreach (var key in call.Keys) _places.Remove(key);
            _any = _isOver || _places.Count > 0;
        }
    }

    /// <summary>Returns true if an event before this call is not acknowledged, nor certain to be judged before it.</summary>
    public bool HasBefore(InboxCall call)
    {
        if (!_any) return false;
        using (UninterruptibleLock.Enter(_gate))
            return _isOver || _places.Values.Any(place => place.First < call.Place && !(place.Latest < call.Number));
    }

    private void Mark(InboxCall call)
    {
        foreach (var key in call.Keys)
        {
            if (!_places.TryGetValue(key, out var place)) continue;
            _places[key] = place with { Latest = call.Number };
            call.Place = Math.Min(call.Place, place.First);
        }
    }

    /// <param name="First">Place of the event among the calls of the generation.</param>
    /// <param name="Latest">Number of the open call that brings it again; null: none.</param>
    private sealed record Place(long First, long? Latest);
}
