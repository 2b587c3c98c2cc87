using System.Text.Json;

namespace PluginGateway.Store;

/// <summary>Facts of a stored event by which turns are composed and changed, read from its row: a restart finds the same ones.</summary>
/// <param name="Sender">The author: the account for which the platform vouches, or the id. Null: none is known.</param>
internal sealed record InboundFacts(string? Sender)
{
    /// <summary>True for a message that may be one of several in a turn: no command, press or other event.</summary>
    public bool IsPart { get; init; }

    /// <summary>True for a message that shows that more is coming: a picture of an album, a part of a text that the client has split, or a
    /// forward.</summary>
    public bool ShowsMore { get; init; }

    /// <summary>True for a part of a text that the client has split: the next message goes on where it ends.</summary>
    public bool IsSplit { get; init; }

    /// <summary>True for a message that is heard only with another of its turn, which is for the bot.</summary>
    public bool IsUnaddressed { get; init; }

    /// <summary>Platform's id of a message; null: it has none, or the event is another one.</summary>
    public string? MessageId { get; init; }

    /// <summary>Reads the facts of a payload. One that cannot be read is of a turn of its own, which will say so.</summary>
    public static InboundFacts Read(byte[] payload)
    {
        try
        {
            return JsonSerializer.Deserialize(payload, PayloadMetadata.Default.FactsPayload)?.ToFacts() ?? new InboundFacts(Sender: null);
        }
        catch (JsonException)
        {
            return new InboundFacts(Sender: null);
        }
    }
}

/// <summary>The part of an <see cref="InboundPayload"/> by which turns are composed and changed; the rest is not read.</summary>
internal sealed record FactsPayload(string? Kind, bool IsEdit, AuthorPayload? Sender, string? GroupId, bool IsSplit, bool IsUnaddressed)
{
    public string? MessageId { get; init; }

    public CommandPayload? Command { get; init; }

    public OriginPayload? ForwardedFrom { get; init; }

    public InboundFacts ToFacts()
    {
        var isMessage = Kind is null && !IsEdit;
        var isPart = isMessage && Command is null && Sender is not null;
        return new(Sender is null ? null : Sender.Account is { } account ? $"account:{account}" : Sender.Id)
        {
            IsPart = isPart,
            ShowsMore = isPart && (GroupId is not null || IsSplit || ForwardedFrom is not null),
            IsSplit = IsSplit,
            IsUnaddressed = IsUnaddressed,
            MessageId = isMessage ? MessageId : null,
        };
    }
}

/// <summary>The part of a <see cref="SenderPayload"/> that tells who it is.</summary>
internal sealed record AuthorPayload(string Id, string? Account);
