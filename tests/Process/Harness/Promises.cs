namespace PluginGateway.ProcessTests.Harness;

/// <summary>What the lifecycle promises, each under the key that <see cref="AcceptanceAttribute"/> or <see cref="OriginalAttribute"/> names it
/// by.</summary>
internal static class Promises
{
    /// <summary>The acceptance list.</summary>
    public static IReadOnlyDictionary<int, string> Acceptance { get; } = new Dictionary<int, string>
    {
        [1] = "a disconnect that never completes: the teardown returns in time",
        [2] = "a notice that never completes: no result, the target counts, the next one is still notified",
        [3] = "a fatal error with a hanging disconnect: out of dispatch and queued for reconnect",
        [4] = "two and a thousand hanging adapters: one bound",
        [5] = "no bound: a send runs to completion and has its real result",
        [6] = "no bound: a teardown runs to completion and has its real result",
        [7] = "no bound: a disconnect runs to completion and has its real result",
        [8] = "a synchronous block in connect, send, disconnect, dispose and a cancellation callback",
        [9] = "a starved thread pool, two spinning threads",
        [10] = "a peer that is a black hole: SIGTERM to exit within the budget, and everything tidy",
        [11] = "SIGKILL at any moment: it starts again at once",
        [12] = "SIGTERM twice, during the start, while reconnecting",
    };

    /// <summary>The original's behaviour.</summary>
    public static IReadOnlyDictionary<string, string> Original { get; } = new Dictionary<string, string>
    {
        ["_safe_adapter_teardown"] = "one deadline per adapter for cancel, disconnect and dispose; never throws",
        ["_teardown_adapters"] = "all adapters at once: the slowest, not the sum",
        ["_bounded_shutdown_send"] = "notices are bounded, concurrent, and never owed",
        ["notified set"] = "running conversations first, then the configured chats; nobody twice",
        ["_safe_adapter_disconnect"] = "a hang or a throw never prevents the reconnect from being queued",
        ["timeout <= 0"] = "no bound, by choice, and said once; the total budget still holds",
        ["cancellation by the host"] = "is no failure of the adapter",
        ["gateway.pid, gateway.lock"] = "stale files do not block a start",
        ["database close"] = "bounded; walking away from it is safe",
        ["agent drain"] = "bounded by its own deadline",
        ["exit code"] = "says to the service manager what to do",
        ["end-to-end"] = "wedged, killed by the service manager, stale file: it starts again",
    };
}
