namespace PluginGateway.Store;

/// <summary>Payload of a message with the content of an edit. Pure.</summary>
internal static class EditedPayload
{
    /// <summary>Returns the message with the content of an edit. Its ids, sender, time and place stay; it is heard as before, or from now on.</summary>
    public static InboundPayload Of(InboundPayload message, InboundPayload edit) => message with
    {
        Text = edit.Text,
        Format = edit.Format,
        Attachments = edit.Attachments,
        Mentions = edit.Mentions,
        Location = edit.Location,
        MentionsBot = edit.MentionsBot,
        Extras = edit.Extras,
        Command = CommandIn(message, edit.Text ?? ""),
        IsUnaddressed = message.IsUnaddressed && edit.IsUnaddressed,
    };

    /// <summary>Returns the command of a message with the arguments of its new text; null: the text begins otherwise. Edits do not name it.</summary>
    private static CommandPayload? CommandIn(InboundPayload message, string text)
    {
        if (message.Command is not { } command || message.Text is not { } former) return null;
        var arguments = command.Arguments ?? "";
        if (!former.EndsWith(arguments, StringComparison.Ordinal)) return null;
        var name = former[..^arguments.Length].TrimEnd();
        if (name.Length == 0 || !text.StartsWith(name, StringComparison.Ordinal)) return null;
        var rest = text[name.Length..];
        return rest.Length > 0 && !char.IsWhiteSpace(rest[0]) ? null : command with { Arguments = rest.TrimStart(), Options = null };
    }
}
