namespace PluginGateway.Store;

internal static partial class Log
{
    [LoggerMessage(5000, LogLevel.Information,
        "Store '{Path}' opened: {Pending} message(s) to answer, {Owed} to deliver, {Recovered} interrupted turn(s) run again.")]
    public static partial void Opened(this ILogger log, string path, long pending, long owed, int recovered);

    [LoggerMessage(5001, LogLevel.Information, "Store '{Path}' is now at schema {Version}.")]
    public static partial void Migrated(this ILogger log, string path, int version);

    [LoggerMessage(5002, LogLevel.Information, "Copied the store to '{Path}' before changing its schema.")]
    public static partial void BackedUp(this ILogger log, string path);

    [LoggerMessage(5003, LogLevel.Error,
        "The store cannot write [{Code}]: {Reason} Messages are refused, so their platforms keep them, until it can.")]
    public static partial void WriteFailed(this ILogger log, string code, string reason);

    [LoggerMessage(5004, LogLevel.Information, "The store writes again (it could not: [{Code}]).")]
    public static partial void WritingAgain(this ILogger log, string code);

    [LoggerMessage(5005, LogLevel.Warning, "A failed transaction could not be rolled back: {Reason}")]
    public static partial void RollbackFailed(this ILogger log, string reason);

    [LoggerMessage(5006, LogLevel.Error, "An answer of the store was not taken: {Type}.")]
    public static partial void AnswerFailed(this ILogger log, string? type);

    [LoggerMessage(5007, LogLevel.Warning, "The store was not closed cleanly: {Reason} The next start reads its write-ahead log.")]
    public static partial void CloseFailed(this ILogger log, string reason);

    [LoggerMessage(5008, LogLevel.Error,
        "The books of the store do not balance: {Inbound} inbound and {Outbound} outbound message(s) unaccounted for.")]
    public static partial void OutOfBalance(this ILogger log, long inbound, long outbound);

    [LoggerMessage(5009, LogLevel.Information, "Forgot {Count} parked or rejected message(s) that ended more than {Days:0.#} days ago.")]
    public static partial void ForgotParked(this ILogger log, int count, double days);

    [LoggerMessage(5010, LogLevel.Warning,
        "The store uses {Used} MB of its {Limit} MB (gateway.store.maxMegabytes): the oldest handled and delivered messages, and event ids that are kept against duplicates, are forgotten early.")]
    public static partial void MakingRoom(this ILogger log, long used, long limit);

    [LoggerMessage(5011, LogLevel.Error, "Messages are refused, so their platforms keep them: {Reason}")]
    public static partial void LimitReached(this ILogger log, string reason);

    [LoggerMessage(5012, LogLevel.Information, "The store is below its limit again; messages are accepted.")]
    public static partial void BelowLimit(this ILogger log);

    [LoggerMessage(5013, LogLevel.Warning,
        "The clock is {Days:0.#} days ahead of the last message in the store. In case it is wrong, nothing is forgotten for the next {Hours:0.#} h.")]
    public static partial void ClockIsAhead(this ILogger log, double days, double hours);

    [LoggerMessage(5014, LogLevel.Information, "The books of the store balance again.")]
    public static partial void InBalance(this ILogger log);

    [LoggerMessage(5015, LogLevel.Critical,
        "The store was taken away from its gateway: {Reason} No message is accepted any more, and the gateway ends.")]
    public static partial void StoreReplaced(this ILogger log, string reason);

    [LoggerMessage(5016, LogLevel.Warning,
        "The lock of the data directory was removed or replaced under this gateway; it was taken again. Nobody should touch 'gateway.lock'.")]
    public static partial void LockRetaken(this ILogger log);

    [LoggerMessage(5017, LogLevel.Warning, "State is refused: {Reason}")]
    public static partial void StateRefused(this ILogger log, string reason);

    [LoggerMessage(5018, LogLevel.Warning,
        "The store has nothing else to forget: event ids of the last hour are forgotten too. An event that its platform repeats now may be handled twice.")]
    public static partial void ForgettingFresh(this ILogger log);

    [LoggerMessage(5019, LogLevel.Information, "The store uses {Used} MB of its {Limit} MB: nothing is forgotten early any more.")]
    public static partial void RoomAgain(this ILogger log, long used, long limit);

    [LoggerMessage(5020, LogLevel.Warning,
        "The memory of {HandlerId} has reached nine tenths of {Limit} MB (gateway.store.maxMemoryMegabytes, and at most an eighth of maxMegabytes): that of {Sessions} sessions, which were idle longest, and more from now on, are forgotten")]
    public static partial void MemoryForgotten(this ILogger log, string handlerId, long limit, long sessions);
}
