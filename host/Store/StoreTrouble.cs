namespace PluginGateway.Store;

/// <summary>What keeps the store from taking messages.</summary>
internal static class StoreTrouble
{
    /// <summary>What it can get over by itself: messages are refused meanwhile, and it tries every second.</summary>
    public static bool Passes(StoreFailure failure) => failure.Code is StoreCode.Full or StoreCode.Io or StoreCode.Busy;

    public static StoreFailure LimitReached(long maxBytes) => new(StoreCode.Full,
        $"the store has reached {maxBytes / (1024 * 1024)} MB (gateway.store.maxMegabytes), and nothing in it is settled: everything is pending, owed or parked.");
}
