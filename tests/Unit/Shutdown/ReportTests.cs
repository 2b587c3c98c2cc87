using System.Text.Json;
using PluginGateway.Instance;
using PluginGateway.Serialization;
using PluginGateway.Shutdown;
using PluginGateway.Status;
using PluginGateway.Tests.Status;

namespace PluginGateway.Tests.Shutdown;

public sealed class ReportTests
{
    [Fact]
    public void A_shutdown_report_is_read_as_it_was_written()
    {
        using var directory = new TemporaryDirectory();
        Assert.Null(ShutdownReport.Read(directory.Path));

        Samples.Shutdown.Write(directory.Path);

        Assert.Equivalent(Samples.Shutdown, ShutdownReport.Read(directory.Path), strict: true);
    }

    [Fact]
    public void A_broken_shutdown_report_is_none()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(DataDirectory.ShutdownReport(directory.Path), "{\"reason\":");

        Assert.Null(ShutdownReport.Read(directory.Path));
    }

    [Fact]
    public void Status_has_the_promised_names_and_shapes()
    {
        using var json = JsonDocument.Parse(JsonText.Line(Samples.Degraded, StatusJson.Default.StatusReport));
        var status = json.RootElement;
        var telegram = status.GetProperty("adapters")[1];
        var call = telegram.GetProperty("abandonedCalls")[0];

        Assert.Equal(
            ["state", "version", "pid", "ageSeconds", "reasons", "http", "adapters", "messages", "lastShutdown", "handlers", "turns", "unconfigured",
                "memory"],
            Names(status));
        Assert.Equal("degraded", status.GetProperty("state").GetString());
        Assert.Equal(
            ["id", "plugin", "state", "reason", "generation", "sinceUtc", "lastInboundUtc", "lastOutboundUtc", "abandonedCalls", "reconnect", "code",
                "frame", "isolation", "account", "worker", "owed", "sendsInFlight", "lifeSigns", "pending", "refused", "waiting", "owedRefused",
                "turnsWaitingForFiles", "heldUntilUtc", "chatsHeldUntilUtc", "retrying", "discarded"], Names(telegram));
        Assert.Equal(["operation", "generation", "sinceUtc", "stage"], Names(call));
        Assert.Equal("entered", call.GetProperty("stage").GetString());
        Assert.EndsWith("+00:00", call.GetProperty("sinceUtc").GetString());
        Assert.Equal(["attempt", "dueUtc"], Names(telegram.GetProperty("reconnect")));
        Assert.Equal(JsonValueKind.Null, status.GetProperty("adapters")[0].GetProperty("reconnect").ValueKind);
        Assert.Equal(["inbound", "outbound", "exact"], Names(status.GetProperty("messages")));
        Assert.Equal(["accepted", "handled", "parked", "pending", "duplicates", "refused", "discarded", "dropped"],
            Names(status.GetProperty("messages").GetProperty("inbound")));
        Assert.Equal(["owed", "delivered", "rejected", "parked", "pending", "withdrawn", "bounced"], Names(status.GetProperty("messages").GetProperty("outbound")));
    }

    [Fact]
    public void Every_state_and_stage_has_its_camel_case_name()
    {
        Assert.Equal(
            ["starting", "ready", "degraded", "stopping", "unresponsive", "down"],
            Enum.GetValues<GatewayState>().Select(state => Text(Samples.Degraded with { State = state }, "state")));
    }

    private static string? Text(StatusReport report, string name)
    {
        using var json = JsonDocument.Parse(JsonText.Line(report, StatusJson.Default.StatusReport));
        return json.RootElement.GetProperty(name).GetString();
    }

    private static IEnumerable<string> Names(JsonElement element) => element.EnumerateObject().Select(property => property.Name);
}
