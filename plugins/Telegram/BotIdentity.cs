namespace PluginGateway.Plugins.Telegram;

/// <summary>Who we are, by getMe.</summary>
internal sealed record BotIdentity(long Id, string Username);
