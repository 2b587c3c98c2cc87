using System.Text;

namespace PluginGateway.PeerTests;

/// <summary>Files that look like what they are said to be, each different.</summary>
internal static class Bytes
{
    public static byte[] Png(int size) => [0x89, .. "PNG\r\n\u001a\n"u8, .. Noise(size)];

    /// <summary>The beginning of a voice message: Ogg with Opus in it.</summary>
    public static byte[] Voice(int size) => [.. "OggS"u8, .. new byte[24], .. "OpusHead"u8, .. Noise(size)];

    public static byte[] Noise(int size)
    {
        var bytes = new byte[size];
        Random.Shared.NextBytes(bytes);
        return bytes;
    }

    /// <summary>A text of so many bytes that is nobody else's.</summary>
    public static string Text(int size) => Convert.ToHexStringLower(Noise(size / 2));

    public static byte[] Of(string text) => Encoding.UTF8.GetBytes(text);
}
