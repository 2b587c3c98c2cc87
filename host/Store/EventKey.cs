using System.Security.Cryptography;
using System.Text;

namespace PluginGateway.Store;

/// <summary>Stored form of an event id, against duplicates: its UTF-8 bytes while they are fewer than 16, otherwise 16 bytes of its SHA-256, so the
/// two forms never coincide. Short ids are mostly numbers that a platform counts up: kept as they are, neighbours stay on one page of the index,
/// where hashes would change a page each.</summary>
internal static class EventKey
{
    /// <summary>Bytes of a hash: enough that even a sender who chooses ids cannot find two with the same hash.</summary>
    public const int Length = 16;

    public static byte[] Of(string eventId)
    {
        if (eventId.Length < Length && Encoding.UTF8.GetByteCount(eventId) < Length) return Encoding.UTF8.GetBytes(eventId);
        Span<byte> bytes = stackalloc byte[512];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        if (Encoding.UTF8.TryGetBytes(eventId, bytes, out var written)) SHA256.HashData(bytes[..written], hash);
        else SHA256.HashData(Encoding.UTF8.GetBytes(eventId), hash);
        return hash[..Length].ToArray();
    }
}
