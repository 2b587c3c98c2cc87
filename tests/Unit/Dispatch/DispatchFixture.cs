using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PluginGateway.Access;
using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Guard.Calls;
using PluginGateway.Loading;
using PluginGateway.Media;
using PluginGateway.Store;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch;

/// <summary>A dispatcher without a thread, on a real store and a clock that stands still; adapters and handlers whose calls the test ends
/// itself.</summary>
internal sealed class DispatchFixture : IDisposable
{
    private const int MostRounds = 10_000;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(5);
    private readonly StoreFolder _folder;

    public DispatchFixture(
        InboxLimits? limits = null, StoreFolder? folder = null, Func<string, string>? handlerOf = null, Func<StoreOptions, StoreOptions>? with = null,
        Func<MessageStore, TimeProvider, IAccessFilter>? accessFilter = null, MessageQuota? room = null)
    {
        Clock = folder?.Clock as FakeTimeProvider
            ?? new FakeTimeProvider(folder?.Clock.GetUtcNow().AddHours(1) ?? DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
        _folder = folder ?? new StoreFolder { Clock = Clock };
        Store = _folder.Open(with);
        Intake = new InboxIntake(Store, limits ?? new InboxLimits(), accessFilter?.Invoke(Store, Clock) ?? new OpenAccessFilter(), Clock, NullLogger.Instance);
        Dispatcher = new Dispatcher(Store, Intake, handlerOf ?? (static _ => "handler"), Media = new MediaFolder(_folder.Folder, new MediaLimits()),
            Clock, new Random(7), NullLogger.Instance, room);
    }

    public FakeTimeProvider Clock { get; }

    public MessageStore Store { get; }

    public InboxIntake Intake { get; }

    public Dispatcher Dispatcher { get; }

    public MediaFolder Media { get; }

    public DispatchSnapshot Snapshot
    {
        get
        {
            var before = Dispatcher.LastSnapshot;
            Dispatcher.TrySnapshot(TimeSpan.Zero, out _);
            Until(() => Dispatcher.LastSnapshot != before);
            return Dispatcher.LastSnapshot;
        }
    }

    public IInbox Inbox(string adapterId = "a", InboundClass inbound = InboundClass.AckGated, Func<bool>? isRetired = null) =>
        Intake.Open(adapterId, 1, inbound, isRetired ?? (static () => false));

    public static InboundMessage Message(string? eventId, string chat = "1", string text = "hello", ChatKind kind = ChatKind.Direct) =>
        new(eventId, new Chat(chat, kind), new Sender("u"), text);

    /// <summary>Accepts a message and waits until it is stored.</summary>
    public Acceptance Accept(InboundEvent message, string adapterId = "a")
    {
        var task = Inbox(adapterId).AcceptAsync(message, CancellationToken.None);
        Until(() => task.IsCompleted);
        return task.GetAwaiter().GetResult();
    }

    /// <summary>Lets the dispatcher work until a task has its result.</summary>
    public T Get<T>(Task<T> task)
    {
        Until(() => task.IsCompleted);
        return task.GetAwaiter().GetResult();
    }

    public FakeAdapter Attach(
        string adapterId = "a", int generation = 1, AdapterTraits? traits = null, bool showsTyping = false, OutboxOptions? outbox = null,
        MessageCapabilities can = MessageCapabilities.None, bool answers = false)
    {
        var adapter = new FakeAdapter(this);
        var capabilities = (showsTyping ? AdapterCapabilities.Typing : 0)
            | (answers ? AdapterCapabilities.AnswerInteractions : 0)
            | (can.HasFlag(MessageCapabilities.Edit) ? AdapterCapabilities.Edit : 0)
            | (can.HasFlag(MessageCapabilities.Delete) ? AdapterCapabilities.Delete : 0)
            | (can.HasFlag(MessageCapabilities.React) ? AdapterCapabilities.React : 0)
            | (can.HasFlag(MessageCapabilities.Fetch) ? AdapterCapabilities.Fetch : 0);
        var port = new AdapterPort(adapterId, generation, traits ?? new AdapterTraits(), new CallTimeouts(), capabilities,
            adapter.Post) { Outbox = outbox ?? new OutboxOptions() };
        Assert.Equal(can, port.Can);
        Dispatcher.Attach(port);
        return adapter;
    }

    public FakeHandler AttachHandler(string handlerId = "handler", int generation = 1, int concurrentTurns = 64,
        EventKinds events = EventKinds.None)
    {
        var handler = new FakeHandler(this);
        Dispatcher.Attach(new HandlerPort(handlerId, generation, concurrentTurns, handler.Post) { Traits = new() { Events = events } });
        return handler;
    }

    /// <summary>Lets the dispatcher work until something is so.</summary>
    public void Until(Func<bool> condition)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < StoreFolder.Patience, "It did not come true.");
            Dispatcher.Step(Tick);
        }
    }

    /// <summary>Lets the dispatcher work until the store and it have nothing more to say to each other.</summary>
    public void Settle()
    {
        for (var round = 0; round < MostRounds; round++)
        {
            var hasRun = Dispatcher.Step(TimeSpan.Zero);
            Store.Balance();
            if (!Dispatcher.Step(TimeSpan.Zero) && !hasRun) return;
        }

        Assert.Fail($"The dispatcher and the store are still at work after {MostRounds} rounds.");
    }

    /// <summary>Moves the clock, in steps small enough for what follows from what.</summary>
    public void Advance(TimeSpan time)
    {
        Clock.Advance(time);
        Settle();
    }

    /// <summary>Owes replies through a turn that ends.</summary>
    public void Owe(string eventId, params string[] replies) => OweIn("1", eventId, replies);

    public void OweIn(string chat, string eventId, params string[] replies) => OweIn(chat, eventId, ChatKind.Direct, replies);

    public void OweIn(string chat, string eventId, ChatKind kind, params string[] replies)
    {
        var handler = AttachHandler("handler", 1000);
        Accept(Message(eventId, chat, kind: kind));
        Until(() => handler.Turns.Count == 1);
        foreach (var reply in replies) handler.Reply(0, reply);
        handler.Complete(0);
        Dispatcher.DetachHandler("handler", 1000);
        Settle();
    }

    public void Dispose()
    {
        Store.Close(StoreFolder.Patience);
        _folder.Dispose();
    }
}

