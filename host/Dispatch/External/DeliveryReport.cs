using System.Globalization;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Store;
using PluginGateway.Store.Quota;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Dispatch.External;

/// <summary>State of the delivery of a message, for programs. <paramref name="State"/>: pending, delivered, bounced, rejected, parked or
/// withdrawn;
/// <paramref name="Key"/>: as its owner gave it, null when it is a turn's own reply.</summary>
internal sealed record DeliveryReport(
    string Id, string? Key, string Adapter, string Chat, string State, int Attempts, string? Reason, string? MessageId, DateTimeOffset OwedUtc,
    DateTimeOffset? EndedUtc)
{
    /// <summary>message, edit, deletion or reaction.</summary>
    public string Kind { get; init; } = "message";

    /// <summary>The id of the message to which an edit, a deletion or a reaction refers; null for a message, and when the platform's id was
    /// given.</summary>
    public string? About { get; init; }

    /// <summary>Note on what the platform lacks and how the message was delivered instead; null: nothing, or it is not delivered.</summary>
    public string? Note { get; init; }

    /// <summary>Returns the id in the form of the API: m1.</summary>
    public static string IdOf(long id) => MessageIds.NameOf(id);

    /// <summary>Reads an id in the form of the API.</summary>
    public static bool TryId(string text, out long id)
    {
        id = 0;
        return text.StartsWith('m') && long.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out id);
    }

    public static DeliveryReport Of(OutboxRow row) => new(
        IdOf(row.Id), KeyOf(row.Key), row.AdapterId, ConversationKey.ChatIdIn(row.Chat), StateOf(row.State), row.Attempt,
        row.State == OutboxState.Delivered || string.IsNullOrEmpty(row.Error) ? null : row.Error, MessageIds.Last(row.MessageIds), row.Owed, row.Ended)
    {
        Kind = row.Kind.ToString().ToLowerInvariant(),
        About = row.Target is { } target ? IdOf(target) : null,
        Note = row.State == OutboxState.Delivered && !string.IsNullOrEmpty(row.Error) ? row.Error : null,
    };

    /// <summary>Returns the state for programs, to which a message that is being sent is pending.</summary>
    private static string StateOf(OutboxState state) => (state == OutboxState.Sending ? OutboxState.Pending : state).ToString().ToLowerInvariant();

    /// <summary>Returns the row's key without the name of the database and the prefix of its owner.</summary>
    private static string? KeyOf(string key)
    {
        var own = key[(key.IndexOf('.') + 1)..];
        if (StateOwner.IsHandler(own)) return own[(own.IndexOf(':', own.IndexOf(':') + 1) + 1)..];
        return own.StartsWith("x.", StringComparison.Ordinal) ? own[2..]
            : own.StartsWith('t') && own.IndexOf('.') is > 0 and var dot ? own[(dot + 1)..] : null;
    }
}
