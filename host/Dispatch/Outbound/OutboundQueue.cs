using System.Collections.Concurrent;
using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch.External;
using PluginGateway.Guard.Calls;
using PluginGateway.Store;

namespace PluginGateway.Dispatch.Outbound;

/// <summary>Owns the owed messages: takes messages and the generations that deliver them, and gives messages back to the operator. Only on the loop's
/// thread.</summary>
/// <remarks>Edits, deletions and reactions are owed in the same rows and queues as messages, and are delivered in the same way.</remarks>
internal sealed class OutboundQueue
{
    /// <summary>Largest number of typing calls of one generation that have not returned.</summary>
    private const int MostTyping = 8;

    /// <summary>Largest number of answers to interactions of one generation that have not returned; more are left out.</summary>
    private const int MostAnswers = 64;

    /// <summary>Shortest hold that is reported: a shorter one comes from the declared rates.</summary>
    private static readonly TimeSpan LeastShown = TimeSpan.FromSeconds(5);

    private readonly DispatchLoop _loop;
    private readonly AdapterQueues _adapterQueues;
    private readonly DeliveryAttempts _attempts;
    private readonly DeliveryScheduler _scheduler;
    private readonly ConcurrentDictionary<string, AdapterAbilities> _abilities = new(StringComparer.Ordinal);

    public OutboundQueue(
        DispatchLoop loop, MessageStore store, RetryPolicy policy, MessageEvents events, string media, MessageQuota room,
        Action<string, Chat, string> saying, ILogger log)
    {
        _loop = loop;
        _adapterQueues = new AdapterQueues(room);
        var limiter = new RateLimiter(loop);
        var settlement = new DeliverySettlement(loop, store, policy, _adapterQueues, limiter, events, log);
        _attempts = new DeliveryAttempts(loop, store, _adapterQueues, limiter, settlement, media, saying, log);
        _scheduler = new DeliveryScheduler(loop, _adapterQueues, _attempts, settlement, log);
    }

    /// <summary>True while no new send is started.</summary>
    public bool IsDraining
    {
        get => _attempts.IsDraining;
        set => _attempts.IsDraining = value;
    }

    /// <summary>Options of adapters' conversations. Set once, before the first message.</summary>
    public Func<string, ConversationOptions> ConversationOf
    {
        set => _adapterQueues.ConversationOf = value;
    }

    public int InFlight => _adapterQueues.All.Sum(static adapterQueue => adapterQueue.InFlight);

    /// <summary>Returns the abilities of an adapter id. Any thread.</summary>
    public AdapterAbilities AbilitiesOf(string adapterId) => _abilities.GetValueOrDefault(adapterId) ?? AdapterAbilities.Unknown;

    public AdapterQueue QueueOf(string adapterId) => _adapterQueues.Of(adapterId);

    public IReadOnlyList<AdapterQueueSnapshot> Snapshot() => [.. _adapterQueues.All.Select(o =>
        new AdapterQueueSnapshot(o.AdapterId, o.Connection?.Port.Generation, o.InFlight, o.Owed, o.LastInbound, o.LastOutbound)
        {
            HeldUntil = Noticeable(o.HeldUntil),
            ChatsHeldUntil = Noticeable(o.ChatsHeldUntil),
            Retrying = RetryingOf(o),
        })];

    /// <summary>Takes an owed message.</summary>
    /// <param name="row">The message.</param>
    /// <param name="isCounted">True when room has been reserved for it.</param>
    public void Add(OutboxRow row, bool isCounted = false)
    {
        if (_adapterQueues.TryAdd(row.AdapterId, row.Chat, new OwedMessage(row, _loop.Now), isCounted, out var chat)) _scheduler.Reschedule(chat);
    }

    public void Attach(AdapterPort port)
    {
        var adapterQueue = _adapterQueues.Of(port.AdapterId);
        adapterQueue.Attach(port);
        _abilities[port.AdapterId] = new AdapterAbilities(port.Can, port.Traits.MaxAttachmentBytes, port.Traits.MaxButtons)
        {
            PrivateDelivery = port.Traits.PrivateDelivery,
            ClientSplitLength = port.Traits.ClientSplitLength,
            TextUnit = port.Traits.TextUnit,
        };
        if (adapterQueue.ForgetsHolds) EndHolds(adapterQueue);
        adapterQueue.ForgetsHolds = false;
        foreach (var chat in adapterQueue.Chats.ToArray())
        {
            chat.Connected();
            _scheduler.Reschedule(chat);
        }
    }

    /// <summary>Ends the holds of an adapter at the operator's request: its messages no longer wait for a time that its platform or its plugin has
    /// named, now and at its next generation.</summary>
    public void ForgetHolds(string adapterId)
    {
        if (!_adapterQueues.TryFind(adapterId, out var adapterQueue)) return;
        EndHolds(adapterQueue);
        adapterQueue.ForgetsHolds = true;
    }

    /// <summary>Sends a message at the operator's request: one that is owed already is due now, whatever it waited for.</summary>
    public void RetryNow(OutboxRow row)
    {
        if (_adapterQueues.Find(row) is not { } found)
        {
            Add(row);
            return;
        }

        found.Chat.Adapter.EndHold();
        found.Chat.SendNow(found.Message, _loop.Now);
        _scheduler.Reschedule(found.Chat);
    }

    /// <summary>Detaches a generation. Its sends in flight end through their calls.</summary>
    public void Detach(string adapterId, int generation)
    {
        if (_adapterQueues.TryFind(adapterId, out var adapterQueue)) adapterQueue.Detach(generation);
    }

