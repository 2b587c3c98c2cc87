using PluginGateway.Serialization;

namespace PluginGateway.Store;

/// <summary>Button as a payload of the outbox has it: what the adapter shows.</summary>
/// <param name="Token">The host's token.</param>
/// <param name="Label">The shown text.</param>
/// <param name="Style">The name of a <see cref="ButtonStyle"/>; null: the default.</param>
internal sealed record ButtonPayload(string Token, string Label, string? Style = null)
{
    public OutboundButton ToButton() => new(Token, Label)
    {
        Style = EnumNames.Parse<ButtonStyle>(Style) ?? ButtonStyle.Default,
    };
}

/// <summary>Set of buttons that is stored with a message.</summary>
/// <param name="HandlerId">The handler whose presses they are.</param>
/// <param name="Conversation">The conversation in which a press is handled.</param>
/// <param name="Buttons">The buttons, each with the handler's id for it.</param>
internal sealed record ButtonRows(string HandlerId, string Conversation, IReadOnlyList<(string Id, ButtonPayload Shown)> Buttons)
{
    /// <summary>Session of the turn that owes them; null: the conversation.</summary>
    public string? Session { get; init; }

    /// <summary>Id of the only sender who may press; null: everyone.</summary>
    public string? ForSender { get; init; }

    public bool Once { get; init; }

    public TimeSpan ExpiresAfter { get; init; }
}

/// <summary>Press that an event is, or may be.</summary>
/// <param name="Chat">The key of the chat of the event.</param>
/// <param name="SenderId">The id of who pressed.</param>
/// <param name="HandlerId">The handler that answers the adapter now: a press for another one has nobody to go to.</param>
/// <param name="Compose">Returns the payload of the event, once the button is known.</param>
internal sealed record PressEntry(string Chat, string SenderId, string HandlerId, Func<PressedRow, byte[]> Compose)
{
    /// <summary>Token that the platform has given back; null: <see cref="Choice"/> may name the button.</summary>
    public string? Token { get; init; }

    /// <summary>Number of a button in a list that was written as text.</summary>
    public int Choice { get; init; }

    /// <summary>Number of buttons above which the adapter's sets are written as text.</summary>
    public int NativeButtons { get; init; }

    /// <summary>Returns the payload of an edit that shows the press in the message; null: the message stays as it is.</summary>
    public Func<byte[], PressedRow, byte[]?>? Show { get; init; }
}

/// <summary>Result of a <see cref="PressEntry"/>.</summary>
/// <param name="Verdict">The verdict.</param>
internal sealed record PressResult(InteractionVerdict Verdict)
{
    /// <summary>Payload of the row of a press that was taken; otherwise empty.</summary>
    public byte[] Payload { get; init; } = [];

    /// <summary>Conversation in which a press that was taken is handled; otherwise empty.</summary>
    public string Conversation { get; init; } = "";

    /// <summary>Session in which it is handled; null: the conversation.</summary>
    public string? Session { get; init; }

    /// <summary>Edit that shows the press in its message; null: none is owed.</summary>
    public OutboxRow? Owed { get; init; }
}

/// <summary>Button that was pressed.</summary>
internal sealed record PressedRow(string Token, long OutboxId, string Conversation, string ButtonId, string Label)
{
    /// <summary>Session of the turn that owed it; null: the conversation.</summary>
    public string? Session { get; init; }

    /// <summary>True: the press ends its set.</summary>
    public bool EndsSet { get; init; }
}
