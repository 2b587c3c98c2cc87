using PluginGateway.Dispatch.Inbound;
using PluginGateway.Guard.Calls;
using PluginGateway.Store;

namespace PluginGateway.Dispatch.Outbound;

/// <summary>Part of a message: some of its files, or a piece of its text, or the last files with a text that is short enough beside them, or its
/// place. Progress is counted in files, then in UTF-16 units, then one for the place.</summary>
internal sealed class PreparedMessage : PreparedCall
{
    private readonly OutboundMessage _message;
    private readonly string _text;
    private readonly int _files;
    private readonly int _end;
    private readonly TextPiece? _piece;

    private PreparedMessage(OutboundPayload payload, int start, int end, TextPiece? piece, OutboundMessage message)
        : base(start, WholeOf(payload), payload.Note) =>
        (_files, _text, _end, _piece, _message) = (payload.Files.Count, payload.FullText, end, piece, message);

    /// <summary>The text of this part.</summary>
    public string Text => _message.Text;

    public override Chat Chat => _message.Chat;

    /// <summary>Prepares the next part of a message. Not on two threads at once for one message.</summary>
    public static PreparationResult Prepare(OwedMessage owed, Lease lease, AdapterPort port, string media, DateTimeOffset? deadline)
    {
        var terms = (port.Traits.MaxTextLength, port.Traits.TextUnit, port.Outbox.NumberParts);
        if (owed.Cut is { } stale && stale.Terms != terms) owed.ForgetCut();
        var payload = owed.Cut?.Payload ?? Rendering.For(Payloads.ReadOutbound(lease.Payload), port.Traits);
        return Prepare(payload, owed, terms, lease, port, media, deadline);
    }

    private static PreparationResult Prepare(
        OutboundPayload payload, OwedMessage owed, (int MaxLength, TextUnit Unit, bool Numbers) terms, Lease lease, AdapterPort port, string media,
        DateTimeOffset? deadline)
    {
        var (start, traits, count, textEnd) = (lease.DeliveredLength, port.Traits, payload.Files.Count, TextEnd(payload));
        if ((PlatformOptions.Refusal(payload, traits) ?? PrivateReplies.Refusal(payload, traits)) is { } refusal)
            return PreparationResult.Reject(refusal);
        if (payload.Location is { } place && start >= textEnd)
            return new PreparedMessage(payload, start, textEnd + 1, null, Part([], "", textEnd + 1) with { Location = place.ToLocation() });

        OutboundMessage Part(IEnumerable<FilePayload> part, string text, int to) =>
            payload.ToMessage(PartKey.Of(lease.Key, start), start == 0, part, text, isLast: to >= WholeOf(payload)) with
            {
                Attempt = owed.Attempt,
                Deadline = deadline,
                Ticket = traits.Features.HasFlag(MessageFeatures.Tickets) ? lease.Ticket : null,
                VisibleTo = payload.VisibleTo?.ToSender(),
                Extras = PlatformOptions.Of(payload, traits),
            };

        if (start < count && traits.MaxAttachments <= 0)
            return PreparationResult.Reject($"The adapter cannot {AdapterAbilities.Verb(MessageCapabilities.Attach)}.");
        if (traits.MaxAttachmentBytes > 0 && payload.Files.Skip(start).FirstOrDefault(file => file.Size > traits.MaxAttachmentBytes) is { } large)
            return PreparationResult.Reject(
                $"{SendErrorKind.InvalidMessage}: the file '{large.Name}' has {large.Size} bytes; the adapter takes at most {traits.MaxAttachmentBytes}.");
        FilePayload[] files = [.. payload.Files.Skip(start).Take(traits.MaxAttachments)];
        var end = start + files.Length;
        TextPiece? piece = null;
        if (end >= count && (files.Length == 0 || TextSplitter.Fits(payload.FullText, traits.LongestCaption(), traits.TextUnit)))
        {
            var splitter = owed.Cut?.Splitter ?? new TextSplitter(payload.FullText, terms.MaxLength, terms.Unit, payload.TextFormat, terms.Numbers);
            piece = splitter.Next(Math.Max(0, start - count));
            end = count + piece.Value.End;
            if (end >= textEnd) owed.ForgetCut();
            else if (owed.Cut is null && CutText.TryKeep(payload, splitter, terms, out var cut)) owed.KeepCut(cut);
        }

        return new PreparedMessage(
            payload, start, end, piece, Part(files.Select(file => file with { Path = Path.Combine(media, file.Path) }), piece?.Text ?? "", end));
    }

    private static int WholeOf(OutboundPayload payload) => TextEnd(payload) + (payload.Location is null ? 0 : 1);

    private static int TextEnd(OutboundPayload payload) => payload.Files.Count + payload.FullText.Length;

    public override DeliveryCall ToCall(ICallSink sink, object tag) => new SendCall(_message, sink) { Tag = tag };

    /// <summary>Returns the length that has arrived, never in the middle of a character.</summary>
    public override int Progress(SendResult result)
    {
        if (result.Outcome == SendOutcome.Sent) return _end;
        if (result.Outcome != SendOutcome.Partial) return Start;
        var files = Math.Min(_end, _files) - Start;
        if (result.Receipt!.DeliveredAttachments is { } some && some < files) return Start + Math.Max(0, some);
        if (_piece is not { } piece || result.Receipt!.DeliveredLength is not { } length || length - piece.Added >= piece.Length) return _end;
        var from = Math.Max(0, Start - _files);
        var arrived = Math.Clamp(from + length - piece.Added, from, piece.End);
        return _files + (arrived > 0 && arrived < _text.Length && char.IsLowSurrogate(_text[arrived]) ? arrived - 1 : arrived);
    }
}
