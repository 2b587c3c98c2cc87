using System.Text.Json;

namespace PluginGateway;

/// <summary>What the host gives to one generation of an adapter, in its constructor. Every member may be used from any thread; none of them blocks.</summary>
/// <remarks>After the generation is retired every member answers so or does nothing. Derive from it only to test an adapter without the host.</remarks>
public abstract class AdapterContext
{
    /// <summary>The operator's name for this adapter, for example <c>telegram-main</c>.</summary>
    public abstract string AdapterId { get; }

    /// <summary>The number of this instance of the adapter id, counted from 1 over the life of the data directory.</summary>
    public abstract int Generation { get; }

    /// <summary>The adapter's <c>settings</c> object, secrets already resolved. Bind it through a source-generated <c>JsonTypeInfo</c>: reflection serialisation pins the
    /// plugin in memory. An empty object when nothing is configured.</summary>
    public abstract JsonElement Settings { get; }

    /// <summary>Where inbound messages go.</summary>
    public abstract IInbox Inbox { get; }

    /// <summary>A small durable key/value store of this adapter id, for cursors.</summary>
    public abstract IAdapterState State { get; }

    /// <summary>Topics behind the event streams an <see cref="IServeHttp"/> adapter opens.</summary>
    public abstract IEventTopics Events { get; }

    /// <summary>The gateway's log. Never log a secret, nor a message's text above debug level.</summary>
    public abstract IPluginLog Log { get; }

    /// <summary>The clock to use.</summary>
    public abstract TimeProvider Clock { get; }

    /// <summary>The folder this plugin was loaded from: read only.</summary>
    public abstract string PluginDirectory { get; }

    /// <summary>A folder of this adapter id, mode 0700, for its own files. Shared by its generations: a retired one may still be running in it.</summary>
    public abstract string DataDirectory { get; }

    /// <summary>Says that this generation cannot go on. Returns at once; the host queues a reconnect (or parks the adapter) and tears this instance down.</summary>
    /// <param name="fault">What happened and what should follow.</param>
    public abstract void ReportFatal(AdapterFault fault);

    /// <summary>Says how the connection is. Shown in <c>status</c>; changes nothing else.</summary>
    /// <param name="health">The state and a sentence.</param>
    public abstract void ReportHealth(AdapterHealth health);
}

/// <summary>Why and for which time a connection is attempted.</summary>
public sealed record ConnectContext
{
    /// <summary>Creates the context of one attempt.</summary>
    /// <param name="attempt">The attempt since the last good connection, from 1.</param>
    /// <param name="isReconnect">True when this adapter id has been connected before in this process.</param>
    /// <param name="reason">Why: <c>start</c>, or the code of the fault that ended the last generation.</param>
    /// <exception cref="ArgumentException"><paramref name="attempt"/> is below 1 or <paramref name="reason"/> is empty.</exception>
    public ConnectContext(int attempt, bool isReconnect, string reason)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(attempt, 1);
        Attempt = attempt;
        IsReconnect = isReconnect;
        Reason = Ensure.Token(reason, nameof(reason));
    }

    /// <summary>The attempt since the last good connection, from 1.</summary>
    public int Attempt { get; }

    /// <summary>True when this adapter id has been connected before: keep the platform's backlog.</summary>
    public bool IsReconnect { get; }

    /// <summary>Why this attempt is made.</summary>
    public string Reason { get; }
}

/// <summary>A small durable key/value store of one adapter id. Keys are at most 128 characters, values at most 64 KiB of UTF-8.</summary>
public interface IAdapterState
{
    /// <summary>Reads a value.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The value, or null when there is none.</returns>
    Task<string?> GetAsync(string key, CancellationToken cancellationToken);

    /// <summary>Writes a value, or removes it. Completes when the change is durable. To advance a cursor together with a message use <see cref="InboundMessage.State"/>.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value; null removes the key.</param>
    /// <param name="cancellationToken">Gives up waiting; the write may still happen.</param>
    /// <returns>True once durable; false when this generation has been retired and nothing was written.</returns>
    /// <exception cref="ArgumentException">Key or value is over its limit.</exception>
    /// <exception cref="InvalidOperationException">64 writes of this generation are open: await them first.</exception>
    Task<bool> SetAsync(string key, string? value, CancellationToken cancellationToken);
}

/// <summary>Topics behind event streams. A topic keeps its last 256 events for a minute after its last use.</summary>
public interface IEventTopics
{
    /// <summary>The position of the newest event of a topic. Read it before you collect what a new stream shows first; give it to <see cref="HttpReply.EventStream"/>, and
    /// nothing published in between is missed.</summary>
    /// <param name="topic">The topic: at most 256 characters, scoped to this adapter id.</param>
    /// <returns>0 for a topic without events.</returns>
    long Position(string topic);

    /// <summary>Publishes an event to every open stream of the topic. Never blocks; a reader that is too slow is disconnected and comes back with its last event id.</summary>
    /// <param name="topic">The topic: at most 256 characters, scoped to this adapter id.</param>
    /// <param name="streamEvent">The event: at most 1 MiB. Of all topics of an adapter at most 64 MiB are kept, the newest.</param>
    /// <exception cref="ArgumentException">Topic or event is over its limit.</exception>
    void Publish(string topic, StreamEvent streamEvent);
}

/// <summary>How a connection is, in the adapter's own words.</summary>
public sealed record AdapterHealth
{
    /// <summary>Creates a health report.</summary>
    /// <param name="isHealthy">False: connected, but something is wrong.</param>
    /// <param name="message">One sentence for the operator.</param>
    /// <exception cref="ArgumentException"><paramref name="message"/> is empty.</exception>
    public AdapterHealth(bool isHealthy, string message)
    {
        IsHealthy = isHealthy;
        Message = Ensure.Text(message, nameof(message));
    }

    /// <summary>False: connected, but something is wrong.</summary>
    public bool IsHealthy { get; }

    /// <summary>One sentence for the operator.</summary>
    public string Message { get; }
}
