using PluginGateway.Dispatch.External;
using PluginGateway.Guard.Calls;
using PluginGateway.Loading;
using PluginGateway.Store;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Dispatch.Outbound;

/// <summary>An edit, a reaction, or the deletion of one part of a message.</summary>
internal sealed class PreparedAction : PreparedCall
{
    private readonly OwedKind _kind;
    private readonly MessageRef _message;
    private readonly OutboundPayload _payload;

    private PreparedAction(OwedKind kind, OutboundPayload payload, string messageId, int start, int whole)
        : base(start, whole) => (_kind, _payload, _message) = (kind, payload, new MessageRef(payload.Chat.ToChat(), messageId));

    /// <summary>Returns the capability that the adapter needs.</summary>
    public static MessageCapabilities Needs(OwedKind kind) => kind switch
    {
        OwedKind.Edit => MessageCapabilities.Edit,
        OwedKind.Deletion => MessageCapabilities.Delete,
        _ => MessageCapabilities.React,
    };

    /// <summary>Prepares an action on an outbound message of the store.</summary>
    public static PreparationResult Prepare(OwedKind kind, OutboundPayload payload, OutboxRow? target, int start, AdapterPort port) => target switch
    {
        null => PreparationResult.Reject("The message it is about is no longer known."),
        { State: OutboxState.Rejected } => PreparationResult.Reject($"The message it is about ({DeliveryReport.IdOf(target.Id)}) was rejected."),
        { State: OutboxState.Parked } =>
            PreparationResult.Park($"The message it is about ({DeliveryReport.IdOf(target.Id)}) is parked: send that again first."),
        { MessageIds: null or "" } =>
            PreparationResult.Reject($"The platform has given no id for the message it is about ({DeliveryReport.IdOf(target.Id)})."),
        _ => Prepare(kind, payload, MessageIds.Of(target.MessageIds), start, port),
    };

    /// <summary>Prepares an action on the messages with these ids of the platform: the parts of one.</summary>
    public static PreparationResult Prepare(OwedKind kind, OutboundPayload payload, IReadOnlyList<string> ids, int start, AdapterPort port)
    {
        if (!port.Can.HasFlag(Needs(kind))) return PreparationResult.Reject($"The adapter cannot {AdapterAbilities.Verb(Needs(kind))}.");
        if (ids.Any(string.IsNullOrEmpty)) return PreparationResult.Reject("The platform's id of the message it is about is not known.");
        switch (kind)
        {
            case OwedKind.Deletion:
                return new PreparedAction(kind, payload, ids[Math.Clamp(start, 0, ids.Count - 1)], start, ids.Count);
            case OwedKind.Edit when ids.Count > 1:
                return PreparationResult.Reject($"The message went out in {ids.Count} parts, and only one of one part can be edited.");
            case OwedKind.Edit when !Fits(payload, port.Traits):
                return PreparationResult.Reject(
                    $"{SendErrorKind.TooLong}: the new text is longer than the platform takes ({port.Traits.MaxTextLength}); send it as a message of its own.");
            default:
                return new PreparedAction(kind, payload, ids[^1], 0, 1);
        }
    }

    public override DeliveryCall ToCall(ICallSink sink, object tag) => _kind switch
    {
        OwedKind.Edit =>
            new EditCall(new MessageEdit(_message, _payload.FullText) { Format = _payload.Format, LinkPreview = !_payload.NoLinkPreview }, sink)
            {
                Tag = tag
            },
        OwedKind.Deletion => new DeleteCall(_message, sink) { Tag = tag },
        _ => new ReactCall(new Reaction(_message, _payload.Emoji), sink) { Tag = tag },
    };

    public override int Progress(SendResult result) => result.Outcome is SendOutcome.Sent or SendOutcome.Partial ? Start + 1 : Start;

    private static bool Fits(OutboundPayload payload, AdapterTraits traits) =>
        TextSplitter.Fits(payload.FullText, traits.MaxTextLength, traits.TextUnit);
}
