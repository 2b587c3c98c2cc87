using System.Text.Json;
using System.Text.Json.Nodes;
using NJsonSchema;
using PluginGateway.Configuration;
using PluginGateway.Configuration.Options;

namespace PluginGateway.Tests.Configuration;

public sealed class SchemaTests : IDisposable
{
    /// <summary>Names every object there can be, so that the loader asks for every key there is.</summary>
    private const string Everything = """
        {
          "$schema": "./host/plugins.schema.json",
          "gateway": { "notifyChats": [ { "adapter": "web", "chat": "1", "thread": "2" }, "web:1" ], "timeouts": { "sendSeconds": 2.5 } },
          "handler": { "plugin": "Echo", "settings": { "anything": [ { "goes": null } ] }, "timeouts": { "turnSeconds": 0 } },
          "adapters": [ { "id": "web", "plugin": "WebChat", "settings": { "x": 1 }, "timeouts": { "editSeconds": -1 }, "handler": { "plugin": "Webhook", "timeouts": {} } } ]
        }
        """;

    private static readonly string Root = RepositoryRoot();
    private static readonly JsonElement SchemaText = JsonElement.Parse(File.ReadAllText(Path.Combine(Root, "host", "plugins.schema.json")));

    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Schema_and_loader_know_exactly_the_same_keys()
    {
        var known = _folder.Load(Everything).KnownKeys;
        var published = Properties(SchemaText, "").Select(p => p.Key).ToHashSet();
        Assert.Empty(known.Except(published));
        Assert.Empty(published.Except(known));
        Assert.True(known.Count > 70, $"only {known.Count} keys");
    }

    [Fact]
    public void Every_object_of_the_schema_is_closed_except_settings()
    {
        var open = Objects(SchemaText)
            .Where(o => !(o.TryGetProperty("additionalProperties", out var more) && more.ValueKind == JsonValueKind.False)).ToList();
        Assert.NotEmpty(open);
        Assert.All(open, o => Assert.Contains("plugin's own settings", o.GetProperty("description").GetString(), StringComparison.Ordinal));
    }

    [Fact]
    public void Every_key_of_the_schema_is_described() => Assert.All(
        Properties(SchemaText, ""),
        p => Assert.True(p.Schema.TryGetProperty("description", out var text) && text.GetString()!.Length > 5, p.Key));

    [Fact]
    public void The_defaults_of_the_schema_are_the_defaults_of_the_loader()
    {
        var implied = _folder.LoadGood("{}");
        var spelledOut = new JsonObject
        {
            ["gateway"] = Defaults(SchemaText.GetProperty("properties").GetProperty("gateway")),
            ["handler"] = Defaults(SchemaText.GetProperty("properties").GetProperty("handler")),
            ["adapters"] = new JsonArray(Defaults(SchemaText.GetProperty("definitions").GetProperty("adapter"))),
        };
        (spelledOut["adapters"]![0]!["id"], spelledOut["adapters"]![0]!["plugin"]) = ("web", "WebChat");
        spelledOut["adapters"]![0]!["required"] = true; // Without a file there is nothing else that safe mode could run.
        spelledOut["adapters"]![0]!.AsObject().Remove("handler");

        var stated = _folder.LoadGood(spelledOut.ToJsonString());

        ConfigurationFolder.AssertSame(implied, stated);
        Assert.Equal(implied.Gateway.Timeouts, stated.Gateway.Timeouts);
        Assert.Equal(implied.Gateway.OnWedged, stated.Gateway.OnWedged);
    }

