using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using PluginGateway.Serialization;

namespace PluginGateway.Isolation.Protocol;

/// <summary>Writes one frame. Texts are written as UTF-16, because an id with half a surrogate pair must arrive as it was said.</summary>
internal sealed class FrameWriter
{
    private const int FirstCapacity = 512;
    private const int KeptCapacity = 64 * 1024;

    [ThreadStatic]
    private static FrameWriter? _spare;

    private byte[] _bytes = new byte[FirstCapacity];
    private int _length;

    private FrameWriter()
    {
    }

    /// <summary>Begins a frame. The writer is given back by <see cref="Done"/>; one that is not given back is only collected as garbage.</summary>
    public static FrameWriter Begin(FrameKind kind, RemoteOperation operation, int id)
    {
        var writer = _spare ?? new FrameWriter();
        _spare = null;
        writer._length = Frame.LengthBytes;
        return writer.Byte((byte)kind).Byte((byte)operation).Int(id);
    }

    /// <summary>Returns the whole frame, its length included.</summary>
    /// <exception cref="FrameTooLongException">It is longer than a frame may be.</exception>
    public ReadOnlySpan<byte> Finish()
    {
        var counted = _length - Frame.LengthBytes;
        if (counted > Frame.MaxLength) throw new FrameTooLongException(counted);
        BinaryPrimitives.WriteInt32LittleEndian(_bytes, counted);
        return _bytes.AsSpan(0, _length);
    }

    /// <summary>Gives the writer back for the next frame, after this one has been copied.</summary>
    public void Done()
    {
        if (_bytes.Length <= KeptCapacity) _spare = this;
    }

    public FrameWriter Byte(byte value)
    {
        Room(1)[0] = value;
        return this;
    }

    public FrameWriter Flag(bool value) => Byte(value ? (byte)1 : (byte)0);

    public FrameWriter Int(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(Room(sizeof(int)), value);
        return this;
    }

    public FrameWriter Long(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(Room(sizeof(long)), value);
        return this;
    }

    /// <summary>Writes a number, or null.</summary>
    public FrameWriter Maybe(long? value) => value is { } number ? Flag(true).Long(number) : Flag(false);

    /// <summary>Writes a point in time, with its offset, or null.</summary>
    public FrameWriter Maybe(DateTimeOffset? value) =>
        value is { } time ? Flag(true).Long(time.Ticks).Int((int)time.Offset.TotalMinutes) : Flag(false);

    public FrameWriter Double(double value) => Long(BitConverter.DoubleToInt64Bits(value));

    /// <summary>Writes a record, or null.</summary>
    public FrameWriter Maybe<T>(T? value, Action<FrameWriter, T> write)
        where T : class
    {
        Flag(value is not null);
        if (value is not null) write(this, value);
        return this;
    }

    /// <summary>Writes a text or null.</summary>
    public FrameWriter Text(string? value)
    {
        if (value is null) return Int(-1);
        Int(value.Length);
        MemoryMarshal.AsBytes(value.AsSpan()).CopyTo(Room(value.Length * sizeof(char)));
        return this;
    }

    public FrameWriter Bytes(ReadOnlySpan<byte> value)
    {
        Int(value.Length);
        value.CopyTo(Room(value.Length));
        return this;
    }

    /// <summary>Writes the value of an enum by its name.</summary>
    public FrameWriter Name<T>(T value)
        where T : struct, Enum => Text(value.Name());

    /// <summary>Writes the value of an enum by its name, or null.</summary>
    public FrameWriter MaybeName<T>(T? value)
        where T : struct, Enum => Text(value?.Name());

    /// <summary>Writes a text as UTF-8.</summary>
    public FrameWriter Utf8(string value) => Bytes(Encoding.UTF8.GetBytes(value));

    public FrameWriter Map(IReadOnlyDictionary<string, string> map)
    {
        Int(map.Count);
        foreach (var (key, value) in map) Text(key).Text(value);
        return this;
    }

    public FrameWriter List<T>(IReadOnlyList<T> list, Action<FrameWriter, T> write)
    {
        Int(list.Count);
        foreach (var item in list) write(this, item);
        return this;
    }

    private Span<byte> Room(int count)
    {
        var needed = (long)_length + count;
        if (needed > Frame.MaxLength + Frame.LengthBytes) throw new FrameTooLongException(needed);
        if (needed > _bytes.Length) Array.Resize(ref _bytes, (int)Math.Max(needed, 2L * _bytes.Length));
        var room = _bytes.AsSpan(_length, count);
        _length += count;
        return room;
    }
}
