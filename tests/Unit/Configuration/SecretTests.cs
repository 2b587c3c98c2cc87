using PluginGateway.Configuration;
using PluginGateway.Configuration.Files;
using PluginGateway.Configuration.Options;
using PluginGateway.Configuration.Secrets;

namespace PluginGateway.Tests.Configuration;

public sealed class SecretTests : IDisposable
{
    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void References_are_resolved_anywhere_inside_settings()
    {
        _folder.Environment["TOKEN"] = "s3cr3t\"\\\n";
        _folder.Write("pw.txt", "p4ssw0rd\r\n");
        var settings = _folder.LoadGood(ConfigurationFolder.Adapter("""
            "settings": { "a": [ { "b": "x-${env:TOKEN}-${file:pw.txt}-y" } ], "plain": "$ {x} $5", "escaped": "$${env:TOKEN} ${env:TOKEN}" }
            """)).Adapters[0].Settings;

        Assert.Equal("x-s3cr3t\"\\\n-p4ssw0rd-y", settings.GetProperty("a")[0].GetProperty("b").GetString());
        Assert.Equal("$ {x} $5", settings.GetProperty("plain").GetString());
        Assert.Equal("${env:TOKEN} s3cr3t\"\\\n", settings.GetProperty("escaped").GetString());
    }

    [Fact]
    public void A_secret_file_is_found_relative_to_the_configuration_file()
    {
        _folder.Write("etc/token", "0123456789abcdef\n");
        _folder.Write("etc/gateway.json", ConfigurationFolder.Gateway("\"httpToken\": \"${file:token}\""));
        var result = ConfigurationFile.Load(_folder.Request with { ConfigPath = "etc/gateway.json" });
        Assert.Equal("0123456789abcdef", result.Configuration!.Gateway.HttpToken);
        Assert.Empty(result.Problems);
    }

