using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using PluginGateway.Access;
using PluginGateway.Dispatch.External;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Store;
using PluginGateway.Tests.Dispatch;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Access;

/// <summary>The access filter at the way in: what it turns away leaves no trace but a count, and the state that came along.</summary>
public sealed class AccessFilterTests
{
    [Fact]
    public void What_is_turned_away_is_acknowledged_and_counted_and_nobody_else_sees_it()
    {
        using var fixture = new DispatchFixture(accessFilter: (store, clock) => new AccessFixture(
            AccessPolicyTests.Rule("""{ "users": ["ann"], "groups": "mentioned" }"""), store, clock).Filter);
        fixture.Attach();
        var handler = fixture.AttachHandler();
        // Just after a start a message may be a part of one to the bot.
        fixture.Advance(TimeSpan.FromSeconds(3));
        List<MessageEvent> messageEvent = [];
        fixture.Dispatcher.Events.Listener = messageEvent.Add;

        Assert.Equal(Acceptance.Discarded("notAllowed"), fixture.Accept(Said("e1", "bob")));
        Assert.Equal(Acceptance.Discarded("notAllowed"), fixture.Accept(Said("e2", "ann", "#room")));
        Assert.Equal(Acceptance.Discarded("ownMessage"),
            fixture.Accept(new InboundMessage("e3", new Chat("#room", ChatKind.Group), new Sender("ann") { IsSelf = true }, "hello")));
        Assert.Equal(Acceptance.Stored, fixture.Accept(Said("e4", "ann")));
        fixture.Until(() => handler.Turns.Count == 1);
        fixture.Settle();

        var books = fixture.Store.Balance();
        Assert.Equal((1, 3, 0, 1), (books.Inbound.Accepted, books.Inbound.Discarded, books.Inbound.Duplicates, books.Inbound.Pending));
        Assert.Equal(["ann"], messageEvent.Select(static one => one.Received!.Sender!.Id));
        Assert.Equal(
            new Dictionary<string, long> { ["ownMessage"] = 1, ["stranger"] = 1, ["notMentioned"] = 1 },
            fixture.Snapshot.Adapters.Single().Discarded);
        // What was turned away was not remembered against duplicates either: let in now, it is new.
        Assert.Equal(Acceptance.Stored, fixture.Accept(Said("e1", "ann")));
    }

    [Fact]
    public async Task A_cursor_goes_on_past_messages_that_are_turned_away()
    {
        using var fixture = new DispatchFixture(
            accessFilter: (store, clock) => new AccessFixture(AccessPolicyTests.Rule("""{ "users": ["ann"] }"""), store, clock).Filter);
        Assert.True(fixture.Accept(At("7", "bob")).Acknowledge);
        Assert.Equal("7", await new StoredState(fixture.Store, "a", static () => false).GetAsync("cursor", CancellationToken.None));
        // Nor does one that can never be handled stop it.
        Assert.Equal(Acceptance.Discarded("tooLarge"), fixture.Accept(At("8", "ann", new string('x', InboundRules.MaxTextBytes + 1))));
        Assert.Equal("8", await new StoredState(fixture.Store, "a", static () => false).GetAsync("cursor", CancellationToken.None));
        Assert.Equal(0, fixture.Intake.Quota.Bytes);
        fixture.Store.Close(TimeSpan.FromSeconds(30));
        // What cannot be written is not acknowledged: the platform keeps the message, and the cursor stays true.
        Assert.Equal(Acceptance.Refused("stopping"), fixture.Accept(At("9", "bob")));
    }

    [Fact]
    public void A_flood_of_strangers_fills_neither_the_log_nor_the_outbox()
    {
        using var fixture = new DispatchFixture(accessFilter: (store, clock) => Kept = new AccessFixture(AccessPolicyTests.Rule("{}"), store, clock));
        for (var i = 0; i < 2000; i++) Assert.Equal(Acceptance.Discarded("notAllowed"), fixture.Accept(Said($"e{i}", $"stranger {i}")));
        fixture.Settle();
        Assert.Equal(3, Kept!.Delivered.Count);
        Assert.InRange(Kept.Lines.Count, 4, 5);
        Assert.Equal(0, fixture.Store.Balance().Outbound.Owed);
        Assert.All(Kept.Lines, static line => Assert.Contains("\"users\": [\"*\"]", line, StringComparison.Ordinal));
        Assert.Contains("plugin-gateway pair approve", Kept.Lines[0], StringComparison.Ordinal);
        Assert.DoesNotContain(Kept.Lines, line => Kept.Delivered.Exists(code => line.Contains(code, StringComparison.OrdinalIgnoreCase)));
    }

