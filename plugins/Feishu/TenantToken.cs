namespace PluginGateway.Plugins.Feishu;

/// <summary>The app's access token: fetched when it is needed, kept until it is about to expire or refused.</summary>
internal sealed class TenantToken(OpenApi api, FeishuSettings settings, TimeProvider clock)
{
    private const string Path = "/open-apis/auth/v3/tenant_access_token/internal";

    /// <summary>Time before expiry at which a new token is fetched. With less than 30 minutes left the platform gives a new one while the old one
    /// still works; so no request under way has an expired token.</summary>
    private static readonly TimeSpan Early = TimeSpan.FromMinutes(10);

    private readonly SemaphoreSlim _fetching = new(1);
    private volatile Kept? _kept;

    /// <summary>Returns a token that is valid for a while; null with the answer that gives the reason.</summary>
    public async Task<(string? Token, ApiAnswer Answer)> GetAsync(CancellationToken cancellationToken)
    {
        if (Usable() is { } kept) return (kept.Token, kept.Answer);
        try
        {
            await _fetching.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return (null, new ApiAnswer(ApiEnd.NotLeft, 0, ApiAnswer.NoCode, "gave up waiting for an access token"));
        }

        try
        {
            if (Usable() is { } meanwhile) return (meanwhile.Token, meanwhile.Answer);
            var answer = await FetchAsync(cancellationToken);
            return (_kept?.Token, answer);
        }
        finally
        {
            _fetching.Release();
        }
    }

    /// <summary>Drops a token that the platform has refused; the next caller fetches another.</summary>
    public void Drop(string token)
    {
        if (_kept is { } kept && kept.Token == token) _kept = null;
    }

    private async Task<ApiAnswer> FetchAsync(CancellationToken cancellationToken)
    {
        _kept = null;
        var answer = await api.PostOpenlyAsync(Path, Json.Bytes(json =>
        {
            json.WriteStartObject();
            json.WriteString("app_id", settings.AppId);
            json.WriteString("app_secret", settings.AppSecret);
            json.WriteEndObject();
        }), cancellationToken);
        // However the fetch of the token ended, the message itself was not sent.
        if (!answer.IsGood) return answer with { End = answer.End == ApiEnd.Unknown ? ApiEnd.NotLeft : answer.End };
        if (answer.Body.String("tenant_access_token") is not { } token)
            return answer with { Code = ApiAnswer.NoCode, Text = "the answer has no tenant_access_token" };
        api.Redaction.Learn(token);
        var life = TimeSpan.FromSeconds(Math.Clamp(answer.Body.Number("expire") ?? 0, 1, 86_400));
        _kept = new Kept(token, clock.GetTimestamp(), life - (life > 2 * Early ? Early : life / 2), answer);
        return answer;
    }

    private Kept? Usable() => _kept is { } kept && clock.GetElapsedTime(kept.Since) < kept.Life ? kept : null;

    private sealed record Kept(string Token, long Since, TimeSpan Life, ApiAnswer Answer);
}
