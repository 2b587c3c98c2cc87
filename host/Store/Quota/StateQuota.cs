namespace PluginGateway.Store.Quota;

/// <summary>Largest state of one adapter id.</summary>
internal readonly record struct StateQuota(long Keys, long Bytes)
{
    /// <summary>Largest value, in bytes, that may replace that of an existing key even beyond the quota: a cursor that stood still would bring its
    /// messages again and again.</summary>
    public const int SmallValue = 1024;
}

/// <summary>Outcome of a write of state.</summary>
internal enum StateWriteOutcome
{
    /// <summary>An existing key has its value, or is deleted.</summary>
    Written,

    /// <summary>A new key was written.</summary>
    Added,

    /// <summary>Not written: the adapter has used its quota.</summary>
    OverQuota,

    /// <summary>Not written: the store has reached its limit.</summary>
    StoreFull,
}
