using PluginGateway.Dispatch;
using PluginGateway.Store;
using PluginGateway.Store.Quota;
using PluginGateway.Web.Health;

namespace PluginGateway.Status;

/// <summary>Metrics of messages: the balance of the store, and the work of dispatch.</summary>
internal sealed class MessageMetrics(MessageStore store, Dispatcher dispatcher, TimeProvider clock)
{
    public void Write(PrometheusText text)
    {
        WriteBalance(text, store.LastBalance);
        WriteTraffic(text, dispatcher.LastSnapshot);
        WriteMemory(text);
    }

    private void WriteMemory(PrometheusText text)
    {
        var uses = store.MemoryUses;
        Each("gateway_memory_sessions", "Sessions with memory of a handler.", static use => use.Sessions);
        Each("gateway_memory_bytes", "Bytes of the memory of the sessions of a handler.", static use => use.Bytes);
        text.Counter("gateway_memory_forgotten_total",
            "Sessions forgotten since the data directory was made because their handler had used its memory.");
        foreach (var (handlerId, use) in uses) text.Add(use.Forgotten, ("handler", handlerId));

        void Each(string name, string help, Func<MemoryUse, long> read)
        {
            text.Gauge(name, help);
            foreach (var (handlerId, use) in uses) text.Add(read(use), ("handler", handlerId));
        }
    }

    private void WriteBalance(PrometheusText text, Balance balance)
    {
        var (inbound, outbound) = (balance.Inbound, balance.Outbound);
        text.Counter("gateway_inbound_messages_total",
            "Messages from platforms since the data directory was made: accepted = handled + parked + dropped + pending; "
            + "the others were turned away.");
        foreach (var (outcome, count) in (ReadOnlySpan<(string, long)>)[
            ("accepted", inbound.Accepted), ("handled", inbound.Handled), ("parked", inbound.Parked), ("dropped", inbound.Dropped),
            ("duplicate", inbound.Duplicates), ("refused", inbound.Refused), ("discarded", inbound.Discarded)])
            text.Add(count, ("outcome", outcome));
        text.Gauge("gateway_inbound_pending", "Accepted and not yet handled.").Add(inbound.Pending);
        text.Gauge("gateway_inbound_oldest_age_seconds", "Age of the oldest of them; 0 without any.").Add(Age(balance.OldestPending));
        text.Counter("gateway_outbound_messages_total",
            "Messages to platforms since the data directory was made: owed = delivered + bounced + rejected + parked + withdrawn + pending.");
        foreach (var (outcome, count) in (ReadOnlySpan<(string, long)>)[
            ("owed", outbound.Owed), ("delivered", outbound.Delivered), ("bounced", outbound.Bounced), ("rejected", outbound.Rejected),
            ("parked", outbound.Parked), ("withdrawn", outbound.Withdrawn)])
            text.Add(count, ("outcome", outcome));
        text.Counter("gateway_outbound_reports_total", "Reports of platforms that delivered messages have reached a device, or have been read.");
        text.Add(outbound.ReportedDelivered, ("change", "delivered"));
        text.Add(outbound.ReportedRead, ("change", "read"));
        text.Gauge("gateway_outbound_pending", "Owed and not yet settled.").Add(outbound.Pending);
        text.Gauge("gateway_outbound_oldest_age_seconds", "Age of the oldest of them; 0 without any.").Add(Age(balance.OldestOwed));
        text.Gauge("gateway_balance_exact", "1 when both balances hold.").Add(balance.IsExact ? 1 : 0);
    }

    private void WriteTraffic(PrometheusText text, DispatchSnapshot dispatch)
    {
        text.Gauge("gateway_turns_running", "Turns that run.").Add(dispatch.RunningTurns.Count);
        text.Gauge("gateway_turns_waiting", "Messages that wait for their turn, the running ones included.").Add(dispatch.PendingMessages);
        text.Gauge("gateway_turn_oldest_seconds", "How long the oldest running turn has been running; 0 without any.")
            .Add(Age(dispatch.RunningTurns.Select(static turn => (DateTimeOffset?)turn.Since).Min()));
        text.Gauge("gateway_turns_held_messages", "Messages that are held because more of their turns may come.").Add(dispatch.HeldMessages);
        text.Gauge("gateway_turns_detached", "Stopped turns whose calls have not ended, and whose sessions have gone on.").Add(dispatch.Detached);
        text.Counter("gateway_turns_stopped_total", "Running turns that a person or the operator has stopped since the start.").Add(dispatch.Stopped);
        Each("gateway_adapter_sends_in_flight", "Sends that are being tried.", static adapter => adapter.InFlight);
        Each("gateway_adapter_owed", "Messages that are owed through it.", static adapter => adapter.Owed);
        Each("gateway_adapter_last_inbound_seconds", "When something last arrived, in seconds since 1970.", static adapter =>
            UnixTime.Of(adapter.LastInbound));
        Each("gateway_adapter_last_outbound_seconds", "When something was last delivered, in seconds since 1970.", static adapter =>
            UnixTime.Of(adapter.LastOutbound));

        Each("gateway_adapter_waiting", "Received events that wait for room in the inbox.", static adapter => adapter.Waiting);
        text.Counter("gateway_inbound_lost_total", "Events that were refused since the start and that no platform delivers again.");
        foreach (var adapter in dispatch.Adapters) text.Add(adapter.Lost?.Events ?? 0, ("id", adapter.AdapterId));

        text.Counter("gateway_inbound_discarded_total", "Messages that were turned away for good since the start, by cause.");
        foreach (var adapter in dispatch.Adapters)
        {
            foreach (var (cause, count) in adapter.Discarded) text.Add(count, ("id", adapter.AdapterId), ("cause", cause));
        }

        void Each(string name, string help, Func<AdapterQueueSnapshot, double?> read)
        {
            text.Gauge(name, help);
            foreach (var adapter in dispatch.Adapters) text.Add(read(adapter), ("id", adapter.AdapterId));
        }
    }

    private double Age(DateTimeOffset? since) => since is { } then ? Math.Max(0, (clock.GetUtcNow() - then).TotalSeconds) : 0;
}
