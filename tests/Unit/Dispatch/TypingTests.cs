namespace PluginGateway.Tests.Dispatch;

/// <summary>A typing indicator that comes late is worth nothing: it is left out, never queued.</summary>
public sealed class TypingTests
{
    [Fact]
    public void Chat_whose_typing_call_has_not_come_back_gets_no_second_one()
    {
        using var rig = new DispatchRig();
        var (adapter, handler) = (rig.Attach(showsTyping: true), rig.AttachHandler());
        adapter.KeepsTyping = true;
        rig.Accept(DispatchRig.Message("e1"));
        rig.Until(() => handler.Turns.Count == 1);
        for (var i = 0; i < 100; i++) rig.Advance(TimeSpan.FromSeconds(4));
        Assert.Single(adapter.Typing);
        adapter.EndTyping();
        rig.Advance(TimeSpan.FromSeconds(4.1));
        Assert.Equal(2, adapter.Typing.Count);
    }

    [Fact]
    public void Calls_that_hang_leave_few_others_waiting_behind_them()
    {
        using var rig = new DispatchRig();
        var (adapter, handler) = (rig.Attach(showsTyping: true), rig.AttachHandler());
        adapter.KeepsTyping = true;
        for (var i = 0; i < 60; i++) rig.Accept(DispatchRig.Message($"e{i}", $"{i}"));
        rig.Until(() => handler.Turns.Count == 60);
        for (var i = 0; i < 10; i++) rig.Advance(TimeSpan.FromSeconds(4));
        Assert.InRange(adapter.Typing.Count, 1, 8);
        // A new generation begins anew.
        rig.Dispatcher.Detach("a", 1);
        var next = rig.Attach(generation: 2, showsTyping: true);
        rig.Until(() =>
        {
            rig.Advance(TimeSpan.FromSeconds(1));
            return next.Typing.Count >= 60;
        });
    }
}
