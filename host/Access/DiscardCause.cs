namespace PluginGateway.Access;

/// <summary>Why a message was turned away for good.</summary>
internal enum DiscardCause
{
    /// <summary>The bot's own account said it.</summary>
    OwnMessage,

    /// <summary>Neither its sender nor its chat may speak.</summary>
    Stranger,

    /// <summary>It was said in a group, but not to the bot, where only that is let in.</summary>
    NotMentioned,

    /// <summary>Bots have been talking among themselves.</summary>
    BotLoop,

    /// <summary>It is no message: somebody has added the bot to a group.</summary>
    BotAdded,

    TooLarge,

    /// <summary>It is none that could be stored and answered.</summary>
    Invalid,
}

/// <summary>The causes in the words of the contract, and in those of status and metrics.</summary>
internal static class DiscardCauses
{
    /// <summary>What the adapter is told.</summary>
    public static Acceptance ToAcceptance(this DiscardCause cause) => Acceptance.Discarded(cause switch
    {
        DiscardCause.OwnMessage => "ownMessage",
        DiscardCause.TooLarge => "tooLarge",
        DiscardCause.Invalid => "invalid",
        _ => "notAllowed",
    });

    /// <summary>What the operator reads.</summary>
    public static string Name(this DiscardCause cause) => cause switch
    {
        DiscardCause.OwnMessage => "ownMessage",
        DiscardCause.Stranger => "stranger",
        DiscardCause.NotMentioned => "notMentioned",
        DiscardCause.BotLoop => "botLoop",
        DiscardCause.BotAdded => "botAdded",
        DiscardCause.TooLarge => "tooLarge",
        _ => "invalid",
    };
}
