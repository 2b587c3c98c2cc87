using System.Threading.Channels;
using PluginGateway.Threads;

namespace PluginGateway.Web.Events;

/// <summary>One open event stream: a bounded queue between the publishers and the connection that is written.</summary>
internal sealed class EventReader
{
    /// <summary>Events a reader may be behind before it is disconnected.</summary>
    public const int Capacity = 256;

    private readonly Channel<ReadOnlyMemory<byte>> _queue = Channel.CreateBounded<ReadOnlyMemory<byte>>(
        new BoundedChannelOptions(Capacity) { SingleReader = true, AllowSynchronousContinuations = false });

    /// <summary>Bytes a reader may be behind, or one event.</summary>
    public const long MaxBytes = 4L * 1024 * 1024;

    private readonly object _gate = new();
    private readonly TimeProvider _clock;
    private readonly Action<EventReader> _tooSlow;
    private Action? _abort;
    private long _lastEvent;
    private long _bytes;
    private int _overflowed;

    public EventReader(AdapterTopics owner, string topic, string client, TimeProvider clock, Action<EventReader> tooSlow)
    {
        Client = client;
        Owner = owner;
        Topic = topic;
        _clock = clock;
        _tooSlow = tooSlow;
        _lastEvent = clock.GetTimestamp();
    }

    /// <summary>Owner of the topic.</summary>
    public AdapterTopics Owner { get; }

    /// <summary>Name of the topic.</summary>
    public string Topic { get; }

    /// <summary>The client: <see cref="ClientAddress.KeyOf"/>.</summary>
    public string Client { get; }

    /// <summary>True when its place went to another client.</summary>
    public bool IsDisplaced { get; set; }

    /// <summary>Number of the opening, in order of time.</summary>
    public long Opened { get; init; }

    /// <summary>Events that were published before it opened, after its position. Set once, before the stream is written.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Replay { get; set; } = [];

    /// <summary>True when events between its position and the replay are gone: it is shown what there is, then sent back to ask again.</summary>
    public bool HasGap { get; set; }

    /// <summary>Time since something was queued for it.</summary>
    public TimeSpan Quiet => _clock.GetElapsedTime(Volatile.Read(ref _lastEvent));

    /// <summary>Queues an event, or asks for this reader to be disconnected when it is too far behind. Any thread; never blocks.</summary>
    public void Offer(ReadOnlyMemory<byte> bytes)
    {
        var behind = Interlocked.Add(ref _bytes, bytes.Length);
        if ((behind <= MaxBytes || behind == bytes.Length) && UninterruptibleLock.Uninterrupted(() => _queue.Writer.TryWrite(bytes)))
            Volatile.Write(ref _lastEvent, _clock.GetTimestamp());
        else if (Interlocked.Exchange(ref _overflowed, 1) == 0) _tooSlow(this);
    }

    /// <summary>Takes the next event that is queued.</summary>
    public bool TryTake(out ReadOnlyMemory<byte> bytes)
    {
        if (!_queue.Reader.TryRead(out bytes)) return false;
        Interlocked.Add(ref _bytes, -bytes.Length);
        return true;
    }

    /// <summary>Waits until something is queued; false: nothing will be any more.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _queue.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>Says how to cut the connection.</summary>
    public void Attach(Action abort)
    {
        using (UninterruptibleLock.Enter(_gate)) _abort = abort;
    }

    /// <summary>The connection belongs to another request from now on.</summary>
    public void Detach()
    {
        using (UninterruptibleLock.Enter(_gate)) _abort = null;
    }

    /// <summary>Cuts the connection, unless the stream has ended.</summary>
    public void Abort()
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            UninterruptibleLock.Uninterrupted(() => _queue.Writer.TryComplete());
            _abort?.Invoke();
        }
    }
}
