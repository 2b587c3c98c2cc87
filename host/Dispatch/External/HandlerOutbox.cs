using PluginGateway.Configuration;
using PluginGateway.Guard;
using PluginGateway.Threads;

namespace PluginGateway.Dispatch.External;

/// <summary>Outbox of one generation of a handler: messages without a turn, by the same way as those of programs. Any thread.</summary>
/// <param name="api">Takes the messages.</param>
/// <param name="handlerId">The handler.</param>
/// <param name="targets">Returns the ids of the adapters that the handler may use now. Any thread.</param>
/// <param name="isRetired">Returns true when the generation has ended. Any thread.</param>
internal sealed class HandlerOutbox(MessageApi api, string handlerId, Func<IReadOnlyList<string>> targets, Func<bool> isRetired) : IHostOutbox
{
    public Task<MessageTarget> SendAsync(string adapterId, Chat chat, Reply reply, string key, CancellationToken cancellationToken) =>
        SendAsync(adapterId, chat, reply, key, null, cancellationToken);

    public Task<MessageTarget> SendAsync(
        string adapterId, Chat chat, Reply reply, string key, Func<string?>? takeFiles, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(adapterId);
        ArgumentNullException.ThrowIfNull(chat);
        ArgumentNullException.ThrowIfNull(reply);
        ArgumentNullException.ThrowIfNull(key);
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<MessageTarget>(cancellationToken);
        if (Refuse(adapterId) is { } refusal) return Task.FromException<MessageTarget>(refusal);
        var promise = new Promise<MessageTarget>(cancellationToken, handlerId);
        api.Enqueue(new MessageApiRequest(adapterId, chat, reply, key) { Handler = handlerId, TakeFiles = takeFiles }, result =>
        {
            if (result.Verdict is MessageApiOutcome.Owed or MessageApiOutcome.Known)
                promise.Complete(MessageTarget.Owed(DeliveryReport.IdOf(result.Id)));
            else promise.Fail(ExceptionOf(result));
        });
        return promise.Task;
    }

    private Exception? Refuse(string adapterId)
    {
        if (isRetired()) return new InvalidOperationException($"This generation of handler '{handlerId}' has ended; nothing is sent.");
        if (targets() is var allowed && !allowed.Contains(adapterId) && api.Knows(adapterId))
            return new ArgumentException(
                $"Handler '{handlerId}' may not send through adapter '{adapterId}'; allowed: "
                + $"{(allowed.Count == 0 ? "none" : NearestName.Listed(allowed))} (setting: mayUse of the handler).");
        return null;
    }

    /// <summary>Returns the exception by the contract.</summary>
    private static Exception ExceptionOf(MessageApiResult result) => result.Verdict switch
    {
        MessageApiOutcome.Conflict => new InvalidOperationException(result.Sentence),
        MessageApiOutcome.Unsupported => new NotSupportedException(result.Sentence),
        MessageApiOutcome.NotNow => new RetryLaterException(result.Sentence),
        _ => new ArgumentException(result.Sentence),
    };
}