    [Fact]
    public void A_secret_file_others_may_read_is_a_warning()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "No file modes.");
        _folder.Write("pw", "p4ssw0rd", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        var result = _folder.Load(ConfigurationFolder.Adapter("\"settings\": { \"p\": \"${file:pw}\" }"));
        Assert.NotNull(result.Configuration);
        Assert.Equal(
            $"plugins.json: adapters[0].settings.p: file '{Path.Combine(_folder.Path, "pw")}' has mode 0640: others may read the secret; use chmod 600.",
            Assert.Single(result.Problems).ToString());
    }

    [Theory]
    [InlineData("${env:MISSING}", "environment variable 'MISSING' is not set.")]
    [InlineData("${env:EMPTY}", "environment variable 'EMPTY' is empty.")]
    [InlineData("${file:gone}", "file '<folder>/gone' was not found.")]
    [InlineData("${file:.}", "file '<folder>' is a folder; a regular file was expected.")]
    [InlineData("${file:fifo}", "file '<folder>/fifo' is a FIFO; a regular file was expected.")]
    [InlineData("${file:/dev/zero}", "file '/dev/zero' is a device; a regular file was expected.")]
    [InlineData("${file:empty}", "file '<folder>/empty' is empty.")]
    [InlineData("${file:large}", "file '<folder>/large' is larger than 64 KiB; a secret was expected.")]
    [InlineData("${cred:../x}", "'../x' is no name of a credential; allowed: letters, digits, . _ -, and no folder.")]
    [InlineData("${cred:x}",
        "credential 'x' comes from the service manager, and CREDENTIALS_DIRECTORY is not set (systemd: LoadCredential=x:/path/to/file).")]
    [InlineData("${vault:x}",
        "contains a ${...} that is no reference; allowed: ${env:NAME}, ${file:PATH} and ${cred:NAME}; write $${ for a literal ${.")]
    [InlineData("${env:}",
        "contains a ${...} that is no reference; allowed: ${env:NAME}, ${file:PATH} and ${cred:NAME}; write $${ for a literal ${.")]
    [InlineData("abc${env:X", "contains '${' without its '}'; allowed: ${env:NAME}, ${file:PATH} and ${cred:NAME}; write $${ for a literal ${.")]
    public void A_reference_that_cannot_be_resolved_is_an_error_that_names_key_and_reference(string text, string expected)
    {
        _folder.Environment["EMPTY"] = "";
        _folder.Write("empty", "\n");
        Fifo.Make(Path.Combine(_folder.Path, "fifo"));
        _folder.Write("large", new string('x', 70_000));
        var error = Assert.Single(_folder.Errors(ConfigurationFolder.Adapter($"\"settings\": {{ \"p\": \"{text}\" }}")));
        Assert.Equal($"plugins.json: adapters[0].settings.p: {expected.Replace("<folder>", _folder.Path, StringComparison.Ordinal)}", error);
    }

    [Fact]
    public void A_credential_is_read_from_the_service_managers_folder_and_where_nobody_uses_it_its_absence_is_no_error()
    {
        const string text = "\"settings\": { \"p\": \"${cred:bot}\" }";
        var request = _folder.Request with { LenientSecrets = true };
        _folder.Load(ConfigurationFolder.Adapter(text));
        Assert.NotNull(ConfigurationFile.Load(request).Configuration);

        _folder.Write("credentials/bot", "from the manager\n", UnixFileMode.UserRead | UnixFileMode.GroupRead);
        _folder.Environment["CREDENTIALS_DIRECTORY"] = Path.Combine(_folder.Path, "credentials");
        var result = _folder.Load(ConfigurationFolder.Adapter(text));
        Assert.Empty(result.Problems);
        Assert.Equal("from the manager", result.Configuration!.Adapters[0].Settings.GetProperty("p").GetString());
        Assert.Equal(["bot"], result.Credentials);
        Assert.Equal("***", result.Redactor.Redact("from the manager"));
    }

    [Fact]
    public void All_references_of_one_text_are_reported() => Assert.Equal(
        2, _folder.Errors(ConfigurationFolder.Adapter("\"settings\": { \"p\": \"${env:A} ${env:B}\" }")).Length);

    [Fact]
    public void A_disabled_adapter_may_lack_its_secrets_and_says_why_it_cannot_be_enabled()
    {
        var result = _folder.Load("""
            { "adapters": [
              { "id": "web", "plugin": "WebChat" },
              { "id": "tg", "plugin": "Telegram", "enabled": false, "settings": { "token": "${env:TELEGRAM_TOKEN}" } },
              { "id": "irc", "plugin": "Irc", "enabled": false } ] }
            """);
        Assert.Equal(
            [null, "adapters[1].settings.token: environment variable 'TELEGRAM_TOKEN' is not set.", null],
            result.Configuration!.Adapters.Select(a => a.Blocker));
        Assert.Equal(ProblemSeverity.Notice, Assert.Single(result.Problems).Severity);
    }

    [Fact]
    public void No_secret_shows_in_problems_or_in_the_text_of_any_record()
    {
        string[] secrets = ["env-s3cr3t-value", "file-s3cr3t-value", "0123456789abcdef", "literal-s3cr3t"];
        _folder.Environment["S"] = secrets[0];
        _folder.Write("f", secrets[1]);
        var good = $$"""
            "settings": { "p": "${env:S}", "q": "${file:f}", "botToken": "{{secrets[3]}}" }, "handler": { "plugin": "H", "settings": { "p": "${env:S}" } }
            """;
        var json = ConfigurationFolder.Adapter(good);
        var result = _folder.Load(
            $$"""{ "gateway": { "httpToken": "{{secrets[2]}}" }, "handler": { "settings": { "p": "${env:S}" } }, {{json[1..]}}""");
        var configuration = result.Configuration!;
        // The same values, where the operator put them by mistake.
        var bad = _folder.Load($$"""
            { "gateway": { "httpToken": "{{secrets[2]}} ", "http": "{{secrets[0]}}", "logLevel": "{{secrets[3]}}" },
              "adapters": [ { "id": "web", "plugin": "a/{{secrets[1]}}", {{good}} } ] }
            """);

        var shown = string.Join('\n',
            [configuration.ToString(), configuration.Gateway.ToString(), configuration.Handler.ToString(), configuration.Adapters[0].ToString(),
                result.ToString(),
                result.Redactor.ToString(), .. result.Problems.Select(p => p.ToString()), .. bad.Problems.Select(p => p.ToString())]);

        Assert.Equal(4, bad.Problems.Count(p => p.Severity == ProblemSeverity.Error));
        Assert.All(secrets, s => Assert.DoesNotContain(s, shown, StringComparison.Ordinal));
        Assert.Equal("*** *** *** ***", result.Redactor.Redact(string.Join(' ', secrets)));
    }

    [Fact]
    public void The_redactor_knows_a_secret_inside_a_url_and_prefers_the_longest()
    {
        var redactor = new Redactor(["abcd", "abcd/efgh+", "abc"]);
        Assert.Equal("https://x/*** *** *** abc", redactor.Redact("https://x/abcd%2Fefgh%2B abcd/efgh+ abcd abc"));
    }

    [Theory]
    [InlineData("""{ "key": "s3cr3t-value" }""", "s3cr3t-value")]
    [InlineData("""{ "encryptKey": "s3cr3t-value" }""", "s3cr3t-value")]
    [InlineData("""{ "tokens": ["s3cr3t-value"] }""", "s3cr3t-value")]
    [InlineData("""{ "password": 12345678901234567890 }""", "12345678901234567890")]
    [InlineData("""{ "credentials": { "pin": 471108 } }""", "471108")]
    public void Values_beneath_the_name_of_a_secret_are_hidden_numbers_too(string settings, string secret)
    {
        var result = _folder.Load(ConfigurationFolder.Adapter($"\"settings\": {settings}"));
        Assert.Equal("it is ***.", result.Redactor.Redact($"it is {secret}."));
    }

    [Theory]
    [InlineData("routingKey")]
    [InlineData("routing_keys")]
    [InlineData("publicKey")]
    public void A_name_that_only_ends_like_a_secret_hides_what_is_written_there_no_more_than_any_other(string name)
    {
        Assert.Equal("it is orders.new.", _folder.Load(ConfigurationFolder.Adapter($$"""
            "settings": { "{{name}}": "orders.new" }
            """)).Redactor.Redact("it is orders.new."));
        _folder.Environment["ROUTING"] = "orders.new";
        Assert.Equal("it is ***.", _folder.Load(ConfigurationFolder.Adapter($$"""
            "settings": { "{{name}}": "${env:ROUTING}" }
            """)).Redactor.Redact("it is orders.new."));
    }

    [Theory]
    [InlineData("apiKey")]
    [InlineData("private_key")]
    [InlineData("routingPrivateKey")]
    [InlineData("integrationkey")]
    [InlineData("somebodysKey")]
    public void A_name_that_may_hold_a_secret_hides_it(string name) => Assert.Equal("it is ***.", _folder.Load(ConfigurationFolder.Adapter($$"""
        "settings": { "{{name}}": "s3cr3t-value" }
        """)).Redactor.Redact("it is s3cr3t-value."));

    [Fact]
    public void A_secret_is_found_as_base64_wherever_in_it_it_begins_and_in_every_way_of_escaping()
    {
        const string secret = "t0ken/of+the=b\u00f6t";
        var redactor = new Redactor([secret]);
        foreach (var before in new[] { "", "u", "us", "user:" })
        {
            foreach (var after in new[] { "", "x", "xy" })
            {
                var bytes = System.Text.Encoding.UTF8.GetBytes(before + secret + after);
                Assert.Contains("***", redactor.Redact(Convert.ToBase64String(bytes)), StringComparison.Ordinal);
                Assert.Contains("***", redactor.Redact(System.Buffers.Text.Base64Url.EncodeToString(bytes)), StringComparison.Ordinal);
            }
        }

        var escaped = Uri.EscapeDataString(secret);
        Assert.Equal("*** ***", redactor.Redact($"{escaped} {escaped.Replace("%2F", "%2f", StringComparison.Ordinal).Replace("%2B", "%2b", StringComparison.Ordinal).Replace("%3D", "%3d", StringComparison.Ordinal).Replace("%C3%B6", "%c3%b6", StringComparison.Ordinal)}"));
        var again = redactor.And(new Redactor(["another-one"]));
        Assert.Equal("*** ***", again.Redact($"{escaped} another-one"));
    }
}
