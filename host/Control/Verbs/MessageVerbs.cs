using System.Globalization;
using System.Text.Json.Serialization.Metadata;

namespace PluginGateway.Control.Verbs;

/// <summary><c>outbox</c>: messages that are owed, parked or rejected, and changes of the operator.</summary>
internal sealed class OutboxVerb(MessageAdmin admin, TimeProvider clock, ILogger<OutboxVerb> log) : IControlVerb
{
    public string Name => "outbox";

    public ControlReply Execute(ControlRequest request)
    {
        var now = clock.GetUtcNow();
        return MessageRequests.Action<OutboxAction>(request, out var refusal) switch
        {
            OutboxAction.List => MessageRequests.Reply(admin.ListOutbox(MessageRequests.OutboxQuery(request)), MessageJson.Default.OutboxLineArray),
            OutboxAction.Show => MessageRequests.Reply(admin.ShowOutbox(MessageRequests.Id(request)), MessageJson.Default.OutboxContent),
            OutboxAction.Result => Changed(admin.Result(MessageRequests.Number(request))),
            OutboxAction.Count => MessageRequests.Reply(admin.CountOutbox(MessageRequests.Parked(request, now)), MessageJson.Default.MessageCount),
            OutboxAction.Resend when MessageRequests.MeansAll(request) => Changed(admin.ResendParked(MessageRequests.Parked(request, now))),
            OutboxAction.Drop when MessageRequests.MeansAll(request) => Changed(admin.DropParked(MessageRequests.Parked(request, now))),
            OutboxAction.Resend => Changed(admin.Resend(MessageRequests.Ids(request), now)),
            OutboxAction.MarkSent => Changed(admin.MarkSent(MessageRequests.Ids(request), now)),
            OutboxAction.Drop => Changed(admin.Drop(MessageRequests.Ids(request), now)),
            _ => ControlReply.Refused(refusal),
        };

        ControlReply Changed(AdminResult<MessageChanges> result) => MessageRequests.Changed(request, result, now, log);
    }
}

/// <summary><c>inbox</c>: messages that wait for an answer or are parked, and those that the operator has run again.</summary>
internal sealed class InboxVerb(MessageAdmin admin, TimeProvider clock, ILogger<InboxVerb> log) : IControlVerb
{
    public string Name => "inbox";

    public ControlReply Execute(ControlRequest request)
    {
        var now = clock.GetUtcNow();
        return MessageRequests.Action<InboxAction>(request, out var refusal) switch
        {
            InboxAction.List => MessageRequests.Reply(admin.ListInbox(MessageRequests.InboxQuery(request)), MessageJson.Default.InboxLineArray),
            InboxAction.Show => MessageRequests.Reply(admin.ShowInbox(MessageRequests.Id(request)), MessageJson.Default.InboxContent),
            InboxAction.Result => Changed(admin.Result(MessageRequests.Number(request))),
            InboxAction.Count => MessageRequests.Reply(admin.CountInbox(MessageRequests.Parked(request, now)), MessageJson.Default.MessageCount),
            InboxAction.Rerun when MessageRequests.MeansAll(request) => Changed(admin.RerunParked(MessageRequests.Parked(request, now))),
            InboxAction.Drop when MessageRequests.MeansAll(request) => Changed(admin.DropParkedInbox(MessageRequests.Parked(request, now))),
            InboxAction.Rerun => Changed(admin.Rerun(MessageRequests.Ids(request), now)),
            InboxAction.Drop => Changed(admin.DropInbox(MessageRequests.Ids(request), now)),
            _ => ControlReply.Refused(refusal),
        };

        ControlReply Changed(AdminResult<MessageChanges> result) => MessageRequests.Changed(request, result, now, log);
    }
}
