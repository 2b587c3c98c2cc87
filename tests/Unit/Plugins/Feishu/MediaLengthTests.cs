using System.Buffers.Binary;
using PluginGateway.Plugins.Feishu;

namespace PluginGateway.Tests.Plugins.Feishu;

/// <summary>The length of recordings.</summary>
public sealed class MediaLengthTests
{
    [Fact]
    public void The_length_is_read_from_ogg_opus_and_from_both_versions_of_mp4()
    {
        Assert.Equal(1000, Of(Opus(granules: 48_312, preSkip: 312)));
        Assert.Equal(2500, Of(Mp4(scale: 1000, units: 2500)));
        Assert.Equal(7_200_000, Of(Mp4(scale: 90_000, units: 648_000_000, isLong: true)));
    }

    [Fact]
    public void Whatever_a_file_holds_there_is_a_length_or_none()
    {
        foreach (var good in (byte[][])[Opus(48_312, 312), Mp4(1000, 2500)])
        {
            for (var cut = 0; cut < good.Length; cut++) _ = Of(good[..cut]);
            for (var i = 0; i < good.Length; i++)
            {
                var changed = (byte[])good.Clone();
                changed[i] ^= 0xff;
                _ = Of(changed);
            }
        }

        Assert.Null(Of([]));
        Assert.Null(Of("no recording, but a text of some length that is long enough to be looked at"u8.ToArray()));
    }

    internal static byte[] Opus(long granules, ushort preSkip)
    {
        var bytes = new byte[28 + 19 + 27 + 100];
        "OggS"u8.CopyTo(bytes);
        "OpusHead"u8.CopyTo(bytes.AsSpan(28));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(38), preSkip);
        "OggS"u8.CopyTo(bytes.AsSpan(47));
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(53), granules);
        return bytes;
    }

    internal static byte[] Mp4(uint scale, ulong units, bool isLong = false)
    {
        var header = new byte[isLong ? 120 : 108];
        BinaryPrimitives.WriteUInt32BigEndian(header, (uint)header.Length);
        "mvhd"u8.CopyTo(header.AsSpan(4));
        header[8] = (byte)(isLong ? 1 : 0);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(8 + (isLong ? 20 : 12)), scale);
        if (isLong) BinaryPrimitives.WriteUInt64BigEndian(header.AsSpan(8 + 24), units);
        else BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(8 + 16), (uint)units);
        return [0, 0, 0, 16, .. "ftypisom"u8, 0, 0, 0, 0, 0, 0, 0, 16, .. "free"u8, 1, 2, 3, 4, 5, 6, 7, 8, .. Big((uint)header.Length + 8),
            .. "moov"u8, .. header];
    }

    private static byte[] Big(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    private static long? Of(byte[] bytes)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, bytes);
            return MediaLength.Of(path);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
