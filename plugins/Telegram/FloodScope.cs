namespace PluginGateway.Plugins.Telegram;

/// <summary>Telegram does not say what its 429 holds back. One chat is the usual case; when another chat is refused while the first still has to wait, it is the account.</summary>
internal sealed class FloodScope(TimeProvider clock)
{
    private readonly Lock _lock = new();
    private string? _chat;
    private DateTimeOffset _until;

    public RateLimitScope Meet(string chat, TimeSpan wait)
    {
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            var isOther = _chat is not null && _chat != chat && now < _until;
            var until = now + (wait < TimeSpan.FromDays(1) ? wait : TimeSpan.FromDays(1));
            if (_chat is null || now >= _until || _chat == chat) (_chat, _until) = (chat, until);
            return isOther ? RateLimitScope.Account : RateLimitScope.Chat;
        }
    }
}
