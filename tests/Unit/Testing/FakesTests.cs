using Microsoft.Extensions.Logging.Abstractions;
using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Plugins.Echo;
using PluginGateway.Testing;
using PluginGateway.Tests.Dispatch;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Testing;

/// <summary>Fakes of the package for tests of plugins: what they say and refuse is what the host says and refuses.</summary>
public sealed class FakesTests
{
    private static readonly Chat Direct = new("1", ChatKind.Direct);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_handler_is_tested_with_a_turn_of_a_message_and_one_of_another_event()
    {
        using var context = new FakeHandlerContext();
        var handler = new EchoHandler(context);
        var turn = new FakeTurn("Shall I? [Yes] [No]");
        await handler.HandleAsync(turn, Token);
        Assert.Equal(["Yes", "No"], Assert.Single(turn.Replies).Buttons!.Buttons.Select(static button => button.Label));
        var deleted = new FakeTurn(new MessageDeleted("e", Direct, null, ["m1", "m2"]));
        await handler.HandleEventAsync(deleted, Token);
        Assert.Equal("(deleted m1, m2)", deleted.Replies.Single().Text);
        Assert.Empty(deleted.Messages);
        Assert.Equal((turn.Conversation, "Shall I? [Yes] [No]"), (turn.Session, turn.Text));
    }

    [Fact]
    public async Task A_turn_keeps_what_is_requested_and_refuses_what_the_adapter_cannot_do_and_what_comes_after_its_end()
    {
        var turn = new FakeTurn("hello");
        var target = await turn.ReplyAsync("one", Token);
        Assert.Equal(("m1", "m2"), (target.Id, (await turn.ReplyAsync("two", Token)).Id));
        await turn.EditAsync(target, new Reply("three"), Token);
        await turn.ReactAsync(MessageTarget.OnPlatform("theirs"), "+1", Token);
        await turn.DeleteAsync(target, Token);
        Assert.Equal((target, "three"), (turn.Edits.Single().Target, turn.Edits.Single().Content.Text));
        Assert.Equal(("theirs", "+1", target), (turn.Reactions.Single().Target.MessageId, turn.Reactions.Single().Emoji, turn.Deletions.Single()));
        await Assert.ThrowsAsync<ArgumentException>(() => turn.EditAsync(target, new Reply(""), Token));
        turn.End();
        await Assert.ThrowsAsync<InvalidOperationException>(() => turn.ReplyAsync("late", Token));

        var plain = new FakeTurn(turn.Messages[0], capabilities: MessageCapabilities.None);
        await Assert.ThrowsAsync<NotSupportedException>(() => plain.EditAsync(target, new Reply("x"), Token));
        await Assert.ThrowsAsync<NotSupportedException>(() => plain.ReplyAsync(
            new Reply("x") { Attachments = [new OutboundAttachment("/tmp/x", AttachmentKind.File)] }, Token));
    }

    [Fact]
    public async Task A_turn_gives_the_files_of_its_own_message_only()
    {
        var file = new Attachment("ref", AttachmentKind.File);
        var turn = new FakeTurn(new InboundMessage("e", Direct, new Sender("s"), "") { Attachments = [file] })
        {
            Fetch = static _ => Task.FromResult(new FetchedFile("/tmp/x", 3)),
        };
        Assert.Equal(3, (await turn.FetchAsync(file, Token)).Size);
        await Assert.ThrowsAsync<ArgumentException>(() => turn.FetchAsync(new Attachment("other", AttachmentKind.File), Token));
        turn.Fetch = null;
        await Assert.ThrowsAsync<IOException>(() => turn.FetchAsync(file, Token));
    }

