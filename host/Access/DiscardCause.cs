namespace PluginGateway.Access;

/// <summary>Cause for which a message was discarded for good.</summary>
internal enum DiscardCause
{
    /// <summary>The message is the bot's own.</summary>
    OwnMessage,

    /// <summary>Neither the sender nor the chat is permitted.</summary>
    Stranger,

    /// <summary>The event is not about the bot: in a group in which only such messages are admitted, or where nobody is said to have caused
    /// it.</summary>
    NotMentioned,

    /// <summary>The message is one of a loop of bots.</summary>
    BotLoop,

    /// <summary>The bot was added to a group, by somebody who may not write there, or no handler wants to know.</summary>
    BotAdded,

    /// <summary>Event of a kind that the handler has not declared.</summary>
    Unsupported,

    /// <summary>Press of a button that is unknown or has expired.</summary>
    PressExpired,

    /// <summary>Press in a set that has been pressed already.</summary>
    PressTaken,

    /// <summary>Press by somebody whose button it is not.</summary>
    PressNotForYou,

    /// <summary>Message that the platform plays back.</summary>
    History,

    /// <summary>Report about a message that is not known, or no longer.</summary>
    UnknownMessage,

    TooLarge,

    /// <summary>Message that cannot be stored and answered.</summary>
    Invalid,
}

/// <summary>Names of the causes: those of the contract, and those of status and metrics.</summary>
internal static class DiscardCauses
{
    /// <summary>Returns the answer for the adapter.</summary>
    public static Acceptance ToAcceptance(this DiscardCause cause) => Acceptance.Discarded(cause switch
    {
        DiscardCause.OwnMessage => "ownMessage",
        DiscardCause.TooLarge => "tooLarge",
        DiscardCause.Invalid => "invalid",
        DiscardCause.Unsupported => "unsupported",
        DiscardCause.History => "history",
        DiscardCause.UnknownMessage => "unknownMessage",
        DiscardCause.PressExpired or DiscardCause.PressTaken or DiscardCause.PressNotForYou => "notTaken",
        _ => "notAllowed",
    });

    /// <summary>Returns the name in status and metrics.</summary>
    public static string Name(this DiscardCause cause) => cause switch
    {
        DiscardCause.OwnMessage => "ownMessage",
        DiscardCause.Stranger => "stranger",
        DiscardCause.NotMentioned => "notMentioned",
        DiscardCause.BotLoop => "botLoop",
        DiscardCause.BotAdded => "botAdded",
        DiscardCause.Unsupported => "unsupported",
        DiscardCause.PressExpired => "pressExpired",
        DiscardCause.PressTaken => "pressTaken",
        DiscardCause.PressNotForYou => "pressNotForYou",
        DiscardCause.History => "history",
        DiscardCause.UnknownMessage => "unknownMessage",
        DiscardCause.TooLarge => "tooLarge",
        _ => "invalid",
    };
}
