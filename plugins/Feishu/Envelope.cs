using System.Text.Json;

namespace PluginGateway.Plugins.Feishu;

/// <summary>Distinguishes the platform's answers from those of an intermediary, such as a proxy with an envelope of its own:
/// <c>{"code":403,"message":"Forbidden"}</c>. Any thread.</summary>
/// <remarks>
/// The platform's envelope has an integer <c>code</c>, a text <c>msg</c> (which a refusal with HTTP 400 may lack), and its log id, as the header
/// <c>X-Tt-Logid</c> or in <c>error</c>. Its codes have five digits and more, but for 0
/// and the few of the address of the long connection, which come with HTTP 200; small codes are everybody's, and often repeat the HTTP status.
/// Once a good answer has shown the log id, a small code without one is not the platform's.
/// </remarks>
internal sealed class Envelope
{
    private const long LeastOwnCode = 10_000;
    private const int BadRequest = 400;
    private const long LeastHttpStatus = 100;
    private const long MostHttpStatus = 599;

    private bool _hasLogIds;

    /// <summary>The answer, with <see cref="ApiAnswer.NoCode"/> and without its content where it is not the platform's.</summary>
    /// <param name="status">The HTTP status.</param>
    /// <param name="body">The answer's object; null: it is none.</param>
    /// <param name="logId">The header <c>X-Tt-Logid</c>.</param>
    public ApiAnswer Open(int status, JsonElement? body, string? logId)
    {
        if (body is not { } json) return new ApiAnswer(ApiEnd.Answered, status, ApiAnswer.NoCode, "");
        logId ??= json.Get("error").String("log_id") ?? json.String("log_id");
        var hasMessage = json.Get("msg").ValueKind == JsonValueKind.String;
        var given = json.Get("code");
        if (given.ValueKind == JsonValueKind.Undefined)
            return new ApiAnswer(ApiEnd.Answered, status, ApiAnswer.NoCode, "") { Remark = json.String("msg") };
        if (given.ValueKind != JsonValueKind.Number || !given.TryGetInt64(out var code) || !IsOwn(status, code, hasMessage, json, logId))
            return new ApiAnswer(ApiEnd.Answered, status, ApiAnswer.NoCode, "");
        if (code == 0 && logId is not null) Volatile.Write(ref _hasLogIds, true);
        return new ApiAnswer(ApiEnd.Answered, status, code, json.String("msg") ?? "") { Body = json, LogId = logId };
    }

    private bool IsOwn(int status, long code, bool hasMessage, JsonElement json, string? logId)
    {
        var isGoodStatus = status is >= 200 and < 300;
        if (code == 0)
            return isGoodStatus
                && (hasMessage || logId is not null || json.EnumerateObject().Any(static member => member.Value.ValueKind == JsonValueKind.Object));
        if (logId is not null) return true;
        // Some refusals of a message are their code alone.
        if (!hasMessage) return status == BadRequest && code >= LeastOwnCode && json.Get("message").ValueKind == JsonValueKind.Undefined;
        if (code >= LeastOwnCode) return true;
        return isGoodStatus && !(code is >= LeastHttpStatus and <= MostHttpStatus && Volatile.Read(ref _hasLogIds));
    }
}
