using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using PluginGateway.Configuration;
using PluginGateway.Guard;
using PluginGateway.Store;

namespace PluginGateway.Dispatch;

/// <summary>Owns what is owed: picks the message that is due, leases it durably, has it sent, writes down what became of it. Only on the loop's thread.</summary>
/// <remarks>Edits, deletions and reactions are owed in the same rows and lanes as messages, and go the same way.</remarks>
internal sealed class SendDesk(DispatchLoop loop, MessageStore store, RetryPolicy policy, NewsDesk news, string media, ILogger log)
{
    private static readonly TimeSpan StoreRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ExpiryPeriod = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, Outlet> _outlets = new(StringComparer.Ordinal);
    private readonly HashSet<long> _known = [];
    private readonly ConcurrentDictionary<string, AdapterAbilities> _abilities = new(StringComparer.Ordinal);
    private int _owed;

    private Predicate<long> IsOwed => field ??= _known.Contains;

    /// <summary>True: no new send is started.</summary>
    public bool IsDraining { get; set; }

    /// <summary>Messages that are owed. Any thread.</summary>
    public int Owed => Volatile.Read(ref _owed);

    /// <summary>What an adapter id can do with messages. Any thread.</summary>
    public AdapterAbilities AbilitiesOf(string adapterId) => _abilities.GetValueOrDefault(adapterId) ?? AdapterAbilities.Unknown;

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
        var message = new OwedMessage(row);
        if (message.Attempt > 0) message.BlockedSince = loop.Now;
        var chat = Place(outlet, row.Chat, message);
        if (outlet.Connection is { } connection) Welcome(chat, message, connection.Port);
        Consider(chat);
    }

    public void Attach(AdapterPort port)
    {
        var outlet = OutletOf(port.AdapterId);
        (outlet.Connection, outlet.Terms) = (new Connection(port), port.Outbox);
        _abilities[port.AdapterId] = new AdapterAbilities(port.Can, port.Traits.MaxAttachmentBytes);
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

    /// <summary>Takes owed messages out of delivery, because the operator settles them, except those that are being sent.</summary>
    public Withdrawal Withdraw(IReadOnlyList<long> ids)
    {
        var wanted = ids.Where(_known.Contains).ToHashSet();
        (ChatLane Chat, OwedMessage Message)[] found = wanted.Count == 0 ? [] :
        [
            .. _outlets.Values.SelectMany(static outlet => outlet.Chats.Values)
                .SelectMany(chat => chat.Messages.Where(message => wanted.Contains(message.Id)).Select(message => (chat, message))),
        ];
        var taken = found.Where(static pair => pair.Chat.Busy != pair.Message).ToArray();
        foreach (var (chat, message) in taken)
        {
            Remove(chat, message);
            Consider(chat);
        }

        return new([.. found.Except(taken).Select(static pair => pair.Message.Id)], () =>
        {
            foreach (var (chat, message) in taken.Where(pair => _known.Add(pair.Message.Id))) Consider(Place(chat.Outlet, chat.Key, message));
        });
    }

    public bool ShowsTyping(string adapterId) => OutletOf(adapterId).Connection is { Port.ShowsTyping: true };

    public void ShowTyping(string adapterId, Chat chat)
    {
        if (OutletOf(adapterId).Connection is { Port.ShowsTyping: true } connection) connection.Port.Post(new TypingCall(chat, null));
    }

    /// <summary>Fetches an attachment through the generation that is attached.</summary>
    public void Fetch(string adapterId, FetchCall call, Action<string> refuse)
    {
        if (OutletOf(adapterId).Connection is not { } connection) refuse($"Adapter '{adapterId}' is not connected; try again.");
        else if (AbilitiesOf(adapterId).Refusal(adapterId, MessageCapabilities.Fetch) is { } refusal) refuse(refusal);
        else connection.Port.Post(call);
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
                if (!chat.IsBusy && chat.Expired(loop.Now) is null && chat.Pick(loop.Now, IsOwed, out _) is { } message) Begin(chat, message, connection);
                else Consider(chat);
            }
        }
    }

    /// <summary>Looks for messages that expire while nothing happens to them, for ever.</summary>
    public void WatchExpiry() => loop.At(loop.Now + ExpiryPeriod, () =>
    {
        foreach (var outlet in _outlets.Values)
        {
            foreach (var chat in outlet.Chats.Values.Where(chat => chat.Expired(loop.Now) is not null).ToArray()) Consider(chat);
        }

        WatchExpiry();
    });

    private bool MayStart(Outlet outlet, Connection connection) => connection.InFlight < connection.Port.Traits.ConcurrentSends && outlet.HeldUntil <= loop.Now;

    private void Consider(ChatLane chat)
    {
        if (chat.IsBusy) return;
        if (chat.Expired(loop.Now) is { } old)
        {
            chat.Busy = old;
            Park(chat, old, $"It expired: it had been owed for {(loop.Now - old.AgesFrom).TotalHours:0.#} h after {old.Attempt} attempts.");
            return;
        }

        if (chat.IsReady) return;
        if (chat.Pick(loop.Now, IsOwed, out var wakeAt) is not null)
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
        var decision = policy.DecideUnknown("the gateway ended while it was being sent.", message.Attempt, loop.Now - message.Owed, MayRepeat(port, message));
        if (decision.Verdict == SendVerdict.Again) return;
        chat.Busy = message;
        Park(chat, message, decision.Reason);
    }

    private void Begin(ChatLane chat, OwedMessage message, Connection connection)
    {
        if (ForgottenAfter(connection.Port, message) is not { } window)
        {
            Lease(chat, message, connection);
            return;
        }

        chat.Busy = message;
        Park(chat, message, $"It may have arrived {(loop.Now - message.DoubtfulSince!.Value).TotalMinutes:0} minutes ago, and the platform remembers its key for {window.TotalMinutes:0} minutes only: sent again it could arrive twice.");
    }

    /// <summary>For how long the platform remembers a key, if it would not know that of a message in doubt any more by the end of an attempt.</summary>
    private TimeSpan? ForgottenAfter(AdapterPort port, OwedMessage message) =>
        message.DoubtfulSince is { } since && message.Kind == OwedKind.Message && port.Outbox.OnUnknown != OnUnknown.Resend
        && port.Traits is { Idempotency: Idempotency.Native, IdempotencySeconds: > 0 and var seconds } && TimeSpan.FromSeconds(seconds) is var window
        && loop.Now - since + port.SendTimeout >= window ? window : null;

    private void Lease(ChatLane chat, OwedMessage message, Connection connection)
    {
        var traits = connection.Port.Traits;
        (chat.Busy, chat.Outlet.InFlight, connection.InFlight) = (message, chat.Outlet.InFlight + 1, connection.InFlight + 1);
        if (traits.AccountMessagesPerSecond > 0) Hold(chat.Outlet, TimeSpan.FromSeconds(1 / traits.AccountMessagesPerSecond));
        if (traits.ChatMessagesPerSecond > 0) chat.HeldUntil = loop.Now + TimeSpan.FromSeconds(1 / traits.ChatMessagesPerSecond);
        message.Attempt++;
        var send = new Send(chat, message, connection, loop.Now);
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
        var (message, port) = (send.Message, send.Connection.Port);
        if (message.Kind == OwedKind.Message) Post(send, lease, payload => MessageParcel.Pack(payload, lease, message.Attempt, port, media, DeadlineOf(port)));
        else if (message.Target is not { } target) Post(send, lease, payload => ActionParcel.Pack(message.Kind, payload, [payload.MessageId ?? ""], lease.DeliveredLength, port));
        else store.FindTarget(target, answer => loop.Post(() => Post(send, lease, answer)));
    }

    /// <summary>The platform's id of the message that an action is about is known now, or never will be.</summary>
    private void Post(Send send, Lease lease, Answer<ActionTarget?> target)
    {
        if (target.IsDurable)
        {
            Post(send, lease, payload => ActionParcel.Pack(send.Message.Kind, payload, target.Value, lease.DeliveredLength, send.Connection.Port));
            return;
        }

        Land(send);
        NotTried(send, $"The message it is about could not be read: {target.Failure!.Message}", waits: false, after: StoreRetry);
    }

    private void Post(Send send, Lease lease, Func<OutboundPayload, Packed> pack)
    {
        Packed packed;
        try
        {
            packed = pack(Payloads.ReadOutbound(lease.Payload));
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            packed = Packed.Park($"The stored message cannot be read: {exception.GetType().Name}");
        }

        if (packed.Parcel is { } parcel)
        {
            send.Parcel = parcel;
            send.Connection.Port.Post(parcel.ToCall(new LoopSink(loop, OnSettled), send));
            return;
        }

        Land(send);
        GiveUp(send.Chat, send.Message, packed.Refusal);
    }

    private DateTimeOffset? DeadlineOf(AdapterPort port) => port.SendTimeout > TimeSpan.Zero ? loop.Now + port.SendTimeout : null;

    private void OnSettled(GuardedCall call)
    {
        var send = (Send)call.Tag!;
        Land(send);
        if (call.End.Kind == CallEndKind.Refused) NotTried(send, "The adapter was replaced before it took the message.", waits: true);
        else Settle(send, ((DeliveryCall)call).Result);
    }

    private void Settle(Send send, SendResult result)
    {
        var (chat, message) = (send.Chat, send.Message);
        var progress = send.Parcel!.Progress(result);
        if (result.Outcome is SendOutcome.Sent or SendOutcome.Partial) chat.Outlet.LastOutbound = loop.Now;
        if (result.Outcome == SendOutcome.Unknown) message.DoubtfulSince ??= send.Began;
        var isWhole = progress >= send.Parcel.Whole && result.Outcome is SendOutcome.Sent or SendOutcome.Partial;
        var decision = isWhole
            ? new SendDecision(SendVerdict.Delivered, TimeSpan.Zero, "")
            : policy.Decide(result, message.Attempt, loop.Now - message.Owed, MayRepeat(send.Connection.Port, message));
        Heed(chat, result.Error);
        if (isWhole) Finish(chat, message, NewsKind.Delivered, null, done => store.SettleDelivered(message.Id, MessageIds.Of(result.Receipt!), done));
        else if (result.Receipt is { } receipt) Continue(send, progress, receipt, decision);
        else if (decision.Verdict is SendVerdict.Reject or SendVerdict.Park) GiveUp(chat, message, decision);
        else Again(send, decision);
    }

    /// <summary>An edit, a deletion or a reaction that is made twice changes nothing.</summary>
    private static bool MayRepeat(AdapterPort port, OwedMessage message) => message.Kind != OwedKind.Message || port.Traits.Idempotency != Idempotency.None || port.Outbox.OnUnknown == OnUnknown.Resend;

    /// <summary>A rate limit holds what it names, whatever becomes of the message that met it.</summary>
    private void Heed(ChatLane chat, SendError? error)
    {
        if (error?.Scope is not { } scope) return;
        var wait = RetryPolicy.Bounded(error.Retry.Delay);
        if (scope == RateLimitScope.Account) Hold(chat.Outlet, wait);
        else chat.HeldUntil = Later(chat.HeldUntil, loop.Now + wait);
    }

    /// <summary>A part has arrived, which is written down before anything else; of the rest the attempts are counted anew.</summary>
    private void Continue(Send send, int progress, Receipt receipt, SendDecision decision)
    {
        var (chat, message) = (send.Chat, send.Message);
        if (progress > send.Parcel!.Start) (message.Attempt, message.BlockedSince, message.DoubtfulSince) = (0, null, null);
        if (decision.Verdict != SendVerdict.Delivered) Wait(send, decision);
        else message.Due = loop.Now;
        var due = message.Due;
        loop.Persist(done => store.SettlePartial(message.Id, progress, MessageIds.Of(receipt), due, decision.Reason, done), _ =>
        {
            if (decision.Verdict is SendVerdict.Reject or SendVerdict.Park) GiveUp(chat, message, decision);
            else Release(chat);
        });
    }

    private void Again(Send send, SendDecision decision)
    {
        Wait(send, decision);
        Reschedule(send.Chat, send.Message, decision.Reason);
    }

    private void Wait(Send send, SendDecision decision)
    {
        var (chat, message) = (send.Chat, send.Message);
        message.Due = loop.Now + decision.Delay;
        if (decision.Verdict is SendVerdict.Reject or SendVerdict.Park) return;
        message.BlockedSince ??= loop.Now;
        // A newer generation may have been attached while this one was busy; then there is nothing to wait for.
        message.WaitsForConnection = decision.Verdict == SendVerdict.AfterReconnect && (chat.Outlet.Connection is null || chat.Outlet.Connection == send.Connection);
        if (message.WaitsForConnection) log.SendWaits(message.Id, chat.Outlet.AdapterId, decision.Reason);
        else log.SendDelayed(message.Id, chat.Outlet.AdapterId, message.Attempt, decision.Reason, decision.Delay.TotalSeconds);
    }

    /// <summary>Nobody has seen the message: the attempt does not count.</summary>
    private void NotTried(Send send, string reason, bool waits, TimeSpan after = default)
    {
        var (chat, message) = (send.Chat, send.Message);
        message.Attempt--;
        message.Due = loop.Now + after;
        message.WaitsForConnection = waits && chat.Outlet.Connection == send.Connection;
        if (message.WaitsForConnection) message.BlockedSince ??= loop.Now;
        Reschedule(chat, message, reason);
    }

    private void Reschedule(ChatLane chat, OwedMessage message, string reason)
    {
        var (due, isDoubtful) = (message.Due, message.DoubtfulSince is not null);
        loop.Persist(done => store.Reschedule(message.Id, due, isDoubtful, reason, done), _ => Release(chat));
    }

    private void GiveUp(ChatLane chat, OwedMessage message, SendDecision decision)
    {
        if (decision.Verdict == SendVerdict.Park) Park(chat, message, decision.Reason);
        else Reject(chat, message, decision.Reason);
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

    private ChatLane Place(Outlet outlet, string key, OwedMessage message)
    {
        if (!outlet.Chats.TryGetValue(key, out var chat)) outlet.Chats.Add(key, chat = new ChatLane(outlet, key));
        chat.Add(message);
        outlet.Owed++;
        Volatile.Write(ref _owed, _known.Count);
        return chat;
    }

    private void Remove(ChatLane chat, OwedMessage message)
    {
        if (!chat.Messages.Remove(message)) return;
        _known.Remove(message.Id);
        chat.Outlet.Owed--;
        Volatile.Write(ref _owed, _known.Count);
    }

    private void Release(ChatLane chat)
    {
        chat.Busy = null;
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

    /// <summary>One attempt to deliver.</summary>
    private sealed class Send(ChatLane chat, OwedMessage message, Connection connection, DateTimeOffset began)
    {
        public DateTimeOffset Began { get; } = began;

        public ChatLane Chat { get; } = chat;

        public OwedMessage Message { get; } = message;

        public Connection Connection { get; } = connection;

        public Parcel? Parcel { get; set; }
    }
}

/// <summary>Owed messages that were taken out of delivery. <paramref name="BeingSent"/>: those that were not; <paramref name="PutBack"/>: undoes it.</summary>
internal readonly record struct Withdrawal(IReadOnlyList<long> BeingSent, Action PutBack);
