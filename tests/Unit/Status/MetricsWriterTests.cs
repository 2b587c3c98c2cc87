using System.Text;
using PluginGateway.Status;
using PluginGateway.Tests.Hosting;

namespace PluginGateway.Tests.Status;

/// <summary>The figures for Prometheus, in the composed gateway.</summary>
public sealed class MetricsWriterTests
{
    private const string Configuration = """
        { "gateway": { "pluginPaths": ["PLUGINS"] }, "adapters": [ { "id": "good", "plugin": "Plain" }, { "id": "off", "plugin": "Plain", "enabled": false } ] }
        """;

    [Fact]
    public void Every_family_is_described_once_and_each_part_of_the_gateway_has_its_figures()
    {
        using var fixture = new GatewayFixture(Configuration, static fixture => fixture.Place("Plain", GatewayFixture.Adapter())).Started();
        var lines = Encoding.UTF8.GetString(fixture.The<MetricsWriter>().Write(fixture.The<StatusReporter>().Report()))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] families = [
            .. lines.Where(static line => line.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(static line => line.Split(' ')[2])];
        Assert.Equal(families.Distinct(), families);
        // One of each part, in their order.
        string[] parts =
        [
            "gateway_info", "gateway_state", "gateway_unit_state", "gateway_abandoned_calls", "gateway_calls_total", "gateway_call_seconds",
            "gateway_inbound_messages_total",
            "gateway_balance_exact", "gateway_turns_running", "gateway_inbound_discarded_total", "gateway_adapter_life_sign_age_seconds",
            "gateway_worker_memory_bytes",
            "gateway_pairings", "gateway_heartbeat_age_seconds", "gateway_store_commits_total", "gateway_media_bytes", "gateway_http_answers_total",
            "gateway_http_event_streams",
        ];
        Assert.Equal(parts, families.Where(parts.Contains));
        Assert.Contains("gateway_state{state=\"ready\"} 0", lines);
        Assert.Contains("gateway_unit_state{id=\"good\",kind=\"adapter\",plugin=\"Plain\",state=\"connected\"} 1", lines);
        Assert.Contains("gateway_unit_state{id=\"off\",kind=\"adapter\",plugin=\"Plain\",state=\"disabled\"} 1", lines);
        foreach (var loop in (string[])["main", "supervisor", "dispatcher"])
            Assert.Contains(lines, line => line.StartsWith($"gateway_heartbeat_age_seconds{{loop=\"{loop}\"}} ", StringComparison.Ordinal));
    }
}
