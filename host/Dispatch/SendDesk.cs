using System.Text.Json;
using Microsoft.Extensions.Logging;
using PluginGateway.Guard;
using PluginGateway.Store;

namespace PluginGateway.Dispatch;

/// <summary>Owns what is owed: picks the message that is due, leases it durably, has it sent, writes down what became of it. Only on the loop's thread.</summary>
internal sealed class SendDesk(DispatchLoop loop, MessageStore store, RetryPolicy policy, NewsDesk news, ILogger log)
{
    public static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(300);
    private static readonly TimeSpan StoreRetry = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, Outlet> _outlets = new(StringComparer.Ordinal);
    private readonly HashSet<long> _known = [];
    private int _owed;

    /// <summary>True: no new send is started.</summary>
    public bool IsDraining { get; set; }

    /// <summary>Messages that are owed. Any thread.</summary>
    public int Owed => Volatile.Read(ref _owed);

    public int InFlight => _outlets.Values.Sum(static outlet => outlet.InFlight);

    public Outlet OutletOf(string adapterId)
    {
        if (!_outlets.TryGetValue(adapterId, out var outlet)) _outlets.Add(adapterId, outlet = new Outlet(adapterId));
        return outlet;
    }

    public IReadOnlyList<OutletSnapshot> Snapshot() => [.. _outlets.Values.Select(static o =>
        new OutletSnapshot(o.AdapterId, o.Connection?.Port.Generation, o.InFlight, o.Owed, o.LastInbound, o.LastOutbound))];

    /// <summary>A message is owed.</summary>
    public void Add(OutboxRow row)
    {
        if (!_known.Add(row.Id)) return;
        var outlet = OutletOf(row.AdapterId);
        if (!outlet.Chats.TryGetValue(row.Chat, out var chat)) outlet.Chats.Add(row.Chat, chat = new ChatLane(outlet, row.Chat));
        var message = new OwedMessage(row);
        if (message.Attempt > 0) message.BlockedSince = loop.Now;
        chat.Messages.AddLast(message);
        outlet.Owed++;
        Volatile.Write(ref _owed, _known.Count);
        if (outlet.Connection is { } connection) Welcome(chat, message, connection.Port);
        Consider(chat);
    }

    public void Attach(AdapterPort port)
    {
        var outlet = OutletOf(port.AdapterId);
        outlet.Connection = new Connection(port);
        foreach (var chat in outlet.Chats.Values.ToArray())
        {
            foreach (var message in chat.Messages.ToArray()) Welcome(chat, message, port);
            Consider(chat);
        }
    }

    /// <summary>Sends in flight end through their calls.</summary>
    public void Detach(string adapterId, int generation)
    {
        if (_outlets.TryGetValue(adapterId, out var outlet) && outlet.Connection?.Port.Generation == generation) outlet.Connection = null;
    }

    public bool ShowsTyping(string adapterId) => OutletOf(adapterId).Connection is { Port.ShowsTyping: true };

    public void ShowTyping(string adapterId, Chat chat)
    {
        if (OutletOf(adapterId).Connection is { Port.ShowsTyping: true } connection) connection.Port.Post(new TypingCall(chat, null));
    }

    /// <summary>Starts every send that may start.</summary>
    public void Advance()
    {
        if (IsDraining) return;
        foreach (var outlet in _outlets.Values)
        {
            while (outlet.Connection is { } connection && MayStart(outlet, connection) && outlet.Ready.TryDequeue(out var chat))
            {
                chat.IsReady = false;
                if (!chat.IsBusy && chat.Pick(loop.Now, LongestHold, out _) is { } message) Lease(chat, message, connection);
                else Consider(chat);
            }
        }
    }

    private bool MayStart(Outlet outlet, Connection connection) => connection.InFlight < connection.Port.Traits.ConcurrentSends && outlet.HeldUntil <= loop.Now;

    private void Consider(ChatLane chat)
    {
        if (chat.IsBusy || chat.IsReady) return;
        if (chat.Pick(loop.Now, LongestHold, out var wakeAt) is not null)
        {
            chat.IsReady = true;
            chat.Outlet.Ready.Enqueue(chat);
        }
        else if (wakeAt < chat.WakesAt)
        {
            chat.WakesAt = wakeAt;
            loop.At(wakeAt, () =>
            {
                if (chat.WakesAt == wakeAt) chat.WakesAt = DateTimeOffset.MaxValue;
                Consider(chat);
            });
        }
        else if (chat.Messages.Count == 0 && wakeAt == DateTimeOffset.MaxValue && chat.Outlet.Chats.GetValueOrDefault(chat.Key) == chat)
        {
            chat.Outlet.Chats.Remove(chat.Key);
        }
    }

