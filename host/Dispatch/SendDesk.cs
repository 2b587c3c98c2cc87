using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using PluginGateway.Guard;
using PluginGateway.Store;

namespace PluginGateway.Dispatch;

/// <summary>Owns what is owed: takes messages and the generations that deliver them, and gives messages back to the operator. Only on the loop's thread.</summary>
/// <remarks>Edits, deletions and reactions are owed in the same rows and lanes as messages, and go the same way.</remarks>
internal sealed class SendDesk
{
    /// <summary>Typing calls of one generation that have not come back.</summary>
    private const int MostTyping = 8;

    /// <summary>A shorter hold is one of the declared rates at work.</summary>
    private static readonly TimeSpan LeastShown = TimeSpan.FromSeconds(5);

    private readonly DispatchLoop _loop;
    private readonly Outlets _outlets;
    private readonly SendSettlement _settlement;
    private readonly SendAttempts _attempts;
    private readonly SendOrder _order;
    private readonly ConcurrentDictionary<string, AdapterAbilities> _abilities = new(StringComparer.Ordinal);

    public SendDesk(DispatchLoop loop, MessageStore store, RetryPolicy policy, NewsDesk news, string media, PendingGauge room, Action<string, Chat, string> saying, ILogger log)
    {
        _loop = loop;
        _outlets = new Outlets(room);
        var rates = new SendRates(loop);
        _settlement = new SendSettlement(loop, store, policy, _outlets, rates, news, log, send => _order!.Continue(send), chat => _order!.Consider(chat));
        _attempts = new SendAttempts(loop, store, _outlets, rates, _settlement, media, saying, log);
        _order = new SendOrder(loop, _outlets, _attempts, _settlement, log);
    }

    /// <summary>True: no new send is started.</summary>
    public bool IsDraining
    {
        get => _attempts.IsDraining;
        set => _attempts.IsDraining = value;
    }

    public int InFlight => _outlets.All.Sum(static outlet => outlet.InFlight);

    /// <summary>What an adapter id can do with messages. Any thread.</summary>
    public AdapterAbilities AbilitiesOf(string adapterId) => _abilities.GetValueOrDefault(adapterId) ?? AdapterAbilities.Unknown;

    public Outlet OutletOf(string adapterId) => _outlets.Of(adapterId);

    public IReadOnlyList<OutletSnapshot> Snapshot() => [.. _outlets.All.Select(o =>
        new OutletSnapshot(o.AdapterId, o.Connection?.Port.Generation, o.InFlight, o.Owed, o.LastInbound, o.LastOutbound)
        {
            HeldUntil = Shown(o.HeldUntil),
            ChatsHeldUntil = Shown(o.ChatsHeldUntil),
        })];

    /// <summary>A message is owed.</summary>
    /// <param name="row">The message.</param>
    /// <param name="isCounted">Room has been made for it.</param>
    public void Add(OutboxRow row, bool isCounted = false)
    {
        var message = new OwedMessage(row);
        if (!_outlets.TryAdd(row.AdapterId, row.Chat, message, isCounted, out var chat)) return;
        if (message.Attempt > 0) message.BlockedSince = _loop.Now;
        _order.Consider(chat);
    }

    public void Attach(AdapterPort port)
    {
        var outlet = _outlets.Of(port.AdapterId);
        (outlet.Connection, outlet.Terms) = (new Connection(port), port.Outbox);
        _abilities[port.AdapterId] = new AdapterAbilities(port.Can, port.Traits.MaxAttachmentBytes);
        if (outlet.ForgetsHolds) Release(outlet);
        outlet.ForgetsHolds = false;
        foreach (var chat in outlet.Chats.Values.ToArray())
        {
            foreach (var message in chat.Messages) message.WaitsForConnection = false;
            _order.Consider(chat);
        }
    }

    /// <summary>The operator wants an adapter to begin anew: nothing of it waits for a time that its platform or its plugin has named, now and at its next generation.</summary>
    public void ForgetHolds(string adapterId)
    {
        if (!_outlets.TryFind(adapterId, out var outlet)) return;
        Release(outlet);
        outlet.ForgetsHolds = true;
    }

