using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using PluginGateway.Control.Verbs;
using PluginGateway.Dispatch;
using PluginGateway.Dispatch.External;
using PluginGateway.Instance;
using PluginGateway.Reloading;
using PluginGateway.Serialization;
using PluginGateway.Shutdown;
using PluginGateway.Status;
using PluginGateway.Store;
using PluginGateway.Tests.Status;
using PluginGateway.Units;

namespace PluginGateway.Tests.Serialization;

/// <summary>Text of the handlers, compared byte by byte with that of the serialiser by reflection.</summary>
public sealed class JsonTextTests
{
    private const string Strange = "\"<é😀\u2028\u0001\\> + '\ud800";

    private static readonly JsonSerializerOptions Reports = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
    };

    private static readonly JsonSerializerOptions Stored = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    };

    private static readonly DateTimeOffset Now = Samples.Now.AddTicks(1);

    [Fact]
    public void Status_and_reports_are_written_as_by_metadata()
    {
        var full = Samples.Degraded.Adapters[0] with
        {
            Code = Strange, PathRefused = Strange, Worker = new(7, 8, 0.25), LifeSigns = new(1.5, null, 2), HeldUntilUtc = Now,
            Retrying = new RetryingDeliveries(1, 2, Now, null, Strange), Discarded = new Dictionary<string, long> { [Strange] = 1 },
        };
        Same(Samples.Degraded with { Handlers = [full], Unconfigured = [new(Strange, 1, 2)] }, StatusJson.Default.StatusReport, Reports);
        Same([new UnitReport("a", "b", "c", null, Strange, null, null, null, null, 1)], StatusJson.Default.UnitReportArray, Reports);
        Same(Samples.Shutdown with { Notices = [new("a", 1, 2, Strange)] }, ShutdownJson.Default.ShutdownReport, Reports);
        Same(new ReloadReport(1, "reload", null, true, 0.5, null, [Strange], [.. Enum.GetValues<ReloadOutcome>().Select(static outcome =>
            new ReloadedUnit("a", "b", outcome, null, null, Strange))], [], []), ReloadingJson.Default.ReloadReport, Reports);
        Same(new DeliveryReport("m1", null, "a", "b", "c", 1, Strange, null, Now, null), ExternalJson.Default.DeliveryReport, Reports);
        Same(new MessageChanges([1, 2], [new(3, Strange)], true, Now) { Pending = 4 }, MessageJson.Default.MessageChanges, Reports);
        Same(new PairingLine("a", null, Strange, "paired", Now, null), VerbsJson.Default.PairingLine, Reports);
    }

    [Fact]
    public void Files_are_written_as_by_metadata()
    {
        Same(new PidFile(1, "2", Now, Strange, null) { StopSeconds = 1.5 }, InstanceJson.Default.PidFile, Reports);
        Same(new AdapterOverrides(new Dictionary<string, AdapterOverride> { [Strange] = new("{}", null, null, Now), ["b"] = new("", true, Strange, Now) }),
            UnitsJson.Default.AdapterOverrides, Reports);
        Same(new CrashLoopLog(Now, [Now, Now.AddDays(1)], new PluginEnd("a", "b", Now)), UnitsJson.Default.CrashLoopLog, Reports);
    }

    [Fact]
    public void Payloads_are_written_as_by_metadata()
    {
        var (chat, sender) = (new ChatPayload("1", "Group", null, Strange), new SenderPayload("2", Strange, true));
        Same(new OutboundPayload(chat, Strange, "Markdown", null, [new(Strange, "Image", null, "a/b", 5)], Silent: true),
            PayloadJson.Default.OutboundPayload, Stored);
        Same(new OutboundPayload(chat with { Kind = null, Title = null }, null), PayloadJson.Default.OutboundPayload, Stored);
        Same(new InboundPayload("e", chat, sender, "", [new("r", default, null, null, 0, TimeSpan.FromSeconds(1.5))], Now, false, true,
            new() { [Strange] = Strange, ["b"] = "" })
        {
            Quote = new("q", null, sender), ForwardedFrom = new(null, null, "c", null, Now), Command = new("c", null, new() { ["a"] = "b" }),
            Mentions = [new("n", 0, 1, null)], Location = new(0, -1.5, null, Strange), Members = [sender], Removed = [Strange, "b"],
            RemovedIds = [null, Strange], Format = "Markdown",
        }, PayloadJson.Default.InboundPayload, Stored);
    }

    private static void Same<T>(T value, JsonTypeInfo<T> type, JsonSerializerOptions options)
    {
        var indented = new JsonSerializerOptions(options) { WriteIndented = true };
        Assert.Equal(JsonSerializer.Serialize(value, options), JsonText.Line(value, type));
        Assert.Equal(JsonSerializer.SerializeToUtf8Bytes(value, options), JsonText.LineBytes(value, type));
        Assert.Equal(JsonSerializer.Serialize(value, indented), JsonText.Indented(value, type));
        Assert.Equal(JsonSerializer.SerializeToUtf8Bytes(value, indented), JsonText.IndentedBytes(value, type));
    }
}
