using Moq;
using PluginGateway.Configuration.Options;
using PluginGateway.Tests.Dispatch;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Contract;

/// <summary>The pump of the contract, between a reader and an inbox.</summary>
public sealed class InboxPumpTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private readonly List<TaskCompletionSource<Acceptance>> _calls = [];
    private readonly List<string> _asked = [];
    private readonly List<string> _acknowledged = [];
    private Acceptance? _atOnce;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Calls_overlap_and_acknowledgements_come_in_the_order_of_the_events()
    {
        var pump = Pump();
        var running = pump.RunAsync(Token);
        for (var i = 0; i < 300; i++) await AddAsync(pump, i);
        await UntilAsync(() => _calls.Count == 256);
        Assert.Equal(Enumerable.Range(0, 256).Select(static i => $"e{i}"), _asked);
        for (var i = 255; i >= 1; i--) Answer(i, Acceptance.Stored);
        Assert.Empty(_acknowledged);
        Answer(0, Acceptance.Duplicate);
        await UntilAsync(() => _calls.Count == 300);
        for (var i = 256; i < 300; i++) Answer(i, i == 299 ? Acceptance.Discarded("invalid") : Acceptance.Stored);
        pump.Complete();
        await running.WaitAsync(Soon, Token);
        Assert.Equal(["e0 Duplicate", .. Enumerable.Range(1, 298).Select(static i => $"e{i} Stored"), "e299 Discarded"], _acknowledged);
        Assert.Equal(0, pump.Unanswered);
    }

    [Fact]
    public async Task A_refused_event_is_offered_again_before_any_later_one_and_not_acknowledged_before_it_is_stored()
    {
        var pump = Pump();
        var running = pump.RunAsync(Token);
        _atOnce = Acceptance.Refused("full");
        for (var i = 0; i < 3; i++) await AddAsync(pump, i);
        await UntilAsync(() => _asked.Count >= 2);
        _atOnce = null;
        await UntilAsync(() => _calls.Count >= 1);
        Assert.DoesNotContain("e1", _asked);
        Assert.Empty(_acknowledged);
        Answer(0, Acceptance.Stored);
        await UntilAsync(() => _calls.Count == 3);
        Assert.Equal(["e1", "e2"], _asked[^2..]);
        Answer(1, Acceptance.Stored);
        Answer(2, Acceptance.Stored);
        pump.Complete();
        await running.WaitAsync(Soon, Token);
        Assert.Equal(["e0 Stored", "e1 Stored", "e2 Stored"], _acknowledged);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_ends_when_the_generation_is_retired_and_offers_nothing_again_when_the_gateway_stops(bool isRetired)
    {
        var pump = Pump();
        _atOnce = isRetired ? Acceptance.Retired : Acceptance.Refused("stopping");
        for (var i = 0; i < 3; i++) await AddAsync(pump, i);
        if (!isRetired) pump.Complete();
        await pump.RunAsync(Token).WaitAsync(Soon, Token);
        Assert.Empty(_acknowledged);
        Assert.Equal(_asked.Distinct(), _asked);
    }

    [Fact]
    public async Task Room_in_memory_is_bounded_and_the_reader_waits_for_it()
    {
        var pump = Pump(maxWaiting: 2);
        Assert.True(pump.TryAdd(DispatchFixture.Message("e0"), null));
        Assert.True(pump.TryAdd(DispatchFixture.Message("e1"), null));
        Assert.False(pump.TryAdd(DispatchFixture.Message("e2"), null));
        var adding = AddAsync(pump, 2);
        Assert.False(adding.IsCompleted);
        using var gaveUp = new CancellationTokenSource();
        var other = pump.AddAsync(DispatchFixture.Message("e3"), null, gaveUp.Token);
        await gaveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => other);
        Assert.Equal(3, pump.Unanswered);
        _atOnce = Acceptance.Stored;
        var running = pump.RunAsync(Token);
        await adding.WaitAsync(Soon, Token);
        pump.Complete();
        await running.WaitAsync(Soon, Token);
        Assert.Equal(["e0", "e1", "e2"], _asked);
        Assert.Equal(["e2 Stored"], _acknowledged);
    }

    [Fact]
    public async Task A_callback_that_throws_ends_it()
    {
        var pump = Pump();
        _atOnce = Acceptance.Stored;
        await pump.AddAsync(DispatchFixture.Message("e0"), static _ => throw new IOException("the platform is gone"), Token);
        Assert.Equal("the platform is gone", (await Assert.ThrowsAsync<IOException>(() => pump.RunAsync(Token).WaitAsync(Soon, Token))).Message);
    }

    /// <summary>With the real inbox, which has room for two: nothing is lost, the order is kept, and the cursor stands at the last.</summary>
    [Fact]
    public async Task Through_a_full_inbox_every_event_is_handled_in_its_order()
    {
        using var fixture = new DispatchFixture(new InboxLimits { MaxPending = 2 });
        var handler = fixture.AttachHandler();
        handler.EndsAtOnce = true;
        var pump = new InboxPump(Context(fixture.Inbox(inbound: InboundClass.CursorPolled), fixture.Clock));
        var running = pump.RunAsync(Token);
        for (var i = 0; i < 50; i++)
        {
            await pump.AddAsync(DispatchFixture.Message($"e{i}", text: $"{i}") with
            {
                State = new Dictionary<string, string> { ["cursor"] = $"{i}" },
            }, null, Token);
        }

        pump.Complete();
        fixture.Until(() =>
        {
            fixture.Clock.Advance(TimeSpan.FromMilliseconds(100));
            return running.IsCompleted;
        });
        await running;
        fixture.Until(() => handler.Turns.Count == 50);
        Assert.Equal(Enumerable.Range(0, 50).Select(static i => $"{i}"), handler.Texts);
        Assert.Equal("49", fixture.Store.State("a", "cursor"));
    }

    private static AdapterContext Context(IInbox inbox, TimeProvider clock)
    {
        var context = new Mock<AdapterContext>();
        context.Setup(static one => one.Inbox).Returns(inbox);
        context.Setup(static one => one.Clock).Returns(clock);
        return context.Object;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(since) < Soon, "It did not come true.");
            await Task.Delay(10, Token);
        }
    }

    private InboxPump Pump(int maxWaiting = InboxPump.DefaultMaxWaiting)
    {
        var inbox = new Mock<IInbox>();
        inbox.Setup(static one => one.AcceptAsync(It.IsAny<InboundEvent>(), It.IsAny<CancellationToken>()))
            .Returns((InboundEvent e, CancellationToken _) => Accept(e));
        return new InboxPump(Context(inbox.Object, TimeProvider.System), maxWaiting);
    }

    private Task<Acceptance> Accept(InboundEvent e)
    {
        lock (_asked)
        {
            _asked.Add(e.EventId!);
            if (_atOnce is { } atOnce) return Task.FromResult(atOnce);
            _calls.Add(new TaskCompletionSource<Acceptance>(TaskCreationOptions.RunContinuationsAsynchronously));
            return _calls[^1].Task;
        }
    }

    private Task AddAsync(InboxPump pump, int number) => pump.AddAsync(DispatchFixture.Message($"e{number}"), acceptance =>
    {
        _acknowledged.Add($"e{number} {acceptance.Kind}");
        return Task.CompletedTask;
    }, Token);

    private void Answer(int call, Acceptance acceptance) => _calls[call].SetResult(acceptance);
}
