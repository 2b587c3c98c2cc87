using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using PluginGateway.Hosting;
using PluginGateway.Logging;

namespace PluginGateway.Tests.Hosting;

public sealed class PluginLogTests
{
    private readonly Recorder _recorder = new();
    private LogLevel _level = LogLevel.Information;

    [Fact]
    public void Lines_below_the_level_of_the_adapter_are_left_out_and_a_changed_level_is_in_force_at_once()
    {
        var log = new PluginLog(_recorder, "tg#1", () => _level, new LogRateLimit(new FakeTimeProvider()));
        log.Write(PluginLogLevel.Debug, "one");
        log.Write(PluginLogLevel.Information, "two");
        _level = LogLevel.Debug;
        log.Write(PluginLogLevel.Debug, "three");
        _level = LogLevel.Error;
        log.Write(PluginLogLevel.Warning, "four");
        log.Write(PluginLogLevel.Error, "five");

        Assert.Equal(["tg#1: two", "tg#1: three", "tg#1: five"], _recorder.Lines);
    }

    [Fact]
    public void A_flood_is_cut_and_named_and_another_adapter_is_heard()
    {
        var clock = new FakeTimeProvider();
        var log = new PluginLog(_recorder, "flood#1", () => _level, new LogRateLimit(clock));
        for (var i = 0; i < 100_000; i++) log.Write(PluginLogLevel.Information, "line");
        new PluginLog(_recorder, "other#1", () => _level, new LogRateLimit(clock)).Write(PluginLogLevel.Information, "here");

        Assert.Equal(LogRateLimit.Burst, _recorder.Lines.Count(static line => line == "flood#1: line"));
        Assert.Single(_recorder.Lines, static line => line.StartsWith("flood#1 logs more than 100 lines a second", StringComparison.Ordinal));
        Assert.Contains("other#1: here", _recorder.Lines);
    }

    private sealed class Recorder : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));
    }
}
