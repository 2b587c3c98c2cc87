using System.Globalization;
using System.Text.RegularExpressions;
using PluginGateway.Dispatch.Outbound;
using PluginGateway.Store;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Dispatch.Inbound;

/// <summary>Presses among received events: the press of a button, and a message that is only the number of a choice.</summary>
internal static partial class Presses
{
    /// <summary>Returns the press that an event is, or may be; null: none.</summary>
    /// <param name="e">The event.</param>
    /// <param name="chat">The key of its chat.</param>
    /// <param name="adapterId">The adapter.</param>
    /// <param name="handlerOf">Returns the handler that answers an adapter.</param>
    /// <param name="abilitiesOf">Returns the abilities of an adapter.</param>
    public static PressEntry? Of(
        InboundEvent e, string chat, string adapterId, Func<string, string> handlerOf, Func<string, AdapterAbilities> abilitiesOf) => e switch
    {
        ButtonPressed press => OfButton(press, chat, handlerOf(adapterId), abilitiesOf(adapterId)),
        InboundMessage message when ChoiceIn(message) is > 0 and var choice =>
            OfChoice(message, choice, chat, handlerOf(adapterId), abilitiesOf(adapterId)),
        _ => null,
    };

    private static PressEntry OfButton(ButtonPressed press, string chat, string handlerId, AdapterAbilities abilities) =>
        new(chat, press.Sender.Id, handlerId, button => Payloads.Write(press with { Button = Describe(button) }))
        {
            Token = press.Token,
            Show = ShowFor(abilities),
        };

    private static PressEntry OfChoice(InboundMessage message, int choice, string chat, string handlerId, AdapterAbilities abilities) =>
        new(chat, message.Sender.Id, handlerId, button => Payloads.Write(PressOf(message, button)))
        {
            Choice = choice,
            NativeButtons = abilities.MaxButtons,
            Show = ShowFor(abilities),
        };

    private static Func<byte[], PressedRow, byte[]?>? ShowFor(AdapterAbilities abilities) =>
        abilities.Can.HasFlag(MessageCapabilities.Edit) ? Show : null;

    /// <summary>Returns the number that is all that a message says, behind the name of the bot if it is addressed; 0: there is none.</summary>
    private static int ChoiceIn(InboundMessage message)
    {
        if (message.Text.Length is 0 or > 80 || !char.IsAsciiDigit(message.Text.AsSpan().TrimEnd() is [.., var last] ? last : ' ')) return 0;
        if (message.Attachments.Count > 0 || message.Quote is { MessageId: null }) return 0;
        var match = Number().Match(message.Text);
        return match.Success && (message.MentionsBot || !match.Groups["name"].Success)
            ? int.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture)
            : 0;
    }

    private static ButtonPressed PressOf(InboundMessage message, PressedRow button) =>
        new(message.EventId, message.Chat, message.Sender, button.Token)
        {
            PlatformTime = message.PlatformTime,
            Extras = message.Extras,
            Button = Describe(button),
        };

    private static PressedButton Describe(PressedRow button) =>
        new(button.ButtonId, button.Label, MessageTarget.Owed(MessageIds.NameOf(button.OutboxId)));

    /// <summary>Returns the payload of an edit after which the message shows the label that was pressed, and no buttons that ended with it.</summary>
    private static byte[]? Show(byte[] message, PressedRow button)
    {
        if (Payloads.TryRead(message, Payloads.ReadOutbound) is not { Attachments: null } payload) return null;
        var label = payload.TextFormat == TextFormat.Markdown ? NumberedChoices.Escape(button.Label) : button.Label;
        return Payloads.Write(payload with { Text = $"{payload.FullText}\n\n✓ {label}", ReplyTo = null, Buttons = null });
    }

    [GeneratedRegex(@"^\s*(?<name>\S{1,64}[:,]\s+)?(?<number>[1-9][0-9]?)\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
