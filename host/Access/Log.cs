using Microsoft.Extensions.Logging;

namespace PluginGateway.Access;

/// <summary>What this folder logs: from 6100. Never a code.</summary>
internal static partial class Log
{
    [LoggerMessage(6100, LogLevel.Warning, "Adapter '{AdapterId}': '{UserId}' ({Name}) is a stranger and may not speak; a code was sent to the chat, good for {Minutes:0} min. Let in: plugin-gateway pair approve CODE; or in plugins.json \"allow\": {{ \"users\": [\"{UserId}\"] }}, for everybody \"users\": [\"*\"], and 'plugin-gateway reload'")]
    public static partial void CodeSent(this ILogger log, string adapterId, string userId, string name, double minutes);

    [LoggerMessage(6101, LogLevel.Warning, "Adapter '{AdapterId}': a message of '{UserId}' ({Name}) in chat '{ChatId}' was turned away{Others}: neither may speak. Let in: in plugins.json \"allow\": {{ \"users\": [\"{UserId}\"] }}, for everybody \"users\": [\"*\"], and 'plugin-gateway reload'")]
    public static partial void StrangerTurnedAway(this ILogger log, string adapterId, string userId, string name, string chatId, string others);

    [LoggerMessage(6102, LogLevel.Warning, "Adapter '{AdapterId}': bots have said {Count} messages in a row in chat '{ChatId}'; what they say is turned away until a person speaks there or they have been silent for {Minutes:0} min{Others}")]
    public static partial void BotsTalk(this ILogger log, string adapterId, string chatId, int count, double minutes, string others);
}
