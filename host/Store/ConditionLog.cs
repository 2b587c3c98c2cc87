namespace PluginGateway.Store;

/// <summary>What the log says of a condition now.</summary>
internal enum ConditionNotice
{
    None,

    /// <summary>It has begun, or it is back and was not logged within the last minute.</summary>
    Begun,

    /// <summary>It is gone, after it lasted for a minute without a break; or it has been absent for a minute.</summary>
    Ended,
}

/// <summary>Decides when a condition that comes and goes is logged: at its begin, at most once a minute while it returns, and at its end. One
/// thread.</summary>
internal sealed class ConditionLog(TimeProvider clock)
{
    /// <summary>Least time between two lines of its begin, and of its presence or absence before its end is logged.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private bool _isOn;
    private bool _wasPresent;
    private long _since;
    private long _lastPresent;
    private long _logged;

    /// <summary>Takes whether the condition is present now. The end of one that comes and goes is logged by a later call without it: it may be back
    /// at once.</summary>
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