    /// <summary>The same calls, once on the fake and once on the host's own inbox and store.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_inbox_stores_an_event_once_with_its_state_and_the_state_has_the_limits_of_the_host(bool isFake)
    {
        using var context = new FakeAdapterContext();
        using var folder = new StoreFolder();
        var store = folder.Open();
        var intake = new InboxIntake(store, new InboxLimits(), new OpenAccessFilter(), TimeProvider.System, NullLogger.Instance);
        IInbox inbox = isFake ? context.Inbox : intake.Open("a", 1, InboundClass.AckGated, static () => false);
        IAdapterState state = isFake ? context.State : new StoredState(store, "a", static () => false);
        var message = DispatchFixture.Message("e1") with { State = new Dictionary<string, string> { ["cursor"] = "1" } };
        Assert.Equal(Acceptance.Stored, await inbox.AcceptAsync(message, Token));
        Assert.Equal(Acceptance.Duplicate, await inbox.AcceptAsync(message with { State = new Dictionary<string, string> { ["cursor"] = "2" } }, Token));
        Assert.Equal("2", await state.GetAsync("cursor", Token));
        Assert.Equal([Acceptance.Duplicate, Acceptance.Stored], await inbox.AcceptAsync(
            [message, DispatchFixture.Message("e2")], new Dictionary<string, string> { ["cursor"] = "3" }, Token));
        Assert.Equal("3", await state.GetAsync("cursor", Token));
        Assert.True(await state.SetAsync("cursor", null, Token));
        Assert.Null(await state.GetAsync("cursor", Token));
        await Assert.ThrowsAsync<ArgumentException>(() => state.SetAsync(new string('k', 129), "v", Token));
        await Assert.ThrowsAsync<ArgumentException>(() => state.SetAsync("k", new string('\u00e9', 32_769), Token));
        Assert.True(await state.SetAsync(new string('k', 128), new string('\u00e9', 32_768), Token));
        store.CloseCleanly();
    }

    [Fact]
    public async Task Refused_events_are_offered_and_not_stored_and_a_test_can_wait_for_stored_ones()
    {
        using var context = new FakeAdapterContext();
        context.Inbox.Answer = static _ => Task.FromResult(Acceptance.Refused("full"));
        var message = DispatchFixture.Message("e1") with { State = new Dictionary<string, string> { ["cursor"] = "1" } };
        Assert.False((await context.Inbox.AcceptAsync(message, Token)).Acknowledge);
        Assert.All(await context.Inbox.AcceptAsync([message, message], null, Token), static one => Assert.Equal("full", one.Reason));
        Assert.Equal((1, 0, 0), (context.Inbox.Offered.Count, context.Inbox.Stored.Count, context.State.Values.Count));
        context.Inbox.Answer = null;
        var stored = context.Inbox.StoredAsync(1, Token);
        Assert.False(stored.IsCompleted);
        await context.Inbox.AcceptAsync(message, Token);
        Assert.Same(message, Assert.Single(await stored));
    }

    [Fact]
    public async Task The_outbox_of_a_handler_knows_its_keys()
    {
        using var context = new FakeHandlerContext();
        var first = await context.Outbox.SendAsync("a", Direct, new Reply("x"), "k", Token);
        Assert.Equal(first, await context.Outbox.SendAsync("a", Direct, new Reply("x"), "k", Token));
        await Assert.ThrowsAsync<InvalidOperationException>(() => context.Outbox.SendAsync("a", Direct, new Reply("y"), "k", Token));
        foreach (var key in (string[])["", "a b", "m12", "i1", new string('k', 65)])
            await Assert.ThrowsAsync<ArgumentException>(() => context.Outbox.SendAsync("a", Direct, new Reply("x"), key, Token));
        Assert.Equal("k", Assert.Single(context.Outbox.Sent).Key);
        context.Outbox.Failure = new RetryLaterException("later");
        await Assert.ThrowsAsync<RetryLaterException>(() => context.Outbox.SendAsync("a", Direct, new Reply("x"), "k2", Token));
    }

    [Fact]
    public async Task A_context_keeps_what_is_reported_and_deletes_its_own_folder_only()
    {
        string folder;
        using (var context = new FakeAdapterContext("""{ "a": "b" }"""))
        {
            folder = context.DataDirectory;
            Assert.True(Directory.Exists(folder));
            Assert.Equal("b", context.Settings.Read(static settings => settings.RequiredText("a")));
            context.ReportFatal(new PluginFault("lost", "The connection was lost."));
            context.ReportHealth(new AdapterHealth(false, "slow"));
            context.Log.Warning("careful");
            context.Events.Publish("t", new StreamEvent("data"));
            Assert.Equal(("lost", "slow", "careful", 1L), (context.Faults.Single().Code, context.Healths.Single().Message,
                context.Log.Lines.Single().Message, await context.Events.PositionAsync("t", Token)));
            using var next = new FakeAdapterContext(state: context.State, generation: 2, dataDirectory: folder);
            next.Dispose();
            Assert.True(Directory.Exists(folder));
        }

        Assert.False(Directory.Exists(folder));
    }
}
