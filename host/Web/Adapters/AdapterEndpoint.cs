using Microsoft.AspNetCore.Http;
using PluginGateway.Guard.Calls;
using PluginGateway.Web.Api;
using PluginGateway.Web.Events;
using PluginGateway.Web.Security;

namespace PluginGateway.Web.Adapters;

/// <summary>Turns a request into an <see cref="HttpCall"/>, asks the guard of the adapter or handler, and writes what it answers.</summary>
internal sealed class AdapterEndpoint(
    AdapterRoutes routes, OpenRequests requests, EventStreams streams, WebAccess access, ILogger<AdapterEndpoint> log)
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

        // Until the answer has been written: what an adapter answers is kept as long as its client takes.
        using var request = requests.Enter(route.AdapterId);
        if (request is null)
        {
            log.TooManyOpenCalls(route.Subject, OpenRequests.MostOfAdapter);
            await RefuseBusyAsync(context, $"{route.Subject} has its share of {OpenRequests.MostOfAdapter} requests open; try again.");
            return;
        }

        if (await AskAsync(context, route, path) is { } reply) await WriteAsync(context, route, reply, request);
    }

    private Task WriteAsync(HttpContext context, AdapterRoute route, HttpReply reply, OpenRequests.OpenRequest request)
    {
        if (!request.TryHold(SizeOf(reply)))
        {
            log.TooLargeAnswers(route.Subject, OpenRequests.MostBytes);
            return RefuseBusyAsync(context,
                $"{route.Subject} has more than {OpenRequests.MostBytes >> 20} MiB of answers that are being written; try again.");
        }

        if (reply.Topic is null) return ReplyWriter.WriteAsync(context, reply);
        if (route.IsHandler) return RefuseFailedAsync(context, route, "an event stream, for which a handler has no topics");
        request.BecomeStream();
        return streams.WriteAsync(context, route.AdapterId, reply, request);
    }

    private static long SizeOf(HttpReply reply) => reply.Body.Length + reply.First.Sum(static first => (long)sizeof(char) * first.Data.Length);

    /// <summary>Asks the adapter. Null when the request has been answered here.</summary>
    private async Task<HttpReply?> AskAsync(HttpContext context, AdapterRoute route, string path)
    {
        if (await RequestBody.ReadAsync(context) is not { } body) return null;
        try
        {
            // No token of ours: a client that goes away must not interrupt what it asked for; the guard keeps the deadline.
            return await route.Server!.HandleAsync(AdapterRequestReader.Read(context, path, body, access));
        }
        catch (TimeoutException)
        {
            log.CallOverdue(route.Subject, context.Request.Method);
            await JsonResponse.RefuseAsync(
                context, StatusCodes.Status504GatewayTimeout, "timeout", $"{route.Subject} did not answer in time.");
        }
        catch (CallFailedException refused) when (refused.End.Kind == CallEndKind.Refused)
        {
            // Its generation was retired before it took the call.
            await RefuseNotConnectedAsync(context, route);
        }
        catch (Exception fault)
        {
            await RefuseFailedAsync(context, route, fault.GetType().FullName);
        }

        return null;
    }

    private Task RefuseFailedAsync(HttpContext context, AdapterRoute route, string? fault)
    {
        log.CallFailed(route.Subject, context.Request.Method, fault);
        return JsonResponse.RefuseAsync(context, StatusCodes.Status502BadGateway, "adapterFailed", $"{route.Subject} failed to answer.");
    }

    private static Task RefuseBusyAsync(HttpContext context, string sentence) =>
        JsonResponse.RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "busy", sentence, retryAfterSeconds: 2);

    private static Task RefuseNotConnectedAsync(HttpContext context, AdapterRoute route) => JsonResponse.RefuseAsync(
        context, StatusCodes.Status503ServiceUnavailable, "notConnected",
        $"{route.Subject} is not {(route.IsHandler ? "running" : "connected")}; try again.", retryAfterSeconds: 2);
}
