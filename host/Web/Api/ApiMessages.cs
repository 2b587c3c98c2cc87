using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using PluginGateway.Configuration.Secrets;
using PluginGateway.Dispatch.External;
using PluginGateway.Dispatch.Turns;
using PluginGateway.Threads;
using PluginGateway.Web.Security;

namespace PluginGateway.Web.Api;

/// <summary>Messages for programs: <c>POST /api/messages</c> queues one, and <c>/api/messages/{id or key}</c> reports its state, edits it, deletes it
/// or reacts to it. With the token of a turn only in that turn's conversation.</summary>
internal sealed class ApiMessages(MessageApi api, ReplyTokenAuthentication authentication)
{
    public async Task PostAsync(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            await RefuseMethodAsync(context, "POST", "POST a message here; GET /api/messages/{id or key} says what became of it.");
            return;
        }

        var (isAllowed, grant) = await authentication.AdmitAsync(context);
        if (!isAllowed || await ReadJsonAsync(context) is not { } body) return;
        if (ApiRequest.Read(body, grant, out var problem) is not { } request)
            await JsonResponse.RefuseAsync(context, StatusCodes.Status400BadRequest, "invalid", problem);
        else if (ScopeOf(context) is { } only && only != request.AdapterId) await RefuseScopeAsync(context, only);
        else await AnswerAsync(context, request.Key, done => api.Enqueue(request, done));
    }

    /// <summary>Serves a request for one message, by its id or key.</summary>
    public Task OneAsync(HttpContext context) => context.Request.Method.ToUpperInvariant() switch
    {
        "GET" => GetAsync(context),
        "PATCH" => ActAsync(context,
            static (name, body, grant) => ApiRequest.ReadEdit(name, body, grant, out var problem) is { } edit ? (edit, "") : (null, problem)),
        "DELETE" => DeleteAsync(context),
        _ => RefuseMethodAsync(
            context, "GET, PATCH, DELETE", "GET says what became of the message, PATCH edits it, DELETE deletes it, PUT …/reaction reacts to it."),
    };

    public Task ReactAsync(HttpContext context) => HttpMethods.IsPut(context.Request.Method)
        ? ActAsync(context, static (name, body, grant) =>
            ApiRequest.ReadReaction(name, body, grant, out var problem) is { } reaction ? (reaction, "") : (null, problem))
        : RefuseMethodAsync(context, "PUT", "PUT a reaction here: {\"emoji\":\"...\",\"key\":\"...\"}; null as emoji takes it away.");

    private async Task GetAsync(HttpContext context)
    {
        var (isAllowed, grant) = await authentication.AdmitAsync(context);
        if (!isAllowed) return;
        var promise = new Promise<DeliveryReport?>(CancellationToken.None);
        api.Find(NameOf(context), grant?.Turn ?? 0, promise.Complete);
        if (await promise.Task is { } delivery && (ScopeOf(context) ?? delivery.Adapter) == delivery.Adapter)
            await JsonResponse.WriteAsync(context, StatusCodes.Status200OK, json => ApiRequest.Write(json, delivery));
        else await JsonResponse.RefuseAsync(context, StatusCodes.Status404NotFound, "notFound",
            "There is no message with this id or key; settled ones are forgotten after 7 days, rejected and parked ones after 30.");
    }

    /// <summary>Serves a deletion, which has no body: its key is in the query.</summary>
    private async Task DeleteAsync(HttpContext context)
    {
        var (isAllowed, grant) = await authentication.AdmitAsync(context);
        if (!isAllowed) return;
        if (ScopeOf(context) is { } only)
        {
            await RefuseScopeAsync(context, only);
            return;
        }

        var action = MessageApiAction.Delete(NameOf(context), (string?)context.Request.Query["key"] ?? "", grant);
        await AnswerAsync(context, action.Key, done => api.Act(action, done));
    }

    private async Task ActAsync(HttpContext context, Func<string, byte[], ReplyGrant?, (MessageApiAction? Action, string Problem)> read)
    {
        var (isAllowed, grant) = await authentication.AdmitAsync(context);
        if (!isAllowed) return;
        if (ScopeOf(context) is { } only)
        {
            await RefuseScopeAsync(context, only);
            return;
        }

        if (await ReadJsonAsync(context) is not { } body) return;
        var (action, problem) = read(NameOf(context), body, grant);
        if (action is null) await JsonResponse.RefuseAsync(context, StatusCodes.Status400BadRequest, "invalid", problem);
        else await AnswerAsync(context, action.Key, done => api.Act(action, done));
    }

    /// <summary>Returns the only adapter through which the request's token may send; null: not restricted.</summary>
    private static string? ScopeOf(HttpContext context) => (context.Items[typeof(ScopedToken)] as ScopedToken)?.SendsTo;

    private static Task RefuseScopeAsync(HttpContext context, string only) =>
        JsonResponse.RefuseAsync(context, StatusCodes.Status403Forbidden, "scope",
            $"This token may post messages through adapter '{only}' and ask what became of them, nothing else.");

    private static string NameOf(HttpContext context) => (string)context.Request.RouteValues["name"]!;

    /// <summary>Reads the body; null when it was refused, and the request has been answered.</summary>
    private static async Task<byte[]?> ReadJsonAsync(HttpContext context)
    {
        if (MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type)
            && type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase))
            return await RequestBody.ReadAsync(context);
        await JsonResponse.RefuseAsync(
            context, StatusCodes.Status415UnsupportedMediaType, "contentType", "The body must be JSON: Content-Type: application/json.");
        return null;
    }

    private static Task RefuseMethodAsync(HttpContext context, string allowed, string message)
    {
        context.Response.Headers.Allow = allowed;
        return JsonResponse.RefuseAsync(context, StatusCodes.Status405MethodNotAllowed, "method", message);
    }

    private static async Task AnswerAsync(HttpContext context, string key, Action<Action<MessageApiResult>> ask)
    {
        var promise = new Promise<MessageApiResult>(CancellationToken.None);
        ask(promise.Complete);
        var result = await promise.Task;
        if (result.Verdict is MessageApiOutcome.Owed or MessageApiOutcome.Known)
        {
            await JsonResponse
                .WriteAsync(context, result.Verdict == MessageApiOutcome.Owed ? StatusCodes.Status202Accepted : StatusCodes.Status200OK, json =>
            {
                json.WriteString("id", DeliveryReport.IdOf(result.Id));
                json.WriteString("key", key);
                json.WriteBoolean("known", result.Verdict == MessageApiOutcome.Known);
            });
            return;
        }

        await RefuseAsync(context, result);
    }

    /// <summary>Says why something was not taken.</summary>
    public static Task RefuseAsync(HttpContext context, MessageApiResult result) => result.Verdict switch
    {
        MessageApiOutcome.Conflict => JsonResponse.RefuseAsync(context, StatusCodes.Status409Conflict, "conflict", result.Sentence),
        MessageApiOutcome.UnknownAdapter => JsonResponse.RefuseAsync(context, StatusCodes.Status404NotFound, "unknownAdapter", result.Sentence),
        MessageApiOutcome.NotFound => JsonResponse.RefuseAsync(context, StatusCodes.Status404NotFound, "notFound", result.Sentence),
        MessageApiOutcome.Unsupported => JsonResponse.RefuseAsync(context, StatusCodes.Status422UnprocessableEntity, "unsupported", result.Sentence),
        MessageApiOutcome.Invalid => JsonResponse.RefuseAsync(context, StatusCodes.Status400BadRequest, "invalid", result.Sentence),
        _ => JsonResponse.RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "busy", result.Sentence, retryAfterSeconds: 2),
    };
}
