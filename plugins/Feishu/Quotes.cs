using System.Text.Json;

namespace PluginGateway.Plugins.Feishu;

/// <summary>Looks up the message that another one answers: an event has only its id. Without an answer within the look-up's time, or without the
/// permission to read it (<c>im:message:readonly</c>), the quote has the id only. Any thread.</summary>
internal sealed class Quotes(OpenApi api, People people, OwnMessages own)
{
    private readonly MergedForwards _forwards = new(api, people);

    /// <summary>Returns the quote of a message; null: it answers none.</summary>
    /// <param name="message">The message of an event.</param>
    /// <param name="cancellationToken">Ends the look-up.</param>
    public async Task<Quote?> OfAsync(JsonElement message, CancellationToken cancellationToken)
    {
        if (message.Id("parent_id") is not { } id) return null;
        var messages = (await api.GetMessageAsync(id, cancellationToken)).Messages();
        if (messages is not [var item, ..]) return new Quote(id);
        if (item.Get("deleted").ValueKind == JsonValueKind.True) return new Quote(id);
        var type = item.String("msg_type") ?? "unknown";
        return new Quote(id)
        {
            Text = type == MergedForwards.Type ? (await _forwards.ReadAsync(messages, id, cancellationToken)).Text
                : ReceivedEvent.Named(ReceivedContent.Read(type, item.Get("body").String("content"), id).Text, [.. item.Get("mentions").Items()]),
            Sender = await SenderOfAsync(item.Get("sender"), own.Includes(id), cancellationToken),
        };
    }

    private async Task<Sender?> SenderOfAsync(JsonElement sender, bool isOwn, CancellationToken cancellationToken)
    {
        if (sender.Id("id") is not { } id) return null;
        if (sender.String("sender_type") is "app" or "bot") return new Sender(id, null, isBot: true) { IsSelf = isOwn };
        return new Sender(id, sender.String("id_type") == "open_id" ? await people.NameAsync(id, cancellationToken) : null);
    }
}
