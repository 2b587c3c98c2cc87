using Microsoft.AspNetCore.Http;
using PluginGateway.Dispatch.Turns;
using PluginGateway.Web.Health;

namespace PluginGateway.Web.Security;

/// <summary>Decides about requests that bring the token of a turn instead of the gateway's own. The gate has looked at everything else.</summary>
internal sealed class ReplyTokenAuthentication(ReplyTokens tokens, WebAccess access, TokenThrottle throttle, HttpStatistics statistics)
{
    private const string Bearer = "Bearer ";

    private static readonly PathString[] Paths = ["/api/messages", "/api/attachments"];

    /// <summary>True for a request about which the endpoint decides.</summary>
    public static bool BringsToken(HttpRequest request) =>
        Array.Exists(Paths, path => request.Path.StartsWithSegments(path, StringComparison.Ordinal)) && TokenOf(request) is not null;

    /// <summary>Returns the rights of the request; a null grant: all rights. Not allowed: the request has been answered.</summary>
    public async Task<(bool IsAllowed, ReplyGrant? Grant)> AdmitAsync(HttpContext context)
    {
        if (TokenOf(context.Request) is not { } token) return (true, null);
        // A signature cannot be guessed, so a valid one is admitted even while guesses come from the same address.
        if (tokens.Read(token) is { } grant) return (true, grant);
        var address = context.Connection.RemoteIpAddress;
        statistics.CountWrongToken();
        if (!access.IsOpen && throttle.WaitOf(address) is { Ticks: > 0 } wait)
        {
            await JsonResponse.RefuseAsync(context, AccessRefusal.TooManyGuesses.Status, AccessRefusal.TooManyGuesses.Reason,
                AccessRefusal.TooManyGuesses.Message, (int)Math.Ceiling(wait.TotalSeconds));
            return (false, null);
        }

        throttle.Count(address);
        context.Response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\"";
        await JsonResponse.RefuseAsync(
            context, StatusCodes.Status401Unauthorized, "turnToken", "The token of the turn is not ours, or older than 24 hours.");
        return (false, null);
    }

    /// <summary>True for an <c>Authorization</c> that brings the token of a turn.</summary>
    public static bool IsTurnToken(string? authorization) =>
        authorization?.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) == true && ReplyTokens.IsToken(authorization.AsSpan(Bearer.Length));

    private static string? TokenOf(HttpRequest request) =>
        (string?)request.Headers.Authorization is { } value && IsTurnToken(value) ? value[Bearer.Length..].Trim() : null;
}
