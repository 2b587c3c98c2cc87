using PluginGateway.Dispatch.Turns;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Dispatch.External;

/// <summary>A message that a program or the operator wants sent. <paramref name="Turn"/>: the turn whose token allows it; 0: the gateway's own
/// token does.</summary>
internal sealed record MessageApiRequest(string AdapterId, Chat Chat, Reply Reply, string Key, long Turn = 0);

/// <summary>An edit, a deletion or a reaction that a program wants. <paramref name="Message"/>: an id of ours (m12), that of a message that was
/// accepted (i12), or the key of one that was sent; <paramref name="Grant"/>: what the token of a turn allows; null: the gateway's own token
/// does.</summary>
internal sealed record MessageApiAction(string Message, OwedKind Kind, string? Text, TextFormat Format, string? Emoji, string Key, ReplyGrant? Grant)
{
    public static MessageApiAction Edit(string message, string text, TextFormat format, string key, ReplyGrant? grant) =>
        new(message, OwedKind.Edit, text, format, null, key, grant);

    public static MessageApiAction Delete(string message, string key, ReplyGrant? grant) =>
        new(message, OwedKind.Deletion, null, TextFormat.Plain, null, key, grant);

    /// <summary>Null takes our reaction away.</summary>
    public static MessageApiAction React(string message, string? emoji, string key, ReplyGrant? grant) =>
        new(message, OwedKind.Reaction, null, TextFormat.Plain, emoji, key, grant);
}

/// <summary>Outcome of a <see cref="MessageApiRequest"/> or a <see cref="MessageApiAction"/>.</summary>
internal enum MessageApiOutcome
{
    /// <summary>It is owed, durably.</summary>
    Owed,

    /// <summary>It was owed before, with this key.</summary>
    Known,

    /// <summary>The key belongs to another content.</summary>
    Conflict,

    /// <summary>It can never be sent.</summary>
    Invalid,

    UnknownAdapter,

    /// <summary>There is no such message, or none that the token allows.</summary>
    NotFound,

    /// <summary>The adapter cannot do it.</summary>
    Unsupported,

    /// <summary>Too much is owed already, or the store does not take it: try again.</summary>
    NotNow,
}

/// <summary>The verdict, with the message's id if it has one, and a sentence if it was not taken.</summary>
internal readonly record struct MessageApiResult(MessageApiOutcome Verdict, long Id, string Sentence);