    [Fact]
    public void Two_bots_come_to_an_end_and_a_person_is_heard_beside_them()
    {
        using var fixture = new DispatchFixture(
            accessFilter: (store, clock) => Kept = new AccessFixture(AccessPolicyTests.Rule("""{ "groups": "all" }"""), store, clock));
        var let = Enumerable.Range(0, 50).Count(i => fixture.Accept(Said($"e{i}", "robot", "#room", isBot: true)) == Acceptance.Stored);
        Assert.Equal(BotLoops.MostInARow, let);
        // The same messages once more are still known: a platform that repeats starts no row.
        Assert.Equal(Acceptance.Stored, fixture.Accept(Said("p", "ann", "#room")));
        Assert.Equal(Acceptance.Duplicate, fixture.Accept(Said("e1", "robot", "#room", isBot: true)));
        Assert.Contains("bots have said 10 messages in a row", Assert.Single(Kept!.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void A_group_is_closed_until_somebody_who_is_paired_has_written_there_and_then_hears_what_is_said_to_the_bot()
    {
        using var fixture = new DispatchFixture(accessFilter: (store, clock) => Kept = new AccessFixture(AccessPolicyTests.Rule("{}"), store, clock));
        // Just after a start a message may be a part of one to the bot.
        fixture.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(Acceptance.Discarded("notAllowed"), fixture.Accept(Said("e1", "eve", "#evil", mentioned: true)));
        Assert.Equal(Acceptance.Discarded("notAllowed"), fixture.Accept(Said("e2", "eve", "#evil")));
        fixture.Settle();
        Assert.Equal(["#evil"], Kept!.Chats);
        Assert.Contains("group '#evil' has not been let in", Kept.Lines[0], StringComparison.Ordinal);

        Kept.Pairings.Approve("a", new PairingSubject("ann", false), static _ => { });
        fixture.Store.Balance(); // written
        // What she says to nobody in particular is not heard, and lets the others in.
        Assert.Equal(Acceptance.Discarded("notAllowed"), fixture.Accept(Said("e3", "ann", "#room")));
        Assert.Equal(Acceptance.Stored, fixture.Accept(Said("e4", "bob", "#room", mentioned: true)));
        Assert.Equal(Acceptance.Discarded("notAllowed"), fixture.Accept(Said("e5", "bob", "#room")));
        Assert.Equal(Acceptance.Discarded("notAllowed"), fixture.Accept(Said("e6", "eve", "#evil", mentioned: true)));
        Assert.Contains(Kept.Lines, static line => line.Contains("group '#room' is let in", StringComparison.Ordinal));

        Kept.Pairings.Revoke("a", new PairingSubject("#room", true), static _ => { });
        fixture.Store.Balance();
        Assert.Equal(Acceptance.Discarded("notAllowed"), fixture.Accept(Said("e7", "bob", "#room", mentioned: true)));
    }

    [Fact]
    public void A_group_is_let_in_by_who_is_paired_and_adds_the_bot_and_by_nobody_else()
    {
        using var fixture = new DispatchFixture(accessFilter: (store, clock) => Kept = new AccessFixture(AccessPolicyTests.Rule("{}"), store, clock));
        fixture.Attach();
        fixture.AttachHandler();
        Kept!.Pairings.Approve("a", new PairingSubject("ann", false), static _ => { });
        fixture.Store.Balance(); // written
        Assert.Equal(Acceptance.Discarded("notAllowed"), fixture.Accept(Added("e1", "eve", "#evil")));
        Assert.Equal(Acceptance.Discarded("notAllowed"), fixture.Accept(Said("e2", "eve", "#evil", mentioned: true)));
        Assert.Equal(Acceptance.Discarded("notAllowed"), fixture.Accept(Added("e3", "ann", "#room")));
        Assert.Equal(Acceptance.Stored, fixture.Accept(Said("e4", "bob", "#room", mentioned: true)));
        Assert.Contains(Kept.Lines, static line =>
            line.Contains("group '#room' is let in, because 'ann' (ann), who is paired, added the bot there", StringComparison.Ordinal));
        fixture.Settle();
        // Nobody is answered for it, and a code goes to the group of a stranger only when somebody speaks to the bot there.
        Assert.Equal(["#evil"], Kept.Chats);
        Assert.Equal(2, fixture.Snapshot.Adapters.Single().Discarded["botAdded"]);
        Assert.Equal(1, fixture.Store.Balance().Inbound.Accepted);

        static MembersChanged Added(string id, string by, string group) =>
            new(id, new Chat(group, ChatKind.Group), new Sender(by), MemberChange.BotAdded);
    }

    [Fact]
    public void A_bot_that_is_a_stranger_is_sent_no_code()
    {
        using var fixture = new DispatchFixture(accessFilter: (store, clock) => Kept = new AccessFixture(AccessPolicyTests.Rule("{}"), store, clock));
        Assert.Equal(Acceptance.Discarded("notAllowed"), fixture.Accept(Said("e", "robot", isBot: true)));
        fixture.Settle();
        Assert.Empty(Kept!.Delivered);
    }

    private AccessFixture? Kept { get; set; }

    private static InboundMessage Said(string id, string sender, string group = "", bool isBot = false, bool mentioned = false)
    {
        var message = AccessPolicyTests.Message(sender, group, isBot: isBot);
        return new InboundMessage(id, message.Chat, message.Sender, message.Text) { MentionsBot = mentioned };
    }

    private static InboundMessage At(string cursor, string sender, string text = "hello") =>
        new($"e{cursor}", new Chat(sender, ChatKind.Direct), new Sender(sender), text)
        {
            State = new Dictionary<string, string> { ["cursor"] = cursor }
        };

    /// <summary>An access filter with one rule, and what it sends and says.</summary>
    private sealed class AccessFixture : IAccessFilter, ILogger
    {
        public AccessFixture(AccessRule rule, PluginGateway.Store.MessageStore store, TimeProvider clock) =>
            Filter = new AccessFilter(_ => rule, Pairings = new PairingRequests(store, (_, chat, code) => Deliver(chat, code), clock), clock, this);

        public PairingRequests Pairings { get; }

        public List<string> Chats { get; } = [];

        public AccessFilter Filter { get; }

        public List<string> Delivered { get; } = [];

        public List<string> Lines { get; } = [];

        private void Deliver(Chat chat, string code)
        {
            Delivered.Add(code);
            Chats.Add(chat.Id);
        }

        public DiscardCause? Judge(string adapterId, InboundEvent e) => Filter.Judge(adapterId, e);

        public AccessCondition? ConditionOf(string adapterId, InboundEvent e) => Filter.ConditionOf(adapterId, e);

        public void OnAdmitted(string adapterId, InboundEvent e) => Filter.OnAdmitted(adapterId, e);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));
    }
}
