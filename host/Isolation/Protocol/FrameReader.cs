using System.Buffers.Binary;
using System.Runtime.InteropServices;
using PluginGateway.Serialization;

namespace PluginGateway.Isolation.Protocol;

/// <summary>Reads the body of one frame. Believes nothing: a value that does not fit is a <see cref="ProtocolException"/>, and nothing is allocated
/// for bytes that have not come.</summary>
internal ref struct FrameReader(ReadOnlySpan<byte> body)
{
    private ReadOnlySpan<byte> _rest = body;

    public byte Byte() => Take(1)[0];

    public bool Flag() => Byte() switch
    {
        0 => false,
        1 => true,
        var other => throw new ProtocolException($"{other} is neither true nor false."),
    };

    public int Int() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));

    public long Long() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

    public double Double() => BitConverter.Int64BitsToDouble(Long());

    public long? MaybeLong() => Flag() ? Long() : null;

    public DateTimeOffset? MaybeTime() => Flag() ? new DateTimeOffset(Long(), TimeSpan.FromMinutes(Int())) : null;

    public string? MaybeText()
    {
        var length = Int();
        if (length == -1) return null;
        return new string(Characters(length));
    }

    public string Text() => MaybeText() ?? throw new ProtocolException("A text is missing.");

    /// <summary>Reads the value of an enum by its name.</summary>
    public T Name<T>()
        where T : struct, Enum => MaybeName<T>() ?? throw new ProtocolException($"A {typeof(T).Name} is missing.");

    public T? MaybeName<T>()
        where T : struct, Enum
    {
        var length = Int();
        if (length == -1) return null;
        var name = Characters(length);
        return EnumNames.Parse<T>(name) ?? throw new ProtocolException($"'{name[..Math.Min(name.Length, 64)]}' is no {typeof(T).Name}.");
    }

    public ReadOnlySpan<byte> Bytes() => Take(Int());

    public Dictionary<string, string> Map()
    {
        var count = Count();
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < count; i++) map[Text()] = Text();
        return map;
    }

    public T[] List<T>(Read<T> read)
    {
        var count = Count();
        List<T> list = [];
        for (var i = 0; i < count; i++) list.Add(read(ref this));
        return [.. list];
    }

    public T? Maybe<T>(Read<T> read)
        where T : class => Flag() ? read(ref this) : null;

    /// <summary>Bytes that have not been read.</summary>
    public readonly int Length => _rest.Length;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>Checks that no bytes are left.</summary>
    public readonly void End()
    {
        if (_rest.Length > 0) throw new ProtocolException($"{_rest.Length} bytes too many.");
    }

    private ReadOnlySpan<char> Characters(int length) => length >= 0
        ? MemoryMarshal.Cast<byte, char>(Take((long)length * sizeof(char)))
        : throw new ProtocolException($"A text of {length} characters.");

    private int Count()
    {
        var count = Int();
        // Every item takes a byte at least.
        return count >= 0 && count <= _rest.Length ? count : throw new ProtocolException($"A list of {count} items in {_rest.Length} bytes.");
    }

    private ReadOnlySpan<byte> Take(long count)
    {
        if (count < 0 || count > _rest.Length) throw new ProtocolException($"{count} bytes are wanted where {_rest.Length} are left.");
        var taken = _rest[..(int)count];
        _rest = _rest[(int)count..];
        return taken;
    }
}

/// <summary>Reads one thing.</summary>
internal delegate T Read<out T>(ref FrameReader reader);
