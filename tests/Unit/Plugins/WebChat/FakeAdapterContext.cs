using System.Text.Json;

namespace PluginGateway.Tests.Plugins.WebChat;

/// <summary>What the host would give to an adapter, for tests.</summary>
internal sealed class FakeAdapterContext(string dataDirectory, int generation = 1, string settings = "{}", IEventTopics? events = null)
    : AdapterContext, IInbox, IEventTopics, IPluginLog
{
    private readonly PluginSettings _settings = PluginSettings.Parse(settings);

    public List<InboundEvent> AcceptedEvents { get; } = [];

    /// <summary>Messages among the events.</summary>
    public IEnumerable<InboundMessage> Accepted => AcceptedEvents.OfType<InboundMessage>();

    public List<(string Topic, StreamEvent Event)> Published { get; } = [];

    public List<string> Lines { get; } = [];

    public List<PluginFault> Faults { get; } = [];

    /// <summary>What the inbox answers.</summary>
    public Func<InboundEvent, Task<Acceptance>> Inboxing { get; set; } = _ => Task.FromResult(Acceptance.Stored);

    /// <summary>What happens when somebody asks for a position.</summary>
    public Action? OnPosition { get; set; }

    public override string AdapterId => "web";

    public override int Generation => generation;

    public override PluginSettings Settings => _settings;

    public override IInbox Inbox => this;

    public override IEventTopics Events => events ?? this;

    public override IPluginLog Log => this;

    public override TimeProvider Clock => TimeProvider.System;

    public override string PluginDirectory => dataDirectory;

    public override string DataDirectory => dataDirectory;

    public override void ReportFatal(PluginFault fault)
    {
        lock (Faults) Faults.Add(fault);
    }

    public override void ReportHealth(AdapterHealth health)
    {
    }

    public Task<Acceptance> AcceptAsync(InboundEvent inboundEvent, CancellationToken cancellationToken)
    {
        lock (AcceptedEvents) AcceptedEvents.Add(inboundEvent);
        return Inboxing(inboundEvent);
    }

    public Task<long> PositionAsync(string topic, CancellationToken cancellationToken)
    {
        OnPosition?.Invoke();
        lock (Published) return Task.FromResult<long>(Published.Count);
    }

    public void Publish(string topic, StreamEvent streamEvent)
    {
        lock (Published) Published.Add((topic, streamEvent));
    }

    public void Write(PluginLogLevel level, string message, Exception? exception = null)
    {
        lock (Lines) Lines.Add(message);
    }
}
