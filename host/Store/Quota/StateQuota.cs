namespace PluginGateway.Store.Quota;

/// <summary>The most that one adapter id may keep as state.</summary>
internal readonly record struct StateQuota(long Keys, long Bytes)
{
    /// <summary>A value of a key that is there may always be replaced by one that is no longer than this: a cursor that stood still would bring its messages again and again.</summary>
    public const int SmallValue = 1024;
}

/// <summary>What became of a piece of state.</summary>
internal enum StateWriteOutcome
{
    /// <summary>A key that was there has its value, or is gone.</summary>
    Written,

    /// <summary>A new key.</summary>
    Added,

    /// <summary>Not written: its adapter has used its quota.</summary>
    OverQuota,

    /// <summary>Not written: the store has reached its limit.</summary>
    StoreFull,
}
