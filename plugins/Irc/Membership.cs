namespace PluginGateway.Plugins.Irc;

/// <summary>Which of the configured channels we are in. After a kick or a refusal we stay out for a while, then ask again.</summary>
internal sealed class Membership(IEnumerable<string> channels, ServerFeatures features, TimeSpan pause, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly List<Seat> _seats = [.. channels.Select(static channel => channel.Split(' ')).Select(static words => new Seat(words[0], words.ElementAtOrDefault(1)))];

    /// <summary>The channels we were put out of, each with the reason.</summary>
    public IReadOnlyList<string> Out
    {
        get
        {
            lock (_lock) return [.. _seats.Where(static seat => seat.State == SeatState.Out).Select(static seat => $"{seat.Name} ({seat.Reason})")];
        }
    }

    /// <summary>The JOINs that are due: all at first, later those whose pause is over.</summary>
    public IReadOnlyList<string> TakeDue()
    {
        lock (_lock)
        {
            var due = _seats.Where(seat => seat.State == SeatState.None || (seat.State == SeatState.Out && clock.GetElapsedTime(seat.OutSince) >= pause)).ToArray();
            foreach (var seat in due) seat.State = SeatState.Asked;
            return [.. due.Select(static seat => seat.Key is null ? IrcLine.Format("JOIN", seat.Name) : IrcLine.Format("JOIN", seat.Name, seat.Key))];
        }
    }

    /// <summary>We are in.</summary>
    public void Enter(string channel) => Change(channel, static _ => true, SeatState.In, "");

    /// <summary>We were put out.</summary>
    /// <returns>False when it is no channel of ours.</returns>
    public bool Leave(string channel, string reason) => Change(channel, static _ => true, SeatState.Out, reason);

    /// <summary>The server did not let us in.</summary>
    /// <returns>False when we had not asked.</returns>
    public bool Refuse(string channel, string reason) => Change(channel, static state => state == SeatState.Asked, SeatState.Out, reason);

    /// <summary>How long until a configured channel we are out of is asked for again, with the reason; null when nothing speaks against writing there.</summary>
    public (TimeSpan Wait, string Reason)? Absence(string channel)
    {
        lock (_lock)
        {
            if (Find(channel) is not { State: SeatState.Out } seat) return null;
            var left = pause - clock.GetElapsedTime(seat.OutSince);
            return (left > TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1), seat.Reason);
        }
    }

    private bool Change(string channel, Predicate<SeatState> condition, SeatState state, string reason)
    {
        lock (_lock)
        {
            if (Find(channel) is not { } seat || !condition(seat.State)) return false;
            (seat.State, seat.Reason, seat.OutSince) = (state, reason, clock.GetTimestamp());
            return true;
        }
    }

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

        public long OutSince { get; set; }
    }
}
