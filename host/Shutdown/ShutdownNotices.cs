using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Dispatch.Outbound;
using PluginGateway.Guard.Calls;
using PluginGateway.Threads;

namespace PluginGateway.Shutdown;

/// <summary>Sends notices of the stop to chats: first those with a running turn, then the configured ones. Straight through the guard, all at once,
/// never through the outbox: a notice that is late must not arrive after the next start. Not in the balance, not paced.</summary>
internal sealed class ShutdownNotices(GatewayOptions options, AttachedAdapters adapters, TimeProvider clock)
{
    /// <summary>True when notices are sent: the operator has named chats for them.</summary>
    public bool AreOn => options.NotifyChats.Count > 0 && options.ShutdownNotice.Length > 0;

    /// <summary>Hands every notice to its adapter's lane. Returns at once.</summary>
    public NoticeRound Begin(IEnumerable<RunningTurn> turns)
    {
        var targets = turns.Select(static turn => (turn.AdapterId, turn.Chat))
            .Concat(options.NotifyChats.Select(static chat => (chat.AdapterId, new Chat(chat.Chat, ChatKind.Unknown, chat.Thread))));
        var round = new NoticeRound();
        var series = $"notice-{clock.GetUtcNow().ToUnixTimeMilliseconds()}";
        foreach (var (adapterId, chat) in targets)
        {
            if (round.Add(adapterId, chat) is { } notice) Send(notice, $"{series}-{round.Notified.Count}");
        }

        return round;
    }

    private void Send(Notice notice, string key)
    {
        if (adapters[notice.AdapterId] is not { } port) return;
        var text = new TextSplitter(options.ShutdownNotice, port.Traits.MaxTextLength, port.Traits.TextUnit, TextFormat.Plain).Next(0).Text;
        notice.Sent(new NoticeCall(new OutboundMessage(key, notice.Chat, text), notice), port.Post);
    }
}

/// <summary>Notices of one stop: the chats that have one, and their outcomes.</summary>
internal sealed class NoticeRound
{
    private readonly HashSet<string> _notified = new(StringComparer.Ordinal);
    private readonly List<Notice> _notices = [];
    private readonly NoticeGate _gate = new();

    /// <summary>Adapter id, chat and thread of every chat that gets no (other) notice, whatever the outcome of its own.</summary>
    public IReadOnlyCollection<string> Notified => _notified;

    /// <summary>Adds a notice for a chat; null: the chat has one already.</summary>
    public Notice? Add(string adapterId, Chat chat)
    {
        if (!_notified.Add(ConversationKey.Of(adapterId, chat))) return null;
        var notice = new Notice(adapterId, chat, _gate);
        _notices.Add(notice);
        return notice;
    }

    /// <summary>Waits until every notice has ended; false: not within the bound.</summary>
    public bool Wait(TimeSpan bound) => _gate.Wait(bound);

    /// <summary>Ends the phase: notices not sent by now are dropped. One report an adapter.</summary>
    public IReadOnlyList<NoticeReport> End()
    {
        foreach (var notice in _notices) notice.Withdraw();
        return [.. _notices.GroupBy(static notice => notice.AdapterId, StringComparer.Ordinal)
            .Select(static of => Report(of.Key, [.. of.Select(static notice => notice.Outcome())]))];
    }

    private static NoticeReport Report(string adapterId, (bool Arrived, string? Why)[] outcomes) =>
        new(adapterId, outcomes.Count(static outcome => outcome.Arrived), outcomes.Count(static outcome => !outcome.Arrived),
            outcomes.FirstOrDefault(static outcome => !outcome.Arrived).Why);
}

/// <summary>Notice to one chat.</summary>
internal sealed class Notice(string adapterId, Chat chat, NoticeGate gate) : ICallSink
{
    private NoticeCall? _call;
    private volatile DeliveryCall? _ended;

    public string AdapterId { get; } = adapterId;

    public Chat Chat { get; } = chat;

    public void Sent(NoticeCall call, Action<GuardedCall> post)
    {
        _call = call;
        gate.Open();
        post(call);
    }

    public void Withdraw() => _call?.Withdraw();

    /// <summary>Returns true if the notice is known to have arrived; otherwise the reason.</summary>
    public (bool Arrived, string? Why) Outcome() => (_call, _ended) switch
    {
        (null, _) => (false, "it was not connected"),
        (_, null) => (false, "no answer before the phase ended"),
        (_, { Value.Outcome: SendOutcome.Sent or SendOutcome.Partial }) => (true, null),
        (_, { Value.Error: { } error }) => (false, error.Kind.ToString()),
        (_, var ended) => (false, ended.End.Describe()),
    };

    void ICallSink.Settled(GuardedCall call)
    {
        _ended = (DeliveryCall)call;
        gate.Close();
    }
}

/// <summary>Counts the notices that are open.</summary>
internal sealed class NoticeGate
{
    private readonly object _gate = new();
    private int _open;

    public void Open()
    {
        using (UninterruptibleLock.Enter(_gate)) _open++;
    }

    /// <summary>Closes the gate. Any thread, a plugin's included.</summary>
    public void Close()
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (--_open == 0) Monitor.PulseAll(_gate);
        }
    }

    public bool Wait(TimeSpan bound)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            return UninterruptibleLock.WaitUntil(_gate, () => _open == 0, bound);
        }
    }
}
