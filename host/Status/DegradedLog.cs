namespace PluginGateway.Status;

/// <summary>Decides what the log says of the gateway as a whole: when it changes for people, and every ten minutes while something is missing. Not each attempt to mend it.</summary>
internal sealed class DegradedLog(TimeProvider clock)
{
    private const int MostReasons = 10;
    private static readonly TimeSpan SummaryEvery = TimeSpan.FromMinutes(10);

    /// <summary>A hundred adapters that go one after another are told together.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromSeconds(5);

    private HashSet<string> _logged = [];
    private GatewayState _state = GatewayState.Starting;
    private long _loggedAt;
    private long _since;

    /// <summary>What to say of it now; null: nothing.</summary>
    public Saying? Next(GatewayState state, IReadOnlyList<StatusReason> reasons)
    {
        if (state is not (GatewayState.Ready or GatewayState.Degraded)) return null;
        var (before, isFirst) = (_state, _state == GatewayState.Starting);
        if (state == GatewayState.Ready) return before == state ? null : Report(state, [], isFirst, null);
        if (before != state)
        {
            _since = clock.GetTimestamp();
            return Report(state, reasons, isFirst, null);
        }

        var age = clock.GetElapsedTime(_loggedAt);
        if (age >= SummaryEvery) return Report(state, reasons, false, clock.GetElapsedTime(_since));
        return age >= Gather && !_logged.SetEquals(reasons.Select(static reason => reason.About)) ? Report(state, reasons, false, null) : null;
    }

    private Saying Report(GatewayState state, IReadOnlyList<StatusReason> reasons, bool isFirst, TimeSpan? degradedFor)
    {
        (_state, _loggedAt) = (state, clock.GetTimestamp());
        _logged = [.. reasons.Select(static reason => reason.About)];
        var text = string.Join("; ", reasons.Take(MostReasons).Select(static reason => reason.Text));
        if (reasons.Count > MostReasons) text += $"; and {reasons.Count - MostReasons} more, see: plugin-gateway status";
        return new Saying(state, text, isFirst, degradedFor);
    }
}

/// <param name="State">Ready or degraded.</param>
/// <param name="Reasons">What is missing.</param>
/// <param name="IsFirst">It has just started.</param>
/// <param name="DegradedFor">Set in a summary: how long it has been so.</param>
internal sealed record Saying(GatewayState State, string Reasons, bool IsFirst, TimeSpan? DegradedFor);
