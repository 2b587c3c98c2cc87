using Microsoft.AspNetCore.Http;
using PluginGateway.Guard.Calls;
using PluginGateway.Web.Api;
using PluginGateway.Web.Events;
using PluginGateway.Web.Security;

namespace PluginGateway.Web.Adapters;

/// <summary>Turns a request into an <see cref="HttpCall"/>, asks the adapter's guard, and writes what it answers.</summary>
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
            log.TooManyOpenCalls(route.AdapterId, OpenRequests.MostOfAdapter);
            await RefuseBusyAsync(context, $"Adapter '{route.AdapterId}' has its share of {OpenRequests.MostOfAdapter} requests open; try again.");
            return;
        }

        if (await AskAsync(context, route, path) is { } reply) await WriteAsync(context, route, reply, request);
    }

    private Task WriteAsync(HttpContext context, AdapterRoute route, HttpReply reply, OpenRequests.OpenRequest request)
    {
        if (!request.TryHold(SizeOf(reply)))
        {
            log.TooLargeAnswers(route.AdapterId, OpenRequests.MostBytes);
            return RefuseBusyAsync(context,
                $"The answers of adapter '{route.AdapterId}' that are being written have more than {OpenRequests.MostBytes >> 20} MiB; try again.");
        }

        if (reply.Topic is null) return ReplyWriter.WriteAsync(context, reply);
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
            log.CallOverdue(route.AdapterId, context.Request.Method);
            await JsonResponse.RefuseAsync(
                context, StatusCodes.Status504GatewayTimeout, "timeout", $"Adapter '{route.AdapterId}' did not answer in time.");
        }
        catch (CallFailedException refused) when (refused.End.Kind == CallEndKind.Refused)
        {
            // Its generation was retired before it took the call.
            await RefuseNotConnectedAsync(context, route);
        }
        catch (Exception fault)
        {
            log.CallFailed(route.AdapterId, context.Request.Method, fault.GetType().FullName);
            await JsonResponse.RefuseAsync(
                context, StatusCodes.Status502BadGateway, "adapterFailed", $"Adapter '{route.AdapterId}' failed to answer.");
        }

        return null;
    }

    private static Task RefuseBusyAsync(HttpContext context, string sentence) =>
        JsonResponse.RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "busy", sentence, retryAfterSeconds: 2);

    private static Task RefuseNotConnectedAsync(HttpContext context, AdapterRoute route) => JsonResponse.RefuseAsync(
        context, StatusCodes.Status503ServiceUnavailable, "notConnected", $"Adapter '{route.AdapterId}' is not connected; try again.",
        retryAfterSeconds: 2);
}
