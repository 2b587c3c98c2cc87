using System.Collections.ObjectModel;
using PluginGateway.Guard;
using PluginGateway.Isolation.Protocol;
using PluginGateway.Loading;

namespace PluginGateway.Isolation.Worker;

/// <summary>The gateway's inbox: completes when the gateway says that the message is durable.</summary>
internal sealed class WorkerInbox(WorkerChannel workerChannel) : IInbox
{
    /// <summary>Text over the limit, sent in place of a longer one: the gateway discards and counts it in any case.</summary>
    private static readonly string TooLong = new(' ', 1024 * 1024 + 1);

    public Task<Acceptance> AcceptAsync(InboundEvent inboundEvent, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(inboundEvent);
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<Acceptance>(cancellationToken);
        try
        {
            return Ask(inboundEvent, cancellationToken);
        }
        catch (FrameTooLongException)
        {
            var sender = inboundEvent.Sender ?? new Sender("unknown");
            return Ask(new InboundMessage(inboundEvent.EventId, inboundEvent.Chat, sender, TooLong)
            {
                MentionsBot = inboundEvent is ContentEvent { MentionsBot: true }
            }, cancellationToken);
        }
    }

    /// <summary>A batch that fits into no frame is over the limit of the gateway too.</summary>
    public Task<IReadOnlyList<Acceptance>> AcceptAsync(
        IReadOnlyList<InboundEvent> events, IReadOnlyDictionary<string, string>? state, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(events);
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<IReadOnlyList<Acceptance>>(cancellationToken);
        try
        {
            return workerChannel.Ask<(IReadOnlyList<InboundEvent> Events, IReadOnlyDictionary<string, string> State), IReadOnlyList<Acceptance>>(
                RemoteOperation.AcceptBatch, (events, state ?? ReadOnlyDictionary<string, string>.Empty),
                static (to, what) => to.List(what.Events, static (each, e) => each.Write(e)).Map(what.State),
                static (ref FrameReader from) => from.List(Messages.ReadAcceptance), mayHaveHappened: true, waitsUntil: cancellationToken).Task;
        }
        catch (FrameTooLongException problem)
        {
            throw new ArgumentException($"The batch is too large, and nothing of it was stored: {problem.Message}", nameof(events));
        }
    }

    private Task<Acceptance> Ask(InboundEvent inboundEvent, CancellationToken cancellationToken) => workerChannel.Ask(
        RemoteOperation.Accept, inboundEvent, static (to, what) => to.Write(what), Messages.ReadAcceptance, mayHaveHappened: true,
        waitsUntil: cancellationToken).Task;
}

/// <summary>The gateway's store of the state of this adapter or handler.</summary>
internal sealed class WorkerState(WorkerChannel workerChannel) : IAdapterState
{
    public Task<string?> GetAsync(string key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        return workerChannel.Ask(
            RemoteOperation.GetState, key, static (to, what) => to.Text(what), static (ref FrameReader from) => from.MaybeText(),
            mayHaveHappened: false, waitsUntil: cancellationToken).Task;
    }

    public Task<bool> SetAsync(string key, string? value, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        return workerChannel.Ask(
            RemoteOperation.SetState, (key, value), static (to, what) => to.Text(what.key).Text(what.value), static (ref FrameReader from) =>
            from.Flag(), mayHaveHappened: true, waitsUntil: cancellationToken).Task;
    }
}

/// <summary>The gateway's topics. An event that was published goes before a position that is asked for afterwards.</summary>
internal sealed class WorkerTopics(WorkerChannel workerChannel) : IEventTopics
{
    public Task<long> PositionAsync(string topic, CancellationToken cancellationToken)
    {
        EventLimits.Check(topic);
        return workerChannel.Ask(RemoteOperation.TopicPosition, topic, static (to, what) => to.Text(what),
            static (ref FrameReader from) => from.Long(), mayHaveHappened: false, waitsUntil: cancellationToken).Task;
    }

    public void Publish(string topic, StreamEvent streamEvent)
    {
        EventLimits.Check(topic, streamEvent);
        workerChannel.Notice(RemoteOperation.Publish, (topic, streamEvent), static (to, what) => to.Text(what.topic).Write(what.streamEvent));
    }
}

/// <summary>The gateway's log.</summary>
internal sealed class WorkerLog(WorkerChannel workerChannel) : IPluginLog
{
    public void Write(PluginLogLevel level, string message, Exception? exception = null)
    {
        ArgumentNullException.ThrowIfNull(message);
        var text = PluginLogText.Of(message, exception);
        workerChannel.Notice(RemoteOperation.Log, (level, text), static (to, what) => to.Name(what.level).Text(what.text));
    }
}
