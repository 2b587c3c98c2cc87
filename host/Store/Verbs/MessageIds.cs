namespace PluginGateway.Store.Verbs;

/// <summary>The platform's ids of one message, as its row stores them: a line each. No id has a line feed.</summary>
internal static class MessageIds
{
    public static string Of(Receipt receipt) =>
        receipt.EarlierParts.Count == 0 ? receipt.MessageId : string.Join('\n', receipt.EarlierParts.Append(receipt.MessageId));

    public static IReadOnlyList<string> Of(string? stored) => string.IsNullOrEmpty(stored) ? [] : stored.Split('\n');

    /// <summary>Returns the id of the last part; null when none is known.</summary>
    public static string? Last(string? stored) => Of(stored) is [.., var last] ? last : null;
}
