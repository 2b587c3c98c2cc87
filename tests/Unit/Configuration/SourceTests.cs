using PluginGateway.Configuration;
using PluginGateway.Configuration.Files;
using PluginGateway.Configuration.Options;

namespace PluginGateway.Tests.Configuration;

public sealed class SourceTests : IDisposable
{
    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Without_a_file_the_gateway_runs_WebChat_as_web_with_Echo()
    {
        var result = ConfigurationFile.Load(_folder.Request);

        Assert.Empty(result.Problems);
        var configuration = result.Configuration!;
        var adapter = Assert.Single(configuration.Adapters);
        Assert.Equal(("web", "WebChat", true), (adapter.Id, adapter.Plugin, adapter.Enabled));
        Assert.Equal("Echo", configuration.HandlerFor(adapter).Plugin);
        Assert.Equal("built-in default", configuration.Source);
        Assert.Equal(_folder.Path, configuration.BaseDirectory);
        Assert.Equal(Path.Combine(_folder.Path, "data"), configuration.Gateway.DataDirectory);
        Assert.Equal(new Uri("http://127.0.0.1:8780"), configuration.Gateway.Http);
    }

    [Fact]
    public void An_empty_object_is_the_built_in_default_under_the_files_name()
    {
        var builtIn = ConfigurationFile.Load(_folder.Request).Configuration!;
        var file = _folder.LoadGood("{}");
        Assert.Equal("plugins.json", file.Source);
        ConfigurationFolder.AssertSame(builtIn, file);
    }

    [Fact]
    public void A_named_file_wins_and_its_folder_is_the_base_of_relative_paths()
    {
        _folder.Write("plugins.json", "this is not JSON");
        _folder.Write("etc/gateway.json", """{ "gateway": { "dataDirectory": "../state" } }""");

        var configuration = ConfigurationFile.Load(_folder.Request with { ConfigPath = "etc/gateway.json" }).Configuration!;

        Assert.Equal("etc/gateway.json", configuration.Source);
        Assert.Equal(Path.Combine(_folder.Path, "etc"), configuration.BaseDirectory);
        Assert.Equal(Path.Combine(_folder.Path, "state"), configuration.Gateway.DataDirectory);
    }

    [Fact]
    public void A_named_file_that_is_missing_is_an_error_even_though_a_default_exists()
    {
        var result = ConfigurationFile.Load(_folder.Request with { ConfigPath = "missing.json", HttpUrl = "ftp://x" });
        Assert.Null(result.Configuration);
        Assert.Equal(
            [
                $"missing.json: '{Path.Combine(_folder.Path, "missing.json")}' was not found.",
                "command line: --http: 'ftp://x' is not http; allowed: http://IP:PORT or http://localhost:PORT (put a reverse proxy in front for TLS).",
            ],
            ConfigurationFolder.Lines(result, ProblemSeverity.Error));
    }

