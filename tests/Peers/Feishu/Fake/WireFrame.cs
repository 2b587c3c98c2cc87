using System.Text;

namespace PluginGateway.FakeFeishu;

/// <summary>A frame of the long connection, written and read by hand: the fake must not share a mistake with the adapter.</summary>
internal sealed record WireFrame(
    ulong SeqId, ulong LogId, int Service, int Method, IReadOnlyList<KeyValuePair<string, string>> Headers, byte[] Payload)
{
    public string? this[string key] => Headers.LastOrDefault(header => header.Key == key).Value;

    public byte[] ToBytes()
    {
        var to = new MemoryStream();
        Number(to, 1, SeqId);
        Number(to, 2, LogId);
        Number(to, 3, (ulong)Service);
        Number(to, 4, (ulong)Method);
        foreach (var (key, value) in Headers)
        {
            var header = new MemoryStream();
            Bytes(header, 1, Encoding.UTF8.GetBytes(key));
            Bytes(header, 2, Encoding.UTF8.GetBytes(value));
            Bytes(to, 5, header.ToArray());
        }

        if (Payload.Length > 0) Bytes(to, 8, Payload);
        return to.ToArray();
    }

    /// <exception cref="InvalidDataException">The bytes are no frame, or a required field is missing: the platform refuses that.</exception>
    public static WireFrame Read(ReadOnlySpan<byte> from)
    {
        var numbers = new ulong?[5];
        var headers = new List<KeyValuePair<string, string>>();
        byte[] payload = [];
        while (from.Length > 0)
        {
            var tag = Varint(ref from);
            var (field, kind) = ((int)(tag >> 3), (int)(tag & 7));
            if (kind == 0)
            {
                var number = Varint(ref from);
                if (field is >= 1 and <= 4) numbers[field] = number;
            }
            else if (kind == 2)
            {
                var length = (int)Varint(ref from);
                var bytes = from[..length];
                from = from[length..];
                if (field == 5) headers.Add(Header(bytes));
                else if (field == 8) payload = bytes.ToArray();
            }
            else
            {
                throw new InvalidDataException($"A field of the kind {kind}.");
            }
        }

        for (var field = 1; field <= 4; field++)
        {
            if (numbers[field] is null) throw new InvalidDataException($"The required field {field} is missing.");
        }

        return new WireFrame(numbers[1]!.Value, numbers[2]!.Value, (int)numbers[3]!.Value, (int)numbers[4]!.Value, headers, payload);
    }

    private static KeyValuePair<string, string> Header(ReadOnlySpan<byte> from)
    {
        var (key, value) = ("", "");
        while (from.Length > 0)
        {
            var tag = Varint(ref from);
            var length = (int)Varint(ref from);
            var text = Encoding.UTF8.GetString(from[..length]);
            from = from[length..];
            if (tag >> 3 == 1) key = text;
            else value = text;
        }

        return new(key, value);
    }

    private static ulong Varint(ref ReadOnlySpan<byte> from)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = from[0];
            from = from[1..];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80) return value;
        }
    }

    private static void Number(MemoryStream to, int field, ulong value)
    {
        Varint(to, (ulong)field << 3);
        Varint(to, value);
    }

    private static void Bytes(MemoryStream to, int field, byte[] bytes)
    {
        Varint(to, ((ulong)field << 3) | 2);
        Varint(to, (ulong)bytes.Length);
        to.Write(bytes);
    }

    private static void Varint(MemoryStream to, ulong value)
    {
        for (; value >= 0x80; value >>= 7) to.WriteByte((byte)(value | 0x80));
        to.WriteByte((byte)value);
    }
}
