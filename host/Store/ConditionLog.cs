namespace PluginGateway.Store;

/// <summary>What the log says of a condition now.</summary>
internal enum ConditionNotice
{
    None,

    /// <summary>It has begun, or it is back and was not logged within the last minute.</summary>
    Begun,

    /// <summary>It is gone, and no line was logged within the last minute.</summary>
    Ended,
}

/// <summary>Decides when a condition that comes and goes is logged: at its begin, at most once a minute while it returns, and at its end. One
/// thread.</summary>
internal sealed class ConditionLog(TimeProvider clock)
{
    /// <summary>Least time between a line and the next, but where a condition is back after its end was logged.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private bool _isOn;
    private bool _wasPresent;
    private long _logged;

    /// <summary>Takes whether the condition is present now. An end within a minute of its begin is logged by a later call without it.</summary>
    public ConditionNotice Next(bool isPresent)
    {
        if (!isPresent && !_isOn) return ConditionNotice.None;
        var isBack = isPresent && !_wasPresent;
        _wasPresent = isPresent;
        if (!isPresent)
        {
            if (clock.GetElapsedTime(_logged) < Interval) return ConditionNotice.None;
            _isOn = false;
            return ConditionNotice.Ended;
        }

        if (!isBack || (_isOn && clock.GetElapsedTime(_logged) < Interval)) return ConditionNotice.None;
        (_isOn, _logged) = (true, clock.GetTimestamp());
        return ConditionNotice.Begun;
    }
}
