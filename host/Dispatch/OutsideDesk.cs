using System.Globalization;
using PluginGateway.Store;

namespace PluginGateway.Dispatch;

/// <summary>Something that somebody outside wants sent. <paramref name="Turn"/>: the turn whose token allows it; 0: the gateway's own does.</summary>
internal sealed record OutsideRequest(string AdapterId, Chat Chat, Reply Reply, string Key, long Turn = 0);

/// <summary>What became of an <see cref="OutsideRequest"/>.</summary>
internal enum OutsideVerdict
{
    /// <summary>It is owed, durably.</summary>
    Owed,

    /// <summary>It was owed before, with this key.</summary>
    Known,

    /// <summary>The key belongs to another content.</summary>
    Conflict,

    /// <summary>It can never be sent.</summary>
    Invalid,

    UnknownAdapter,

    /// <summary>Too much is owed already, or the store does not take it: try again.</summary>
    NotNow,
}

/// <summary>The verdict, with the message's id if it has one, and a sentence if it was not taken.</summary>
internal readonly record struct OutsideAnswer(OutsideVerdict Verdict, long Id, string Sentence);

/// <summary>The way out for messages that answer nothing: checks, owes durably, hands over to the send desk. Any thread; its answers come on the store's writer and may only be
/// passed on.</summary>
/// <param name="store">The store.</param>
/// <param name="dispatcher">Who delivers.</param>
/// <param name="adapterIds">The adapters that are configured now. Any thread.</param>
internal sealed class OutsideDesk(MessageStore store, Dispatcher dispatcher, Func<IReadOnlyList<string>> adapterIds)
{
    /// <summary>Messages that may be owed before outsiders have to wait.</summary>
    public const int MaxOwed = 10_000;

    private const int MaxKeyLength = 64;
    private const string KeyRule = "A key has 1 to 64 of A-Z a-z 0-9 . _ : - and does not look like an id (m1).";

    /// <summary>Owes a message.</summary>
    public void Owe(OutsideRequest request, Action<OutsideAnswer> done)
    {
        if (Refuse(request) is { } refusal)
        {
            done(refusal);
            return;
        }

        var text = TextRepair.Repair(request.Reply.Text);
        var reply = new Reply(text) { Format = request.Reply.Format, ReplyTo = request.Reply.ReplyTo };
        var message = new OutsideMessage(StoredKey(request.Turn, request.Key), request.AdapterId, ConversationKey.OfChat(request.AdapterId, request.Chat), Payloads.Write(request.Chat, reply));
        store.OweOutside(message, answer =>
        {
            if (answer.Value.Row is { } row) dispatcher.Owe(row);
            done(Conclude(request.Key, answer));
        });
    }

    /// <summary>Finds a message by its id (m1) or its key; null when there is none, or none any more. With a <paramref name="turn"/> only the keys of that turn are known.</summary>
    public void Find(string idOrKey, long turn, Action<DeliveryReport?> done)
    {
        if (turn == 0 && TryId(idOrKey, out var id)) store.FindDelivery(id, answer => done(Report(answer)));
        else if (IsKey(idOrKey)) store.FindDelivery(StoredKey(turn, idOrKey), answer => done(Report(answer)));
        else done(null);
    }

    /// <summary>Splits ADAPTER:CHAT; an adapter id has no colon, a chat may.</summary>
    public static bool TryTarget(string text, out string adapterId, out string chat)
    {
        var colon = text.IndexOf(':');
        (adapterId, chat) = colon > 0 ? (text[..colon], text[(colon + 1)..]) : ("", "");
        return chat.Length > 0;
    }

    private static DeliveryReport? Report(Answer<Delivery?> answer) => answer.Value is { } delivery ? DeliveryReport.Of(delivery) : null;

    /// <summary>Keys of turns' own replies begin with the turn's number: an outsider's never do.</summary>
    private static string StoredKey(long turn, string key) => turn == 0 ? $"x.{key}" : string.Create(CultureInfo.InvariantCulture, $"t{turn}.{key}");

    private OutsideAnswer? Refuse(OutsideRequest request)
    {
        if (adapterIds() is var known && !known.Contains(request.AdapterId))
        {
            var names = string.Join(", ", known.Order(StringComparer.Ordinal).Select(static id => $"'{id}'"));
            return new(OutsideVerdict.UnknownAdapter, 0, $"There is no adapter '{request.AdapterId}'; there {(known.Count == 1 ? "is" : "are")}: {names}.");
        }

        if (!IsKey(request.Key)) return Invalid(KeyRule);
        if (request.Reply.Text.Length == 0) return Invalid("There is no text to send.");
        if (request.Reply.Text.Length > InboundRules.MaxTextBytes) return Invalid($"The text is longer than {InboundRules.MaxTextBytes} characters.");
        if (!TextRepair.IsSound(request.Chat.Id) || !TextRepair.IsSound(request.Chat.Thread)) return Invalid("The chat's id has characters that no platform has.");
        return dispatcher.Owed >= MaxOwed ? new(OutsideVerdict.NotNow, 0, $"{MaxOwed} messages are owed already; try again with the same key.") : null;
    }

    private static OutsideAnswer Invalid(string sentence) => new(OutsideVerdict.Invalid, 0, sentence);

    private static OutsideAnswer Conclude(string key, Answer<OutsideOwing> answer) => answer switch
    {
        { IsDurable: false } => new(OutsideVerdict.NotNow, 0, $"The message could not be stored ({answer.Failure!.Message}); try again with the same key."),
        { Value.IsConflict: true } => new(OutsideVerdict.Conflict, answer.Value.Id, $"The key '{key}' belongs to another message ({DeliveryReport.IdOf(answer.Value.Id)}) with another target or text."),
        { Value.Row: null } => new(OutsideVerdict.Known, answer.Value.Id, ""),
        _ => new(OutsideVerdict.Owed, answer.Value.Id, ""),
    };

    private static bool TryId(string text, out long id)
    {
        id = 0;
        return text.StartsWith('m') && long.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out id);
    }

    private static bool IsKey(string key) =>
        key.Length is > 0 and <= MaxKeyLength && key.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or ':' or '-') && !TryId(key, out _);
}
