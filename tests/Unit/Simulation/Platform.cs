using PluginGateway.Configuration.Options;
using PluginGateway.Loading;

namespace PluginGateway.Tests.Simulation;

/// <summary>A chat platform: keeps each message until it is acknowledged, offers the messages of a chat one after another and sometimes twice, and
/// remembers what was delivered.</summary>
internal sealed class Platform(SimulationFixture simulationFixture, string id, AdapterTraits traits, OutboxOptions outbox, bool isStrict)
{
    /// <summary>The platform's id of what people write.</summary>
    public const string Theirs = "theirs";

    private const int Chats = 3;

    private readonly Queue<string>[] _waiting = [.. Enumerable.Range(0, Chats).Select(static _ => new Queue<string>())];
    private readonly List<(int Chat, string EventId, Task<Acceptance> Task)> _offered = [];
    private readonly List<(SimulatedAdapter Adapter, List<string> Events)> _offers = [];
    private readonly Dictionary<string, int> _deliveries = [];
    private readonly Dictionary<string, int> _confirmed = [];
    private readonly HashSet<string> _busyChats = [];
    private readonly Dictionary<string, (string Key, int End)> _unheard = [];
    private string? _cursor;
    private int _next;

    public string Id { get; } = id;

    public AdapterTraits Traits { get; } = traits;

    public OutboxOptions Outbox { get; } = outbox;

    /// <summary>Edits, deletions and reactions that the gateway knows to have been made.</summary>
    public int ActionsMade { get; private set; }

    public List<string> Acknowledged { get; } = [];

    public bool IsDone => _waiting.All(static chat => chat.Count == 0);

    /// <summary>Somebody writes.</summary>
    public void Write()
    {
        var chat = simulationFixture.Random.Next(Chats);
        _waiting[chat].Enqueue($"{Id}.{chat}.{_next++}");
    }

    /// <summary>Offers what waits, through the live generation or, rarely, a retired one.</summary>
    public void Offer()
    {
        if (simulationFixture.UnitOf(Id).Current is not SimulatedAdapter { Inbox: { } inbox } adapter) return;
        if (_offers.Count == 0 || _offers[^1].Adapter != adapter) _offers.Add((adapter, []));
        for (var chat = 0; chat < Chats; chat++)
        {
            if (!_waiting[chat].TryPeek(out var eventId) || (_offered.Exists(o => o.EventId == eventId) && !simulationFixture.Chance(0.1))) continue;
            var message = Script.MessageOf(eventId, chat, new() { ["cursor"] = $"{_offers.Count - 1}/{eventId}" });
            if (!_offers[^1].Events.Contains(eventId)) _offers[^1].Events.Add(eventId);
            simulationFixture.Trace.Add($"{eventId} is offered to {Id}#{adapter.Generation}");
            _offered.Add((chat, eventId, inbox.AcceptAsync(message, CancellationToken.None)));
            // An impatient platform.
            if (simulationFixture.Chance(0.1)) _offered.Add((chat, eventId, inbox.AcceptAsync(message, CancellationToken.None)));
        }
    }

    /// <summary>Takes the answers that have come.</summary>
    public void Hear()
    {
        for (var i = _offered.Count - 1; i >= 0; i--)
        {
            var (chat, eventId, task) = _offered[i];
            if (!task.IsCompleted) continue;
            _offered.RemoveAt(i);
            if (!task.Result.Acknowledge) simulationFixture.Trace.Add($"{eventId} is refused: {task.Result.Kind} {task.Result.Reason}");
            if (!task.Result.Acknowledge) continue;
            simulationFixture.Trace.Require(simulationFixture.Ledger.Inbound(Id, eventId).Copies == 1,
                $"{eventId} was acknowledged, but is stored {simulationFixture.Ledger.Inbound(Id, eventId).Copies} times");
            if (!_waiting[chat].TryPeek(out var first) || first != eventId) continue;
            _waiting[chat].Dequeue();
            Acknowledged.Add(eventId);
            simulationFixture.Trace.Add($"{eventId} is acknowledged");
        }
    }

