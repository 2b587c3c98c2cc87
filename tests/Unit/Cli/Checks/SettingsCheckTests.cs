using PluginGateway.Cli.Checks;
using PluginGateway.Configuration.Options;
using PluginGateway.Loading;
using PluginGateway.Tests.Loading;

namespace PluginGateway.Tests.Cli.Checks;

/// <summary>What <c>check</c> asks of adapters, real plugin DLLs behind the real guard.</summary>
public sealed class SettingsCheckTests : IDisposable
{
    private const string Validates = ", IValidateSettings";
    private const string Good = "public Task<SettingsReport> ValidateSettingsAsync(CancellationToken t) => Task.FromResult(SettingsReport.Good);";

    private readonly PluginFixture _fixture = new();
    private readonly SettingsCheck _check = new([], new Dictionary<string, string>());

    public void Dispose()
    {
        _check.Dispose();
        _fixture.Dispose();
    }

    [Fact]
    public void Every_problem_is_a_finding_of_its_setting_and_the_adapter_is_disposed_after_it_was_asked()
    {
        var log = Path.Combine(_fixture.Root, "log");
        var found = Ask($$"""
            public Task<SettingsReport> ValidateSettingsAsync(CancellationToken t)
            {
                System.IO.File.AppendAllText("{{log}}", "asked ");
                return Task.FromResult(new SettingsReport([new SettingsProblem("nick", "It is empty."), new SettingsProblem("servers[0].port", "It must be 1 to 65535.")]));
            }
            """);
        Assert.Equal(
            [(Severity.Error, "adapters[0].settings.nick", "It is empty.", "invalid-settings"),
                (Severity.Error, "adapters[0].settings.servers[0].port", "It must be 1 to 65535.", "invalid-settings")],
            found.Select(static f => (f.Severity, f.Where, f.Sentence, f.Code!)));
        Assert.Equal("asked ", File.ReadAllText(log));
    }

    [Theory]
    [InlineData("", Good, "", 0)]
    [InlineData("", "", "throw new InvalidOperationException(\"no luck\");", 1)]
    [InlineData("",
        "public Task<SettingsReport> ValidateSettingsAsync(CancellationToken t) => throw new InvalidOperationException(\"no luck\");", "", 1)]
    [InlineData("",
        "public Task<SettingsReport> ValidateSettingsAsync(CancellationToken t) => new TaskCompletionSource<SettingsReport>().Task;", "", 1)]
    [InlineData("", "public Task<SettingsReport> ValidateSettingsAsync(CancellationToken t) { Thread.Sleep(-1); return null!; }", "", 1)]
    [InlineData("", Good, "Thread.Sleep(-1);", 1)]
    [InlineData("", "public Task<SettingsReport> ValidateSettingsAsync(CancellationToken t) => null!;", "", 1)]
    public void What_hangs_or_throws_is_named_within_its_deadline(string more, string validate, string constructor, int findings)
    {
        var found = Ask(more + (validate.Length == 0 ? Good : validate), constructor);
        Assert.Equal(findings, found.Count);
        Assert.All(found, static finding => Assert.Equal((Severity.Error, "adapters[0]"), (finding.Severity, finding.Where)));
    }

    [Fact]
    public void One_that_could_end_this_process_is_not_asked()
    {
        var found = Assert.Single(
            Ask("public Task<SettingsReport> ValidateSettingsAsync(CancellationToken t) { Environment.Exit(0); return null!; }"));
        Assert.Equal(Severity.Note, found.Severity);
    }

    [Fact]
    public void One_that_checks_nothing_is_not_created()
    {
        _fixture.Place("Checked", PluginFixture.Adapter(constructor: "throw new Exception();"));
        Assert.Empty(Ask());
    }

    [Theory]
    [InlineData(", IValidateSettings", "", "handler.settings.url", "It is missing.")]
    [InlineData(", IValidateSettings", "throw new InvalidOperationException(\"no luck\");", "handler", "no luck")]
    [InlineData("", "", null, null)]
    public void A_handler_is_asked_like_an_adapter_and_is_not_started(string validates, string constructor, string? where, string? sentence)
    {
        var log = Path.Combine(_fixture.Root, "log");
        _fixture.Place("Asked", $$"""
            using System; using System.IO; using System.Threading; using System.Threading.Tasks; using PluginGateway;
            [assembly: MessageHandler("asked", typeof(Asked))]
            public sealed class Asked : IMessageHandler, IStartHandler{{validates}}
            {
                public Asked(HandlerContext context) { {{constructor}} }
                public Task HandleAsync(Turn turn, CancellationToken token) => Task.CompletedTask;
                public Task<SettingsReport> ValidateSettingsAsync(CancellationToken t) =>
                    Task.FromResult(new SettingsReport([new SettingsProblem("url", "It is missing.")]));
                public Task StartAsync(CancellationToken t) { File.AppendAllText("{{log}}", "started "); return Task.CompletedTask; }
                public Task DisposeAsync() { File.AppendAllText("{{log}}", "disposed "); return Task.CompletedTask; }
            }
            """);
        var manifest = _fixture.Loader.Inspect("Asked", PluginKind.Handler, [_fixture.Plugins]).Manifest;
        Assert.Equal(validates.Length > 0, manifest.Handler!.Capabilities.HasFlag(HandlerCapabilities.ValidateSettings));
        Assert.True(manifest.Handler.Capabilities.HasFlag(HandlerCapabilities.Start));
        var found = _check.Ask(new HandlerOptions { Plugin = "Asked" }, "handler:default", manifest, [_fixture.Plugins]);
        if (where is null) Assert.Empty(found);
        else Assert.Contains(sentence!, Assert.Single(found, one => one.Where == where).Sentence, StringComparison.Ordinal);
        if (constructor.Length == 0) Assert.Equal("disposed ", File.ReadAllText(log));
    }

    private IReadOnlyList<Finding> Ask(string members, string constructor = "")
    {
        _fixture.Place("Checked", PluginFixture.Adapter(members, constructor, Validates));
        return Ask();
    }

    private IReadOnlyList<Finding> Ask()
    {
        var timeouts = new CallTimeouts { Load = TimeSpan.FromSeconds(3), Disconnect = TimeSpan.FromSeconds(1) };
        var manifest = _fixture.Loader.Inspect("Checked", PluginKind.Adapter, [_fixture.Plugins]).Manifest;
        return _check.Ask(new AdapterOptions { Id = "a", Plugin = "Checked", Timeouts = timeouts }, manifest, [_fixture.Plugins]);
    }
}