    [Fact]
    public void A_folder_in_the_place_of_the_file_is_an_error()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "plugins.json"));
        var result = ConfigurationFile.Load(_folder.Request);
        Assert.Contains("is a folder", Assert.Single(result.Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fifo_or_a_device_in_the_place_of_the_file_is_an_error_that_nobody_waits_for()
    {
        Fifo.Make(Path.Combine(_folder.Path, "plugins.json"));
        Assert.Contains("is a FIFO; a regular file was expected", Assert.Single(ConfigurationFile.Load(_folder.Request).Problems).Message,
            StringComparison.Ordinal);
        Assert.Contains("is a device", Assert.Single(ConfigurationFile.Load(_folder.Request with { ConfigPath = "/dev/zero" }).Problems).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_that_leads_nowhere_is_a_missing_file_and_not_the_built_in_default()
    {
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "plugins.json"), Path.Combine(_folder.Path, "unmounted", "plugins.json"));
        var result = ConfigurationFile.Load(_folder.Request);
        Assert.Null(result.Configuration);
        Assert.Contains("was not found", Assert.Single(result.Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_default_file_that_is_in_force_must_be_there_the_next_time()
    {
        var file = _folder.LoadGood("""{ "handler": { "plugin": "Webhook" } }""");
        File.Delete(Path.Combine(_folder.Path, "plugins.json"));
        var again = ConfigurationFile.Load(_folder.Request.Again(file));
        Assert.Null(again.Configuration);
        Assert.Equal($"plugins.json: '{Path.Combine(_folder.Path, "plugins.json")}' was not found.", Assert.Single(again.Problems).ToString());
        var builtIn = ConfigurationFile.Load(_folder.Request).Configuration!;
        Assert.NotNull(ConfigurationFile.Load(_folder.Request.Again(builtIn)).Configuration);
    }

    [Fact]
    public void A_file_in_another_encoding_is_an_error()
    {
        File.WriteAllBytes(Path.Combine(_folder.Path, "plugins.json"), [(byte)'"', 0xFF, 0xC0, (byte)'"']);
        Assert.Contains("is not UTF-8 text", Assert.Single(ConfigurationFile.Load(_folder.Request).Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Comments_trailing_commas_and_a_byte_order_mark_are_allowed() => _folder.LoadGood("\uFEFF" + """
        {
          // the chat page
          "adapters": [ { "id": "web", "plugin": "WebChat", /* on */ "enabled": true, }, ],
        }
        """);

    [Fact]
    public void A_syntax_error_names_file_line_and_column_in_characters()
    {
        var error = Assert.Single(_folder.Errors("{\n  \"gateway\": {},\n  \"äöü\": ! }"));
        Assert.StartsWith("plugins.json: line 3, column 10: '!' is an invalid start of a value", error, StringComparison.Ordinal);
        Assert.DoesNotContain("BytePosition", error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_file_is_a_syntax_error() =>
        Assert.StartsWith("plugins.json: line 1, column 1:", Assert.Single(_folder.Errors("")), StringComparison.Ordinal);

    [Fact]
    public void A_syntax_error_never_quotes_an_unquoted_secret()
    {
        var error = Assert.Single(_folder.Errors("""{ "gateway": { "httpToken": nullsecret123456 } }"""));
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Duplicate_keys_are_errors_at_any_depth_inside_settings_too() => Assert.Equal(
        [
            "plugins.json: handler is there twice in the same object; keep one.",
            "plugins.json: adapters[0].settings.a.b is there twice in the same object; keep one.",
        ],
        _folder.Errors("""
            { "handler": {}, "handler": {}, "adapters": [ { "id": "web", "plugin": "WebChat", "settings": { "a": { "b": 1, "b": 2 } } } ] }
            """).Select(e => e.Replace(": is there", " is there", StringComparison.Ordinal)));

    [Theory]
    [InlineData("""{ "adapters": [ { "id": "web", "plugin": "WebChat", "settings": { "x": "\ud800" } } ] }""", "adapters[0].settings.x")]
    [InlineData("""{ "adapters": [ { "id": "web", "plugin": "WebChat", "settings": { "\ud800": 1 } } ] }""", "adapters[0].settings")]
    public void Half_of_a_surrogate_pair_is_an_error_not_an_exception(string json, string key)
    {
        var problem = Assert.Single(_folder.Load(json).Problems);
        Assert.Equal(key, problem.Key);
        Assert.Contains("Unicode", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--data", "/a", "/b", "c", "/a")]
    [InlineData("state directory", null, "/b:/other", "c", "/b")]
    [InlineData("file", null, null, "c", "<folder>/c")]
    [InlineData("default", null, null, null, "<folder>/data")]
    [InlineData("relative --data", "here", null, null, "<folder>/here")]
    public void The_data_directory_comes_from_the_first_that_names_one(string why, string? option, string? state, string? file, string expected)
    {
        if (state is not null) _folder.Environment["STATE_DIRECTORY"] = state;
        _folder.Write("plugins.json", file is null ? "{}" : $$"""{ "gateway": { "dataDirectory": "{{file}}" } }""");

        var result = ConfigurationFile.Load(_folder.Request with { DataDirectory = option });

        Assert.Equal(expected.Replace("<folder>", _folder.Path, StringComparison.Ordinal), result.Configuration!.Gateway.DataDirectory);
        Assert.Equal(file is not null && expected[^1] != 'c', result.Problems.Any(p => p.Message.Contains("is not used", StringComparison.Ordinal)));
        Assert.NotEmpty(why);
    }

    [Fact]
    public void The_http_option_wins_over_the_file_and_is_checked_for_reach()
    {
        _folder.Write("plugins.json", ConfigurationFolder.Gateway("\"http\": \"http://127.0.0.1:1\""));
        Assert.Equal(9999, ConfigurationFile.Load(_folder.Request with { HttpUrl = "http://localhost:9999" }).Configuration!.Gateway.Http.Port);
        Assert.Null(ConfigurationFile.Load(_folder.Request with { HttpUrl = "http://0.0.0.0:9999" }).Configuration);
    }

    [Fact]
    public void The_process_request_carries_its_environment_and_never_shows_it()
    {
        var request = ConfigurationRequest.OfProcess(config: "x.json");
        Assert.Equal(Environment.GetEnvironmentVariable("PATH"), request.Environment["PATH"]);
        Assert.DoesNotContain(request.Environment["PATH"], request.ToString(), StringComparison.Ordinal);
    }
}
