using PluginGateway.Dispatch.External;
using PluginGateway.Store.Verbs;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch;

/// <summary>Reports of platforms about messages that were sent.</summary>
public sealed class DeliveryReportTests
{
    private static readonly Chat Place = new("1", ChatKind.Direct);

    [Fact]
    public void Failure_bounces_a_delivered_message_once_and_is_told_and_logged_by_its_cause()
    {
        using var fixture = new DispatchFixture();
        var told = new List<MessageEvent>();
        fixture.Dispatcher.Events.Listener = told.Add;
        fixture.Owe("e1", "first");
        fixture.Attach().Always = SendResult.Sent("m");
        fixture.Until(() => fixture.Store.Balance().Outbound.Delivered == 1);
        fixture.Settle();
        told.Clear();
        Assert.Equal(Acceptance.Stored, Report(fixture, "r0", DeliveryChange.Delivered));
        Assert.Equal(Acceptance.Stored, Report(fixture, "r1", DeliveryChange.Read));
        var state = new Dictionary<string, string> { ["cursor"] = "7" };
        Assert.Equal(Acceptance.Stored, fixture.Accept(
            new DeliveryChanged("r2", Place, null, "m", DeliveryChange.Failed) { Error = "no such address", State = state }));
        Assert.Equal(Acceptance.Duplicate, Report(fixture, "r2", DeliveryChange.Failed));
        Assert.Equal(Acceptance.Stored, Report(fixture, "r3", DeliveryChange.Failed));
        Assert.Equal(Acceptance.Discarded("unknownMessage"), Report(fixture, "r4", DeliveryChange.Failed, "another"));
        Assert.Contains("EventId of this DeliveryChanged is null", Assert.Throws<ArgumentException>(
            () => { fixture.Accept(new DeliveryChanged(null, Place, null, "m", DeliveryChange.Read)); }).Message, StringComparison.Ordinal);
        fixture.Settle();
        var (inbound, outbound) = (fixture.Store.Balance().Inbound, fixture.Store.Balance().Outbound);
        Assert.Equal((1, 0, 1, 0, 1, 1),
            (outbound.Owed, outbound.Delivered, outbound.Bounced, outbound.Missing, outbound.ReportedDelivered, outbound.ReportedRead));
        Assert.Equal((1, 1, 1), (inbound.Accepted, inbound.Duplicates, inbound.Discarded));
        Assert.Equal(["Read 1 ", "Bounced 1 no such address"], told.Select(static one => $"{one.Kind} {one.Id} {one.Reason}"));
        var row = Assert.Single(fixture.Store.ListOutbox(new([OutboxState.Bounced], null, 10)));
        Assert.Equal("no such address", row.Error);
        Assert.Equal("7", fixture.Store.State("a", "cursor"));
        Assert.Equal(0, fixture.Intake.Quota.Of("a").Pending);
        Assert.Equal(1, fixture.Intake.Discarded.Of("a")["unknownMessage"]);
    }

    [Fact]
    public void Bounced_message_is_not_sent_again_under_its_key_and_an_action_on_it_is_tried()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "first");
        fixture.Attach().Always = SendResult.Sent("m");
        fixture.Until(() => fixture.Store.Balance().Outbound.Delivered == 1);
        Report(fixture, "r1", DeliveryChange.Failed);
        Assert.False(Assert.Single(fixture.Store.Resend(1)).IsDone);
        Assert.Equal((1, 0), (fixture.Store.Balance().Outbound.Bounced, fixture.Store.Balance().Outbound.Pending));
    }

    private static Acceptance Report(DispatchFixture fixture, string eventId, DeliveryChange change, string messageId = "m") =>
        fixture.Accept(new DeliveryChanged(eventId, Place, null, messageId, change));
}
