namespace PluginGateway.Tests.Dispatch;

/// <summary>A typing indicator that comes late is worth nothing: it is left out, never queued.</summary>
public sealed class TypingTests
{
    [Fact]
    public void Chat_whose_typing_call_has_not_come_back_gets_no_second_one()
    {
        using var fixture = new DispatchFixture();
        var (adapter, handler) = (fixture.Attach(showsTyping: true), fixture.AttachHandler());
        adapter.KeepsTyping = true;
        fixture.Accept(DispatchFixture.Message("e1"));
        fixture.Until(() => handler.Turns.Count == 1);
        for (var i = 0; i < 100; i++) fixture.Advance(TimeSpan.FromSeconds(4));
        Assert.Single(adapter.Typing);
        adapter.EndTyping();
        fixture.Advance(TimeSpan.FromSeconds(4.1));
        Assert.Equal(2, adapter.Typing.Count);
        Assert.Equal(fixture.Clock.GetUtcNow().AddSeconds(2), adapter.Typing[^1].Indication.Deadline);
    }

    [Fact]
    public void Calls_that_hang_leave_few_others_waiting_behind_them()
    {
        using var fixture = new DispatchFixture();
        var (adapter, handler) = (fixture.Attach(showsTyping: true), fixture.AttachHandler());
        adapter.KeepsTyping = true;
        for (var i = 0; i < 60; i++) fixture.Accept(DispatchFixture.Message($"e{i}", $"{i}"));
        fixture.Until(() => handler.Turns.Count == 60);
        for (var i = 0; i < 10; i++) fixture.Advance(TimeSpan.FromSeconds(4));
        Assert.InRange(adapter.Typing.Count, 1, 8);
        // A new generation begins anew.
        fixture.Dispatcher.Detach("a", 1);
        var next = fixture.Attach(generation: 2, showsTyping: true);
        fixture.Until(() =>
        {
            fixture.Advance(TimeSpan.FromSeconds(1));
            return next.Typing.Count >= 60;
        });
    }
}
