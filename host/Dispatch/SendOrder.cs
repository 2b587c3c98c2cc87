using Microsoft.Extensions.Logging;

namespace PluginGateway.Dispatch;

/// <summary>Chooses which message of which chat is due, and has it sent, or parked when it is too old. Only on the loop's thread.</summary>
internal sealed class SendOrder(DispatchLoop loop, Outlets outlets, SendAttempts attempts, SendSettlement settlement, ILogger log)
{
    private static readonly TimeSpan ExpiryPeriod = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan AfterFault = TimeSpan.FromSeconds(1);

    /// <summary>Starts every send that may start.</summary>
    public void Advance()
    {
        if (attempts.IsDraining) return;
        foreach (var outlet in outlets.All)
        {
            while (outlet.Connection is { } connection && MayStart(outlet, connection) && outlet.Ready.TryDequeue(out var chat))
            {
                chat.IsReady = false;
                Start(chat, connection);
            }
        }
    }

    /// <summary>A fault over one chat holds none of the others.</summary>
    private void Start(ChatLane chat, Connection connection)
    {
        try
        {
            if (!chat.IsBusy && chat.Expired(loop.Now) is null && chat.Pick(loop.Now, outlets.IsOwed, out _) is { } message) attempts.Begin(chat, message, connection);
            else Consider(chat);
        }
        catch (Exception exception)
        {
            log.StepFailed(exception.GetType().FullName, exception.StackTrace);
            Wake(chat, loop.Now + AfterFault);
        }
    }

    /// <summary>A message has arrived and is being settled: the one behind it is leased in the same commit, unless another chat waits for the place.</summary>
    public void Continue(Send settling)
    {
        var (chat, connection) = (settling.Chat, settling.Connection);
        if (attempts.IsDraining || chat.Outlet.Connection != connection || chat.Outlet.Ready.Count > 0 || !MayStart(chat.Outlet, connection)) return;
        if (chat.After(settling.Message, loop.Now) is { } next) attempts.BeginNext(chat, next, connection);
    }

    /// <summary>Something of a chat has changed: it is ready if a message of it may be sent now, else it is looked at again when that may be so.</summary>
    public void Consider(ChatLane chat)
    {
        if (chat.IsBusy) return;
        if (chat.Expired(loop.Now) is { } old)
        {
            settlement.Park(chat, old, $"It expired: it had been owed for {(loop.Now - old.Owed).TotalHours:0.#} h after {old.Attempt} attempts.");
            return;
        }

        if (chat.IsReady) return;
        if (chat.Pick(loop.Now, outlets.IsOwed, out var wakeAt) is not null)
        {
            chat.IsReady = true;
            chat.Outlet.Ready.Enqueue(chat);
        }
        else if (wakeAt < chat.WakesAt)
        {
            Wake(chat, wakeAt);
        }
        else if (chat.Messages.Count == 0 && wakeAt == DateTimeOffset.MaxValue && chat.Outlet.Chats.GetValueOrDefault(chat.Key) == chat)
        {
            chat.Outlet.Chats.Remove(chat.Key);
        }
    }

    /// <summary>Looks for messages that expire while nothing happens to them, for ever.</summary>
    public void WatchExpiry() => loop.At(loop.Now + ExpiryPeriod, () =>
    {
        foreach (var outlet in outlets.All)
        {
            foreach (var chat in outlet.Chats.Values.Where(chat => chat.Expired(loop.Now) is not null).ToArray()) Consider(chat);
        }

        WatchExpiry();
    });

    private bool MayStart(Outlet outlet, Connection connection) => connection.InFlight < connection.Port.Traits.ConcurrentSends && outlet.HeldUntil <= loop.Now;

    private void Wake(ChatLane chat, DateTimeOffset at)
    {
        chat.WakesAt = at;
        loop.At(at, () =>
        {
            if (chat.WakesAt == at) chat.WakesAt = DateTimeOffset.MaxValue;
            Consider(chat);
        });
    }
}
