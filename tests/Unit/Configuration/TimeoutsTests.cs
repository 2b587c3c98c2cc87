using PluginGateway.Configuration;
using PluginGateway.Configuration.Files;
using PluginGateway.Configuration.Options;

namespace PluginGateway.Tests.Configuration;

public sealed class TimeoutsTests : IDisposable
{
    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_most_specific_place_wins_key_by_key()
    {
        var configuration = _folder.LoadGood("""
            {
              "gateway": { "timeouts": { "sendSeconds": 11, "turnSeconds": 12, "connectSeconds": 0.25 } },
              "handler": { "timeouts": { "turnSeconds": 13 } },
              "adapters": [
                { "id": "a", "plugin": "P", "timeouts": { "sendSeconds": 14 } },
                { "id": "b", "plugin": "P", "timeouts": { "turnSeconds": 15 } },
                { "id": "c", "plugin": "P", "timeouts": { "turnSeconds": 16 }, "handler": { "plugin": "H" } },
                { "id": "d", "plugin": "P", "handler": { "plugin": "H", "timeouts": { "turnSeconds": 17 } } },
                { "id": "e", "plugin": "P", "handler": { "plugin": "H" } }
              ]
            }
            """);

        Assert.Equal([14, 11, 11, 11, 11], configuration.Adapters.Select(a => a.Timeouts.Send.TotalSeconds));
        Assert.Equal([13, 15, 16, 17, 12], configuration.Adapters.Select(a => a.Timeouts.Turn.TotalSeconds));
        Assert.Equal([16, 17, 12], configuration.Adapters.Skip(2).Select(a => a.Handler!.Timeouts.Turn.TotalSeconds));
        Assert.All(configuration.Adapters, a => Assert.Equal(250, a.Timeouts.Connect.TotalMilliseconds));
        Assert.Equal((13.0, 11.0), (configuration.Handler.Timeouts.Turn.TotalSeconds, configuration.Handler.Timeouts.Send.TotalSeconds));
    }

    [Theory]
    [InlineData("""{ "handler": { "plugin": "Webhook", "timeouts": { "turnSeconds": 4 }, "settings": { "timeoutSeconds": 60 } } }""",
        "handler.settings.timeoutSeconds")]
    [InlineData("""{ "handler": { "plugin": "Webhook", "timeouts": { "turnSeconds": 4 } } }""", "handler.settings.timeoutSeconds")]
    [InlineData("""{ "handler": { "plugin": "Webhook", "timeouts": { "turnSeconds": 4 }, "settings": { "url": "http://127.0.0.1:9/" } } }""",
        "handler.settings.timeoutSeconds")]
    [InlineData("""{ "handler": { "plugin": "Webhook" } }""", null)]
    [InlineData("""{ "gateway": { "timeouts": { "turnSeconds": 4 } }, "handler": { "plugin": "Other", "settings": { "timeoutSeconds": 4.5 } } }""",
        "handler.settings.timeoutSeconds")]
    [InlineData("""{ "handler": { "plugin": "Webhook", "timeouts": { "turnSeconds": 4 }, "settings": { "timeoutSeconds": 4 } } }""", null)]
    [InlineData("""{ "handler": { "plugin": "Webhook", "timeouts": { "turnSeconds": 0 }, "settings": { "timeoutSeconds": 600 } } }""", null)]
    [InlineData("""{ "handler": { "plugin": "Other", "timeouts": { "turnSeconds": 4 } } }""", null)]
    public void A_backend_that_may_take_longer_than_a_turn_is_a_warning(string file, string? key)
    {
        var warnings = ConfigurationFolder.Lines(_folder.Load(file), ProblemSeverity.Warning)
            .Where(static line => line.Contains("is longer than a turn may take", StringComparison.Ordinal));
        Assert.Equal(key is null ? [] : [true], warnings.Select(line => line.Contains(key!, StringComparison.Ordinal)));
    }

