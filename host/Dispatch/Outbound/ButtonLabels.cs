using System.Globalization;
using PluginGateway.Store;

namespace PluginGateway.Dispatch.Outbound;

/// <summary>Labels of buttons, cut to the length that a platform shows. A press has the whole label: the store keeps it.</summary>
internal static class ButtonLabels
{
    private const string Ellipsis = "…";

    /// <summary>Returns the payload with labels of at most so many UTF-16 units; 0: no limit.</summary>
    public static OutboundPayload For(OutboundPayload payload, int maxLength)
    {
        if (maxLength == 0 || payload.Buttons is not { } buttons || !Array.Exists(buttons, button => button.Label.Length > maxLength)) return payload;
        return payload with { Buttons = [.. buttons.Select(button => button with { Label = Cut(button.Label, maxLength) })] };
    }

    /// <summary>Returns true if a rendered payload has the buttons of its original, and a label of another length.</summary>
    public static bool AreCut(OutboundPayload original, OutboundPayload rendered) => original.Buttons is { } whole && rendered.Buttons is { } shown
        && whole.Zip(shown).Any(static pair => pair.First.Label.Length != pair.Second.Label.Length);

    /// <summary>Cuts a label between two characters as people see them: emoji and letters with marks stay whole.</summary>
    private static string Cut(string label, int maxLength)
    {
        if (label.Length <= maxLength) return label;
        var kept = 0;
        while (StringInfo.GetNextTextElementLength(label, kept) is var next && kept + next <= maxLength - Ellipsis.Length) kept += next;
        return label[..kept].TrimEnd() + Ellipsis;
    }
}
