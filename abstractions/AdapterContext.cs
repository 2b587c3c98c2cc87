namespace PluginGateway;

/// <summary>Services of the host for one generation of an adapter, passed to its constructor. Any thread may use every member; no member
/// blocks.</summary>
/// <remarks>After the generation is retired every member reports that or does nothing; events are published for 10 s more, for sends that are
/// still under way. Derive from this class only to test an adapter without the host. A virtual member that a test does not override throws
/// <see cref="NotSupportedException"/>.</remarks>
public abstract class AdapterContext
{
    /// <summary>Id of the adapter in the configuration, for example <c>telegram-main</c>.</summary>
    public abstract string AdapterId { get; }

    /// <summary>Number of this instance of the adapter id, counted from 1 over the life of the data directory.</summary>
    public abstract int Generation { get; }

    /// <summary>Settings of the adapter: its <c>settings</c> object with resolved secrets, or an empty object.</summary>
    public abstract PluginSettings Settings { get; }

    /// <summary>Inbox for received messages.</summary>
    public abstract IInbox Inbox { get; }

    /// <summary>Small durable key/value store of this adapter id, for cursors.</summary>
    public virtual IAdapterState State => throw new NotSupportedException();

    /// <summary>Topics behind the event streams of an <see cref="IServeHttp"/> adapter.</summary>
    public virtual IEventTopics Events => throw new NotSupportedException();

    /// <summary>Log of the gateway. Never log a secret, nor the text of a message above debug level.</summary>
    public abstract IPluginLog Log { get; }

    /// <summary>Clock for all times and timers of the plugin.</summary>
    public abstract TimeProvider Clock { get; }

    /// <summary>Folder from which this plugin was loaded: read only.</summary>
    public virtual string PluginDirectory => throw new NotSupportedException();

    /// <summary>Folder for the files of this adapter id, mode 0700. All its generations share it: a retired one may still be using it.</summary>
    public virtual string DataDirectory => throw new NotSupportedException();

    /// <summary>Reports a fatal error of this generation. Returns at once; the host queues a reconnect (or parks the adapter) and tears this instance
    /// down. Only the first report counts.</summary>
    /// <param name="fault">The fault, with its retry rule.</param>
    public abstract void ReportFatal(PluginFault fault);

    /// <summary>Reports the health of the connection. <c>status</c> shows it; it has no other effect.</summary>
    /// <param name="health">The health report.</param>
    public virtual void ReportHealth(AdapterHealth health) => throw new NotSupportedException();
}

/// <summary>Number and reason of a connection attempt.</summary>
public sealed record ConnectContext
{
    /// <summary>Creates the context of one attempt.</summary>
    /// <param name="attempt">Number of the attempt since the last successful connection, from 1.</param>
    /// <param name="isReconnect">True if this adapter id has been connected before in this process.</param>
    /// <param name="reason">Reason: <c>start</c>, or the code of the fault that ended the last generation.</param>
    /// <exception cref="ArgumentException"><paramref name="attempt"/> is below 1 or <paramref name="reason"/> is empty.</exception>
    public ConnectContext(int attempt, bool isReconnect, string reason)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(attempt, 1);
        Attempt = attempt;
        IsReconnect = isReconnect;
        Reason = Ensure.Token(reason, nameof(reason));
    }

    /// <summary>Number of the attempt since the last successful connection, from 1.</summary>
    public int Attempt { get; }

    /// <summary>True if this adapter id has been connected before in this process: do not discard the backlog of the platform.</summary>
    public bool IsReconnect { get; }

    /// <summary>Reason of the attempt: <c>start</c>, or the code of the fault that ended the last generation.</summary>
    public string Reason { get; }
}

/// <summary>Small durable key/value store of one adapter id, or of one handler. Keys have 1 to 128 characters, values at most 64 KiB of UTF-8. Any
/// thread; at most 64 reads and writes of a generation may be open. The host keeps <see cref="ConnectionInfo.AccountId"/> of an adapter under the key
/// <c>gateway.account</c>.</summary>
public interface IAdapterState
{
    /// <summary>Reads a value.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The value, or null if the key has none.</returns>
    /// <exception cref="ArgumentException">The key is over its limit.</exception>
    /// <exception cref="InvalidOperationException">64 reads and writes of this generation are open: await them first.</exception>
    /// <exception cref="IOException">The store cannot be read.</exception>
    Task<string?> GetAsync(string key, CancellationToken cancellationToken);

    /// <summary>Writes or removes a value. Completes when the change is durable. To advance a cursor together with a message use
    /// <see cref="InboundEvent.State"/>.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value; null removes the key.</param>
    /// <param name="cancellationToken">Cancels the wait; the write may still happen.</param>
    /// <returns>True when the change is durable; false if this generation has been retired and nothing was written.</returns>
    /// <exception cref="ArgumentException">The key or the value is over its limit.</exception>
    /// <exception cref="InvalidOperationException">64 reads and writes of this generation are open: await them first.</exception>
    /// <exception cref="IOException">The change was not stored: the store is full or unavailable, or the adapter or handler is over its quota
    /// (<c>gateway.store.maxStateKeys</c>, <c>maxStateMegabytes</c>).</exception>
    Task<bool> SetAsync(string key, string? value, CancellationToken cancellationToken);
}

/// <summary>Topics behind event streams. A topic keeps its last 256 events for a minute after its last use. Any thread; no member blocks.</summary>
public interface IEventTopics
{
    /// <summary>Position of the newest event of a topic. Read it before you collect the first events of a new stream, and pass it to
    /// <see cref="HttpReply.EventStream"/>: the stream then misses no event published in between.</summary>
    /// <param name="topic">The topic: at most 256 characters, scoped to this adapter id.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The position; 0 for a topic without events. Events published before the call are counted.</returns>
    /// <exception cref="ArgumentException">The topic is over its limit.</exception>
    Task<long> PositionAsync(string topic, CancellationToken cancellationToken);

    /// <summary>Publishes an event to every open stream of the topic. Never blocks; a client that reads too slowly is disconnected and reconnects
    /// with its last event id.</summary>
    /// <param name="topic">The topic: at most 256 characters, scoped to this adapter id.</param>
    /// <param name="streamEvent">The event: at most 1 MiB. Over all topics of an adapter the newest 64 MiB are kept.</param>
    /// <exception cref="ArgumentException">The topic or the event is over its limit.</exception>
    void Publish(string topic, StreamEvent streamEvent);
}

/// <summary>Health report of an adapter.</summary>
public sealed record AdapterHealth
{
    /// <summary>Creates a health report.</summary>
    /// <param name="isHealthy">False: connected with a problem.</param>
    /// <param name="message">One sentence for the operator.</param>
    /// <exception cref="ArgumentException"><paramref name="message"/> is empty.</exception>
    public AdapterHealth(bool isHealthy, string message)
    {
        IsHealthy = isHealthy;
        Message = Ensure.Text(message, nameof(message));
    }

    /// <summary>Health of the connection; false: connected with a problem.</summary>
    public bool IsHealthy { get; }

    /// <summary>Sentence for the operator.</summary>
    public string Message { get; }
}