    [Fact]
    public void Every_setting_of_gateway_has_its_default_in_the_schema_except_the_token_and_what_handlers_declare()
    {
        var without = Properties(SchemaText, "")
            .Where(p => p.Key.StartsWith("gateway.", StringComparison.Ordinal) && !p.Key.Contains("[]", StringComparison.Ordinal))
            .Where(p => !p.Schema.TryGetProperty("properties", out _) && !p.Schema.TryGetProperty("default", out _))
            .Select(p => p.Key);
        Assert.Equal(["gateway.conversation.collectMilliseconds", "gateway.conversation.scope", "gateway.httpToken"], without.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_repositorys_file_is_valid_for_schema_and_loader()
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Root, "plugins.json"), TestContext.Current.CancellationToken);
        Assert.Empty((await Schema()).Validate(text));
        Assert.Empty(ConfigurationFolder.Lines(_folder.Load(text), ProblemSeverity.Error));
    }

    public static TheoryData<string> GoodFiles => new(
        "{}",
        Everything,
        """
        {
          "$schema": "./host/plugins.schema.json",
          "gateway": { "dataDirectory": "data", "http": "http://127.0.0.1:8780", "timeouts": { "disconnectSeconds": 5 }, "shutdownBudgetSeconds": 20 },
          "handler": { "plugin": "Echo" },
          "adapters": [
            { "id": "web", "plugin": "WebChat" },
            { "id": "tg", "plugin": "Telegram", "enabled": false, "settings": { "token": "${env:TELEGRAM_TOKEN}" }, "timeouts": { "sendSeconds": 20 } }
          ]
        }
        """,
        """{ "adapters": [ { "id": "a.b_c-9", "plugin": "My.Plugin", "enabled": false }, { "id": "b", "plugin": "p", "required": true, "onWedged": "exit" } ] }""",
        """{ "gateway": { "http": "http://[::1]:8780", "httpToken": "0123456789abcdef", "allowedHosts": [ "gateway.example.org" ], "pluginPaths": [ "x" ] } }""",
        """{ "gateway": { "http": "unix:/run/plugin-gateway/http.sock", "httpTokens": [ { "token": "0123456789abcdef", "may": [ "metrics", "send:web" ] } ] }, "adapters": [ { "id": "web", "plugin": "WebChat", "allow": { "groups": "closed" } } ] }""",
        """{ "adapters": [ { "id": "a", "plugin": "P", "outbox": { "holdChatSeconds": 0, "onUnknown": "resend", "expireAfterSeconds": 0, "numberParts": false } } ] }""",
        """{ "gateway": { "http": "http://0.0.0.0:80", "httpToken": "0123456789abcdef", "logLevel": "trace", "onWedged": "exit" } }""",
        """{ "gateway": { "inbox": { "maxPending": 1 }, "reconnect": { "firstSeconds": 0.5 }, "shutdownBudgetSeconds": 60, "lastResortGraceSeconds": 0.5 } }""",
        """{ "adapters": [ { "id": "a", "plugin": "P", "allow": { "users": [ "12345", "*" ], "chats": [], "groups": "mentioned" } } ] }""",
        """{ "gateway": { "conversation": { "scope": "sender", "collectMilliseconds": 0, "busy": "interrupt", "quote": "auto" } }, "adapters": [ { "id": "a", "plugin": "P", "conversation": { "scope": "chat", "collectMilliseconds": 5000, "busy": "collect", "quote": "always", "holdOthersSeconds": 0.5 } } ] }""",
        """{ "handler": { "plugin": "Webhook", "concurrentTurns": 1, "sha256": "0123456789abcdefABCDEF0123456789abcdef0123456789abcdef0123456789" } }""");

    public static TheoryData<string> BadFiles => new(
        "[]",
        """{ "adapter": [] }""",
        """{ "adapters": [] }""",
        """{ "adapters": {} }""",
        """{ "adapters": [ { "id": "a" } ] }""",
        """{ "adapters": [ { "plugin": "P" } ] }""",
        """{ "adapters": [ { "id": "A", "plugin": "P" } ] }""",
        """{ "adapters": [ { "id": "a", "plugin": "../P" } ] }""",
        """{ "adapters": [ { "id": "a", "plugin": "P", "allow": { "users": "*" } } ] }""",
        """{ "adapters": [ { "id": "a", "plugin": "P", "allow": { "users": [ 12345 ] } } ] }""",
        """{ "adapters": [ { "id": "a", "plugin": "P", "allow": { "chats": [ "" ] } } ] }""",
        """{ "adapters": [ { "id": "a", "plugin": "P", "allow": { "groups": "some" } } ] }""",
        """{ "adapters": [ { "id": "a", "plugin": "P", "allow": { "user": [ "a" ] } } ] }""",
        """{ "adapters": [ { "id": "a", "plugin": "P", "enabled": "true" } ] }""",
        """{ "adapters": [ { "id": "a", "plugin": "P", "settings": [] } ] }""",
        """{ "adapters": [ { "id": "a", "plugin": "P", "settings": null } ] }""",
        """{ "adapters": [ { "id": "a", "plugin": "P", "isolation": "thread" } ] }""",
        """{ "adapters": [ { "id": "a", "plugin": "P", "onWedged": "restart" } ] }""",
        """{ "adapters": [ { "id": "a", "plugin": "P", "outbox": { "onUnknown": "drop" } } ] }""",
        """{ "adapters": [ { "id": "a", "plugin": "P", "outbox": { "holdChatSeconds": -1 } } ] }""",
        """{ "adapters": [ { "id": "a", "plugin": "P", "outbox": { "expireAfterSeconds": 1e9 } } ] }""",
        """{ "adapters": [ { "id": "a", "plugin": "P", "outbox": { "order": "pass" } } ] }""",
        """{ "adapters": [ { "id": "a", "plugin": "P", "handler": {} } ] }""",
        """{ "adapters": [ { "id": "a", "plugin": "P", "timeouts": { "storeCloseSeconds": 1 } } ] }""",
        """{ "handler": { "timeouts": { "sendSeconds": 1 } } }""",
        """{ "handler": { "concurrentTurns": 0 } }""",
        """{ "handler": { "concurrentTurns": 1.5 } }""",
        """{ "handler": { "sha256": "12" } }""",
        """{ "gateway": { "http": "https://127.0.0.1" } }""",
        """{ "gateway": { "http": "http://example.org" } }""",
        """{ "gateway": { "http": "unix:relative" } }""",
        """{ "gateway": { "httpTokens": [ { "token": "0123456789abcdef" } ] } }""",
        """{ "gateway": { "httpTokens": [ { "token": "0123456789abcdef", "may": [ "all" ] } ] } }""",
        """{ "gateway": { "httpToken": "" } }""",
        """{ "gateway": { "httpToken": 1234567890123456 } }""",
        """{ "gateway": { "allowedHosts": [ "*" ] } }""",
        """{ "gateway": { "dataDirectory": "" } }""",
        """{ "gateway": { "pluginPaths": [ 1 ] } }""",
        """{ "gateway": { "notifyChats": [ "nobody" ] } }""",
        """{ "gateway": { "notifyChats": [ { "adapter": "web" } ] } }""",
        """{ "gateway": { "timeouts": { "sendSeconds": "5" } } }""",
        """{ "gateway": { "timeouts": { "sendSeconds": 86401 } } }""",
        """{ "gateway": { "inbox": { "maxPendingBytes": 1 } } }""",
        """{ "gateway": { "reconnect": { "capSeconds": 0 } } }""",
        """{ "gateway": { "shutdownBudgetSeconds": 0 } }""",
        """{ "gateway": { "lastResortGraceSeconds": 301 } }""",
        """{ "gateway": { "logLevel": "none" } }""",
        """{ "gateway": { "onWedged": "restart" } }""");

    [Theory]
    [MemberData(nameof(GoodFiles))]
    public async Task Loader_and_schema_both_accept_a_good_file(string json)
    {
        Assert.Empty((await Schema()).Validate(json));
        _folder.LoadGood(json);
    }

    [Theory]
    [MemberData(nameof(BadFiles))]
    public async Task Loader_and_schema_both_refuse_a_bad_file(string json)
    {
        Assert.NotEmpty((await Schema()).Validate(json));
        Assert.NotEmpty(_folder.Errors(json));
    }

    public static TheoryData<string> Limits =>
        [.. Properties(SchemaText, "").Where(static one => one.Schema.TryGetProperty("minimum", out _)).Select(static one => one.Key).Distinct()];

    [Theory]
    [MemberData(nameof(Limits))]
    public void A_negative_limit_is_refused_by_its_key(string key)
    {
        var path = key.Replace("[]", "[0]", StringComparison.Ordinal);
        var error = Assert.Single(_folder.Errors(With(key, -7).ToJsonString()));
        Assert.Contains(path, error, StringComparison.Ordinal);
        Assert.Contains("-7", error, StringComparison.Ordinal);
    }

    /// <summary>A file that sets one key, and what must be there for it to be read.</summary>
    private static JsonObject With(string key, JsonNode value)
    {
        var root = new JsonObject();
        var at = root;
        var names = key.Split('.');
        foreach (var name in names[..^1])
        {
            var next = name switch
            {
                "adapters[]" => new JsonObject { ["id"] = "a", ["plugin"] = "P" },
                "handler" => new JsonObject { ["plugin"] = "P" },
                _ => [],
            };
            if (name.EndsWith("[]", StringComparison.Ordinal)) at[name[..^2]] = new JsonArray(next);
            else at[name] = next;
            at = next;
        }

        at[names[^1]] = value;
        return root;
    }

    private static Task<JsonSchema> Schema() => JsonSchema.FromJsonAsync(SchemaText.GetRawText(), TestContext.Current.CancellationToken);

    /// <summary>Every key below a schema, written as the loader writes it; what lies below free-form settings is not ours.</summary>
    private static IEnumerable<(string Key, JsonElement Schema)> Properties(JsonElement schema, string path)
    {
        schema = Resolve(schema);
        if (schema.TryGetProperty("items", out var items))
        {
            foreach (var found in Properties(items, path + "[]")) yield return found;
        }

        if (schema.TryGetProperty("anyOf", out var alternatives))
        {
            foreach (var found in alternatives.EnumerateArray().SelectMany(a => Properties(a, path))) yield return found;
        }

        if (!schema.TryGetProperty("properties", out var properties)) yield break;
        foreach (var property in properties.EnumerateObject())
        {
            var key = path.Length == 0 ? property.Name : $"{path}.{property.Name}";
            yield return (key, Resolve(property.Value));
            foreach (var found in Properties(property.Value, key)) yield return found;
        }
    }

    private static IEnumerable<JsonElement> Objects(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Array) return element.EnumerateArray().SelectMany(Objects);
        if (element.ValueKind != JsonValueKind.Object) return [];
        var isObject = element.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.GetString() == "object";
        return element.EnumerateObject().SelectMany(p => Objects(p.Value)).Concat(isObject ? [element] : []);
    }

    private static JsonObject Defaults(JsonElement schema)
    {
        var result = new JsonObject();
        foreach (var property in schema.GetProperty("properties").EnumerateObject())
        {
            var value = Resolve(property.Value);
            if (value.TryGetProperty("default", out var stated)) result[property.Name] = JsonNode.Parse(stated.GetRawText());
            else if (value.TryGetProperty("properties", out _)) result[property.Name] = Defaults(value);
        }

        return result;
    }

    private static JsonElement Resolve(JsonElement schema) => schema.TryGetProperty("$ref", out var reference)
        ? SchemaText.GetProperty("definitions").GetProperty(reference.GetString()!["#/definitions/".Length..])
        : schema;

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "PluginGateway.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("These tests run inside the repository.");
    }
}
