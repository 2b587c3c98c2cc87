using PluginGateway.Configuration;
using PluginGateway.Configuration.Files;
using PluginGateway.Configuration.Options;

namespace PluginGateway.Tests.Configuration;

public sealed class ValidationTests : IDisposable
{
    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_problem_is_reported_at_once()
    {
        var errors = _folder.Errors("""
            {
              "gatway": {},
              "gateway": { "http": "https://127.0.0.1", "httpToken": "short", "inbox": { "maxPending": 0 }, "onWedged": "proces", "isolation": "yes", "worker": { "openFiles": 3, "environment": ["A B"] }, "logLevel": "loud" },
              "handler": { "plugin": "../Echo", "concurrentTurns": 1.5 },
              "adapters": [
                { "id": "Web", "plugin": "WebChat", "enabeld": true },
                { "id": "tg", "plugin": "Telegram", "timeouts": { "connectSeconds": "-x" }, "sha256": "abc" },
                { "id": "tg", "plugin": "a/b", "settings": [] },
                { "plugin": "Irc", "enabled": "yes" },
                7
              ]
            }
            """);

        Assert.Equal(
            [
                "plugins.json: gateway.http: 'https://127.0.0.1' is not http; allowed: http://IP:PORT or http://localhost:PORT (put a reverse proxy in front for TLS).",
                "plugins.json: gateway.httpToken: is unusable; allowed: at least 16 printable ASCII characters without spaces.",
                "plugins.json: gateway.inbox.maxPending: '0' is out of range; allowed: a whole number from 1 to 100000000.",
                "plugins.json: gateway.onWedged: 'proces' is unknown; allowed: quarantine, exit, process.",
                "plugins.json: gateway.isolation: 'yes' is unknown; allowed: inProcess, process.",
                "plugins.json: gateway.worker.environment[0]: 'A B' is no name of a variable; allowed: letters, digits and _, not starting with a digit.",
                "plugins.json: gateway.worker.openFiles: '3' is out of range; allowed: a whole number from 64 to 1048576.",
                "plugins.json: gateway.logLevel: 'loud' is unknown; allowed: trace, debug, information, warning, error, critical.",
                "plugins.json: handler.plugin: '../Echo' is no plugin name; allowed: letters, digits, . _ -, starting with a letter or digit, at most 128 characters; a name, not a path.",
                "plugins.json: handler.concurrentTurns: '1.5' is not a whole number; allowed: a whole number from 1 to 1024.",
                "plugins.json: adapters[0].id: 'Web' is no adapter id; allowed: a-z 0-9 . _ -, starting with a letter or digit, at most 64 characters.",
                "plugins.json: adapters[0].enabeld: is an unknown key; did you mean 'enabled'?",
                "plugins.json: adapters[1].timeouts.connectSeconds: '-x' is not a number; allowed: seconds, 0 = no deadline.",
                "plugins.json: adapters[1].sha256: 'abc' is no SHA-256; allowed: 64 hexadecimal digits.",
                "plugins.json: adapters[2].plugin: 'a/b' is no plugin name; allowed: letters, digits, . _ -, starting with a letter or digit, at most 128 characters; a name, not a path.",
                "plugins.json: adapters[2].settings: is not an object; allowed: { ... }, as the plugin documents it.",
                "plugins.json: adapters[3].enabled: 'yes' is neither true nor false (without quotes).",
                "plugins.json: adapters[3].id: is missing.",
                "plugins.json: adapters[4]: '7' is not an object; allowed: { ... }.",
                "plugins.json: gatway: is an unknown key; did you mean 'gateway'?",
                "plugins.json: adapters[2].id: 'tg' is already the id of adapters[1]; ids must differ.",
            ],
            errors);
    }

