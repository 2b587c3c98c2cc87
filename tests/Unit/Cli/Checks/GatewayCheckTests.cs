using System.Buffers.Binary;
using System.Text.Json;
using PluginGateway.Cli;
using PluginGateway.Cli.Checks;
using PluginGateway.Status;
using PluginGateway.Tests.Loading;

namespace PluginGateway.Tests.Cli.Checks;

/// <summary>What <c>check</c> says of real plugin DLLs and files.</summary>
public sealed class GatewayCheckTests : IDisposable
{
    private readonly PluginFixture _fixture = new();
    private readonly string _mark;

    public GatewayCheckTests() => _mark = Path.Combine(_fixture.Root, "has run");

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void No_code_of_a_plugin_runs_unless_it_is_pinned_as_a_whole_or_that_is_asked_for()
    {
        var dll = PlaceMarking();
        Assert.Equal(
            "not-asked", Assert.Single(Check("").Findings, static finding => finding.Where == "adapters[0]" && finding.Code is not null).Code);
        Assert.False(File.Exists(_mark));
        var report = PluginInventory.Inspect(new CliOptions(), dll);
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(dll)!, "other.dll"), "a library");
        Assert.Contains(Check($", \"sha256\": \"{report.Sha256}\"").Findings, static finding => finding.Code == "pin-incomplete");
        Assert.False(File.Exists(_mark));

        Check($", \"sha256\": \"{PluginInventory.Inspect(new CliOptions(), dll).ContentHash}\"");
        Assert.True(File.Exists(_mark));
        File.Delete(_mark);
        Check("", runPlugins: true);
        Assert.True(File.Exists(_mark));
    }

    [Fact]
    public void Where_pins_are_required_one_of_the_dll_alone_is_not_enough()
    {
        var dll = PlaceMarking();
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(dll)!, "other.dll"), "a library");
        Assert.Contains(Check("", gateway: ", \"requirePins\": true").Findings,
            static finding => finding is { Severity: Severity.Error, Code: "pin-missing", Where: "adapters[0]" });
        var report = PluginInventory.Inspect(new CliOptions(), dll);
        Assert.Contains(Check($", \"sha256\": \"{report.Sha256}\"", gateway: ", \"requirePins\": true").Findings,
            static finding => finding is { Code: "pin-missing", Where: "adapters[0]" });
        Assert.DoesNotContain(Check($", \"sha256\": \"{report.ContentHash}\"", gateway: ", \"requirePins\": true").Findings,
            static finding => finding is { Code: "pin-missing", Where: "adapters[0]" });
    }

    [Fact]
    public void A_missing_secret_hides_nothing_else()
    {
        var findings = Check(
            ", \"settings\": { \"a\": \"${env:THERE_IS_NO_SUCH_VARIABLE}\" }, \"timeout\": {}", gateway: ", \"https\": 1", plugin: "Gone").Findings;
        foreach (var where in (string[])["adapters[0].settings.a", "adapters[0].timeout", "gateway.https"])
            Assert.Contains(findings, finding => finding.Severity == Severity.Error && finding.Where.EndsWith(where, StringComparison.Ordinal));
        Assert.Contains(findings, static finding => finding is { Severity: Severity.Error, Code: "plugin-not-found" });
    }

    [Theory]
    [InlineData("", "store-corrupt")]
    [InlineData("not a database, and a hundred bytes of that: not a database, not a database, not a database, not a data", "store-corrupt")]
    public void A_store_that_run_would_refuse_is_an_error(string content, string code)
    {
        Directory.CreateDirectory(_fixture.Data);
        File.WriteAllText(Path.Combine(_fixture.Data, "gateway.db"), content);
        Assert.Contains(Check("").Findings, finding => finding.Severity == Severity.Error && finding.Code == code);
    }

    [Theory]
    [InlineData(99, 0x50477731, "store-newer")]
    [InlineData(1, 7, "store-foreign")]
    public void A_newer_or_foreign_store_is_an_error(int version, int application, string code)
    {
        var header = new byte[100];
        "SQLite format 3\0"u8.CopyTo(header);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(60), version);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(68), application);
        Directory.CreateDirectory(_fixture.Data);
        File.WriteAllBytes(Path.Combine(_fixture.Data, "gateway.db"), header);
        Assert.Contains(Check("").Findings, finding => finding.Severity == Severity.Error && finding.Code == code);
        Assert.Equal(["gateway.db"], Directory.EnumerateFileSystemEntries(_fixture.Data).Select(Path.GetFileName));
    }

    [Fact]
    public void A_data_directory_that_cannot_be_one_is_an_error()
    {
        File.WriteAllText(_fixture.Data, "");
        foreach (var place in (string[])[_fixture.Data, Path.Combine(_fixture.Data, "deeper", "data")])
            Assert.Contains(Check("", data: place).Findings, static finding => finding is { Severity: Severity.Error, Where: "data directory" });
    }

    private string PlaceMarking() => _fixture.Place("Marking", PluginFixture.Adapter(
        $"static Adapter() => System.IO.File.WriteAllText(\"{_mark}\", \"\"); public Task<SettingsReport> ValidateSettingsAsync(CancellationToken t) => Task.FromResult(SettingsReport.Good);",
        interfaces: ", IValidateSettings"));

    private CheckReport Check(string members, string gateway = "", string plugin = "Marking", bool runPlugins = false, string? data = null)
    {
        var config = Path.Combine(_fixture.Root, "plugins.json");
        File.WriteAllText(config, $$"""
            { "gateway": { "pluginPaths": [{{JsonSerializer.Serialize(_fixture.Plugins)}}]{{gateway}} }, "adapters": [ { "id": "a", "plugin": "{{plugin}}"{{members}} } ] }
            """);
        return GatewayCheck.Run(new CliOptions(config, data ?? _fixture.Data) { RunPlugins = runPlugins });
    }
}
