using System.Text.Json;

namespace PluginGateway.Plugins.Feishu;

/// <summary>Look-up of one message by its id. A card comes as it was sent: by default the platform gives what an old client shows of it, which is a
/// request to update the client for a card of JSON 2.0.</summary>
/// <remarks>Source: the vendor's page of <c>GET /im/v1/messages/:message_id</c> (<c>card_msg_content_type</c>).</remarks>
internal static class MessageLookup
{
    /// <summary>Path of a message.</summary>
    public static string PathOf(string messageId) => $"/open-apis/im/v1/messages/{Uri.EscapeDataString(messageId)}";

    /// <summary>Asks the platform for a message.</summary>
    public static Task<ApiAnswer> GetMessageAsync(this OpenApi api, string messageId, CancellationToken cancellationToken) =>
        api.GetAsync($"{PathOf(messageId)}?card_msg_content_type=user_card_content", cancellationToken);

    /// <summary>Messages of an answer: the one that was asked for and, where it holds others, these.</summary>
    public static JsonElement[] Messages(this ApiAnswer answer) =>
        answer.IsGood ? [.. answer.Data.Get("items").Items().Where(static item => item.ValueKind == JsonValueKind.Object)] : [];

    /// <summary>Message that was asked for; null: the answer has none.</summary>
    public static JsonElement? Message(this ApiAnswer answer) => answer.Messages() is [var item, ..] ? item : null;
}
