namespace PluginGateway.Store;

/// <summary>Line to log about a condition now.</summary>
internal enum ConditionNotice
{
    None,

    /// <summary>The condition has begun, or is back and was not logged within the last minute.</summary>
    Begun,

    /// <summary>The condition has ended, after it lasted for a minute without a break; or it has been absent for a minute.</summary>
    Ended,
}

/// <summary>Decides when a condition that comes and goes is logged: at its begin, at most once a minute while it returns, and at its end. One
/// thread.</summary>
internal sealed class ConditionLog(TimeProvider clock)
{
    /// <summary>Least time between two logged begins of a condition, and of its presence or absence before its end is logged.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private bool _isOn;
    private bool _wasPresent;
    private long _since;
    private long _lastPresent;
    private long _logged;

    /// <summary>Records whether the condition is present now, and returns the line to log. The end of a condition that comes and goes is logged by a
    /// later call without it: the condition may be back at once.</summary>
    public ConditionNotice Next(bool isPresent)
    {
        if (!isPresent && !_isOn) return ConditionNotice.None;
        var isBack = isPresent && !_wasPresent;
        _wasPresent = isPresent;
        if (!isPresent)
        {
            var hasLasted = clock.GetElapsedTime(_since, _lastPresent) >= Interval;
            if (!hasLasted && clock.GetElapsedTime(_lastPresent) < Interval) return ConditionNotice.None;
            _isOn = false;
            return ConditionNotice.Ended;
        }

        _lastPresent = clock.GetTimestamp();
        if (isBack) _since = _lastPresent;
        if (!isBack || (_isOn && clock.GetElapsedTime(_logged) < Interval)) return ConditionNotice.None;
        (_isOn, _logged) = (true, _lastPresent);
        return ConditionNotice.Begun;
    }
}