    /// <summary>A new generation: what waited for one may go, and what was in doubt is decided.</summary>
    private void Welcome(ChatLane chat, OwedMessage message, AdapterPort port)
    {
        if (!message.WaitsForConnection) return;
        message.WaitsForConnection = false;
        if (!message.IsDoubtful) return;
        message.IsDoubtful = false;
        var decision = policy.DecideUnknown("the gateway ended while it was being sent.", message.Attempt, loop.Now - message.Owed, port.Traits.Idempotency);
        if (decision.Verdict == SendVerdict.Again) return;
        chat.IsBusy = true;
        Park(chat, message, decision.Reason);
    }

    private void Lease(ChatLane chat, OwedMessage message, Connection connection)
    {
        var traits = connection.Port.Traits;
        (chat.IsBusy, chat.Outlet.InFlight, connection.InFlight) = (true, chat.Outlet.InFlight + 1, connection.InFlight + 1);
        if (traits.AccountMessagesPerSecond > 0) Hold(chat.Outlet, TimeSpan.FromSeconds(1 / traits.AccountMessagesPerSecond));
        if (traits.ChatMessagesPerSecond > 0) chat.HeldUntil = loop.Now + TimeSpan.FromSeconds(1 / traits.ChatMessagesPerSecond);
        message.Attempt++;
        var send = new Send(chat, message, connection);
        store.LeaseSend(message.Id, connection.Port.Generation, message.Attempt, answer => loop.Post(() => OnLeased(send, answer)));
    }

    private void OnLeased(Send send, Answer<Lease?> answer)
    {
        if (!answer.IsDurable || answer.Value is null)
        {
            Land(send);
            send.Message.Attempt--;
            if (answer.IsDurable) Remove(send.Chat, send.Message);
            else send.Message.Due = loop.Now + StoreRetry;
            Release(send.Chat);
        }
        else if (IsDraining || send.Chat.Outlet.Connection != send.Connection)
        {
            Land(send);
            NotTried(send, IsDraining ? "The gateway is stopping." : "The adapter was detached.", waits: false);
        }
        else
        {
            Post(send, answer.Value);
        }
    }

    private void Post(Send send, Lease lease)
    {
        try
        {
            var port = send.Connection.Port;
            send.Payload = Payloads.ReadOutbound(lease.Payload);
            send.Start = lease.DeliveredLength;
            send.Piece = new TextSplitter(port.Traits.MaxTextLength, port.Traits.TextUnit, send.Payload.Format).Next(send.Payload.FullText, send.Start);
            DateTimeOffset? deadline = port.SendTimeout > TimeSpan.Zero ? loop.Now + port.SendTimeout : null;
            var message = send.Payload.ToMessage(lease.Key, send.Start, send.Piece.Text, send.Message.Attempt, deadline);
            port.Post(new SendCall(message, new LoopSink(loop, OnSettled)) { Tag = send });
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            Land(send);
            Park(send.Chat, send.Message, $"The stored message cannot be read: {exception.GetType().Name}");
        }
    }

    private void OnSettled(GuardedCall call)
    {
        var send = (Send)call.Tag!;
        Land(send);
        if (call.End.Kind == CallEndKind.Refused) NotTried(send, "The adapter was replaced before it took the message.", waits: true);
        else Settle(send, ((SendCall)call).Result);
    }

    private void Settle(Send send, SendResult result)
    {
        var (chat, message) = (send.Chat, send.Message);
        var progress = Progress(send, result);
        if (result.Outcome is SendOutcome.Sent or SendOutcome.Partial) chat.Outlet.LastOutbound = loop.Now;
        var isWhole = progress >= send.Payload!.FullText.Length && result.Outcome is SendOutcome.Sent or SendOutcome.Partial;
        var decision = isWhole
            ? new SendDecision(SendVerdict.Delivered, TimeSpan.Zero, "")
            : policy.Decide(result, message.Attempt, loop.Now - message.Owed, send.Connection.Port.Traits.Idempotency);
        if (isWhole) Finish(chat, message, NewsKind.Delivered, null, done => store.SettleDelivered(message.Id, result.Receipt!.MessageId, done));
        else if (result.Outcome == SendOutcome.Sent) Continue(send, progress, result.Receipt!, TimeSpan.Zero, "");
        else if (decision.Verdict == SendVerdict.Reject) Reject(chat, message, decision.Reason);
        else if (decision.Verdict == SendVerdict.Park) Park(chat, message, decision.Reason);
        else if (result.Outcome == SendOutcome.Partial) Continue(send, progress, result.Receipt!, decision.Delay, decision.Reason);
        else Again(send, decision, result.Error!);
    }

    /// <summary>How much of the whole text has arrived. Never in the middle of a character.</summary>
    private static int Progress(Send send, SendResult result)
    {
        var text = send.Payload!.FullText;
        if (result.Outcome == SendOutcome.Sent) return send.Piece.End;
        if (result.Outcome != SendOutcome.Partial) return send.Start;
        if (result.Receipt!.DeliveredLength is not { } length) return send.Piece.End;
        var end = Math.Clamp(send.Start + length - send.Piece.Added, send.Start, send.Piece.End);
        return end > 0 && end < text.Length && char.IsLowSurrogate(text[end]) ? end - 1 : end;
    }

