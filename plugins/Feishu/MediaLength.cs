using System.Buffers.Binary;

namespace PluginGateway.Plugins.Feishu;

/// <summary>The length of a recording: the platform shows a voice message or a video without it as 0 s.</summary>
/// <remarks>Ogg: RFC 3533 (page header) and RFC 7845 section 4 (Opus: 48,000 granules a second, less the pre-skip). MP4: ISO/IEC 14496-12 section
/// 8.2.2 (moov/mvhd).</remarks>
internal static class MediaLength
{
    private const int OpusRate = 48_000;
    private const int LastPage = 65_536;
    private const int MostBoxes = 1000;

    /// <summary>Milliseconds of an Ogg or MP4 file; null where they cannot be read.</summary>
    public static long? Of(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            Span<byte> head = stackalloc byte[64];
            var length = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
            if (length >= 48 && head[..4].SequenceEqual("OggS"u8) && head[28..36].SequenceEqual("OpusHead"u8))
                return Opus(file, BinaryPrimitives.ReadUInt16LittleEndian(head[38..]));
            return length >= 8 && head[4..8].SequenceEqual("ftyp"u8) ? Mp4(file) : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static long? Opus(FileStream file, int preSkip)
    {
        var tail = new byte[Math.Min(LastPage, file.Length)];
        file.Seek(-tail.Length, SeekOrigin.End);
        file.ReadExactly(tail);
        var page = tail.AsSpan().LastIndexOf("OggS"u8);
        if (page < 0 || page + 14 > tail.Length) return null;
        var granules = BinaryPrimitives.ReadInt64LittleEndian(tail.AsSpan(page + 6)) - preSkip;
        return granules is > 0 and < long.MaxValue / 1000 ? granules * 1000 / OpusRate : null;
    }

    private static long? Mp4(FileStream file)
    {
        if (Find(file, 0, file.Length, "moov"u8) is not { } moov || Find(file, moov.Start, moov.End, "mvhd"u8) is not { } header) return null;
        Span<byte> body = stackalloc byte[32];
        file.Position = header.Start;
        if (file.ReadAtLeast(body, body.Length, throwOnEndOfStream: false) < body.Length) return null;
        var isLong = body[0] == 1;
        var scale = BinaryPrimitives.ReadUInt32BigEndian(body[(isLong ? 20 : 12)..]);
        var units = isLong ? BinaryPrimitives.ReadUInt64BigEndian(body[24..]) : BinaryPrimitives.ReadUInt32BigEndian(body[16..]);
        return scale > 0 && units is > 0 and < long.MaxValue / 1000 ? (long)(units * 1000 / scale) : null;
    }

    private static (long Start, long End)? Find(FileStream file, long start, long end, ReadOnlySpan<byte> type)
    {
        Span<byte> head = stackalloc byte[16];
        for (var i = 0; i < MostBoxes && start + 8 <= end; i++)
        {
            file.Position = start;
            if (file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < 8) return null;
            long size = BinaryPrimitives.ReadUInt32BigEndian(head);
            var body = 8;
            if (size == 1) (size, body) = (BinaryPrimitives.ReadInt64BigEndian(head[8..]), 16);
            else if (size == 0) size = end - start;
            if (size < body || size > end - start) return null;
            if (head[4..8].SequenceEqual(type)) return (start + body, start + size);
            start += size;
        }

        return null;
    }
}
