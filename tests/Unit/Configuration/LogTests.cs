using Microsoft.Extensions.Logging;
using PluginGateway.Configuration;

namespace PluginGateway.Tests.Configuration;

public sealed class LogTests
{
    [Theory]
    [InlineData(ProblemSeverity.Notice, LogLevel.Information, 1001)]
    [InlineData(ProblemSeverity.Warning, LogLevel.Warning, 1002)]
    [InlineData(ProblemSeverity.Error, LogLevel.Error, 1003)]
    internal void A_problem_is_logged_at_the_level_of_its_severity(ProblemSeverity severity, LogLevel level, int id)
    {
        var logger = new ListLogger();
        logger.ConfigurationProblem(new ConfigurationProblem("f", "k", "v", "is wrong.", severity));
        Assert.Equal([(level, id, "Configuration: f: k: 'v' is wrong.")], logger.Lines);
    }

    private sealed class ListLogger : ILogger
    {
        public List<(LogLevel, int, string)> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add((logLevel, eventId.Id, formatter(state, exception)));
    }
}
