using Microsoft.AspNetCore.Http;

namespace PluginGateway.Web;

/// <summary>Stands in front of every endpoint: security headers, access, and 503 while the gateway stops.</summary>
internal sealed class RequestGate(WebAccess access, GatewayHealth health, AdapterRoutes routes)
{
    private const string Liveness = "/healthz";
    private const string ReadinessPath = "/readyz";

    /// <summary>Lets the request through or answers it.</summary>
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        SecurityHeaders.Add(context.Response.Headers);
        var isLiveness = request.Path == Liveness;
        var refusal = access.Check(request.Scheme, request.Host, request.Headers.Origin, request.Headers.Authorization,
            isPublic: isLiveness || routes.Find(request.Path).Outcome != RouteOutcome.Unknown);
        if (refusal is not null)
        {
            if (refusal.Status == StatusCodes.Status401Unauthorized) context.Response.Headers.WWWAuthenticate = "Bearer";
            return Answer.RefuseAsync(context, refusal.Status, refusal.Reason, refusal.Message);
        }

        // Liveness goes on answering: a drain that is under way must not look like a hang.
        if (health.Readiness.Stopping && !isLiveness && request.Path != ReadinessPath)
            return Answer.RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, Answer.Stopping, "The gateway is stopping; ask again after it has started.", retryAfterSeconds: 2);
        return next(context);
    }
}
