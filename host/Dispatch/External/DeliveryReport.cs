using System.Globalization;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Store;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Dispatch.External;

/// <summary>How far the delivery of a message is, as outsiders see it. <paramref name="State"/>: pending, delivered, rejected or parked; <paramref name="Key"/>: as its owner gave it,
/// null when it is a turn's own reply.</summary>
internal sealed record DeliveryReport(
    string Id, string? Key, string Adapter, string Chat, string State, int Attempts, string? Reason, string? MessageId, DateTimeOffset OwedUtc, DateTimeOffset? EndedUtc)
{
    /// <summary>message, edit, deletion or reaction.</summary>
    public string Kind { get; init; } = "message";

    /// <summary>The id of the message that it is about; null: it is a message, or about one of the platform's.</summary>
    public string? About { get; init; }

    /// <summary>The id as outsiders see it.</summary>
    public static string IdOf(long id) => string.Create(CultureInfo.InvariantCulture, $"m{id}");

    /// <summary>Reads an id as outsiders see it.</summary>
    public static bool TryId(string text, out long id)
    {
        id = 0;
        return text.StartsWith('m') && long.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out id);
    }

    public static DeliveryReport Of(OutboxRow row) => new(
        IdOf(row.Id), KeyOf(row.Key), row.AdapterId, ConversationKey.ChatIdIn(row.Chat), StateOf(row.State), row.Attempt,
        string.IsNullOrEmpty(row.Error) ? null : row.Error, MessageIds.Last(row.MessageIds), row.Owed, row.Ended)
    {
        Kind = row.Kind.ToString().ToLowerInvariant(),
        About = row.Target is { } target ? IdOf(target) : null,
    };

    /// <summary>Outsiders do not see when it is being sent.</summary>
    private static string StateOf(OutboxState state) => (state == OutboxState.Sending ? OutboxState.Pending : state).ToString().ToLowerInvariant();

    /// <summary>The row's key without the name of the database and the prefix of its owner.</summary>
    private static string? KeyOf(string key)
    {
        var own = key[(key.IndexOf('.') + 1)..];
        return own.StartsWith("x.", StringComparison.Ordinal) ? own[2..]
            : own.StartsWith('t') && own.IndexOf('.') is > 0 and var dot ? own[(dot + 1)..] : null;
    }
}
