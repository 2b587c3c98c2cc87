namespace PluginGateway;

/// <summary>Button of a <see cref="Reply"/>.</summary>
public sealed record Button
{
    private const int MaxIdLength = 64, MaxLabelLength = 64;

    /// <summary>Creates a button.</summary>
    /// <param name="id">The handler's own id, which comes back with a press: 1 to 64 characters, none of them a control character.</param>
    /// <param name="label">The shown text, one line of 1 to 64 characters.</param>
    /// <exception cref="ArgumentException">The id or the label is empty, too long or has control characters.</exception>
    public Button(string id, string label)
    {
        Id = id;
        Label = label;
    }

    /// <summary>Handler's own id, which comes back with a press.</summary>
    public string Id { get; init => field = Ensure.Token(value, "id", MaxIdLength); }

    /// <summary>Shown text.</summary>
    public string Label { get; init => field = Ensure.Token(value, "label", MaxLabelLength); }

    /// <summary>Style, where the platform has styles.</summary>
    public ButtonStyle Style { get; init => field = Ensure.Defined(value, nameof(Style)); }
}

/// <summary>Buttons of one reply, with the rules for their presses.</summary>
/// <remarks>The host gives each button a random token, stores it with the reply and checks every press against it, so a press needs nothing of the
/// chat message but the token. An adapter without buttons gets them as a numbered list in the text, and a message that is only such a number counts
/// as a press.</remarks>
public sealed record ButtonSet
{
    private const int MaxButtons = 64;
    private static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    /// <summary>Creates a set.</summary>
    /// <param name="buttons">The buttons, 1 to 64, in the order in which they are shown.</param>
    /// <exception cref="ArgumentException">There is no button, or more than 64, or two have one id.</exception>
    public ButtonSet(IEnumerable<Button> buttons) => Buttons = [.. buttons];

    /// <summary>Buttons in the order in which they are shown.</summary>
    public IReadOnlyList<Button> Buttons { get; init => field = Checked(Ensure.List(value, "buttons")); }

    /// <summary>One press only: true if the first press ends the set. False for a menu.</summary>
    public bool Once { get; init; } = true;

    /// <summary>People who may press. Null: in groups the sender of the turn, in direct chats everyone.</summary>
    public ButtonAudience? Audience
    {
        get;
        init => field = value is { } audience ? Ensure.Defined(audience, nameof(Audience)) : null;
    }

    /// <summary>Time for which presses are taken, counted from the queueing of the reply: more than zero, at most 7 days.</summary>
    public TimeSpan ExpiresAfter
    {
        get;
        init => field = value > TimeSpan.Zero && value <= Longest ? value
            : throw new ArgumentOutOfRangeException(nameof(ExpiresAfter), value, "A set lives for more than zero and at most 7 days.");
    } = Longest;

    private static IReadOnlyList<Button> Checked(IReadOnlyList<Button> buttons)
    {
        if (buttons.Count is 0 or > MaxButtons)
            throw new ArgumentException($"A set has 1 to {MaxButtons} buttons; this one has {buttons.Count}.", nameof(buttons));
        if (buttons.GroupBy(static button => button.Id, StringComparer.Ordinal).FirstOrDefault(static group => group.Count() > 1) is { } same)
            throw new ArgumentException($"Two buttons have the id '{same.Key}'.", nameof(buttons));
        return buttons;
    }
}

/// <summary>Styles of a button.</summary>
public enum ButtonStyle
{
    /// <summary>Ordinary button.</summary>
    Default,

    /// <summary>Recommended action.</summary>
    Primary,

    /// <summary>Action that destroys something.</summary>
    Danger,
}

/// <summary>People who may press the buttons of a set.</summary>
public enum ButtonAudience
{
    /// <summary>Sender of the message or event that the turn handles.</summary>
    Sender,

    /// <summary>Everyone who may write to the bot in this chat.</summary>
    Everyone,
}

