using System.Text.Json;

namespace PluginGateway.Plugins.Feishu;

/// <summary>Looks up the message that another one answers: an event has only its id. Without an answer within the look-up's time, or without the
/// permission to read it (<c>im:message:readonly</c>), the quote has the id only. Any thread.</summary>
internal sealed class Quotes(OpenApi api, People people, OwnMessages own)
{
    private const int LongestId = 512;

    /// <summary>Returns the quote of a message; null: it answers none.</summary>
    /// <param name="message">The message of an event.</param>
    /// <param name="cancellationToken">Ends the look-up.</param>
    public async Task<Quote?> OfAsync(JsonElement message, CancellationToken cancellationToken)
    {
        if (message.String("parent_id") is not { } id || !IsId(id)) return null;
        var answer = await api.GetAsync($"/open-apis/im/v1/messages/{Uri.EscapeDataString(id)}", cancellationToken);
        if (!answer.IsGood || answer.Data.Get("items").Items().FirstOrDefault() is not { ValueKind: JsonValueKind.Object } item) return new Quote(id);
        if (item.Get("deleted").ValueKind == JsonValueKind.True) return new Quote(id);
        var content = ReceivedContent.Read(item.String("msg_type") ?? "unknown", item.Get("body").String("content"), id);
        return new Quote(id)
        {
            Text = ReceivedEvent.Named(content.Text, [.. item.Get("mentions").Items()]),
            Sender = await SenderOfAsync(item.Get("sender"), own.Includes(id), cancellationToken),
        };
    }

    private static bool IsId(string text) => text.Length is > 0 and <= LongestId && !text.Any(char.IsControl);

    private async Task<Sender?> SenderOfAsync(JsonElement sender, bool isOwn, CancellationToken cancellationToken)
    {
        if (sender.String("id") is not { } id || !IsId(id)) return null;
        if (sender.String("sender_type") is "app" or "bot") return new Sender(id, null, isBot: true) { IsSelf = isOwn };
        return new Sender(id, sender.String("id_type") == "open_id" ? await people.NameAsync(id, cancellationToken) : null);
    }
}
