using PluginGateway.Loading;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Dispatch.Outbound;

/// <summary>Rate limits that hold messages back: those an adapter declares, and those its platform demands. Only on the loop's thread.</summary>
internal sealed class RateLimiter(DispatchLoop loop)
{
    /// <summary>Counts a send that begins: the next one waits as long as the declared rates say. Edits with a rate of their own wait for one another,
    /// and nothing waits for them.</summary>
    public void Acquire(ChatQueue chat, OwedKind kind, AdapterTraits traits)
    {
        var isEdit = kind == OwedKind.Edit;
        if (isEdit && traits.AccountEditsPerSecond > 0) chat.Adapter.HoldEdits(loop.Now + Pause(traits.AccountEditsPerSecond));
        else if (traits.AccountMessagesPerSecond > 0) Hold(chat.Adapter, Pause(traits.AccountMessagesPerSecond));
        if (isEdit && traits.ChatEditsPerSecond > 0) chat.HoldEdits(loop.Now + Pause(traits.ChatEditsPerSecond));
        else if (traits.ChatMessagesPerSecond > 0) chat.Hold(loop.Now + Pause(traits.ChatMessagesPerSecond));
    }

    /// <summary>Counts messages and edits of a chat with several people, for a limit by the minute.</summary>
    public void Count(PendingDelivery delivery, int count)
    {
        if (delivery.Message.Kind is OwedKind.Message or OwedKind.Edit && delivery.Call is { Chat.Kind: not ChatKind.Direct }
            && delivery.Generation.Port.Traits.GroupMessagesPerMinute is > 0 and var most)
            delivery.Chat.CountInMinute(loop.Now, count, most);
    }

    /// <summary>Applies a demanded rate limit to its scope, whatever follows for the message that met it.</summary>
    public void Apply(ChatQueue chat, SendError? error)
    {
        if (error?.Scope is not { } scope) return;
        var wait = RetryPolicy.Bounded(error.Retry.Delay);
        if (scope == RateLimitScope.Account) Hold(chat.Adapter, wait);
        else
        {
            chat.Hold(loop.Now + wait);
            chat.Adapter.NoteHeldChat(chat.HeldUntil);
        }
    }

    private static TimeSpan Pause(double perSecond) => TimeSpan.FromSeconds(Math.Min(RetryPolicy.LongestWait.TotalSeconds, 1 / perSecond));

    private void Hold(AdapterQueue adapterQueue, TimeSpan wait)
    {
        adapterQueue.Hold(loop.Now + wait);
        // Only wakes the loop: every step starts the sends that may start.
        loop.At(adapterQueue.HeldUntil, static () => { });
    }
}
