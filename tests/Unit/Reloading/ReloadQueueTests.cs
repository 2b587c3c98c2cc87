using PluginGateway.Reloading;

namespace PluginGateway.Tests.Reloading;

public sealed class ReloadQueueTests
{
    private readonly ReloadQueue _queue = new();

    [Fact]
    public void What_waits_already_is_not_queued_twice_and_what_runs_is()
    {
        var first = _queue.Ask("SIGHUP", null);
        Assert.Equal(first, _queue.Ask("reload", null));
        var one = _queue.Ask("reload", "web");
        Assert.NotEqual(first, one);
        Assert.Equal(first, _queue.Take().Ticket);
        Assert.NotEqual(first, _queue.Ask("SIGHUP", null));
        Assert.Equal((one, "web"), (_queue.Take().Ticket, "web"));
    }

    [Fact]
    public void A_ticket_shows_what_has_come_of_it()
    {
        var ticket = _queue.Ask("reload", null);
        Assert.False(_queue.Find(ticket)?.Done);
        _queue.Keep(ReloadReport.Open(_queue.Take()) with { Done = true });
        Assert.True(_queue.Find(ticket)?.Done);
        Assert.Null(_queue.Find(99));
        for (var i = 0; i < 100; i++) _queue.Keep(ReloadReport.Open(Next()) with { Done = true });
        Assert.Null(_queue.Find(ticket));

        ReloadRequest Next()
        {
            _queue.Ask("reload", null);
            return _queue.Take();
        }
    }

    [Theory]
    [InlineData(nameof(ReloadOutcome.Swapped), true, true)]
    [InlineData(nameof(ReloadOutcome.Refused), false, false)]
    public void A_report_is_good_when_everything_asked_for_is_at_work(string outcome, bool unitIsOk, bool isGood)
    {
        var report = ReloadReport.Open(new(1, "reload", null)) with
        {
            Done = true,
            Units = [new("web", "WebChat", Enum.Parse<ReloadOutcome>(outcome), "connected", null, null) { Ok = unitIsOk }]
        };
        Assert.Equal(isGood, report.Ok);
        Assert.False((report with { Done = false }).Ok);
        Assert.False((report with { Refusal = "no" }).Ok);
    }
}
