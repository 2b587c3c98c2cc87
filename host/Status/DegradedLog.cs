namespace PluginGateway.Status;

/// <summary>Decides which log lines are written about the state of the gateway as a whole: at each visible change, and every ten minutes while it is
/// degraded. Attempts to reconnect are not logged.</summary>
internal sealed class DegradedLog(TimeProvider clock)
{
    private const int MostReasons = 10;
    private static readonly TimeSpan SummaryEvery = TimeSpan.FromMinutes(10);

    /// <summary>Time in which further changes are gathered: a hundred adapters that fail one after another are logged together.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromSeconds(5);

    private HashSet<string> _logged = [];
    private GatewayState _state = GatewayState.Starting;
    private long _loggedAt;
    private long _since;

    /// <summary>Returns the line to log now; null: none.</summary>
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
/// <param name="Reasons">Reasons for the degraded state, in one text.</param>
/// <param name="IsFirst">True for the first line after the start.</param>
/// <param name="DegradedFor">Duration of the degraded state, in a summary; else null.</param>
internal sealed record Saying(GatewayState State, string Reasons, bool IsFirst, TimeSpan? DegradedFor);
