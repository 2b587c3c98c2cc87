using PluginGateway.Plugins.Irc;

namespace PluginGateway.Tests.Plugins.Irc;

public sealed class IrcSettingsTests
{
    [Fact]
    public void The_defaults_are_tls_and_one_line_a_second()
    {
        var settings = Read("""{ "server": "irc.example", "nick": "bot" }""", out var problems);
        Assert.Empty(problems);
        Assert.Equal(
            (true, 6697, "bot", 1d, 5), (settings.Tls, settings.EffectivePort, settings.EffectiveUser, settings.LinesPerSecond, settings.BurstLines));
        Assert.Equal(6667, Read("""{ "server": "irc.example", "nick": "bot", "tls": false }""", out _).EffectivePort);
    }

    [Fact]
    public void Every_problem_is_named_at_once()
    {
        Read("""
            { "port": 0, "nick": "9lives", "alternativeNicks": ["a b"], "user": "u@v", "realName": "a\nb", "password": "", "saslUser": "x", "tlsFingerprint": "AB",
              "channels": ["#ok", "#ok key", "general", "#a,#b", "#a b c"], "linesPerSecond": -1, "burstLines": 1, "pingAfterSeconds": 0, "pongTimeoutSeconds": 0, "rejoinSeconds": 0 }
            """, out var problems);
        Assert.Equal(
            ["alternativeNicks[0]", "burstLines", "channels[2]", "channels[3]", "channels[4]", "linesPerSecond", "nick", "password",
                "pingAfterSeconds", "pongTimeoutSeconds", "port", "realName", "rejoinSeconds", "saslPassword", "server", "tlsFingerprint", "user"],
            problems.Select(static problem => problem.Key).Order());
    }

