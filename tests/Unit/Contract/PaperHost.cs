namespace PluginGateway.Tests.Contract;

/// <summary>Host of a paper adapter: it keeps events and state. All that would be a second channel beside inbox, state and return values is
/// missing.</summary>
internal sealed class PaperHost : AdapterContext, IInbox, IAdapterState
{
    public static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    public List<InboundEvent> Received { get; } = [];

    public Dictionary<string, string> Stored { get; } = [];

    /// <summary>What becomes of an event.</summary>
    public Acceptance Answer { get; set; } = Acceptance.Stored;

    public override string AdapterId => "paper";

    public override int Generation => 1;

    public override PluginSettings Settings => PluginSettings.Empty;

    public override IInbox Inbox => this;

    public override IAdapterState State => this;

    public override IPluginLog Log => throw Unwanted();

    public override TimeProvider Clock { get; } = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(Now);

    public override void ReportFatal(PluginFault fault) => throw Unwanted();

    public Task<Acceptance> AcceptAsync(InboundEvent inboundEvent, CancellationToken cancellationToken)
    {
        Received.Add(inboundEvent);
        foreach (var (key, value) in inboundEvent.State) Keep(key, value);
        return Task.FromResult(Answer);
    }

    public Task<IReadOnlyList<Acceptance>> AcceptAsync(
        IReadOnlyList<InboundEvent> events, IReadOnlyDictionary<string, string>? state, CancellationToken cancellationToken)
    {
        Received.AddRange(events);
        foreach (var (key, value) in state ?? new Dictionary<string, string>()) Keep(key, value);
        return Task.FromResult<IReadOnlyList<Acceptance>>([.. events.Select(_ => Answer)]);
    }

    public Task<string?> GetAsync(string key, CancellationToken cancellationToken) => Task.FromResult(Stored.GetValueOrDefault(key));

    public Task<bool> SetAsync(string key, string? value, CancellationToken cancellationToken)
    {
        if (value is null) Stored.Remove(key);
        else Keep(key, value);
        return Task.FromResult(true);
    }

    /// <summary>Keeps a value within the limits of the contract.</summary>
    private void Keep(string key, string value)
    {
        Assert.InRange(key.Length, 1, 128);
        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(value), 0, 65_536);
        Stored[key] = value;
    }

    private static NotSupportedException Unwanted() => new("A paper adapter needs inbox, state and clock only.");
}
