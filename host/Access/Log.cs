namespace PluginGateway.Access;

/// <summary>Log events of Access, from 6100. Never contains a pairing code.</summary>
internal static partial class Log
{
    [LoggerMessage(6100, LogLevel.Warning, "Adapter '{AdapterId}': '{UserId}' ({Name}) is a stranger and may not speak; a code was sent to the chat, good for {Minutes:0} min. Let in: plugin-gateway pair approve CODE; or in plugins.json \"allow\": {{ \"users\": [\"{UserId}\"] }}, for everybody \"users\": [\"*\"], and 'plugin-gateway reload'")]
    public static partial void CodeSent(this ILogger log, string adapterId, string userId, string name, double minutes);

    [LoggerMessage(6101, LogLevel.Warning, "Adapter '{AdapterId}': a message of '{UserId}' ({Name}) in chat '{ChatId}' was turned away{Others}: neither may speak. Let in: in plugins.json \"allow\": {{ \"users\": [\"{UserId}\"] }}, for everybody \"users\": [\"*\"], and 'plugin-gateway reload'")]
    public static partial void StrangerTurnedAway(this ILogger log, string adapterId, string userId, string name, string chatId, string others);

    [LoggerMessage(6103, LogLevel.Warning, "Adapter '{AdapterId}': group '{ChatId}' has not been let in; '{UserId}' ({Name}) spoke to the bot there, and a code was sent to the group, good for {Minutes:0} min. Let it in: plugin-gateway pair approve CODE; or in plugins.json \"allow\": {{ \"chats\": [\"{ChatId}\"] }}, for every group \"groups\": \"mentioned\", and 'plugin-gateway reload'")]
    public static partial void GroupCodeSent(this ILogger log, string adapterId, string chatId, string userId, string name, double minutes);

    [LoggerMessage(6104, LogLevel.Warning, "Adapter '{AdapterId}': group '{ChatId}' has not been let in, so a message of '{UserId}' ({Name}) there was turned away{Others}. Let it in: plugin-gateway pair approve --chat {AdapterId}:{ChatId}; or in plugins.json \"allow\": {{ \"chats\": [\"{ChatId}\"] }}, for every group \"groups\": \"mentioned\", and 'plugin-gateway reload'; or let somebody who is paired write there")]
    public static partial void GroupIsClosed(this ILogger log, string adapterId, string chatId, string userId, string name, string others);

    [LoggerMessage(6105, LogLevel.Information, "Adapter '{AdapterId}': group '{ChatId}' is let in, because '{UserId}' ({Name}), who is paired, {Did} there; what is said to the bot is heard. Take it back: plugin-gateway pair revoke --chat {AdapterId}:{ChatId}")]
    public static partial void GroupLetIn(this ILogger log, string adapterId, string chatId, string userId, string name, string did);

    [LoggerMessage(6102, LogLevel.Warning, "Adapter '{AdapterId}': bots have said {Count} messages in a row in chat '{ChatId}'; what they say is turned away until a person speaks there or they have been silent for {Minutes:0} min{Others}")]
    public static partial void BotsTalk(this ILogger log, string adapterId, string chatId, int count, double minutes, string others);

    [LoggerMessage(6109, LogLevel.Warning, "Adapters '{AdapterId}' and '{Other}' of this gateway answer each other in chat '{ChatId}': after {Count} messages in a row what '{AdapterId}' hears of it is turned away until a person speaks there or it has been silent for {Minutes:0} min{Others}")]
    public static partial void AdaptersTalk(
        this ILogger log, string adapterId, string other, string chatId, int count, double minutes, string others);
}
