namespace PluginGateway.Web.Events;

/// <summary>The last events of one topic and who reads them. Not thread-safe: <see cref="AdapterTopics"/> owns it.</summary>
internal sealed class EventTopic
{
    public EventTopic(string name) => (Name, ByEvent) = (name, new LinkedListNode<EventTopic>(this));

    /// <summary>Events kept.</summary>
    public const int Capacity = 256;

    /// <summary>Bytes kept, so that long texts do not multiply with the count.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    private readonly Queue<(long Position, ReadOnlyMemory<byte> Bytes)> _ring = new();
    private long _forgotten;

    /// <summary>Bytes of the events that are kept.</summary>
    public long Bytes { get; private set; }

    /// <summary>The topic's name.</summary>
    public string Name { get; }

    /// <summary>Node in the list of the topics that keep events.</summary>
    public LinkedListNode<EventTopic> ByEvent { get; }

    /// <summary>Open streams.</summary>
    public HashSet<EventReader> Readers { get; } = [];

    /// <summary>The position of the newest event, 0 without any.</summary>
    public long Position { get; private set; }

    /// <summary>The timestamp of the last use.</summary>
    public long LastUsed { get; set; }

    /// <summary>The topic stays, whether it is used or not.</summary>
    public bool IsKept { get; set; }

    /// <summary>True when everything after this position is still here.</summary>
    public bool Remembers(long position) => position >= _forgotten && position <= Position;

    /// <summary>Adds an event and hands it to the readers.</summary>
    public void Add(long position, ReadOnlyMemory<byte> bytes)
    {
        Position = position;
        _ring.Enqueue((position, bytes));
        Bytes += bytes.Length;
        while (_ring.Count > Capacity || (Bytes > MaxBytes && _ring.Count > 1)) ForgetOldest();
        foreach (var reader in Readers) reader.Offer(bytes);
    }

    /// <summary>Forgets the oldest event that is kept. A reader that comes back for it learns that it is gone.</summary>
    public void ForgetOldest()
    {
        var oldest = _ring.Dequeue();
        Bytes -= oldest.Bytes.Length;
        _forgotten = oldest.Position;
    }

    /// <summary>Adds a reader that has seen everything up to a position. From position 0 it gets what is kept: there was nothing to miss
    /// yet.</summary>
    public void Add(EventReader reader, long afterPosition)
    {
        reader.Replay = [.. _ring.Where(kept => kept.Position > afterPosition).Select(kept => kept.Bytes)];
        reader.HasGap = afterPosition > 0 && afterPosition < _forgotten;
        Readers.Add(reader);
    }
}
