using System.Globalization;
using Microsoft.AspNetCore.Http;
using PluginGateway.Dispatch;
using PluginGateway.Dispatch.Turns;
using PluginGateway.Threads;
using PluginGateway.Web.Security;

namespace PluginGateway.Web.Api;

/// <summary><c>GET /api/turns</c>: turns that run and wait; <c>POST /api/turns/{id}/stop</c>: stops one. With the main token only.</summary>
internal sealed class ApiTurns(Dispatcher dispatcher, ILogger<ApiTurns> log)
{
    /// <summary>Largest number of turns in a list.</summary>
    private const int Most = 500;

    public async Task GetAsync(HttpContext context)
    {
        if (await IsRefusedAsync(context)) return;
        var promise = new Promise<IReadOnlyList<TurnReport>>(context.RequestAborted);
        dispatcher.Turns.List(Most, promise.Complete);
        var turns = await promise.Task;
        await JsonResponse.WriteAsync(context, StatusCodes.Status200OK, json =>
        {
            json.WriteStartArray("turns");
            foreach (var turn in turns)
            {
                json.WriteStartObject();
                json.WriteNumber("id", turn.Id);
                json.WriteString("adapter", turn.AdapterId);
                json.WriteString("session", turn.Session);
                json.WriteString("handler", turn.HandlerId);
                json.WriteString("state", turn.Stage.ToString().ToLowerInvariant());
                if (turn.Since is { } since) json.WriteString("sinceUtc", since);
                json.WriteNumber("attempt", turn.Attempt);
                if (turn.Reason is { } reason) json.WriteString("reason", reason);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    public async Task StopAsync(HttpContext context)
    {
        if (await IsRefusedAsync(context)) return;
        if (!long.TryParse((string?)context.Request.RouteValues["id"], NumberStyles.None, CultureInfo.InvariantCulture, out var id))
        {
            await JsonResponse.RefuseAsync(context, StatusCodes.Status400BadRequest, "invalid", "The id of a turn is a number, as GET /api/turns shows it.");
            return;
        }

        var promise = new Promise<TurnStop>(context.RequestAborted);
        dispatcher.Turns.Stop(id, promise.Complete);
        var stop = await promise.Task;
        if (stop.Failure is { } failure)
            await JsonResponse.RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "busy", failure, retryAfterSeconds: 2);
        else if (stop.Messages.Count == 0)
            await JsonResponse.RefuseAsync(context, StatusCodes.Status404NotFound, "notFound", "There is no turn with this id that runs or waits.");
        else
        {
            log.TurnStopped(id, stop.Session, stop.Messages.Count);
            await JsonResponse.WriteAsync(context, StatusCodes.Status200OK, json =>
            {
                Write("messages", stop.Messages);
                Write("replies", stop.Replies);

                void Write(string name, IReadOnlyList<long> ids)
                {
                    json.WriteStartArray(name);
                    foreach (var one in ids) json.WriteNumberValue(one);
                    json.WriteEndArray();
                }
            });
        }
    }

    /// <summary>Refuses a request with the token of a turn, which is for replies.</summary>
    private static async Task<bool> IsRefusedAsync(HttpContext context)
    {
        if (!ReplyTokenAuthentication.BringsToken(context.Request)) return false;
        await JsonResponse.RefuseAsync(context, StatusCodes.Status403Forbidden, "scope", "The token of a turn is for replies in its conversation.");
        return true;
    }
}
