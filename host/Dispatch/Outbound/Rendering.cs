using System.Globalization;
using System.Text;
using PluginGateway.Loading;
using PluginGateway.Store;

namespace PluginGateway.Dispatch.Outbound;

/// <summary>Form of a message that an adapter can send. What its platform lacks becomes text or is left out, and is named in a note for the state of
/// the delivery.</summary>
internal static class Rendering
{
    /// <summary>Returns a message or an edit as an adapter can send it, with <see cref="OutboundPayload.Note"/>.</summary>
    public static OutboundPayload For(OutboundPayload payload, AdapterTraits traits)
    {
        var rendered = ButtonLabels.For(NumberedChoices.For(WithPlace(payload, traits), traits.MaxButtons), traits.MaxButtonLabel);
        return rendered with { Note = NoteOf(payload, rendered, traits) };
    }

    /// <summary>Text of a place: its name and address, its coordinates, and the address of a map, which every client opens.</summary>
    public static string TextOf(LocationPayload place) => string.Join('\n', ((string?[])[
        place.Name, place.Address, string.Create(CultureInfo.InvariantCulture, $"{place.Latitude}, {place.Longitude}"), MapOf(place)])
        .Where(static line => !string.IsNullOrWhiteSpace(line)));

    private static OutboundPayload WithPlace(OutboundPayload payload, AdapterTraits traits)
    {
        if (payload.Location is not { } place || traits.Features.HasFlag(MessageFeatures.Location)) return payload;
        var text = new StringBuilder(payload.FullText);
        if (text.Length > 0) text.Append("\n\n");
        text.Append(payload.TextFormat == TextFormat.Markdown ? Markdown(place) : TextOf(place));
        return payload with { Text = text.ToString(), Location = null };
    }

    private static string Markdown(LocationPayload place) =>
        string.Join("  \n", TextOf(place).Split('\n')[..^1].Select(NumberedChoices.Escape).Append($"<{MapOf(place)}>"));

    private static string MapOf(LocationPayload place) => string.Create(CultureInfo.InvariantCulture,
        $"https://www.openstreetmap.org/?mlat={place.Latitude}&mlon={place.Longitude}#map=17/{place.Latitude}/{place.Longitude}");

    private static string? NoteOf(OutboundPayload payload, OutboundPayload rendered, AdapterTraits traits)
    {
        List<string> lacks = [];
        if (rendered.Buttons is null && payload.Buttons is { Length: > 0 }) lacks.Add("the buttons are a numbered list in the text");
        if (ButtonLabels.AreCut(payload, rendered)) lacks.Add("labels of buttons are cut");
        if (rendered.Location is null && payload.Location is not null) lacks.Add("the place is text");
        if (payload.Silent && !traits.Features.HasFlag(MessageFeatures.Silent)) lacks.Add("it notifies with a sound");
        if (payload.NoLinkPreview && !traits.Features.HasFlag(MessageFeatures.LinkPreview)) lacks.Add("links may have previews");
        return lacks.Count == 0 ? null : $"In the form that the platform has: {string.Join(", ", lacks)}.";
    }
}
