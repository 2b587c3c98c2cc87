namespace PluginGateway.Plugins.Telegram;

/// <summary>Removes the token from texts. The token is part of every address, so a server, a proxy or an exception may repeat it.</summary>
internal sealed class TokenRedactor(string token)
{
    private const string Instead = "<token>";

    private readonly string _secret = token[(token.IndexOf(':', StringComparison.Ordinal) + 1)..];

    public string Cover(string text) => text
        .Replace(token, Instead, StringComparison.OrdinalIgnoreCase)
        .Replace(Uri.EscapeDataString(token), Instead, StringComparison.OrdinalIgnoreCase)
        .Replace(_secret, Instead, StringComparison.OrdinalIgnoreCase);
}
