using Microsoft.AspNetCore.Http;
using PluginGateway.Guard.Calls;
using PluginGateway.Web.Api;
using PluginGateway.Web.Events;
using PluginGateway.Web.Security;

namespace PluginGateway.Web.Adapters;

/// <summary>Turns a request into an <see cref="HttpCall"/>, asks the adapter's guard, and writes what it answers.</summary>
internal sealed class AdapterEndpoint(AdapterRoutes routes, EventStreams streams, WebAccess access, ILogger<AdapterEndpoint> log)
{
    /// <summary>Answers any path that the host itself does not serve.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        var (outcome, route, path) = routes.Find(context.Request.Path);
        if (route is null)
        {
            await JsonResponse.RefuseAsync(context, StatusCodes.Status404NotFound, "notFound", "There is nothing at this path.");
            return;
        }

        if (outcome == RouteOutcome.NotConnected)
        {
            await RefuseNotConnectedAsync(context, route);
            return;
        }

        var reply = await AskAsync(context, route, path);
        if (reply is null) return;
        if (reply.Topic is not null) await streams.WriteAsync(context, route.AdapterId, reply);
        else await ReplyWriter.WriteAsync(context, reply);
    }

    /// <summary>Asks the adapter. Null when the request has been answered here.</summary>
    private async Task<HttpReply?> AskAsync(HttpContext context, AdapterRoute route, string path)
    {
        using var open = routes.Enter(route.AdapterId);
        if (open is null)
        {
            log.TooManyOpenCalls(route.AdapterId, AdapterRoutes.MaxOpenCalls);
            await JsonResponse.RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "busy", $"Adapter '{route.AdapterId}' has {AdapterRoutes.MaxOpenCalls} requests open; try again.", retryAfterSeconds: 2);
            return null;
        }

        if (await RequestBody.ReadAsync(context) is not { } body) return null;
        try
        {
            // No token of ours: a client that goes away must not interrupt what it asked for; the guard keeps the deadline.
            return await route.Server!.HandleAsync(AdapterRequestReader.Read(context, path, body, access));
        }
        catch (TimeoutException)
        {
            log.CallOverdue(route.AdapterId, context.Request.Method);
            await JsonResponse.RefuseAsync(context, StatusCodes.Status504GatewayTimeout, "timeout", $"Adapter '{route.AdapterId}' did not answer in time.");
        }
        catch (CallFailedException refused) when (refused.End.Kind == CallEndKind.Refused)
        {
            // Its generation was retired before it took the call.
            await RefuseNotConnectedAsync(context, route);
        }
        catch (Exception fault)
        {
            log.CallFailed(route.AdapterId, context.Request.Method, fault.GetType().FullName);
            await JsonResponse.RefuseAsync(context, StatusCodes.Status502BadGateway, "adapterFailed", $"Adapter '{route.AdapterId}' failed to answer.");
        }

        return null;
    }

    private static Task RefuseNotConnectedAsync(HttpContext context, AdapterRoute route) => JsonResponse.RefuseAsync(
        context, StatusCodes.Status503ServiceUnavailable, "notConnected", $"Adapter '{route.AdapterId}' is not connected; try again.", retryAfterSeconds: 2);
}
