namespace PluginGateway.Plugins.Feishu;

/// <summary>Reaction to a code of the platform.</summary>
internal enum Treatment
{
    /// <summary>Rejection: the call cannot succeed.</summary>
    Final,

    /// <summary>The chat is to be left alone for a while.</summary>
    WaitChat,

    /// <summary>The whole app is to be quiet for a while.</summary>
    WaitAccount,

    /// <summary>Retry: the call may succeed later.</summary>
    Again,
}

/// <summary>Meaning of one code.</summary>
/// <param name="Kind">The kind of error.</param>
/// <param name="Treatment">The reaction.</param>
/// <param name="Seconds">The least wait, where the platform does not say one itself.</param>
/// <param name="Hint">The remedy for the operator.</param>
internal sealed record CodeRule(SendErrorKind Kind, Treatment Treatment, int Seconds = 0, string? Hint = null);

/// <summary>Every known code of the platform: the vendor's pages of the message, reaction, chat, file and image calls, and its page of general codes.
/// Some codes mean different things in different calls (230071, 230072, 230075); none of those can succeed when tried again.</summary>
internal static class CodeTable
{
    private const string AskConsole = "In the developer console, ";

    private static readonly Dictionary<long, CodeRule> Rules = new()
    {
        [230001] = new(SendErrorKind.InvalidMessage, Treatment.Final),
        [230002] = new(SendErrorKind.Forbidden, Treatment.Final, Hint: "The bot is not in this group: add it."),
        [230006] = new(SendErrorKind.Forbidden, Treatment.Final, Hint: AskConsole + "add the bot feature to the app and publish a version."),
        [230011] = new(SendErrorKind.NotFound, Treatment.Final),
        [230012] = new(SendErrorKind.Forbidden, Treatment.Final),
        [230013] = new(SendErrorKind.Forbidden, Treatment.Final, Hint: AskConsole + "add the user to the app's availability and publish a version."),
        [230015] = new(SendErrorKind.InvalidMessage, Treatment.Final),
        [230017] = new(SendErrorKind.Forbidden, Treatment.Final),
        [230018] = new(SendErrorKind.Forbidden, Treatment.Final, Hint: "The group's settings forbid it."),
        [230019] = new(SendErrorKind.NotFound, Treatment.Final),
        [230020] = new(SendErrorKind.RateLimited, Treatment.WaitChat, 2),
        [230022] = new(SendErrorKind.InvalidMessage, Treatment.Final, Hint: "The platform calls the content sensitive."),
        [230025] = new(SendErrorKind.TooLong, Treatment.Final),
        [230027] = new(
            SendErrorKind.Forbidden, Treatment.Final, Hint: AskConsole + "grant the permission that the message names and publish a version."),
        [230028] = new(SendErrorKind.InvalidMessage, Treatment.Final, Hint: "The tenant's data protection rules refuse the content."),
        [230029] = new(SendErrorKind.NotFound, Treatment.Final, Hint: "The user has left the organisation."),
        [230034] = new(SendErrorKind.NotFound, Treatment.Final),
        [230035] = new(SendErrorKind.Forbidden, Treatment.Final, Hint: "The group is muted, or the user has blocked the bot."),
        [230036] = new(SendErrorKind.Forbidden, Treatment.Final),
        [230038] = new(SendErrorKind.Forbidden, Treatment.Final),
        [230049] = new(SendErrorKind.Transient, Treatment.Again, 2),
        [230050] = new(SendErrorKind.Forbidden, Treatment.Final),
        [230053] = new(SendErrorKind.Forbidden, Treatment.Final, Hint: "The user has stopped the bot."),
        [230054] = new(SendErrorKind.InvalidMessage, Treatment.Final),
        [230055] = new(SendErrorKind.InvalidMessage, Treatment.Final),
        [230071] = new(SendErrorKind.Forbidden, Treatment.Final),
        [230072] = new(
            SendErrorKind.TooManyEdits, Treatment.Final, Hint: "A text can be edited 20 times; send Markdown as a card, which has no such limit."),
        [230073] = new(SendErrorKind.Forbidden, Treatment.Final),
        [230074] = new(SendErrorKind.Forbidden, Treatment.Final),
        [230075] = new(SendErrorKind.Forbidden, Treatment.Final),
        [230099] = new(SendErrorKind.InvalidMessage, Treatment.Final),
        [230101] = new(SendErrorKind.Transient, Treatment.Again, 60),
        [230110] = new(SendErrorKind.NotFound, Treatment.Final),
        [230111] = new(SendErrorKind.Forbidden, Treatment.Final),
        [231001] = new(SendErrorKind.InvalidMessage, Treatment.Final,
            Hint: "The platform has no reaction of this name; names are told apart by upper and lower case."),
        [231003] = new(SendErrorKind.NotFound, Treatment.Final),
        [232006] = new(SendErrorKind.NotFound, Treatment.Final),
        [232009] = new(SendErrorKind.NotFound, Treatment.Final, Hint: "The group has been dissolved."),
        [232011] = new(SendErrorKind.Forbidden, Treatment.Final, Hint: "The bot is not in this group: add it."),
        [234006] = new(SendErrorKind.TooLong, Treatment.Final),
        [234010] = new(SendErrorKind.InvalidMessage, Treatment.Final, Hint: "The file is empty."),
        [234011] = new(SendErrorKind.InvalidMessage, Treatment.Final, Hint: "The platform does not know this picture's format."),
        [11232] = new(SendErrorKind.RateLimited, Treatment.WaitAccount, 60),
        [99991400] = new(SendErrorKind.RateLimited, Treatment.WaitAccount, 5),
        [99991401] = new(SendErrorKind.Forbidden, Treatment.Final, Hint: AskConsole + "add this machine's address to the app's IP allow list."),
        [99991403] = new(SendErrorKind.RateLimited, Treatment.WaitAccount, 3600, "The tenant's monthly quota of calls is used up."),
        [99991661] = new(SendErrorKind.Unauthorized, Treatment.Again, 5),
        [99991663] = new(SendErrorKind.Unauthorized, Treatment.Again, 5),
        [99991664] = new(SendErrorKind.Unauthorized, Treatment.Again, 5),
        [99991668] = new(SendErrorKind.Unauthorized, Treatment.Final),
        [99991671] = new(SendErrorKind.Unauthorized, Treatment.Again, 5),
        [99991672] = new(
            SendErrorKind.Forbidden, Treatment.Final, Hint: AskConsole + "grant the scopes of the adapter's README and publish a version."),
        [99992354] = new(SendErrorKind.NotFound, Treatment.Final),
        [99992402] = new(SendErrorKind.InvalidMessage, Treatment.Final),
    };

