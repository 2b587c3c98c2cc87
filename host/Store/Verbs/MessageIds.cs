using System.Globalization;

namespace PluginGateway.Store.Verbs;

/// <summary>The platform's ids of one message, as its row stores them: a line each. No id has a line feed.</summary>
internal static class MessageIds
{
    /// <summary>Most ids of one receipt, and the longest text of all ids of one message: an adapter may send any number of messages for one, and each
    /// id is kept.</summary>
    public const int MostOfOne = 100, LongestOfAll = 64 * 1024;

    /// <summary>The first ids and the last, as many as are kept.</summary>
    public static string Of(Receipt receipt) => receipt.EarlierParts.Count == 0 ? receipt.MessageId
        : string.Join('\n', receipt.EarlierParts.Take(MostOfOne - 1).Append(receipt.MessageId));

    /// <summary>Number of ids of a receipt that are not kept.</summary>
    public static int Beyond(Receipt receipt) => Math.Max(0, receipt.EarlierParts.Count - (MostOfOne - 1));

    /// <summary>Returns the gateway's own id of a message for programs and handlers: m1.</summary>
    public static string NameOf(long outboxId) => string.Create(CultureInfo.InvariantCulture, $"m{outboxId}");

    /// <summary>Returns ids of rows as a JSON array, for statements.</summary>
    public static string ListOf(IEnumerable<long> ids) => $"[{string.Join(',', ids.Select(static id => id.ToString(CultureInfo.InvariantCulture)))}]";

    public static IReadOnlyList<string> Of(string? stored) => string.IsNullOrEmpty(stored) ? [] : stored.Split('\n');

    /// <summary>Returns the id of the last part; null when none is known.</summary>
    public static string? Last(string? stored) => Of(stored) is [.., var last] ? last : null;
}
