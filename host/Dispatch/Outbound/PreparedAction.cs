using System.Globalization;
using PluginGateway.Dispatch.External;
using PluginGateway.Guard.Calls;
using PluginGateway.Loading;
using PluginGateway.Store;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Dispatch.Outbound;

/// <summary>An edit, a reaction, or the deletion of one part of a message.</summary>
internal sealed class PreparedAction : PreparedCall
{
    private readonly OwedMessage _owed;
    private readonly string _key;
    private readonly MessageRef _message;
    private readonly OutboundPayload _payload;
    private readonly DateTimeOffset? _deadline;

    private PreparedAction(
        OwedMessage owed, string key, OutboundPayload payload, string messageId, int start, int whole, DateTimeOffset? deadline)
        : base(start, whole, payload.Note) =>
        (_owed, _key, _payload, _message, _deadline) = (owed, key, payload, new MessageRef(payload.Chat.ToChat(), messageId), deadline);

    /// <summary>Returns the capability that the adapter needs.</summary>
    public static MessageCapabilities Needs(OwedKind kind) => kind switch
    {
        OwedKind.Edit => MessageCapabilities.Edit,
        OwedKind.Deletion => MessageCapabilities.Delete,
        _ => MessageCapabilities.React,
    };

    /// <summary>Prepares an action on an outbound message of the store.</summary>
    public static PreparationResult Prepare(
        OwedMessage owed, Lease lease, OutboundPayload payload, ActionTarget? target, AdapterPort port, DateTimeOffset? deadline,
        DateTimeOffset now) => target?.Row switch
        {
            null => PreparationResult.Reject("The message it is about is no longer known."),
            { State: OutboxState.Rejected } row =>
                PreparationResult.Reject($"The message it is about ({DeliveryReport.IdOf(row.Id)}) was rejected."),
            { State: OutboxState.Withdrawn } row =>
                PreparationResult.Reject($"The message it is about ({DeliveryReport.IdOf(row.Id)}) was dropped by the operator."),
            { State: OutboxState.Parked } row =>
                PreparationResult.Park($"The message it is about ({DeliveryReport.IdOf(row.Id)}) is parked: send that again first."),
            { MessageIds: null or "" } row =>
                PreparationResult.Reject($"The platform has given no id for the message it is about ({DeliveryReport.IdOf(row.Id)})."),
            _ when owed.Kind == OwedKind.Edit && LateEdit(target, port.Traits, now) is { } refusal => PreparationResult.Reject(refusal),
            var row => Prepare(owed, lease, owed.Kind == OwedKind.Edit ? Shown(payload, target, port) : payload, MessageIds.Of(row.MessageIds), port,
                deadline),
        };

    /// <summary>Prepares an action on the messages with these ids of the platform: the parts of one.</summary>
    public static PreparationResult Prepare(
        OwedMessage owed, Lease lease, OutboundPayload payload, IReadOnlyList<string> ids, AdapterPort port, DateTimeOffset? deadline)
    {
        var (kind, start) = (owed.Kind, lease.DeliveredLength);
        if (!port.Can.HasFlag(Needs(kind))) return PreparationResult.Reject($"The adapter cannot {AdapterAbilities.Verb(Needs(kind))}.");
        if (ids.Any(string.IsNullOrEmpty)) return PreparationResult.Reject("The platform's id of the message it is about is not known.");
        switch (kind)
        {
            case OwedKind.Deletion:
                return new PreparedAction(
                    owed, PartKey.Of(lease.Key, start), payload, ids[Math.Clamp(start, 0, ids.Count - 1)], start, ids.Count, deadline);
            case OwedKind.Edit when ids.Count > 1:
                return PreparationResult.Reject($"The message went out in {ids.Count} parts, and only one of one part can be edited.");
            case OwedKind.Edit when !Fits(payload, port.Traits):
                return PreparationResult.Reject(
                    $"{SendErrorKind.TooLong}: the new text is longer than the platform takes ({port.Traits.MaxTextLength}); send it as a message of its own.");
            default:
                return new PreparedAction(owed, lease.Key, payload, ids[^1], 0, 1, deadline);
        }
    }

    public override Chat Chat => _message.Chat;

    public override DeliveryCall ToCall(ICallSink sink, object tag) => _owed.Kind switch
    {
        OwedKind.Edit =>
            new EditCall(new MessageEdit(_key, _message, _payload.FullText)
            {
                Attempt = _owed.Attempt,
                Format = _payload.TextFormat,
                LinkPreview = !_payload.NoLinkPreview,
                Buttons = [.. (_payload.Buttons ?? []).Select(static button => button.ToButton())],
                Deadline = _deadline,
            }, sink)
            {
                Tag = tag
            },
        OwedKind.Deletion =>
            new DeleteCall(new MessageDeletion(_key, _message) { Attempt = _owed.Attempt, Deadline = _deadline }, sink) { Tag = tag },
        _ => new ReactCall(new ReactionUpdate(_key, _message, _payload.Emoji) { Attempt = _owed.Attempt, Deadline = _deadline }, sink) { Tag = tag },
    };

    public override int Progress(SendResult result) => result.Outcome is SendOutcome.Sent or SendOutcome.Partial ? Start + 1 : Start;

    /// <summary>Returns the edit with the buttons of its message that can still be pressed, as the adapter shows them.</summary>
    private static OutboundPayload Shown(OutboundPayload payload, ActionTarget target, AdapterPort port) =>
        Rendering.For(payload with { Buttons = [.. target.Buttons] }, port.Traits);

    /// <summary>Returns the reason for which the platform would not take an edit any more; null: it may.</summary>
    private static string? LateEdit(ActionTarget target, AdapterTraits traits, DateTimeOffset now)
    {
        const string Advice = "send the text as a message of its own.";
        if (traits.MaxEdits > 0 && target.Edits >= traits.MaxEdits)
            return $"{SendErrorKind.TooManyEdits}: " + string.Create(CultureInfo.InvariantCulture,
                $"the platform takes {traits.MaxEdits} edits of a message, and has taken {target.Edits} of this one; {Advice}");
        if (traits.EditWindowSeconds <= 0 || target.Row.Ended is not { } delivered || now - delivered <= TimeSpan.FromSeconds(traits.EditWindowSeconds))
            return null;
        return $"{SendErrorKind.TooManyEdits}: " + string.Create(CultureInfo.InvariantCulture,
            $"the message was delivered {(now - delivered).TotalSeconds:0} s ago, and the platform takes edits for {traits.EditWindowSeconds} s; {Advice}");
    }

    private static bool Fits(OutboundPayload payload, AdapterTraits traits) =>
        TextSplitter.Fits(payload.FullText, traits.MaxTextLength, traits.TextUnit);
}
