using PluginGateway.Dispatch.Turns;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Dispatch.External;

/// <summary>A message that a program or the operator sends. <paramref name="Turn"/>: the turn whose token allows it; 0: the gateway's own
/// token.</summary>
internal sealed record MessageApiRequest(string AdapterId, Chat Chat, Reply Reply, string Key, long Turn = 0)
{
    /// <summary>Id of the handler that sends, whose keys are its own; null: a program or the operator.</summary>
    public string? Handler { get; init; }

    /// <summary>Moves the files to their paths, on the thread that copies them, and returns the reason of a failure; null: they are there.</summary>
    public Func<string?>? TakeFiles { get; init; }
}

/// <summary>An edit, a deletion or a reaction of a program. <paramref name="Message"/>: the id of an outbound message (m12), that of an
/// accepted one (i12), or the key of a sent one; <paramref name="Grant"/>: the grant of a turn's token; null: the gateway's own
/// token.</summary>
internal sealed record MessageApiAction(string Message, OwedKind Kind, string? Text, TextFormat Format, string? Emoji, string Key, ReplyGrant? Grant)
{
    /// <summary>True: the platform shall show no preview of links in the new text.</summary>
    public bool NoLinkPreview { get; init; }

    public static MessageApiAction Edit(string message, string text, TextFormat format, string key, ReplyGrant? grant) =>
        new(message, OwedKind.Edit, text, format, null, key, grant);

    public static MessageApiAction Delete(string message, string key, ReplyGrant? grant) =>
        new(message, OwedKind.Deletion, null, TextFormat.Plain, null, key, grant);

    /// <summary>Creates a reaction; null as the emoji removes the bot's reaction.</summary>
    public static MessageApiAction React(string message, string? emoji, string key, ReplyGrant? grant) =>
        new(message, OwedKind.Reaction, null, TextFormat.Plain, emoji, key, grant);
}

/// <summary>Outcome of a <see cref="MessageApiRequest"/> or a <see cref="MessageApiAction"/>.</summary>
internal enum MessageApiOutcome
{
    /// <summary>The message is owed, durably.</summary>
    Owed,

    /// <summary>The message was owed before, with this key.</summary>
    Known,

    /// <summary>The key belongs to a message with other content.</summary>
    Conflict,

    /// <summary>The request can never be carried out as it is.</summary>
    Invalid,

    UnknownAdapter,

    /// <summary>No such message exists, or none that the token allows.</summary>
    NotFound,

    /// <summary>The adapter does not support the operation.</summary>
    Unsupported,

    /// <summary>Too many messages are owed already, or the store refuses the request: try again.</summary>
    NotNow,
}

/// <summary>The outcome, with the message's id if it has one, and a sentence when it was refused.</summary>
internal readonly record struct MessageApiResult(MessageApiOutcome Verdict, long Id, string Sentence);