/// <summary>An adapter that keeps the calls it gets.</summary>
internal sealed class FakeAdapter(DispatchFixture fixture)
{
    public List<SendCall> Sends { get; } = [];

    /// <summary>Edits, deletions and reactions.</summary>
    public List<DeliveryCall> Actions { get; } = [];

    /// <summary>What it does with an attachment it shall fetch.</summary>
    public Func<AttachmentRequest, FetchedAttachment>? Fetches { get; set; }

    public List<TypingCall> Typing { get; } = [];

    /// <summary>Answers to interactions.</summary>
    public List<TicketAnswer> Answers { get; } = [];

    /// <summary>When set, no answer to an interaction comes back.</summary>
    public bool KeepsAnswers { get; set; }

    /// <summary>When set, no typing call comes back before <see cref="EndTyping"/>.</summary>
    public bool KeepsTyping { get; set; }

    /// <summary>When set, every send is answered with it at once.</summary>
    public SendResult? Always { get; set; }

    /// <summary>When set, every call is refused, as a retired guard does.</summary>
    public bool Refuses { get; set; }

    public IEnumerable<string> Texts => Sends.Select(static call => call.Message.Text);

    public IEnumerable<string> Edits => Actions.OfType<EditCall>().Select(static call => call.Edit.Text);