/// <summary>Button as an adapter shows it.</summary>
public sealed record OutboundButton
{
    /// <summary>Creates a button.</summary>
    /// <param name="token">The host's token: the only thing that a press has to bring back, 22 characters of <c>A-Z a-z 0-9 _ -</c>.</param>
    /// <param name="label">The text to show.</param>
    /// <exception cref="ArgumentException">The token or the label is empty, has more than 512 characters or has control characters.</exception>
    public OutboundButton(string token, string label)
    {
        Token = token;
        Label = label;
    }

    /// <summary>Host's token, to be given back in <see cref="ButtonPressed.Token"/>. It admits a press: it is not to be logged.</summary>
    public string Token { get; init => field = Ensure.Token(value, "token"); }

    /// <summary>Text to show.</summary>
    public string Label { get; init => field = Ensure.Token(value, "label"); }

    /// <summary>Style, where the platform has styles.</summary>
    public ButtonStyle Style { get; init => field = Ensure.Defined(value, nameof(Style)); }
}

/// <summary>Button that was pressed, as a handler is told.</summary>
public sealed record PressedButton
{
    /// <summary>Creates the description of a pressed button.</summary>
    /// <param name="id">The handler's id of the button.</param>
    /// <param name="label">The text of the button.</param>
    /// <param name="target">The message that the button belongs to.</param>
    /// <exception cref="ArgumentException">A required argument is null or empty.</exception>
    public PressedButton(string id, string label, MessageTarget target)
    {
        Id = id;
        Label = label;
        Target = target;
    }

    /// <summary>Handler's id of the button.</summary>
    public string Id { get; init => field = Ensure.Token(value, "id"); }

    /// <summary>Text of the button.</summary>
    public string Label { get; init => field = Ensure.Token(value, "label"); }

    /// <summary>Message that the button belongs to.</summary>
    public MessageTarget Target { get; init => field = Ensure.NotNull(value, "target"); }
}

/// <summary>Press of a button of a message that the gateway has sent.</summary>
/// <remarks>The host decides in the transaction that stores the event: a press of an unknown or expired button, by somebody who may not press it, or
/// of a set that has been pressed already is discarded and counted, and the acceptance has the answer for the person. A press that is taken is
/// handled in the conversation whose turn sent the button. A handler that has not declared <see cref="EventKinds.ButtonPressed"/> gets it as a
/// message with the label as its text and <see cref="InboundMessage.Button"/>, without <see cref="Values"/>.</remarks>
public sealed record ButtonPressed : InboundEvent
{
    /// <summary>Creates the event of a press.</summary>
    /// <param name="eventId">The platform's id of this event: the deduplication key.</param>
    /// <param name="chat">The chat of the message.</param>
    /// <param name="sender">Who pressed.</param>
    /// <param name="token">The token of the button, as the platform gives it back.</param>
    /// <exception cref="ArgumentException">An id or the token is empty, has more than 512 characters or has control characters, or a required
    /// argument is null.</exception>
    public ButtonPressed(string? eventId, Chat chat, Sender sender, string token)
        : base(eventId, chat, Ensure.NotNull(sender, "sender"))
    {
        Token = token;
    }

    /// <summary>Person who pressed.</summary>
    public new Sender Sender { get => base.Sender!; init => base.Sender = Ensure.NotNull(value, "sender"); }

    /// <summary>Token of the button, as the platform gives it back. Anything else than a token of the host is answered as expired.</summary>
    public string Token { get; init => field = Ensure.Token(value, "token"); }

    /// <summary>Platform's id of the message with the button, or null.</summary>
    public string? MessageId { get; init => field = Ensure.OptionalToken(value, nameof(MessageId)); }

    /// <summary>Values of the fields that came with the press, by the names of the fields, where the platform has messages with choices and inputs;
    /// of a choice of several, a line for each. Otherwise empty.</summary>
    /// <remarks>At most 64, each at most 4 KiB of UTF-8, with their names 16 KiB together: the host discards a press with more as
    /// <c>tooLarge</c>.</remarks>
    public IReadOnlyDictionary<string, string> Values { get; init => field = Ensure.Map(value); } = Ensure.Map([]);

    /// <summary>Pressed button; null until the host has stored the press. Set by the host: a value that an adapter gives is not kept.</summary>
    public PressedButton? Button { get; init; }
}