    [Fact]
    public void An_adapter_whose_own_handler_would_have_the_id_of_the_common_one_is_an_error()
    {
        const string adapter = "\"id\": \"default\", \"plugin\": \"WebChat\"";
        Assert.Empty(_folder.Errors($$"""{ "adapters": [ { {{adapter}} } ] }"""));
        var error = Assert.Single(_folder.Errors($$"""{ "adapters": [ { {{adapter}}, "handler": { "plugin": "Echo" } } ] }"""));
        Assert.StartsWith("plugins.json: adapters[0].id: 'default' has a handler of its own", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:8780", true)]
    [InlineData("http://localhost:0", true)]
    [InlineData("http://[::1]:8780/", true)]
    [InlineData("http://127.9.9.9", true)]
    [InlineData("http://0.0.0.0:8780", false)]
    [InlineData("http://[::]:8780", false)]
    [InlineData("http://192.168.1.5:8780", false)]
    public void An_address_other_machines_can_reach_needs_a_token(string http, bool isLoopback)
    {
        var withToken = ConfigurationFolder.Gateway($"\"http\": \"{http}\", \"httpToken\": \"0123456789abcdef\"");
        Assert.Equal(isLoopback, _folder.Load(ConfigurationFolder.Gateway($"\"http\": \"{http}\"")).Configuration is not null);
        Assert.Equal(new Uri(http), _folder.LoadGood(withToken).Gateway.Http);
    }

    [Theory]
    [InlineData("gateway.example.org:80")]
    [InlineData("http://gateway.example.org")]
    [InlineData("http://*:8780")]
    [InlineData("http://127.0.0.1:99999")]
    [InlineData("http://127.0.0.1/path")]
    [InlineData("http://127.0.0.1/?q")]
    [InlineData("http://me@127.0.0.1")]
    [InlineData("/tmp/socket")]
    [InlineData("")]
    public void An_address_that_cannot_be_listened_on_is_an_error(string http)
    {
        var error = Assert.Single(_folder.Errors(ConfigurationFolder.Gateway($"\"http\": \"{http}\"")));
        Assert.StartsWith($"plugins.json: gateway.http: '{http}' ", error, StringComparison.Ordinal);
        Assert.Contains("allowed: http://IP:PORT", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unix:/run/plugin-gateway/http.sock", "/run/plugin-gateway/http.sock")]
    [InlineData("unix:/tmp/a b.sock", "/tmp/a b.sock")]
    public void A_socket_in_the_file_system_is_an_address_and_needs_no_token(string http, string path) =>
        Assert.Equal(path, Rules.SocketPath(_folder.LoadGood(ConfigurationFolder.Gateway($"\"http\": \"{http}\"")).Gateway.Http));

    [Theory]
    [InlineData("{ \"token\": \"0123456789abcdef\", \"may\": [ \"metrics\", \"events\", \"send:web\" ] }", null)]
    [InlineData("{ \"token\": \"0123456789abcdef\", \"may\": [] }", "is empty")]
    [InlineData("{ \"token\": \"0123456789abcdef\", \"may\": [ \"everything\" ] }", "'everything' is no right")]
    [InlineData("{ \"token\": \"0123456789abcdef\", \"may\": [ \"send:wep\" ] }", "did you mean 'web'?")]
    [InlineData("{ \"token\": \"short\", \"may\": [ \"metrics\" ] }", "is unusable")]
    [InlineData("{ \"may\": [ \"metrics\" ] }", "is missing")]
    [InlineData("\"0123456789abcdef\"", "is no object")]
    public void A_token_says_what_it_may(string token, string? error)
    {
        var errors = _folder.Errors($$"""{ "gateway": { "httpTokens": [ {{token}} ] }, "adapters": [ { "id": "web", "plugin": "WebChat" } ] }""");
        Assert.DoesNotContain(errors, static line => line.Contains("0123456789abcdef", StringComparison.Ordinal));
        if (error is null) Assert.Empty(errors);
        else Assert.Contains(errors, line => line.Contains(error, StringComparison.Ordinal));
    }

    [Fact]
    public void Names_in_a_chat_that_everybody_can_open_are_warned_of_where_they_can_be_guessed()
    {
        var result = _folder.Load("""
            { "gateway": { "http": "http://0.0.0.0:8780", "httpToken": "0123456789abcdef" }, "adapters": [
              { "id": "a", "plugin": "WebChat", "settings": { "public": true }, "allow": { "users": [ "ann", "9f86d081884c7d659a2feaa0c55ad015" ] } },
              { "id": "b", "plugin": "WebChat", "allow": { "users": [ "bob" ] } } ] }
            """);
        Assert.Contains("'ann' can be guessed", Assert.Single(ConfigurationFolder.Lines(result, ProblemSeverity.Warning)), StringComparison.Ordinal);
        Assert.False(WebChatReach.WantsToken(result.Configuration!.Adapters[0], result.Configuration.Gateway));
        Assert.True(WebChatReach.WantsToken(result.Configuration.Adapters[1], result.Configuration.Gateway));
    }

    [Theory]
    [InlineData("\"shutdownBudgetSeconds\": 3",
        "gateway.shutdownBudgetSeconds: '3' does not exceed the 3 s reserved for closing the store (storeCloseSeconds).")]
    [InlineData("\"timeouts\": { \"storeCloseSeconds\": 25 }",
        "gateway.shutdownBudgetSeconds: '20' does not exceed the 25 s reserved for closing the store (storeCloseSeconds).")]
    [InlineData("\"reconnect\": { \"firstSeconds\": 10, \"capSeconds\": 5 }",
        "gateway.reconnect.capSeconds: is less than firstSeconds; the cap must not be below the first delay.")]
    [InlineData("\"notifyChats\": [ \"wep:1\" ]", "gateway.notifyChats: 'wep' is no configured adapter; did you mean 'web'?")]
    [InlineData("\"notifyChats\": [ \"web\" ]",
        "gateway.notifyChats[0]: 'web' is no chat; allowed: \"ADAPTER:CHAT\" or { \"adapter\": ..., \"chat\": ..., \"thread\": ... }.")]
    [InlineData("\"allowedHosts\": [ \"a.b\", \"*\" ]",
        "gateway.allowedHosts[1]: '*' is no host name; allowed: a name such as gateway.example.org, without scheme, port or wildcard.")]
    [InlineData("\"pluginPaths\": \"more\"", "gateway.pluginPaths: 'more' is not a list; allowed: [ ... ].")]
    [InlineData("\"lastResortGraceSeconds\": 1e999", "gateway.lastResortGraceSeconds: '1e999' is out of range; allowed: seconds from 0.1 to 300.")]
    [InlineData("\"timeouts\": { \"sendSeconds\": null }",
        "gateway.timeouts.sendSeconds: 'null' is not a number; allowed: seconds, 0 = no deadline.")]
    [InlineData("\"timeouts\": { \"sendSeconds\": 90000 }",
        "gateway.timeouts.sendSeconds: '90000' is more than a day; allowed: seconds up to 86400, 0 = no deadline.")]
    [InlineData("\"inbox\": { \"maxPendingBytes\": 1000 }",
        "gateway.inbox.maxPendingBytes: '1000' is out of range; allowed: a whole number from 4194304 to 1099511627776.")]
    [InlineData("\"zzz\": 1, \"dataDirectory\": \"\"", "gateway.dataDirectory: '' is no path.")]
    public void A_gateway_key_with_an_unusable_value_is_named_with_value_and_remedy(string members, string expected) =>
        Assert.Contains($"plugins.json: {expected}", _folder.Errors(ConfigurationFolder.Gateway(members)));

    [Fact]
    public void An_unknown_key_like_no_other_lists_what_is_allowed() => Assert.Equal(
        ["plugins.json: gateway.inbox.frobnicate: is an unknown key; allowed: maxPending, maxPendingBytes."],
        _folder.Errors(ConfigurationFolder.Gateway("\"inbox\": { \"frobnicate\": 1 }")));

    [Theory]
    [InlineData("ENABLED", "enabled")]
    [InlineData("timeout", "timeouts")]
    [InlineData("setings", "settings")]
    [InlineData("plugins", "plugin")]
    public void A_slip_of_the_fingers_is_answered_with_the_nearest_key(string written, string meant) => Assert.Equal(
        [$"plugins.json: adapters[0].{written}: is an unknown key; did you mean '{meant}'?"],
        _folder.Errors(ConfigurationFolder.Adapter($"\"{written}\": {{}}")));

    [Theory]
    [InlineData("""{ "adapters": [] }""")]
    [InlineData("""{ "adapters": [ { "id": "web", "plugin": "WebChat", "enabled": false } ] }""")]
    public void Nothing_to_run_is_an_error(string json) =>
        Assert.Equal(["plugins.json: adapters: has no enabled adapter: the gateway would have nothing to do."], _folder.Errors(json));

    [Theory]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("null")]
    public void A_file_that_is_no_object_is_an_error(string json) =>
        Assert.Contains("is not an object; allowed: { ... }.", Assert.Single(_folder.Errors(json)), StringComparison.Ordinal);

    [Fact]
    public void An_adapters_own_handler_must_name_its_plugin() =>
        Assert.Equal(["plugins.json: adapters[0].handler.plugin: is missing."], _folder.Errors(ConfigurationFolder.Adapter("\"handler\": {}")));

    [Fact]
    public void A_handler_may_use_configured_adapters_only() => Assert.Equal(
        ["plugins.json: handler.mayUse: 'wep' is no configured adapter; did you mean 'web'?",
            "plugins.json: adapters[0].handler.mayUse: 'x' is no configured adapter; allowed: web."],
        _folder.Errors("""
            { "handler": { "mayUse": [ "wep" ] }, "adapters": [ { "id": "web", "plugin": "WebChat", "handler": { "plugin": "Echo", "mayUse": [ "web", "x" ] } } ] }
            """));

    [Fact]
    public void A_missing_plugin_folder_is_a_warning_and_the_path_is_relative_to_the_file()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "more"));
        var result = _folder.Load(ConfigurationFolder.Gateway("\"pluginPaths\": [ \"more\", \"gone\" ]"));
        Assert.Equal([Path.Combine(_folder.Path, "more"), Path.Combine(_folder.Path, "gone")], result.Configuration!.Gateway.PluginPaths);
        Assert.Contains("gone' does not exist", Assert.Single(ConfigurationFolder.Lines(result, ProblemSeverity.Warning)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_or_multi_line_value_is_shown_short_and_on_one_line()
    {
        var error = Assert.Single(_folder.Errors(ConfigurationFolder.Gateway($"\"http\": \"a\\n{new string('x', 500)}\"")));
        Assert.DoesNotContain('\n', error);
        Assert.InRange(error.Length, 80, 250);
    }

    [Fact]
    public void A_key_cannot_forge_a_second_line() =>
        Assert.DoesNotContain('\n', Assert.Single(_folder.Errors(ConfigurationFolder.Gateway("\"a\\nplugins.json: all is well\": 1"))));

    [Fact]
    public void A_whole_number_may_be_written_with_a_fraction_of_zero() =>
        Assert.Equal(7, _folder.LoadGood(ConfigurationFolder.Gateway("\"inbox\": { \"maxPending\": 7.0 }")).Gateway.Inbox.MaxPending);

    [Fact]
    public void Notify_chats_split_at_the_first_colon_and_an_object_names_a_thread()
    {
        var gateway = _folder.LoadGood(ConfigurationFolder.Gateway("""
            "notifyChats": [ "web:!room:server", { "adapter": "web", "chat": "c", "thread": "t" } ]
            """)).Gateway;
        Assert.Equal([new NotifyChat("web", "!room:server"), new NotifyChat("web", "c", "t")], gateway.NotifyChats);
    }

    [Fact]
    public void Everything_that_can_be_said_arrives()
    {
        var hash = new string('A', 64);
        var configuration = _folder.LoadGood($$"""
            {
              "gateway": { "shutdownBudgetSeconds": 30.5, "lastResortGraceSeconds": 2, "allowedHosts": [ "a.example" ], "onWedged": "exit", "logLevel": "debug",
                "inbox": { "maxPending": 5, "maxPendingBytes": 5000000 },
                "reconnect": { "firstSeconds": 0.5, "capSeconds": 10, "stableAfterSeconds": 0, "needsAttentionAfterSeconds": 100 } },
              "handler": { "plugin": "Webhook", "concurrentTurns": 2, "sha256": "{{hash}}", "settings": { "url": "http://x" }, "mayUse": [ "web" ] },
              "adapters": [
                { "id": "web", "plugin": "WebChat", "required": true, "onWedged": "quarantine", "handler": { "plugin": "Echo" } },
                { "id": "irc", "plugin": "Irc", "enabled": false, "sha256": "{{hash}}", "settings": { "n": [ 1.50, true, null, "t" ] },
                  "outbox": { "holdChatSeconds": 0, "onUnknown": "resend", "expireAfterSeconds": 60, "numberParts": false } }
              ]
            }
            """);

        Assert.Equal((30.5, 2.0), (configuration.Gateway.ShutdownBudget.TotalSeconds, configuration.Gateway.LastResortGrace.TotalSeconds));
        Assert.Equal(["a.example"], configuration.Gateway.AllowedHosts);
        Assert.Equal((OnWedged.Exit, Microsoft.Extensions.Logging.LogLevel.Debug), (configuration.Gateway.OnWedged, configuration.Gateway.LogLevel));
        Assert.Equal(new InboxLimits { MaxPending = 5, MaxPendingBytes = 5_000_000 }, configuration.Gateway.Inbox);
        Assert.Equal(
            new ReconnectOptions
            {
                First = TimeSpan.FromSeconds(0.5),
                Cap = TimeSpan.FromSeconds(10),
                StableAfter = TimeSpan.Zero,
                NeedsAttentionAfter = TimeSpan.FromSeconds(100)
            },
            configuration.Gateway.Reconnect);
        Assert.Equal(("Webhook", 2, hash.ToLowerInvariant()),
            (configuration.Handler.Plugin, configuration.Handler.ConcurrentTurns, configuration.Handler.Sha256));
        var (web, irc) = (configuration.Adapters[0], configuration.Adapters[1]);
        Assert.Equal(["web"], configuration.Handler.MayUse);
        Assert.Null(web.Handler!.MayUse);
        Assert.Equal((true, OnWedged.Quarantine, "adapters[0].handler"), (web.Required, web.OnWedged, web.Handler.Path));
        Assert.Equal("Echo", configuration.HandlerFor(web).Plugin);
        Assert.Equal((false, OnWedged.Exit, "adapters[1]"), (irc.Enabled, irc.OnWedged, irc.Path));
        Assert.Equal(
            new OutboxOptions { HoldChat = TimeSpan.Zero, OnUnknown = OnUnknown.Resend, ExpireAfter = TimeSpan.FromMinutes(1), NumberParts = false },
            irc.Outbox);
        Assert.Equal(new OutboxOptions(), web.Outbox);
        Assert.Equal("""{"n":[1.50,true,null,"t"]}""", irc.Settings.GetRawText());
        Assert.Equal("Webhook", configuration.HandlerFor(irc).Plugin);
    }
}
