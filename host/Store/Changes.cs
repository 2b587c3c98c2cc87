namespace PluginGateway.Store;

/// <summary>Message by its platform's id. <paramref name="Chat"/>: the key of its chat.</summary>
internal readonly record struct PlatformMessage(string Chat, string MessageId);

/// <summary>Edit or deletion, as far as it changes messages whose turns have not begun.</summary>
/// <param name="Chat">The key of the chat.</param>
/// <param name="MessageIds">The platform's ids of the messages, each once.</param>
/// <param name="IsDeletion">True: the messages are dropped. False: the event is an edit, and its content replaces theirs.</param>
internal sealed record MessageChange(string Chat, IReadOnlyList<string> MessageIds, bool IsDeletion);

/// <summary>Message of the inbox that was changed before its turn began.</summary>
/// <param name="Id">The id of the row.</param>
/// <param name="Session">The key of its session.</param>
/// <param name="Payload">The new payload; null: the message was dropped.</param>
internal sealed record ChangedMessage(long Id, string Session, byte[]? Payload);
