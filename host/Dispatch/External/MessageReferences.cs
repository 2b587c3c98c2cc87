using System.Globalization;
using PluginGateway.Store;

namespace PluginGateway.Dispatch.External;

/// <summary>Names of messages in requests of programs and the operator: an id (m1: to deliver, i1: accepted), the id of a turn, or a key of the
/// caller; and of a chat: ADAPTER:CHAT.</summary>
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

    /// <summary>Reads the id of an accepted message.</summary>
    public static bool TryInboundId(string text, out long id)
    {
        id = 0;
        return text.StartsWith('i') && TryNumber(text.AsSpan(1), out id);
    }

    /// <summary>Reads the inbox id of an accepted message: in the form of events (i12), or the id of its turn.</summary>
    public static bool TryTurn(string text, string databaseId, out long inboxId) => TryInboundId(text, out inboxId)
        || (text.StartsWith(databaseId + ".", StringComparison.Ordinal) && TryNumber(NumberOf(text.AsSpan(databaseId.Length + 1)), out inboxId));

    public static bool IsKey(string key) => key.Length is > 0 and <= MaxKeyLength
        && key.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or ':' or '-')
        && !DeliveryReport.TryId(key, out _) && !TryInboundId(key, out _);

    /// <summary>Returns the key in the form of the store. Keys of turns' own replies begin with the turn's number: those of programs never
    /// do.</summary>
    public static string StoredKey(string databaseId, long turn, string key) =>
        turn == 0 ? $"{databaseId}.x.{key}" : string.Create(CultureInfo.InvariantCulture, $"{databaseId}.t{turn}.{key}");

    /// <summary>Returns the key of a handler's message in the form of the store. The id has one colon: what follows the next one is the handler's
    /// own.</summary>
    public static string StoredKeyOf(string databaseId, string handlerId, string key) => $"{databaseId}.{handlerId}:{key}";

    private static bool TryNumber(ReadOnlySpan<char> text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    /// <summary>Returns the number of a turn without that of the message which superseded an earlier one.</summary>
    private static ReadOnlySpan<char> NumberOf(ReadOnlySpan<char> turn) =>
        turn.IndexOf(TurnIds.Separator) is >= 0 and var end ? turn[..end] : turn;
}