    [Fact]
    public void A_handler_has_deadlines_of_its_own_for_its_start_and_its_requests()
    {
        var configuration = _folder.LoadGood("""
            {
              "gateway": { "timeouts": { "httpSeconds": 3 } },
              "handler": { "timeouts": { "connectSeconds": 4 } },
              "adapters": [ { "id": "a", "plugin": "P", "handler": { "plugin": "H", "timeouts": { "httpSeconds": 5 } } } ]
            }
            """);
        var own = configuration.Adapters[0];
        Assert.Equal((4.0, 3.0), (configuration.Handler.Timeouts.Connect.TotalSeconds, configuration.Handler.Timeouts.Http.TotalSeconds));
        Assert.Equal((30.0, 5.0), (own.Handler!.Timeouts.Connect.TotalSeconds, own.Handler.Timeouts.Http.TotalSeconds));
        Assert.Equal((30.0, 3.0), (own.Timeouts.Connect.TotalSeconds, own.Timeouts.Http.TotalSeconds));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-3.5")]
    public void Zero_or_less_is_no_deadline_and_is_said(string seconds)
    {
        var result = _folder.Load(ConfigurationFolder.Adapter($"\"timeouts\": {{ \"sendSeconds\": {seconds} }}"));
        Assert.Equal(Timeout.InfiniteTimeSpan, result.Configuration!.Adapters[0].Timeouts.Send);
        Assert.Equal(
            $"plugins.json: adapters[0].timeouts.sendSeconds: '{seconds}' means no deadline: a call that hangs is never abandoned; only the shutdown budget still bounds it.",
            Assert.Single(ConfigurationFolder.Lines(result, ProblemSeverity.Notice)));
    }

    [Theory]
    [InlineData("2.5", 2.5, ProblemSeverity.Notice)]
    [InlineData("0", -0.001, ProblemSeverity.Notice)]
    [InlineData("-1", -0.001, ProblemSeverity.Notice)]
    [InlineData("five", 7, ProblemSeverity.Warning)]
    [InlineData("NaN", 7, ProblemSeverity.Warning)]
    [InlineData("1e9", 7, ProblemSeverity.Warning)]
    [InlineData("100000", 7, ProblemSeverity.Warning)]
    public void The_environments_disconnect_bound_wins_everywhere_or_is_ignored_with_a_warning(string text, double seconds, object severity)
    {
        _folder.Environment["GATEWAY_ADAPTER_DISCONNECT_TIMEOUT"] = text;
        var result = _folder.Load("""
            { "gateway": { "timeouts": { "disconnectSeconds": 7 } }, "adapters": [ { "id": "a", "plugin": "P", "handler": { "plugin": "H" } } ] }
            """);

        var configuration = result.Configuration!;
        var expected = TimeSpan.FromSeconds(seconds);
        Assert.Equal(
            [expected, expected, expected, expected],
            [configuration.Gateway.Timeouts.Disconnect, configuration.Handler.Timeouts.Disconnect, configuration.Adapters[0].Timeouts.Disconnect,
                configuration.Adapters[0].Handler!.Timeouts.Disconnect]);
        var problem = Assert.Single(result.Problems, p => p.File == "environment");
        Assert.Equal(severity, problem.Severity);
        Assert.Equal(("GATEWAY_ADAPTER_DISCONNECT_TIMEOUT", text), (problem.Key, problem.Value));
    }

    [Fact]
    public void The_environment_wins_over_an_adapters_own_disconnect_bound()
    {
        _folder.Environment["GATEWAY_ADAPTER_DISCONNECT_TIMEOUT"] = "2";
        var configuration = _folder.LoadGood(ConfigurationFolder.Adapter("\"timeouts\": { \"disconnectSeconds\": 9 }"));
        Assert.Equal(2, configuration.Adapters[0].Timeouts.Disconnect.TotalSeconds);
    }

    [Fact]
    public void A_timeout_without_effect_where_it_stands_is_an_error_that_names_its_place() => Assert.Equal(
        [
            "plugins.json: handler.timeouts.sendSeconds: has no effect here; it belongs in gateway.timeouts or an adapter's timeouts.",
            "plugins.json: adapters[0].timeouts.drainSeconds: has no effect here; it belongs in gateway.timeouts.",
        ],
        _folder.Errors("""
            { "handler": { "timeouts": { "sendSeconds": 1 } }, "adapters": [ { "id": "a", "plugin": "P", "timeouts": { "drainSeconds": 1 } } ] }
            """));

    [Theory]
    [InlineData("{}", 0)]
    [InlineData("""{ "gateway": { "timeouts": { "drainSeconds": 8 } } }""", 1)]
    [InlineData("""{ "gateway": { "timeouts": { "drainSeconds": 0 } } }""", 0)]
    [InlineData("""{ "adapters": [ { "id": "a", "plugin": "P", "timeouts": { "disconnectSeconds": 15 } } ] }""", 1)]
    [InlineData("""{ "adapters": [ { "id": "a", "plugin": "P" }, { "id": "b", "plugin": "P", "enabled": false, "timeouts": { "disconnectSeconds": 15 } } ] }""", 0)]
    public void Phases_that_do_not_fit_into_the_shutdown_budget_are_a_warning(string json, int warnings) =>
        Assert.Equal(warnings, ConfigurationFolder.Lines(_folder.Load(json), ProblemSeverity.Warning)
            .Count(w => w.Contains("shutdownBudgetSeconds", StringComparison.Ordinal)));

    [Fact]
    public void An_unbounded_store_close_still_reserves_a_finite_part_of_the_budget()
    {
        var timeouts = _folder.LoadGood(ConfigurationFolder.Gateway("\"timeouts\": { \"storeCloseSeconds\": 0 }")).Gateway.Timeouts;
        Assert.Equal((Timeout.InfiniteTimeSpan, TimeSpan.FromSeconds(3)), (timeouts.StoreClose, timeouts.StoreReserve));
    }
}