    [Theory]
    [InlineData("""{ "server": "s", "nick": "n", "nik": "secret" }""", "nik")]
    [InlineData("""{ "server": "s", "nick": "n", "tls": "secret" }""", "tls")]
    [InlineData("""{ "server": "s", "nick": "n", "channels": "secret" }""", "channels")]
    public void What_it_does_not_understand_is_named_without_its_value(string json, string key)
    {
        Read(json, out var problems);
        var problem = Assert.Single(problems);
        Assert.Equal(key, problem.Key);
        Assert.DoesNotContain("secret", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_that_is_wrong_is_named_at_once_each_unknown_name_with_the_one_that_was_meant()
    {
        Read("""{ "sever": "s", "nick": "n", "chanels": ["#a"], "port": "6667", "xyzzy": 1, "burstLines": 1 }""", out var problems);
        Assert.Equal(
            ["burstLines", "chanels", "port", "sever", "xyzzy"], problems.Select(static problem => problem.Key).Order(StringComparer.Ordinal));
        Assert.Contains("did you mean 'server'?", Of("sever"), StringComparison.Ordinal);
        Assert.Contains("did you mean 'channels'?", Of("chanels"), StringComparison.Ordinal);
        Assert.Contains("allowed: server, port, tls,", Of("xyzzy"), StringComparison.Ordinal);
        Assert.Contains("a whole number, without quotes", Of("port"), StringComparison.Ordinal);

        string Of(string key) => problems.Single(problem => problem.Key == key).Message;
    }

    [Theory]
    [InlineData("irc.example", true, 0)]
    [InlineData("irc.example", false, 1)]
    [InlineData("127.0.0.1", false, 0)]
    [InlineData("localhost", false, 0)]
    public void A_sasl_password_does_not_leave_this_machine_readable(string server, bool tls, int problems)
    {
        Read($$"""{ "server": "{{server}}", "nick": "n", "tls": {{(tls ? "true" : "false")}}, "saslUser": "u", "saslPassword": "p" }""",
            out var found);
        Assert.Equal(problems, found.Count);
    }

    [Theory]
    [InlineData("irc.example", true, 0)]
    [InlineData("irc.example", false, 1)]
    [InlineData("10.1.2.3", false, 1)]
    [InlineData("::1", false, 0)]
    [InlineData("localhost", false, 0)]
    public void A_server_password_does_not_leave_this_machine_readable(string server, bool tls, int problems)
    {
        Read($$"""{ "server": "{{server}}", "nick": "n", "tls": {{(tls ? "true" : "false")}}, "password": "p" }""", out var found);
        Assert.Equal(problems, found.Count(static problem => problem.Key == "password"));
    }

    [Theory]
    [InlineData(""" "saslMechanism": "ntlm" """, "saslMechanism")]
    [InlineData(""" "saslMechanism": "scram-sha-256" """, "saslMechanism")]
    [InlineData(""" "saslMechanism": "scram-sha-256", "saslUser": "u", "saslPassword": "p" """, null)]
    [InlineData(""" "saslMechanism": "external" """, "saslMechanism")]
    [InlineData(""" "saslMechanism": "external", "clientCertificate": "{pem}", "saslPassword": "p", "saslUser": "u" """, "saslPassword")]
    [InlineData(""" "saslMechanism": "external", "clientCertificate": "{pem}", "saslUser": "u" """, null)]
    [InlineData(""" "clientCertificate": "{pem}" """, null)]
    [InlineData(""" "clientCertificate": "{pem}", "tls": false """, "clientCertificate")]
    [InlineData(""" "clientCertificate": "{keyless}" """, "clientCertificate")]
    [InlineData(""" "clientCertificate": "/nowhere/client.pem" """, "clientCertificate")]
    [InlineData(""" "nickServPassword": "" """, "nickServPassword")]
    [InlineData(""" "nickServPassword": "p", "tls": false """, "nickServPassword")]
    [InlineData(""" "nickServPassword": "p" """, null)]
    [InlineData(""" "commands": ["OPER a b", "mode x +i"] """, null)]
    [InlineData(""" "commands": ["ok", "two\nlines"] """, "commands[1]")]
    [InlineData(""" "commands": [" "] """, "commands[0]")]
    [InlineData(""" "commands": ["{long}"] """, "commands[0]")]
    [InlineData(""" "commands": ["1","2","3","4","5","6","7","8","9","10","11","12","13","14","15","16","17","18","19","20"] """, null)]
    [InlineData(""" "commands": ["1","2","3","4","5","6","7","8","9","10","11","12","13","14","15","16","17","18","19","20","21"] """, "commands")]
    [InlineData(""" "commands": ["1","2","3","4","5","6","7"], "linesPerSecond": 0.1 """, "commands")]
    [InlineData(""" "formatting": "html" """, "formatting")]
    [InlineData(""" "formatting": "none" """, null)]
    public void Logins_and_formatting_are_checked(string settings, string? key)
    {
        using var certificate = new SelfSigned();
        var (whole, keyless) = (certificate.WritePem(), certificate.WritePem(withKey: false));
        try
        {
            var given = settings.Replace("{pem}", whole, StringComparison.Ordinal).Replace("{keyless}", keyless, StringComparison.Ordinal)
                .Replace("{long}", new string('x', 511), StringComparison.Ordinal);
            Read($$"""{ "server": "irc.example", "nick": "bot", {{given}} }""", out var problems);
            Assert.Equal(key is null ? [] : [key], problems.Select(static problem => problem.Key));
        }
        finally
        {
            File.Delete(whole);
            File.Delete(keyless);
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.05, 1)]
    [InlineData(100, 0)]
    [InlineData(101, 1)]
    public void No_lines_per_second_is_no_flood_limit(double lines, int problems)
    {
        Read($$"""{ "server": "s", "nick": "n", "linesPerSecond": {{lines.ToString(System.Globalization.CultureInfo.InvariantCulture)}} }""",
            out var found);
        Assert.Equal(problems, found.Count);
    }

    [Theory]
    [InlineData("bot", "bot")]
    [InlineData("bot[m]", "botm")]
    [InlineData("bot|x", "botx")]
    [InlineData("_bot`1", "bot1")]
    [InlineData("{}", "gateway")]
    public void The_user_name_is_what_every_server_takes_of_the_nick(string nick, string user) =>
        Assert.Equal(user, Read($$"""{ "server": "s", "nick": "{{nick}}" }""", out _).EffectiveUser);

    private static IrcSettings Read(string json, out IReadOnlyList<SettingsProblem> problems)
    {
        var settings = PluginSettings.Parse(json).Read(IrcSettings.Read, out var report);
        problems = report.Problems;
        return settings;
    }
}
