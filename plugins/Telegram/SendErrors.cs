using System.Globalization;

namespace PluginGateway.Plugins.Telegram;

/// <summary>Send errors of failed requests.</summary>
internal static class SendErrors
{
    private static readonly TimeSpan AfterForeign = TimeSpan.FromSeconds(5);

    /// <param name="failure">The failure of the request.</param>
    /// <param name="scope">The scope of a rate limit.</param>
    /// <param name="isRepeatable">True: the request is idempotent, so an unknown outcome counts as not sent.</param>
    public static SendResult Of(ApiFailure failure, RateLimitScope scope, bool isRepeatable)
    {
        var error = ErrorOf(failure, scope) with { PlatformCode = failure.Code == 0 ? null : failure.Code.ToString(CultureInfo.InvariantCulture) };
        return IsUnknown(failure) && !isRepeatable ? SendResult.Unknown(error) : SendResult.NotSent(error);
    }

    /// <summary>Returns true if the request may have been executed. A server that stops answers 500 to open requests, whether or not Telegram has
    /// them; so does a proxy whose server is gone.</summary>
    private static bool IsUnknown(ApiFailure failure) =>
        failure.Kind is FailureKind.Unanswered or FailureKind.Silent || (failure.Kind == FailureKind.Refused && failure.Code >= 500);

    private static SendError ErrorOf(ApiFailure failure, RateLimitScope scope)
    {
        var said = failure.Description;
        if (failure is { Kind: FailureKind.Foreign, Code: not 429 })
            return new(SendErrorKind.Transient, SendRetry.After(AfterForeign), $"Something before the Bot API refused it: {said}.")
            {
                Hint = "Check settings.apiUrl and the proxy if it stays so."
            };
        if (failure.Kind is not (FailureKind.Refused or FailureKind.Foreign) || failure.Code >= 500)
            return SendError.Transient($"The Bot API did not take it: {said}.");
        return failure switch
        {
            { IsUnauthorized: true } => SendError.Unauthorized($"The Bot API refused settings.token: {said}"),
            { Code: 429 } => SendError.RateLimited(failure.RetryAfter ?? TimeSpan.FromSeconds(5), scope, $"Telegram is asking to slow down: {said}"),
            { IsNotFound: true } => new(
                SendErrorKind.Transient, SendRetry.After(AfterForeign), $"The Bot API does not know the bot or the method: {said}"),
            { Code: 404 } => Never(
                SendErrorKind.InvalidMessage, said, "The Bot API server does not know this call: it is older than what is asked of it."),
            { Code: 403 } => Never(
                SendErrorKind.Forbidden, said, "The bot may not write there: it was blocked, removed, or the person has never started it."),
            { Code: 409 } => SendError.Conflict(said),
            { Code: 413 } => Never(SendErrorKind.InvalidMessage, said,
                "Telegram takes files of up to 50 MB, photos of up to 10 MB; only a server that was started with --local takes more."),
            // The Bot API refuses a message by 400, 403 and 413 only: any other number may pass.
            { Code: not 400 } => new(
                SendErrorKind.Transient, SendRetry.After(AfterForeign), $"The Bot API refused it by the unknown code {failure.Code}: {said}"),
            _ when failure.Says("is too long") => Never(SendErrorKind.TooLong, said),
            _ when failure.Says("not found") =>
                Never(SendErrorKind.NotFound, said, "The chat, topic or message does not exist, or the bot has never seen it."),
            _ when failure.Says("rights") || failure.Says("FORBIDDEN") || failure.Says("administrator") || failure.Says("can't be deleted")
                || failure.Says("can't be edited") || failure.Says("TOPIC_CLOSED") =>
                Never(SendErrorKind.Forbidden, said, "The bot lacks the right to do that in this chat."),
            _ => Never(SendErrorKind.InvalidMessage, said),
        };
    }

    private static SendError Never(SendErrorKind kind, string said, string? hint = null) =>
        new(kind, SendRetry.Never, $"Telegram refused it: {said}") { Hint = hint };
}
