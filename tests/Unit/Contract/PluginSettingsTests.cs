namespace PluginGateway.Tests.Contract;

public sealed class PluginSettingsTests
{
    private const string Full = """
        { "text": "t", "secret": "0123456789abcdef", "choice": "b", "on": true, "port": 6667, "rate": 0.5, "waitSeconds": 1.5,
          "url": "https://example.org/path?q", "list": ["a", "b"], "kinds": ["x"], "tls": { "name": "n", "pins": [{ "sha": "1" }, { "sha": "2" }] },
          "headers": { "X-One": "1", "X-Two": "2" } }
        """;

    [Fact]
    public void Every_kind_of_setting_is_read()
    {
        var read = PluginSettings.Parse(Full).Read(Everything);
        Assert.Equal("t 0123456789abcdef b True 6667 0.5 00:00:01.5000000 https://example.org/path?q a,b x n 1,2 X-One=1,X-Two=2", read);
    }

    [Fact]
    public void Absent_and_null_settings_have_their_defaults()
    {
        const string defaults = "default  a False 1 1 00:00:02 none   none  ";
        Assert.Equal(defaults, PluginSettings.Empty.Read(Everything));
        var nulls = string.Join(", ", "text secret choice on port rate waitSeconds url list kinds tls headers".Split(' ').Select(static n => $"\"{n}\": null"));
        Assert.Equal(defaults, PluginSettings.Parse($"{{ {nulls} }}").Read(Everything));
    }