    /// <summary>A piece has arrived; the rest is owed and its attempts are counted anew.</summary>
    private void Continue(Send send, int progress, Receipt receipt, TimeSpan delay, string reason)
    {
        var (chat, message) = (send.Chat, send.Message);
        message.Due = loop.Now + delay;
        if (progress > send.Start) (message.Attempt, message.BlockedSince) = (0, null);
        if (delay > TimeSpan.Zero) Block(send, reason, delay);
        var due = message.Due;
        loop.Persist(done => store.SettlePartial(message.Id, progress, receipt.MessageId, due, reason, done), _ => Release(chat));
    }

    private void Again(Send send, SendDecision decision, SendError error)
    {
        var (chat, message) = (send.Chat, send.Message);
        message.Due = loop.Now + decision.Delay;
        if (error.Scope == RateLimitScope.Account) Hold(chat.Outlet, decision.Delay);
        if (error.Scope == RateLimitScope.Chat) chat.HeldUntil = Later(chat.HeldUntil, message.Due);
        Block(send, decision.Reason, decision.Delay);
        // A newer generation may have been attached while this one was busy; then there is nothing to wait for.
        message.WaitsForConnection = decision.Verdict == SendVerdict.AfterReconnect && (chat.Outlet.Connection is null || chat.Outlet.Connection == send.Connection);
        if (message.WaitsForConnection) log.SendWaits(message.Id, chat.Outlet.AdapterId, decision.Reason);
        Reschedule(chat, message, decision.Reason);
    }

    private void Block(Send send, string reason, TimeSpan delay)
    {
        send.Message.BlockedSince ??= loop.Now;
        log.SendDelayed(send.Message.Id, send.Chat.Outlet.AdapterId, send.Message.Attempt, reason, delay.TotalSeconds);
    }

    /// <summary>Nobody has seen the message: the attempt does not count.</summary>
    private void NotTried(Send send, string reason, bool waits)
    {
        var (chat, message) = (send.Chat, send.Message);
        message.Attempt--;
        message.Due = loop.Now;
        message.WaitsForConnection = waits && chat.Outlet.Connection == send.Connection;
        if (message.WaitsForConnection) message.BlockedSince ??= loop.Now;
        Reschedule(chat, message, reason);
    }

    private void Reschedule(ChatLane chat, OwedMessage message, string reason)
    {
        var due = message.Due;
        loop.Persist(done => store.Reschedule(message.Id, due, reason, done), _ => Release(chat));
    }

    private void Reject(ChatLane chat, OwedMessage message, string reason)
    {
        log.SendRejected(message.Id, chat.Outlet.AdapterId, reason);
        Finish(chat, message, NewsKind.Rejected, reason, done => store.SettleRejected(message.Id, reason, done));
    }

    private void Park(ChatLane chat, OwedMessage message, string reason)
    {
        log.SendParked(message.Id, chat.Outlet.AdapterId, reason);
        Finish(chat, message, NewsKind.SendParked, reason, done => store.ParkSend(message.Id, reason, done));
    }

    private void Finish(ChatLane chat, OwedMessage message, NewsKind how, string? reason, Action<Action<Answer<bool>>> verb) => loop.Persist(verb, _ =>
    {
        Remove(chat, message);
        news.Tell(how, message.Id, chat.Outlet.AdapterId, chat.Key, reason);
        Release(chat);
    });

    private void Remove(ChatLane chat, OwedMessage message)
    {
        if (!chat.Messages.Remove(message)) return;
        _known.Remove(message.Id);
        chat.Outlet.Owed--;
        Volatile.Write(ref _owed, _known.Count);
    }

    private void Release(ChatLane chat)
    {
        chat.IsBusy = false;
        Consider(chat);
    }

    /// <summary>The call is over, as far as slots are concerned.</summary>
    private static void Land(Send send)
    {
        send.Connection.InFlight--;
        send.Chat.Outlet.InFlight--;
    }

    private void Hold(Outlet outlet, TimeSpan wait)
    {
        outlet.HeldUntil = Later(outlet.HeldUntil, loop.Now + wait);
        // Nothing to do then but to wake: every step starts what may start.
        loop.At(outlet.HeldUntil, static () => { });
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    /// <summary>One attempt to deliver one piece.</summary>
    private sealed class Send(ChatLane chat, OwedMessage message, Connection connection)
    {
        public ChatLane Chat { get; } = chat;

        public OwedMessage Message { get; } = message;

        public Connection Connection { get; } = connection;

        public OutboundPayload? Payload { get; set; }

        public int Start { get; set; }

        public TextPiece Piece { get; set; }
    }
}
