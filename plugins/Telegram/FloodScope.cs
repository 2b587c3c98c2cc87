namespace PluginGateway.Plugins.Telegram;

/// <summary>Scope of a 429, which Telegram does not report. One chat is the usual case, and two busy groups have their limits each; when a third
/// chat, or a private one, is refused while others still wait, it is the account.</summary>
internal sealed class FloodScope(TimeProvider clock)
{
    private const int ChatsOfAnAccount = 3;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (long Since, TimeSpan Wait)> _waiting = new(StringComparer.Ordinal);

    public RateLimitScope Meet(string chat, TimeSpan wait)
    {
        lock (_lock)
        {
            foreach (var over in _waiting.Where(one => clock.GetElapsedTime(one.Value.Since) >= one.Value.Wait)
                .Select(static one => one.Key).ToArray())
                _waiting.Remove(over);
            _waiting[chat] = (clock.GetTimestamp(), wait);
            return _waiting.Count >= ChatsOfAnAccount || (_waiting.Count > 1 && !chat.StartsWith('-') && !chat.StartsWith('@'))
                ? RateLimitScope.Account
                : RateLimitScope.Chat;
        }
    }
}