    public void Post(GuardedCall call)
    {
        if (call is TypingCall typing)
        {
            Typing.Add(typing);
            if (!KeepsTyping) EndTyping();
            return;
        }

        if (call is AnswerCall answer)
        {
            Answers.Add(answer.Answer);
            if (!KeepsAnswers) answer.Finish(new CallEnd(CallEndKind.Completed, CallStage.Awaiting, TimeSpan.Zero, null));
            return;
        }

        if (call is FetchCall fetch)
        {
            fetch.Accept(Fetches!(fetch.Request));
            fetch.Finish(new CallEnd(CallEndKind.Completed, CallStage.Awaiting, TimeSpan.Zero, null));
            return;
        }

        if (call is not SendCall send)
        {
            Actions.Add((DeliveryCall)call);
            return;
        }

        Sends.Add(send);
        if (Refuses) send.Finish(new CallEnd(CallEndKind.Refused, CallStage.NotEntered, TimeSpan.Zero, null));
        else if (Always is { } result) End(send, result);
    }

    public void EndTyping() => Typing[^1].Finish(new CallEnd(CallEndKind.Completed, CallStage.Awaiting, TimeSpan.Zero, null));

    /// <summary>Ends a call, and waits for nothing.</summary>
    public void End(int index, SendResult result) => End(Sends[index], result);

    public void Sent(int index) => Answer(index, SendResult.Sent("m"));

    public void Answer(int index, SendResult result)
    {
        End(Sends[index], result);
        fixture.Settle();
    }

    public void AnswerAction(int index, SendResult result)
    {
        End(Actions[index], result);
        fixture.Settle();
    }

    public void OverdueAction(int index)
    {
        Actions[index].Finish(new CallEnd(CallEndKind.Overdue, CallStage.Awaiting, TimeSpan.FromSeconds(15), null));
        fixture.Settle();
    }

    public void Overdue(int index)
    {
        Sends[index].Finish(new CallEnd(CallEndKind.Overdue, CallStage.Awaiting, TimeSpan.FromSeconds(30), null));
        fixture.Settle();
    }

    private static void End(DeliveryCall call, SendResult result)
    {
        call.Accept(result);
        call.Finish(new CallEnd(CallEndKind.Completed, CallStage.Awaiting, TimeSpan.Zero, null));
    }
}

/// <summary>A handler that keeps the turns it gets.</summary>
internal sealed class FakeHandler(DispatchFixture fixture)
{
    public List<TurnCall> Turns { get; } = [];

    /// <summary>When set, every turn is answered with it and ends at once.</summary>
    public string? Always { get; set; }

    /// <summary>When set, every turn ends at once.</summary>
    public bool EndsAtOnce { get; set; }

    public IEnumerable<string> Texts => Turns.Select(static call => call.Turn.Messages[^1].Text);

    public void Post(TurnCall call)
    {
        Turns.Add(call);
        if (Always is { } reply) _ = call.Turn.ReplyAsync(reply, CancellationToken.None);
        else if (!EndsAtOnce) return;
        call.Finish(new CallEnd(CallEndKind.Completed, CallStage.Awaiting, TimeSpan.Zero, null));
    }

    public void Reply(int index, string text)
    {
        var task = Turns[index].Turn.ReplyAsync(text, CancellationToken.None);
        fixture.Until(() => task.IsCompleted);
        task.GetAwaiter().GetResult();
    }

    /// <summary>Waits for what the handler has asked for.</summary>
    public T Get<T>(Task<T> task)
    {
        fixture.Until(() => task.IsCompleted);
        return task.GetAwaiter().GetResult();
    }

    public void Do(Task task)
    {
        fixture.Until(() => task.IsCompleted);
        task.GetAwaiter().GetResult();
    }

    /// <summary>Ends a turn well, and waits for nothing.</summary>
    public void End(int index) => Turns[index].Finish(new CallEnd(CallEndKind.Completed, CallStage.Awaiting, TimeSpan.Zero, null));

    public void Complete(int index) => End(index, CallEndKind.Completed);

    public void Fail(int index) => End(index, CallEndKind.Failed, new CallFailure("System.Exception", "no", null));

    public void End(int index, CallEndKind kind, CallFailure? failure = null)
    {
        Turns[index].Finish(new CallEnd(kind, CallStage.Awaiting, TimeSpan.Zero, failure));
        fixture.Settle();
    }
}