    /// <summary>The cursor stands at an event of a generation: all that it has offered before is stored.</summary>
    public void CheckCursor()
    {
        if (simulationFixture.Ledger.State(Id, "cursor") is not { } cursor || cursor == _cursor) return;
        _cursor = cursor;
        var (number, last) = (int.Parse(cursor.Split('/')[0], System.Globalization.CultureInfo.InvariantCulture), cursor.Split('/')[1]);
        foreach (var eventId in _offers[number].Events.TakeWhile(one => one != last))
            simulationFixture.Trace.Require(simulationFixture.Ledger.Inbound(Id, eventId).Copies == 1,
                $"the cursor of {Id} stands at {cursor}, behind {eventId}, which is not stored");
    }

    /// <summary>The gateway has died: no answer comes any more, and what it had heard and not written down it does not know.</summary>
    public void Forget()
    {
        _offered.Clear();
        _busyChats.Clear();
        _unheard.Clear();
        foreach (var key in _confirmed.Keys.ToArray())
        {
            if (simulationFixture.Ledger.Owed(key) is { State: < 2 } row) _confirmed[key] = row.Delivered;
        }
    }

    /// <summary>What must be so when a message is handed to the adapter.</summary>
    public void CheckEntry(OutboundMessage message, int generation)
    {
        var (key, start) = Split(message.Key);
        var row = simulationFixture.Ledger.Owed(key);
        simulationFixture.Trace.Require(row.State == 1 && row.Generation == generation,
            $"{message.Key} is sent by generation {generation}, but its row is in state {row.State} and leased to {row.Generation}");
        simulationFixture.Trace.Require(row.Delivered == start, $"{message.Key} is sent although {row.Delivered} characters have arrived");
        // The space at which a text is cut is not sent.
        simulationFixture.Trace.Require(start - _confirmed.GetValueOrDefault(key) is 0 or 1,
            $"{message.Key} is sent although the platform has confirmed {_confirmed.GetValueOrDefault(key)} characters");
        if (isStrict)
            simulationFixture.Trace.Require(
                simulationFixture.Ledger.OwedBefore(row.Chat, row.Id) == 0, $"{message.Key} overtakes an earlier message of its session");
        simulationFixture.Trace.Require(_busyChats.Add(message.Chat.Id), $"{message.Key} is sent while another message of its chat is");
        if (Traits.MaxTextLength > 0)
            simulationFixture.Trace.Require(message.Text.Length <= Traits.MaxTextLength, $"{message.Key} is longer than the platform takes");
    }

    public void Deliver(OutboundMessage message, int length, bool isKnown)
    {
        if (length == 0) return;
        var (key, start) = Split(message.Key);
        var times = _deliveries[message.Key] = _deliveries.GetValueOrDefault(message.Key) + 1;
        if (Traits.Idempotency == Idempotency.None && Outbox.OnUnknown == OnUnknown.Park)
            simulationFixture.Trace.Require(times == 1, $"{message.Key} arrived {times} times");
        if (isKnown) _unheard[message.Key] = (key, start + length);
    }

    /// <summary>The gateway hears how it ended: from then on nothing of it may be sent again.</summary>
    public void Leave(OutboundMessage message)
    {
        _busyChats.Remove(message.Chat.Id);
        if (_unheard.Remove(message.Key, out var known)) _confirmed[known.Key] = known.End;
    }

    /// <summary>What must be so when something is done with a message.</summary>
    public void CheckAction(MessageRef message)
    {
        simulationFixture.Trace.Require(message.MessageId == Theirs || _deliveries.ContainsKey(message.MessageId),
            $"something is done with {message.MessageId}, which the platform never got");
        simulationFixture.Trace.Require(
            _busyChats.Add(message.Chat.Id), $"something is done with {message.MessageId} while another message of its chat is being sent");
    }

    public void LeaveAction(MessageRef message, bool isMade)
    {
        _busyChats.Remove(message.Chat.Id);
        if (isMade) ActionsMade++;
    }

    public int ConfirmedOf(string key) => _confirmed.GetValueOrDefault(key);

    private static (string Key, int Start) Split(string key) => key.IndexOf(".r", StringComparison.Ordinal) is > 0 and var at
        ? (key[..at], int.Parse(key[(at + 2)..], System.Globalization.CultureInfo.InvariantCulture))
        : (key, 0);
}
