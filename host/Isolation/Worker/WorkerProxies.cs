using PluginGateway.Guard;
using PluginGateway.Isolation.Protocol;
using PluginGateway.Threads;

namespace PluginGateway.Isolation.Worker;

/// <summary>The gateway's inbox: completes when the gateway says that the message is durable.</summary>
internal sealed class WorkerInbox(WorkerChannel workerChannel) : IInbox
{
    /// <summary>So much text is discarded and counted by the gateway, whatever it is.</summary>
    private static readonly string TooLong = new(' ', 1024 * 1024 + 1);

    public Task<Acceptance> AcceptAsync(InboundMessage message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<Acceptance>(cancellationToken);
        Task<Acceptance> accepted;
        try
        {
            accepted = Ask(message);
        }
        catch (FrameTooLongException)
        {
            accepted = Ask(new InboundMessage(message.EventId, message.Chat, message.Sender, TooLong) { MentionsBot = message.MentionsBot });
        }

        return Waiting.For(accepted, cancellationToken);
    }

    private Task<Acceptance> Ask(InboundMessage message) =>
        workerChannel.Ask(RemoteOperation.Accept, message, static (to, what) => to.Write(what), Messages.ReadAcceptance, mayHaveHappened: true, CancellationToken.None).Task;
}

/// <summary>The gateway's store of this adapter's state.</summary>
internal sealed class WorkerState(WorkerChannel workerChannel) : IAdapterState
{
    public Task<string?> GetAsync(string key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Waiting.For(
            workerChannel.Ask(RemoteOperation.GetState, key, static (to, what) => to.Text(what), static (ref FrameReader from) => from.MaybeText(), mayHaveHappened: false, CancellationToken.None).Task, cancellationToken);
    }

    public Task<bool> SetAsync(string key, string? value, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Waiting.For(
            workerChannel.Ask(RemoteOperation.SetState, (key, value), static (to, what) => to.Text(what.key).Text(what.value), static (ref FrameReader from) => from.Flag(), mayHaveHappened: true, CancellationToken.None).Task, cancellationToken);
    }
}

/// <summary>The gateway's topics. What is published goes before what is asked afterwards.</summary>
internal sealed class WorkerTopics(WorkerChannel workerChannel) : IEventTopics
{
    /// <summary>Waits for the gateway's answer, some tens of microseconds.</summary>
    public long Position(string topic)
    {
        EventLimits.Check(topic);
        return workerChannel.Ask(RemoteOperation.TopicPosition, topic, static (to, what) => to.Text(what), static (ref FrameReader from) => from.Long(), mayHaveHappened: false, CancellationToken.None).Wait();
    }

    public void Publish(string topic, StreamEvent streamEvent)
    {
        EventLimits.Check(topic, streamEvent);
        workerChannel.Notice(RemoteOperation.Publish, (topic, streamEvent), static (to, what) => to.Text(what.topic).Write(what.streamEvent));
    }
}

/// <summary>The gateway's log. The exception is read here, where it lives.</summary>
internal sealed class WorkerLog(WorkerChannel workerChannel) : IPluginLog
{
    private const int MaxLength = 4096;

    public void Write(PluginLogLevel level, string message, Exception? exception = null)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.Length > MaxLength) message = message[..MaxLength] + "...";
        var text = exception is null ? message : $"{message} ({Loading.ExceptionText.Of(exception)})";
        workerChannel.Notice(RemoteOperation.Log, (level, text), static (to, what) => to.Byte((byte)what.level).Text(what.text));
    }
}

/// <summary>Waits for an answer until a token says not to: the answer comes all the same.</summary>
internal static class Waiting
{
    public static Task<T> For<T>(Task<T> answer, CancellationToken cancellationToken)
    {
        if (!cancellationToken.CanBeCanceled) return answer;
        var promise = new Promise<T>(cancellationToken);
        answer.ContinueWith(
            (done, _) =>
            {
                if (done.IsCompletedSuccessfully) promise.Complete(done.Result);
                else promise.Fail(done.Exception!.InnerException!);
            },
            null, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        return promise.Task;
    }
}
