using PluginGateway.Store.Quota;

namespace PluginGateway.Store;

/// <summary>Failures that keep the store from accepting messages or state.</summary>
internal static class StoreFailures
{
    /// <summary>Returns true for a failure that may pass by itself: messages are refused meanwhile, and the writer tries every second.</summary>
    public static bool Passes(StoreFailure failure) => failure.Code is StoreCode.Full or StoreCode.Io or StoreCode.Busy;

    /// <param name="maxBytes">The limit.</param>
    /// <param name="largest">The adapters that use most; null when they have not been counted yet.</param>
    public static StoreFailure LimitReached(long maxBytes, IEnumerable<StoreUse>? largest) => new(StoreCode.Full,
        $"the store has reached {maxBytes / (1024 * 1024)} MB (gateway.store.maxMegabytes), and nothing in it may be forgotten any more: it is pending, owed, parked, or the state of adapters. " +
        (largest is null ? "" : $"Most of it: {string.Join("; ", largest)}. ") +
        "Settle or drop messages (plugin-gateway outbox list, inbox list), forget the state of an adapter (plugin-gateway state forget ID), or raise the limit.");

    /// <summary>Returns the sentence for the operator when event ids are deleted that a platform may still repeat.</summary>
    public static string FreshForgotten(long maxBytes, AdapterUsage most) =>
        $"ids of events of the last hour are being forgotten, because the store has reached {maxBytes / (1024 * 1024)} MB "
        + "(gateway.store.maxMegabytes) and nothing else in it may go: what a platform delivers again may be answered again. "
        + $"Most of them, {most.Seen}, are those of adapter '{most.AdapterId}'. Settle or drop messages (plugin-gateway outbox list, inbox list), "
        + $"stop an adapter that floods (plugin-gateway adapter disable {most.AdapterId}), or raise the limit.";

    /// <summary>Returns the failure for state that was not written.</summary>
    public static StoreFailure StateRefused(string adapterId, StateWriteOutcome outcome, StateQuota quota) =>
        new(StoreCode.Full, outcome == StateWriteOutcome.StoreFull
        ? "the store has reached its limit (gateway.store.maxMegabytes), and takes no more state until there is room."
        : $"{StateOwner.NameOf(adapterId)} has used its share of the store for state, {quota.Keys} keys or {quota.Bytes / (1024 * 1024.0):0.#} MB (gateway.store.maxStateKeys, maxStateMegabytes, and at most an eighth of " +
          $"maxMegabytes): more of it is refused, its messages are not. To forget its state: plugin-gateway state forget {adapterId}");
}
