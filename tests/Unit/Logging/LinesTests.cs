using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using PluginGateway.Logging;

namespace PluginGateway.Tests.Logging;

public sealed class LinesTests
{
    private static readonly DateTimeOffset Time = new(2026, 6, 1, 17, 36, 24, 123, TimeSpan.Zero);

    [Fact]
    public void A_line_for_people_says_when_how_bad_where_and_what() => Assert.Equal(
        "2026-06-01 17:36:24.123 +00:00 info  Supervision  Adapter 'web' (WebChat): connected",
        new TextLines(colour: false).Format(Entry(LogLevel.Information, "Adapter 'web' (WebChat): connected")));

    [Fact]
    public void Colour_is_given_only_when_asked_for()
    {
        Assert.DoesNotContain('\u001b', new TextLines(colour: false).Format(Entry(LogLevel.Error, "x")));
        Assert.Contains("\u001b[31merror\u001b[0m", new TextLines(colour: true).Format(Entry(LogLevel.Error, "x")));
    }

    [Fact]
    public void Text_from_outside_can_neither_forge_a_line_nor_steer_the_terminal()
    {
        var line = new TextLines(colour: false).Format(Entry(LogLevel.Warning, "a\r\n17:00:00.000 info  forged\u001b[2J\u009b1m"));

        Assert.DoesNotContain(line, char.IsControl);
        Assert.EndsWith("a\\r\\n17:00:00.000 info  forged\\u001b[2J\\u009b1m", line);
    }

    [Theory]
    [InlineData("a\u202eb", "a\\u202eb")]
    [InlineData("a\u2028b\u2029c", "a\\u2028b\\u2029c")]
    [InlineData("a\u200bb\ufeff", "a\\u200bb\\ufeff")]
    [InlineData("\ud83d\ude00 \u00fc \u65e5", "\ud83d\ude00 \u00fc \u65e5")]
    [InlineData("\udb40\udc41x", "\\udb40\\udc41x")]
    public void Characters_that_reorder_or_hide_text_are_spelled_out_and_letters_of_every_script_are_not(string text, string expected) =>
        Assert.Equal(expected, Printable.Text(text));

    [Fact]
    public void A_lone_surrogate_is_spelled_out() => Assert.Equal("a\\ud800b", Printable.Text("a\ud800b"));

    [Fact]
    public void A_line_for_the_journal_begins_with_its_priority_also_where_a_stack_follows()
    {
        var line = new JournalLines()
            .Format(Entry(LogLevel.Error, "broken\nforged") with { Fault = new LoggedFault("System.Exception", "text", "at A\nat B") });

        Assert.Equal("<3>Supervision: broken\\nforged: System.Exception: text\n<3>    at A\n<3>    at B", line);
        Assert.StartsWith("<6>", new JournalLines().Format(Entry(LogLevel.Information, "x")));
        Assert.StartsWith("<4>", new JournalLines().Format(Entry(LogLevel.Warning, "x")));
        Assert.StartsWith("<7>", new JournalLines().Format(Entry(LogLevel.Debug, "x")));
    }

    [Fact]
    public void Very_long_text_is_cut_and_says_so() =>
        Assert.EndsWith("x... (4000 characters more)", new TextLines(colour: false).Format(Entry(LogLevel.Information, new string('x', 20_000))));

    [Fact]
    public void A_line_for_machines_is_one_JSON_object_on_one_line()
    {
        var line = new JsonLines()
            .Format(Entry(LogLevel.Warning, "two\nlines \ud800 \"quoted\"") with { Fault = new LoggedFault("System.Exception", "text", null) });

        Assert.DoesNotContain('\n', line);
        using var json = JsonDocument.Parse(line);
        Assert.Equal("2026-06-01T17:36:24.123Z", json.RootElement.GetProperty("time").GetString());
        Assert.Equal("warn", json.RootElement.GetProperty("level").GetString());
        Assert.Equal("two\nlines \ufffd \"quoted\"", json.RootElement.GetProperty("message").GetString());
        Assert.Equal("System.Exception", json.RootElement.GetProperty("exception").GetProperty("type").GetString());
    }

    [Theory]
    [InlineData("PluginGateway.Supervision.Supervisor", "Supervision")]
    [InlineData("PluginGateway", "PluginGateway")]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel", "Kestrel")]
    public void Categories_are_shortened(string category, string expected) => Assert.Equal(expected, LineLoggerProvider.Shorten(category));

    [Fact]
    public void A_logger_redacts_messages_and_exceptions_and_shows_the_stack_from_error_on()
    {
        using var pipe = new Pipe();
        using var reader = pipe.Reader;
        var clock = new FakeTimeProvider(Time);
        using var provider = new LineLoggerProvider(new LogWriter(pipe.WriteEnd, count => $"{count}"), new TextLines(colour: false), clock)
        {
            Redact = text => text.Replace("s3cret", "***", StringComparison.Ordinal),
        };
        var log = provider.CreateLogger("PluginGateway.Guard.Lane");
        var problem = Thrown("no s3cret\nsecond line");

        log.LogWarning(problem, "token {Token} refused", "s3cret");
        log.LogError(problem, "broken");

        Assert.Equal(
            "2026-06-01 17:36:24.123 +00:00 warn  Guard        token *** refused: System.InvalidOperationException: no ***", reader.ReadLine());
        Assert.Equal("2026-06-01 17:36:24.123 +00:00 error Guard        broken: System.InvalidOperationException: no ***", reader.ReadLine());
        Assert.StartsWith("    at PluginGateway.Tests.Logging.LinesTests.Thrown", reader.ReadLine());
    }

    [Fact]
    public void The_text_of_an_aggregate_is_not_asked_for()
    {
        Assert.Null(LoggedFault.Of(new AggregateException(new Hanging()), withStack: false).FirstLine);
        Assert.Equal("fine", LoggedFault.Of(new IOException("fine\nmore"), withStack: false).FirstLine);
    }

    private static LogEntry Entry(LogLevel level, string message) => new(Time, level, "Supervision", 1, message, null);

    private static InvalidOperationException Thrown(string text)
    {
        try
        {
            throw new InvalidOperationException(text);
        }
        catch (InvalidOperationException problem)
        {
            return problem;
        }
    }

    private sealed class Hanging : Exception
    {
        public override string Message => throw new InvalidOperationException("asked");
    }
}
