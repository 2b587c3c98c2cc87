using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using PluginGateway.Dispatch;

namespace PluginGateway.Web;

/// <summary><c>POST /api/messages</c> owes a message durably, <c>GET /api/messages/{id or key}</c> says what became of it. With the token of a turn only for that turn's conversation.</summary>
internal sealed class ApiMessages(OutsideDesk desk, ReplyTokens tokens, WebAccess access, TokenGuesses guesses, HttpFigures figures)
{
    private const string Bearer = "Bearer ";

    /// <summary>True for a request that brings the token of a turn instead of the gateway's: the endpoint decides about it.</summary>
    public static bool BringsTurnToken(HttpRequest request) =>
        request.Path.StartsWithSegments("/api/messages", StringComparison.Ordinal) && TurnTokenOf(request) is not null;

    public async Task PostAsync(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.Headers.Allow = "POST";
            await Answer.RefuseAsync(context, StatusCodes.Status405MethodNotAllowed, "method", "POST a message here; GET /api/messages/{id or key} says what became of it.");
            return;
        }

        var (isAllowed, grant) = await AdmitAsync(context);
        if (!isAllowed) return;
        if (!MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type) || !type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase))
        {
            await Answer.RefuseAsync(context, StatusCodes.Status415UnsupportedMediaType, "contentType", "The body must be JSON: Content-Type: application/json.");
            return;
        }

        if (await RequestBody.ReadAsync(context) is not { } body) return;
        if (ApiRequest.Read(body, grant, out var problem) is not { } request)
        {
            await Answer.RefuseAsync(context, StatusCodes.Status400BadRequest, "invalid", problem);
            return;
        }

        var source = new TaskCompletionSource<OutsideAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        desk.Owe(request, source.SetResult);
        await AnswerAsync(context, request.Key, await source.Task);
    }

    public async Task GetAsync(HttpContext context)
    {
        var (isAllowed, grant) = await AdmitAsync(context);
        if (!isAllowed) return;
        var name = (string)context.Request.RouteValues["name"]!;
        var source = new TaskCompletionSource<DeliveryReport?>(TaskCreationOptions.RunContinuationsAsynchronously);
        desk.Find(name, grant?.Turn ?? 0, source.SetResult);
        if (await source.Task is { } delivery) await Answer.WriteAsync(context, StatusCodes.Status200OK, json => ApiRequest.Write(json, delivery));
        else await Answer.RefuseAsync(context, StatusCodes.Status404NotFound, "notFound", "There is no message with this id or key; settled ones are forgotten after 7 days, rejected and parked ones after 30.");
    }

    private static Task AnswerAsync(HttpContext context, string key, OutsideAnswer answer)
    {
        return answer.Verdict switch
        {
            OutsideVerdict.Owed => Taken(StatusCodes.Status202Accepted, isKnown: false),
            OutsideVerdict.Known => Taken(StatusCodes.Status200OK, isKnown: true),
            OutsideVerdict.Conflict => Answer.RefuseAsync(context, StatusCodes.Status409Conflict, "conflict", answer.Sentence),
            OutsideVerdict.UnknownAdapter => Answer.RefuseAsync(context, StatusCodes.Status404NotFound, "unknownAdapter", answer.Sentence),
            OutsideVerdict.Invalid => Answer.RefuseAsync(context, StatusCodes.Status400BadRequest, "invalid", answer.Sentence),
            _ => Answer.RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "busy", answer.Sentence, retryAfterSeconds: 2),
        };

        Task Taken(int status, bool isKnown) => Answer.WriteAsync(context, status, json =>
        {
            json.WriteString("id", DeliveryReport.IdOf(answer.Id));
            json.WriteString("key", key);
            json.WriteBoolean("known", isKnown);
        });
    }

    /// <summary>The gate has looked at everything but the token of a turn.</summary>
    private async Task<(bool IsAllowed, ReplyGrant? Grant)> AdmitAsync(HttpContext context)
    {
        if (TurnTokenOf(context.Request) is not { } token) return (true, null);
        var address = context.Connection.RemoteIpAddress;
        if (!access.LoopbackOnly && guesses.WaitOf(address) is { Ticks: > 0 } wait)
        {
            figures.CountWrongToken();
            await Answer.RefuseAsync(context, AccessRefusal.TooManyGuesses.Status, AccessRefusal.TooManyGuesses.Reason, AccessRefusal.TooManyGuesses.Message, (int)Math.Ceiling(wait.TotalSeconds));
            return (false, null);
        }

        if (tokens.Read(token) is { } grant) return (true, grant);
        figures.CountWrongToken();
        guesses.Count(address);
        context.Response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\"";
        await Answer.RefuseAsync(context, StatusCodes.Status401Unauthorized, "turnToken", "The token of the turn is not ours, or older than 24 hours.");
        return (false, null);
    }

    private static string? TurnTokenOf(HttpRequest request) =>
        (string?)request.Headers.Authorization is { } value && value.StartsWith(Bearer + ReplyTokens.Prefix, StringComparison.OrdinalIgnoreCase) ? value[Bearer.Length..].Trim() : null;
}
