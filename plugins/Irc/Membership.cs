namespace PluginGateway.Plugins.Irc;

/// <summary>Which of the configured channels we are in. After a kick or a refusal we stay out for a while, then ask again: twice as long each time,
/// because networks take it for abuse.</summary>
internal sealed class Membership(IEnumerable<string> channels, ServerFeatures features, TimeSpan firstPause, TimeProvider clock)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AnswerTime = TimeSpan.FromMinutes(2);

    private readonly Lock _lock = new();
    private readonly List<Seat> _seats = [.. channels.Select(static channel => channel.Split(' '))
        .Select(static words => new Seat(words[0], words.ElementAtOrDefault(1)))];

    /// <summary>The channels we were put out of, each with the reason.</summary>
    public IReadOnlyList<string> Out
    {
        get
        {
            lock (_lock) return [.. _seats.Where(static seat => seat.State == SeatState.Out).Select(static seat => $"{seat.Name} ({seat.Reason})")];
        }
    }

    /// <summary>How many channels are to be asked for: all at first, later those whose pause is over or that were not answered for.</summary>
    public int DueCount
    {
        get
        {
            lock (_lock) return _seats.Count(IsDue);
        }
    }

    /// <summary>So many of the JOINs that are due.</summary>
    public IReadOnlyList<string> TakeDue(int most)
    {
        lock (_lock)
        {
            var due = _seats.Where(IsDue).Take(most).ToArray();
            foreach (var seat in due) (seat.State, seat.Since) = (SeatState.Asked, clock.GetTimestamp());
            return [.. due.Select(static seat => seat.Key is null ? IrcLine.Format("JOIN", seat.Name) : IrcLine.Format("JOIN", seat.Name, seat.Key))];
        }
    }

    /// <summary>True: it is a channel of ours.</summary>
    public bool Has(string channel)
    {
        lock (_lock) return Find(channel) is not null;
    }

    /// <summary>We are in.</summary>
    /// <returns>False when it is no channel of ours.</returns>
    public bool Enter(string channel)
    {
        lock (_lock)
        {
            if (Find(channel) is not { } seat) return false;
            (seat.State, seat.Reason, seat.Since) = (SeatState.In, "", clock.GetTimestamp());
            return true;
        }
    }

    /// <summary>We were put out.</summary>
    /// <returns>The pause before we ask again; null when it is no channel of ours.</returns>
    public TimeSpan? Leave(string channel, string reason)
    {
        lock (_lock) return Find(channel) is { } seat ? PutOut(seat, reason) : null;
    }

    /// <summary>The server did not let us in.</summary>
    /// <returns>The pause before we ask again; null when we had not asked.</returns>
    public TimeSpan? Refuse(string channel, string reason)
    {
        lock (_lock) return Find(channel) is { State: SeatState.Asked } seat ? PutOut(seat, reason) : null;
    }

    /// <summary>How long until a configured channel we are out of is asked for again, with the reason; null when nothing speaks against writing
    /// there.</summary>
    public (TimeSpan Wait, string Reason)? Absence(string channel)
    {
        lock (_lock)
        {
            if (Find(channel) is not { } seat) return null;
            if (seat.State == SeatState.None) return (Soon, "it is asked for in its turn.");
            if (seat.State != SeatState.Out) return null;
            var left = PauseOf(seat) - clock.GetElapsedTime(seat.Since);
            return (left > TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1), seat.Reason);
        }
    }

    /// <summary>Who has been in for as long as the longest pause begins anew.</summary>
    private TimeSpan PutOut(Seat seat, string reason)
    {
        var hasStayed = seat.State == SeatState.In && clock.GetElapsedTime(seat.Since) >= LongestPause;
        (seat.State, seat.Reason, seat.Since, seat.Refusals) = (SeatState.Out, reason, clock.GetTimestamp(), hasStayed ? 1 : seat.Refusals + 1);
        return PauseOf(seat);
    }

    private TimeSpan PauseOf(Seat seat)
    {
        var longest = firstPause > LongestPause ? firstPause : LongestPause;
        var pause = firstPause * Math.Pow(2, Math.Min(seat.Refusals - 1, 20));
        return pause < longest ? pause : longest;
    }

    private bool IsDue(Seat seat) => seat.State switch
    {
        SeatState.None => true,
        SeatState.Asked => clock.GetElapsedTime(seat.Since) >= AnswerTime,
        SeatState.Out => clock.GetElapsedTime(seat.Since) >= PauseOf(seat),
        _ => false,
    };

    private Seat? Find(string channel) => _seats.Find(seat => features.Fold(seat.Name) == features.Fold(channel));

    private enum SeatState
    {
        None,
        Asked,
        In,
        Out,
    }

    private sealed class Seat(string name, string? key)
    {
        public string Name { get; } = name;

        public string? Key { get; } = key;

        public SeatState State { get; set; }

        public string Reason { get; set; } = "";

        public long Since { get; set; }

        public int Refusals { get; set; }
    }
}
