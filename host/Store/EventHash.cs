using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;

namespace PluginGateway.Store;

/// <summary>What is kept of an event id against duplicates: 16 bytes, however long the id is. Not even somebody who chooses ids can find two with one hash.</summary>
internal static class EventHash
{
    public const int Length = 16;

    public static byte[] Of(string adapterId, string eventId)
    {
        // No adapter id has a line feed.
        var text = $"{adapterId}\n{eventId}";
        Span<byte> bytes = stackalloc byte[512];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        if (Encoding.UTF8.TryGetBytes(text, bytes, out var written)) SHA256.HashData(bytes[..written], hash);
        else SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
        return hash[..Length].ToArray();
    }

    /// <summary>For the schema's scripts: <c>event_hash(adapter_id, event_id)</c>.</summary>
    public static void Register(SqliteConnection connection) => connection.CreateFunction("event_hash", static (string adapterId, string eventId) => Of(adapterId, eventId), isDeterministic: true);
}