    [Theory]
    [InlineData("\"text\": 1", "text", "It must be text in double quotes.")]
    [InlineData("\"secret\": \"hush\"", "secret", "It must be one line of text of at least 16 bytes.")]
    [InlineData("\"secret\": \"hush hush hush hush\\n\"", "secret", "It must be one line of text of at least 16 bytes.")]
    [InlineData("\"choice\": \"hush\"", "choice", "It must be one of 'a', 'b'.")]
    [InlineData("\"on\": \"true\"", "on", "It must be true or false, without quotes.")]
    [InlineData("\"port\": \"6667\"", "port", "It must be a whole number, without quotes, from 1 to 65535.")]
    [InlineData("\"port\": 0", "port", "It must be a whole number, without quotes, from 1 to 65535.")]
    [InlineData("\"port\": 1.5", "port", "It must be a whole number, without quotes, from 1 to 65535.")]
    [InlineData("\"rate\": 1e999", "rate", "It must be a number, without quotes, from 0.1 to 100.")]
    [InlineData("\"waitSeconds\": 61", "waitSeconds", "It must be a number of seconds, without quotes, from 1 to 60.")]
    [InlineData("\"list\": \"a\"", "list", "It must be a list of texts.")]
    [InlineData("\"list\": [\"a\", 1]", "list[1]", "It must be text in double quotes.")]
    [InlineData("\"kinds\": [\"x\", \"hush\"]", "kinds[1]", "It must be one of 'x', 'y'.")]
    [InlineData("\"tls\": []", "tls", "It must be an object.")]
    [InlineData("\"tls\": { \"pins\": [{}, { \"sha\": 2 }] }", "tls.pins[1].sha", "It must be text in double quotes.")]
    [InlineData("\"tls\": { \"pins\": [{ \"shaa\": \"2\" }] }", "tls.pins[0].shaa", "There is no such setting; did you mean 'sha'?")]
    [InlineData("\"texts\": \"hush\"", "texts", "There is no such setting; did you mean 'text'?")]
    [InlineData("\"xyzzy\": \"hush\"", "xyzzy", "There is no such setting; allowed: tls, headers, text, secret, choice, on, port, rate, waitSeconds, url, ")]
    [InlineData("\"\": 1", "settings", "There is no such setting; ")]
    [InlineData("\"a\\u0000b\": 1", "a?b", "There is no such setting; ")]
    public void A_problem_names_the_setting_and_what_is_allowed_and_never_the_value(string json, string key, string sentence)
    {
        _ = PluginSettings.Parse($"{{ {json} }}").Read(Everything, out var report);
        var problem = Assert.Single(report.Problems);
        Assert.Equal(key, problem.Key);
        Assert.StartsWith(sentence, problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://example.org", AddressRules.None, true)]
    [InlineData("https://user@example.org", AddressRules.None, false)]
    [InlineData("https://example.org/#a", AddressRules.None, false)]
    [InlineData("http://example.org", AddressRules.None, false)]
    [InlineData("http://localhost:1", AddressRules.None, true)]
    [InlineData("http://[::1]:1/", AddressRules.None, true)]
    [InlineData("http://localhost.example.org", AddressRules.None, false)]
    [InlineData("ftp://localhost", AddressRules.None, false)]
    [InlineData("example.org", AddressRules.None, false)]
    [InlineData("https://example.org/path", AddressRules.NoPath, false)]
    [InlineData("https://example.org/?q", AddressRules.NoPath, false)]
    [InlineData("http://example.org", AddressRules.PlainHttpBySetting, true)]
    public void An_address_sends_nothing_readable_to_another_machine(string address, AddressRules rules, bool isAllowed)
    {
        var plain = rules.HasFlag(AddressRules.PlainHttpBySetting) ? ", \"allowPlainHttp\": true" : "";
        var read = PluginSettings.Parse($"{{ \"url\": \"{address}\"{plain} }}").Read(reader => reader.RequiredAddress("url", rules), out var report);
        Assert.Equal(isAllowed ? [] : ["url"], report.Problems.Select(static problem => problem.Key));
        if (isAllowed) Assert.Equal(new Uri(address), read);
    }

    [Fact]
    public void Every_problem_is_reported_at_once_each_setting_once_and_a_misspelt_one_is_not_missing_too()
    {
        static int Read(SettingsReader reader)
        {
            reader.RequiredText("name");
            reader.RequiredSecret("token", 16);
            reader.RequiredAddress("url");
            var port = reader.RequiredWholeNumber("port", 1, 9);
            if (port == 1) reader.Problem("port", "It must not be 1.");
            reader.Problem("name", "It must be a name.");
            return port;
        }

        var settings = PluginSettings.Parse("""{ "nam": "x", "port": "hush", "token": "short", "zzzzzz": 1 }""");
        Assert.Equal(1, settings.Read(Read, out var report));
        Assert.Equal(["token", "url", "port", "nam", "zzzzzz"], report.Problems.Select(static problem => problem.Key));
        var fault = Assert.Throws<PluginException>(() => settings.Read(Read)).Fault;
        Assert.Equal((PluginFault.InvalidSettingsCode, FaultRetry.AfterOperatorAction), (fault.Code, fault.Retry));
        Assert.Contains("'url': It is missing; it must be 'https://HOST[:PORT][/PATH]'", fault.Message, StringComparison.Ordinal);
        Assert.Contains("'nam': There is no such setting; did you mean 'name'?", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("\"hush\"")]
    [InlineData("{ hush }")]
    [InlineData("")]
    public void Settings_are_an_object_and_neither_the_refusal_nor_their_text_shows_a_value(string json)
    {
        var refused = Assert.Throws<ArgumentException>(() => PluginSettings.Parse(json));
        Assert.DoesNotContain("hush", refused.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hush", PluginSettings.Parse("""{ "a": "hush" }""").ToString(), StringComparison.Ordinal);
        Assert.Equal("""{ "a": "hush" }""", PluginSettings.Parse("""{ "a": "hush" }""").Json);
    }

    private static string Everything(SettingsReader reader)
    {
        var tls = reader.Section("tls");
        var headers = reader.Section("headers");
        return string.Join(' ',
            reader.Text("text", "default"), reader.Secret("secret", 16), reader.Choice("choice", ["a", "b"], "a"), reader.Switch("on", false),
            reader.WholeNumber("port", 1, 65535, 1), reader.Number("rate", 0.1, 100, 1).ToString(System.Globalization.CultureInfo.InvariantCulture),
            reader.Duration("waitSeconds", TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(2)),
            reader.Address("url")?.ToString() ?? "none", string.Join(',', reader.Texts("list")), string.Join(',', reader.Choices("kinds", ["x", "y"], [])),
            tls.Text("name", "none"), string.Join(',', tls.Sections("pins").Select(static pin => pin.Text("sha"))),
            string.Join(',', headers.Names.Select(name => $"{name}={headers.Text(name)}")));
    }
}
