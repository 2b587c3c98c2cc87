using System.Globalization;
using PluginGateway.Dispatch.Inbound;
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

    public static DeliveryReport Of(Delivery delivery) => new(
        IdOf(delivery.Id), KeyOf(delivery.Key), delivery.AdapterId, ConversationKey.ChatIdIn(delivery.Chat), delivery.State.ToString().ToLowerInvariant(), delivery.Attempts,
        string.IsNullOrEmpty(delivery.Reason) ? null : delivery.Reason, MessageIds.Last(delivery.MessageId), delivery.Owed, delivery.Ended)
    {
        Kind = delivery.Kind.ToString().ToLowerInvariant(),
        About = delivery.Target is { } target ? IdOf(target) : null,
    };

    private static string? KeyOf(string key) => key.StartsWith("x.", StringComparison.Ordinal) ? key[2..]
        : key.StartsWith('t') && key.IndexOf('.') is > 0 and var dot ? key[(dot + 1)..] : null;
}