    public static IReadOnlyCollection<long> Known => Rules.Keys;

    /// <summary>The token is the problem: a new one may help.</summary>
    public static bool IsTokenRefused(long code) => code is 99991661 or 99991663 or 99991664 or 99991671;

    /// <summary>The message (or thread) to answer, recall or change is gone, or never was one. Some answers say it in words only, without a
    /// code.</summary>
    public static bool IsTargetGone(ApiAnswer answer) => answer.End == ApiEnd.Answered
        && (answer.Code is 230011 or 230019 or 230110 or 231003 or 99992354
            || (answer is { Code: ApiAnswer.NoCode, Status: >= 400 and < 500, Remark: { } remark } && IsGone(remark)));

    /// <summary>Returns true if the platform refused the form (card, post, picture, audio, video), not the content: a plainer form may be accepted.
    /// 230022 and 230028 refuse the content itself, 234006 and 234010 the file.</summary>
    public static bool IsFormRefused(SendResult result) =>
        result is { Outcome: SendOutcome.NotSent, Error: { Kind: SendErrorKind.InvalidMessage or SendErrorKind.TooLong, PlatformCode: { } code } }
        && code is not ("230022" or "230028" or "234006" or "234010");

    /// <summary>App ID or secret are wrong: only the operator can mend it.</summary>
    public static bool IsCredentialRefused(long code) => code is 10003 or 10014 or 10015;

