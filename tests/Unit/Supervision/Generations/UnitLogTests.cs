using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;
using PluginGateway.Tests.Guard;
using PluginGateway.Threads;

namespace PluginGateway.Tests.Supervision.Generations;

/// <summary>What an operator reads of one outage.</summary>
public sealed class UnitLogTests : ILogger
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<(LogLevel Level, string Text)> _said = [];
    private readonly SupervisedUnit _unit = new SupervisorFixture(static _ => new ScriptedAdapter()).Unit;
    private readonly UnitLog _log;
    private readonly SteadyClock _clock;
    private UnitState _state;

    public UnitLogTests()
    {
        _clock = new SteadyClock(_time);
        _log = new UnitLog(this, _clock);
        _state = new UnitState(UnitPhase.Connected, "", _clock.Now) { Attempt = 1 };
    }

    private IEnumerable<string> News => _said.Where(static line => line.Level >= LogLevel.Information).Select(static line => line.Text);

    [Fact]
    public void An_hour_of_an_outage_is_a_few_lines_a_summary_every_ten_minutes_and_the_return()
    {
        var since = _clock.Now;
        var attempt = 0;
        while (_clock.Now - since < TimeSpan.FromHours(1)) Try(++attempt, "unreachable", TimeSpan.FromSeconds(2));
        Go(UnitPhase.Loading);
        Go(UnitPhase.Connecting);
        Go(UnitPhase.Connected);
        Assert.True(attempt > 1000);
        // Three attempts with three lines each, five or six summaries, the return.
        Assert.InRange(News.Count(), 10, 18);
        Assert.InRange(News.Count(static line => line.Contains("is not connected since", StringComparison.Ordinal)), 5, 6);
        Assert.Contains($"connected, after 60 minutes and {attempt} attempts", News.Last(), StringComparison.Ordinal);
        Assert.True(_said.Count > 3000, "Every attempt is there at debug level.");
    }

    [Fact]
    public void A_fault_of_another_kind_and_a_connection_that_is_lost_again_are_news_and_ever_new_kinds_are_not()
    {
        for (var i = 1; i < 10; i++) Try(i, "unreachable", TimeSpan.FromSeconds(2));
        var before = News.Count();
        Try(10, "refused", TimeSpan.FromSeconds(2));
        Assert.Contains("of the kind refused", News.Last(), StringComparison.Ordinal);
        Try(11, "refused", TimeSpan.FromSeconds(2));
        Assert.Equal(before + 1, News.Count());

        for (var i = 0; i < 1000; i++) Try(12 + i, $"kind-{i}", TimeSpan.FromMilliseconds(1));
        Assert.InRange(News.Count(), before + 2, before + 10);

        Go(UnitPhase.Connected);
        before = News.Count();
        Try(1020, "lost", TimeSpan.FromSeconds(2));
        Assert.Equal(before + 1, News.Count());
    }

    /// <summary>In these words: operators search for them.</summary>
    [Fact]
    public void What_needs_the_operator_is_an_error_and_a_stop_is_no_news()
    {
        Go(UnitPhase.Loading);
        Go(UnitPhase.Connected);
        Assert.Equal("Adapter 'unit' (Test): connected", News.Last());
        _state = _state with { Reason = "bad token", Wedges = 3 };
        Go(UnitPhase.Parked);
        Assert.StartsWith("Adapter 'unit' (Test) is parked: bad token. ", _said[^1].Text, StringComparison.Ordinal);
        Go(UnitPhase.Quarantined);
        Assert.StartsWith("Adapter 'unit' (Test) is quarantined: bad token (wedged 3 times in a row). ", _said[^1].Text, StringComparison.Ordinal);
        Assert.All(_said.TakeLast(2), static line => Assert.Equal(LogLevel.Error, line.Level));
        _state = _state with { AwaitsTeardown = true };
        Go(UnitPhase.Waiting);
        Assert.Equal("Adapter 'unit' (Test): gives way to what a reload has loaded", News.Last());
        var before = News.Count();
        Go(UnitPhase.Stopping);
        Go(UnitPhase.Stopped);
        Assert.Equal(before, News.Count());
    }

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _said.Add((logLevel, formatter(state, exception)));

    /// <summary>One attempt that fails.</summary>
    private void Try(int attempt, string kind, TimeSpan wait)
    {
        if (_state.Phase != UnitPhase.Connected)
        {
            _state = _state with { Attempt = attempt };
            Go(UnitPhase.Loading);
            Go(UnitPhase.Connecting);
        }

        _state = _state with
        {
            Attempt = attempt,
            LastFault = kind,
            Reason = $"of the kind {kind}",
            DownSinceUtc = _state.DownSinceUtc ?? _clock.Now,
            DueUtc = _clock.Now + wait
        };
        Go(UnitPhase.Waiting);
        _time.Advance(wait);
    }

    private void Go(UnitPhase phase)
    {
        var before = _state.Phase;
        _state = _state with { Phase = phase, DownSinceUtc = phase == UnitPhase.Connected ? null : _state.DownSinceUtc };
        _log.Report(_unit, before, _state);
    }
}
