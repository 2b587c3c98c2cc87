using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace PluginGateway.Plugins.Irc;

/// <summary>Bytes of a line and its text. IRC names no encoding: UTF-8 it is, and Latin-1 where it cannot be UTF-8.</summary>
internal static class LineBytes
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static string Decode(ReadOnlySpan<byte> line)
    {
        if (Utf8.IsValid(line)) return Strict.GetString(line);
        // A server that cuts at 512 bytes cuts through a character: only its end is broken.
        for (var cut = 1; cut <= 3 && cut < line.Length; cut++)
        {
            if (Utf8.IsValid(line[..^cut]) && Rune.DecodeFromUtf8(line[^cut..], out _, out _) == OperationStatus.NeedMoreData)
                return Strict.GetString(line[..^cut]) + '\uFFFD';
        }

        return Encoding.Latin1.GetString(line);
    }

    /// <summary>Encodes lines for the connection. A lone surrogate becomes U+FFFD.</summary>
    public static byte[] Encode(IEnumerable<string> lines) => Encoding.UTF8.GetBytes(string.Concat(lines.Select(static line => line + "\r\n")));
}