    public static CodeRule Of(ApiAnswer answer)
    {
        if (answer.Code == 230001 && answer.Text.Contains("receive_id", StringComparison.Ordinal))
            return new(SendErrorKind.NotFound, Treatment.Final);
        if (Rules.TryGetValue(answer.Code, out var rule)) return rule;
        if (IsCredentialRefused(answer.Code))
            return new(SendErrorKind.Unauthorized, Treatment.Again, 60, "Check settings.appId and settings.appSecret.");
        return answer.Status switch
        {
            429 => new(SendErrorKind.RateLimited, Treatment.WaitAccount, 5),
            >= 500 => new(SendErrorKind.Transient, Treatment.Again),
            // No code: an intermediary answered, not the platform.
            _ when answer.Code <= 0 => new(SendErrorKind.Transient, Treatment.Again, 5,
                "The answer is not the platform's; check settings.region, settings.baseUrl and the proxy."),
            // An unknown code may mean a temporary fault or a refusal of the content: a plainer form is tried first, then a repetition.
            _ => new(SendErrorKind.InvalidMessage, Treatment.Again, 5, "The adapter does not know this code."),
        };
    }

    /// <summary>True: neither the vendor's pages nor we know the code.</summary>
    public static bool IsUnknown(ApiAnswer answer) => answer is { End: ApiEnd.Answered, Code: > 0, Status: < 500 and not 429 }
        && !Rules.ContainsKey(answer.Code) && !IsCredentialRefused(answer.Code);

    /// <summary>Error for the host of a failed call.</summary>
    /// <param name="answer">The answer of the call.</param>
    /// <param name="what">The attempted action and its object.</param>
    public static SendResult ToResult(ApiAnswer answer, string what)
    {
        if (answer.End == ApiEnd.NotLeft) return SendResult.NotSent(SendError.Transient(answer.Describe(what)));
        if (answer.End == ApiEnd.Unknown) return SendResult.Unknown(SendError.Transient(answer.Describe(what)));
        var error = ToError(answer, what);
        // A server that failed may have executed the request, unless its code names the rule that it applied.
        return answer.Status >= 500 && error.Kind == SendErrorKind.Transient ? SendResult.Unknown(error) : SendResult.NotSent(error);
    }

    private static bool IsGone(string text) =>
        (text.Contains("message", StringComparison.OrdinalIgnoreCase) || text.Contains("thread", StringComparison.OrdinalIgnoreCase))
        && (text.Contains("withdrawn", StringComparison.OrdinalIgnoreCase) || text.Contains("not found", StringComparison.OrdinalIgnoreCase)
        || text.Contains("not exist", StringComparison.OrdinalIgnoreCase) || text.Contains("recalled", StringComparison.OrdinalIgnoreCase));

    private static SendError ToError(ApiAnswer answer, string what)
    {
        var rule = Of(answer);
        var wait = answer.Wait ?? TimeSpan.FromSeconds(rule.Seconds);
        var message = answer.Describe(what);
        var error = rule.Treatment switch
        {
            Treatment.WaitChat => SendError.RateLimited(wait, RateLimitScope.Chat, message),
            Treatment.WaitAccount => SendError.RateLimited(wait, RateLimitScope.Account, message),
            Treatment.Again => new SendError(rule.Kind, wait > TimeSpan.Zero ? SendRetry.After(wait) : SendRetry.WithBackoff, message),
            _ => new SendError(rule.Kind, SendRetry.Never, message),
        };
        return error with
        {
            PlatformCode = answer.Code > 0 ? answer.Code.ToString(System.Globalization.CultureInfo.InvariantCulture) : $"HTTP {answer.Status}",
            Hint = rule.Hint
        };
    }
}
