namespace PluginGateway.Plugins.Telegram;

/// <summary>Identity of the bot, from getMe.</summary>
internal sealed record BotIdentity(long Id, string Username);