    /// <summary>The operator wants a message sent: one that is owed already is due now, whatever it waited for.</summary>
    public void Hurry(OutboxRow row)
    {
        if (_outlets.Find(row) is not { } found)
        {
            Add(row);
            return;
        }

        found.Chat.Outlet.HeldUntil = default;
        Release(found.Chat, found.Message);
    }

    /// <summary>Sends in flight end through their calls.</summary>
    public void Detach(string adapterId, int generation)
    {
        if (_outlets.TryFind(adapterId, out var outlet) && outlet.Connection?.Port.Generation == generation) outlet.Connection = null;
    }

    /// <summary>Takes owed messages out of delivery, because the operator settles them, except those that are being sent.</summary>
    public Withdrawal Withdraw(IReadOnlyList<long> ids)
    {
        var wanted = ids.Where(id => _outlets.IsOwed(id)).ToHashSet();
        (ChatLane Chat, OwedMessage Message)[] found = wanted.Count == 0 ? [] :
        [
            .. _outlets.All.SelectMany(static outlet => outlet.Chats.Values)
                .SelectMany(chat => chat.Messages.Where(message => wanted.Contains(message.Id)).Select(message => (chat, message))),
        ];
        var taken = found.Where(static pair => !pair.Chat.Holds(pair.Message)).ToArray();
        foreach (var (chat, message) in taken)
        {
            _outlets.Remove(chat, message);
            _order.Consider(chat);
        }

        return new([.. found.Except(taken).Select(static pair => pair.Message.Id)], () =>
        {
            foreach (var (lane, message) in taken)
            {
                if (_outlets.TryAdd(lane.Outlet.AdapterId, lane.Key, message, isCounted: false, out var chat)) _order.Consider(chat);
            }
        });
    }

    public bool ShowsTyping(string adapterId) => _outlets.Of(adapterId).Connection is { Port.ShowsTyping: true };

    /// <summary>Shows that an answer is being made. A late indicator is worth nothing: it is left out while the chat's last one, or too many others, have not come back. False: left out.</summary>
    public bool TryShowTyping(string adapterId, Chat chat)
    {
        if (_outlets.Of(adapterId).Connection is not { Port.ShowsTyping: true } connection) return true;
        var place = (chat.Id, chat.Thread);
        if (connection.Typing.Count >= MostTyping || !connection.Typing.Add(place)) return false;
        connection.Port.Post(new TypingCall(chat, new LoopSink(_loop, _ => connection.Typing.Remove(place))));
        return true;
    }

    /// <summary>Fetches an attachment through the generation that is attached.</summary>
    public void Fetch(string adapterId, FetchCall call, Action<string> refuse)
    {
        if (_outlets.Of(adapterId).Connection is not { } connection) refuse($"Adapter '{adapterId}' is not connected; try again.");
        else if (AbilitiesOf(adapterId).Refusal(adapterId, MessageCapabilities.Fetch) is { } refusal) refuse(refusal);
        else connection.Port.Post(call);
    }

    /// <summary>Starts every send that may start.</summary>
    public void Advance() => _order.Advance();

    /// <summary>Looks for messages that expire while nothing happens to them, for ever.</summary>
    public void WatchExpiry() => _order.WatchExpiry();

    private void Release(Outlet outlet)
    {
        (outlet.HeldUntil, outlet.ChatsHeldUntil) = (default, default);
        foreach (var chat in outlet.Chats.Values.ToArray()) Release(chat, [.. chat.Messages]);
    }

    private void Release(ChatLane chat, params ReadOnlySpan<OwedMessage> messages)
    {
        chat.HeldUntil = default;
        foreach (var message in messages)
        {
            if (message.Due > _loop.Now) message.Due = _loop.Now;
        }

        _order.Consider(chat);
    }

    /// <summary>A hold that people would notice, by their clock.</summary>
    private DateTimeOffset? Shown(DateTimeOffset until) => until - _loop.Now >= LeastShown ? _loop.ToWallClock(until) : null;
}

/// <summary>Owed messages that were taken out of delivery. <paramref name="BeingSent"/>: those that were not; <paramref name="PutBack"/>: undoes it.</summary>
internal readonly record struct Withdrawal(IReadOnlyList<long> BeingSent, Action PutBack);
