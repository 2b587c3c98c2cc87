using System.Globalization;

namespace PluginGateway.Dispatch.External;

/// <summary>How programs and the operator name messages: by an id (m1: to deliver, i1: accepted), by the name of a turn, or by a key of their own;
/// and a chat as ADAPTER:CHAT.</summary>
internal static class MessageReferences
{
    public const string KeyRule = "A key has 1 to 64 of A-Z a-z 0-9 . _ : - and does not look like an id (m1, i1).";

    private const int MaxKeyLength = 64;

    /// <summary>Splits ADAPTER:CHAT; an adapter id has no colon, a chat may.</summary>
    public static bool TryTarget(string text, out string adapterId, out string chat)
    {
        var colon = text.IndexOf(':');
        (adapterId, chat) = colon > 0 ? (text[..colon], text[(colon + 1)..]) : ("", "");
        return chat.Length > 0;
    }

    /// <summary>The id of a message that was accepted.</summary>
    public static bool TryInboundId(string text, out long id)
    {
        id = 0;
        return text.StartsWith('i') && TryNumber(text.AsSpan(1), out id);
    }

    /// <summary>The row of a message that was accepted: as events name it (i12), or as its turn does.</summary>
    public static bool TryTurn(string text, string databaseId, out long inboxId) => TryInboundId(text, out inboxId)
        || (text.StartsWith(databaseId + ".", StringComparison.Ordinal) && TryNumber(text.AsSpan(databaseId.Length + 1), out inboxId));

    public static bool IsKey(string key) => key.Length is > 0 and <= MaxKeyLength
        && key.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or ':' or '-')
        && !DeliveryReport.TryId(key, out _) && !TryInboundId(key, out _);

    /// <summary>The key as the store has it. Keys of turns' own replies begin with the turn's number: those of programs never do.</summary>
    public static string StoredKey(string databaseId, long turn, string key) =>
        turn == 0 ? $"{databaseId}.x.{key}" : string.Create(CultureInfo.InvariantCulture, $"{databaseId}.t{turn}.{key}");

    private static bool TryNumber(ReadOnlySpan<char> text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