    /// <summary>An adapter id is no longer configured: nothing is kept of it but what is owed.</summary>
    public void Forget(string adapterId)
    {
        _abilities.TryRemove(adapterId, out _);
        _adapterQueues.Forget(adapterId);
    }

    /// <summary>Takes owed messages out of delivery, because the operator settles them, except those that are being sent.</summary>
    public Withdrawal Withdraw(IReadOnlyList<long> ids)
    {
        var wanted = ids.Where(id => _adapterQueues.IsOwed(id)).ToHashSet();
        (ChatQueue Chat, OwedMessage Message)[] found = wanted.Count == 0 ? [] :
        [
            .. _adapterQueues.All.SelectMany(static adapterQueue => adapterQueue.Chats)
                .SelectMany(chat => chat.Messages.Where(message => wanted.Contains(message.Id)).Select(message => (chat, message))),
        ];
        var taken = found.Where(static pair => !pair.Chat.Holds(pair.Message)).ToArray();
        foreach (var (chat, message) in taken)
        {
            _adapterQueues.Remove(chat, message);
            _scheduler.Reschedule(chat);
        }

        return new([.. found.Except(taken).Select(static pair => pair.Message.Id)], () =>
        {
            foreach (var (queue, message) in taken)
            {
                if (_adapterQueues.TryAdd(queue.Adapter.AdapterId, queue.Key, message, isCounted: false, out var chat)) _scheduler.Reschedule(chat);
            }
        });
    }

    public bool ShowsTyping(string adapterId) => ConnectionOf(adapterId) is { Port.ShowsTyping: true };

    /// <summary>Shows that an answer is being made. A late indicator is useless: it is left out while the chat's last one, or too many others, have
    /// not returned. False: left out.</summary>
    public bool TryShowTyping(string adapterId, Chat chat)
    {
        if (ConnectionOf(adapterId) is not { Port.ShowsTyping: true } attachedGeneration) return true;
        var place = (chat.Id, chat.Thread);
        if (attachedGeneration.TypingCalls.Count >= MostTyping || !attachedGeneration.TypingCalls.Add(place)) return false;
        var indication = new TypingIndication(chat) { Deadline = _loop.EndOf(attachedGeneration.Port.Timeouts.Typing) };
        attachedGeneration.Port.Post(new TypingCall(indication, new LoopSink(_loop, _ => attachedGeneration.TypingCalls.Remove(place))));
        return true;
    }

    /// <summary>Answers an interaction by its ticket: once, at once, or not at all, because a late answer is refused by the platform.</summary>
    public void Answer(string adapterId, TicketAnswer answer)
    {
        if (ConnectionOf(adapterId) is not { Port.AnswersInteractions: true } attachedGeneration || answer.Ticket.ExpiresAt <= _loop.WallClock
            || attachedGeneration.Answers >= MostAnswers)
            return;
        attachedGeneration.Answers++;
        var bounded = answer with { Deadline = _loop.EndOf(attachedGeneration.Port.Timeouts.Answer) };
        attachedGeneration.Port.Post(new AnswerCall(bounded, new LoopSink(_loop, _ => attachedGeneration.Answers--)));
    }

    /// <summary>Fetches an attachment through the generation that is attached.</summary>
    public void Fetch(string adapterId, FetchCall call, Action<string> refuse)
    {
        if (ConnectionOf(adapterId) is not { } attachedGeneration) refuse($"Adapter '{adapterId}' is not connected; try again.");
        else if (AbilitiesOf(adapterId).Refusal(adapterId, MessageCapabilities.Fetch) is { } refusal) refuse(refusal);
        else attachedGeneration.Port.Post(call);
    }

    /// <summary>Starts every send that may start.</summary>
    public void Advance() => _scheduler.Advance();

    /// <summary>Looks once a minute for messages that have expired while nothing else happened to them.</summary>
    public void WatchExpiry() => _scheduler.WatchExpiry();

    private AttachedGeneration? ConnectionOf(string adapterId) =>
        _adapterQueues.TryFind(adapterId, out var adapterQueue) ? adapterQueue.Connection : null;

    private void EndHolds(AdapterQueue adapterQueue)
    {
        adapterQueue.EndHolds();
        foreach (var chat in adapterQueue.Chats.ToArray())
        {
            chat.EndHold(chat.Messages, _loop.Now);
            _scheduler.Reschedule(chat);
        }
    }

    /// <summary>Describes the messages that are to be sent again, by the one that has waited longest; null when there are none.</summary>
    private RetryingDeliveries? RetryingOf(AdapterQueue queue)
    {
        var (count, longest) = (0, default(OwedMessage));
        foreach (var message in queue.Chats.SelectMany(static chat => chat.Messages))
        {
            if (message.BlockedSince is null) continue;
            count++;
            if (longest is null || message.BlockedSince < longest.BlockedSince) longest = message;
        }

        return longest is null ? null : new(
            count, longest.Id, _loop.ToWallClock(longest.BlockedSince!.Value), longest.WaitsForConnection ? null : _loop.ToWallClock(longest.Due),
            longest.RetryReason ?? "");
    }

    /// <summary>Returns the end of a hold in wall-clock time; null for one that is too short to report.</summary>
    private DateTimeOffset? Noticeable(DateTimeOffset until) => until - _loop.Now >= LeastShown ? _loop.ToWallClock(until) : null;
}

/// <summary>Owed messages that were taken out of delivery. <paramref name="BeingSent"/>: those that were left in it; <paramref name="PutBack"/>:
/// undoes it.</summary>
internal readonly record struct Withdrawal(IReadOnlyList<long> BeingSent, Action PutBack);
