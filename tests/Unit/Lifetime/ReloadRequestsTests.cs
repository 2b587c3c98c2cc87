using PluginGateway.Lifetime;

namespace PluginGateway.Tests.Lifetime;

public sealed class ReloadRequestsTests
{
    private readonly ReloadRequests _requests = new();

    [Fact]
    public void What_waits_already_is_not_queued_twice_and_what_runs_is()
    {
        var first = _requests.Ask("SIGHUP", null);
        Assert.Equal(first, _requests.Ask("reload", null));
        var one = _requests.Ask("reload", "web");
        Assert.NotEqual(first, one);
        Assert.Equal(first, _requests.Take().Ticket);
        Assert.NotEqual(first, _requests.Ask("SIGHUP", null));
        Assert.Equal((one, "web"), (_requests.Take().Ticket, "web"));
    }

    [Fact]
    public void A_ticket_shows_what_has_come_of_it()
    {
        var ticket = _requests.Ask("reload", null);
        Assert.False(_requests.Find(ticket)?.Done);
        _requests.Keep(ReloadReport.Open(_requests.Take()) with { Done = true });
        Assert.True(_requests.Find(ticket)?.Done);
        Assert.Null(_requests.Find(99));
        for (var i = 0; i < 100; i++) _requests.Keep(ReloadReport.Open(Next()) with { Done = true });
        Assert.Null(_requests.Find(ticket));

        ReloadOrder Next()
        {
            _requests.Ask("reload", null);
            return _requests.Take();
        }
    }

    [Theory]
    [InlineData(nameof(ReloadOutcome.Swapped), true, true)]
    [InlineData(nameof(ReloadOutcome.Refused), false, false)]
    public void A_report_is_good_when_everything_asked_for_is_at_work(string outcome, bool unitIsOk, bool isGood)
    {
        var report = ReloadReport.Open(new(1, "reload", null)) with { Done = true, Units = [new("web", "WebChat", Enum.Parse<ReloadOutcome>(outcome), "connected", null, null) { Ok = unitIsOk }] };
        Assert.Equal(isGood, report.Ok);
        Assert.False((report with { Done = false }).Ok);
        Assert.False((report with { Refusal = "no" }).Ok);
    }
}
