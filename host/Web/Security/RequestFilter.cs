using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using PluginGateway.Configuration.Secrets;
using PluginGateway.Web.Adapters;
using PluginGateway.Web.Health;

namespace PluginGateway.Web.Security;

/// <summary>Stands in front of every endpoint: security headers, access, and 503 while the gateway stops.</summary>
internal sealed class RequestFilter(
    WebAccess access, TokenThrottle throttle, GatewayHealth health, AdapterRoutes routes, ConnectionLimiter connections, HttpStatistics statistics)
{
    private const string Liveness = "/healthz";
    private const string ReadinessPath = "/readyz";

    /// <summary>Lets the request through or answers it.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        using var busy = connections.BeginRequest(context.Features.Get<IConnectionItemsFeature>()?.Items);
        try
        {
            SecurityHeaders.Add(context.Response.Headers, context.Request.Path);
            await (Refusal(context) is { } refusal ? RefuseAsync(context, refusal) : next(context));
        }
        finally
        {
            statistics.CountAnswer(context.Response.StatusCode);
        }
    }

    private AccessRefusal? Refusal(HttpContext context)
    {
        var request = context.Request;
        var isLiveness = request.Path == Liveness;
        var isReadiness = request.Path == ReadinessPath;
        // A probe of the machine has no token; a client that brings one is let in by it, or not.
        var isPublic = isLiveness || (isReadiness && request.Headers.Authorization.Count == 0) || ReplyTokenAuthentication.BringsToken(request)
            || (context.GetEndpoint()?.Metadata.GetMetadata<AdapterPages>() is not null && routes.Find(request.Path) is { Route.WantsToken: false });
        var (address, authorization) = (context.Connection.RemoteIpAddress, (string?)request.Headers.Authorization);
        // Guesses from the same address do not lock out the owner of the right token; a token that can be guessed is not checked at every attempt.
        if (!access.IsOpen && !isPublic && authorization is not null && throttle.WaitOf(address) is { Ticks: > 0 } wait
            && !((access.IsTokenStrong || throttle.MayLook(address)) && access.IsKnown(authorization)))
        {
            statistics.CountWrongToken();
            context.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
            return AccessRefusal.TooManyGuesses;
        }

        var local = context.Connection.LocalIpAddress;
        var refusal = access.Check(request.Scheme, request.Host, request.Headers.Origin, authorization, isPublic, local, isLiveness || isReadiness);
        if (refusal is null && IsOfAnotherSite(request)) refusal = AccessRefusal.WrongOrigin;
        if (refusal is null && !isPublic && !access.HasToken(authorization) && access.ScopeOf(authorization) is { } scope)
        {
            refusal = WebAccess.CheckScope(scope, request.Method, request.Path);
            context.Items[typeof(ScopedToken)] = scope;
        }

        if (refusal is null && WebAccess.IsMemory(request.Path) && !context.Items.ContainsKey(typeof(ScopedToken))) refusal = AccessRefusal.NoMemoryToken;
        if (refusal == AccessRefusal.NoToken && authorization is not null)
        {
            statistics.CountWrongToken();
            throttle.Count(address);
        }

        // A probe may use any address (a pod's, a load balancer's); a page of another site whose name resolves to this listener gets no reasons.
        var showsReasons = access.IsOpen ? access.AnswersTo(request.Host.Host, local) : !isPublic;
        if (isReadiness && showsReasons) context.Items[HealthEndpoints.ShowsReasons] = true;
        // Liveness goes on answering: a drain that is under way must not look like a hang.
        return refusal ?? (health.Readiness.Stopping && !isLiveness && !isReadiness ? AccessRefusal.Stopping : null);
    }

    /// <summary>True for a request of another site's page that is no navigation. Such a page may link here; other requests give it no data and only
    /// cost time.</summary>
    private static bool IsOfAnotherSite(HttpRequest request) =>
        (string?)request.Headers["Sec-Fetch-Site"] is "cross-site" or "same-site" && (string?)request.Headers["Sec-Fetch-Mode"] is not "navigate";

    private static Task RefuseAsync(HttpContext context, AccessRefusal refusal)
    {
        if (refusal.Status == StatusCodes.Status401Unauthorized)
            context.Response.Headers.WWWAuthenticate = new[] { "Bearer", "Basic realm=\"plugin-gateway\", charset=\"UTF-8\"" };
        return JsonResponse.RefuseAsync(
            context, refusal.Status, refusal.Reason, refusal.Message, retryAfterSeconds: refusal == AccessRefusal.Stopping ? 2 : 0);
    }
}
