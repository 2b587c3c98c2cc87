using System.Text.Json;

namespace PluginGateway.Configuration.Options;

/// <summary>A chat that gets a notice when the gateway stops.</summary>
internal sealed record NotifyChat(string AdapterId, string Chat, string? Thread = null)
{
    /// <summary>Reads a chat, written as <c>"ADAPTER:CHAT"</c>, or as an object where a thread is needed: chat ids may contain every
    /// separator.</summary>
    public static NotifyChat? Read(string key, JsonElement value, ReadScope scope)
    {
        if (value.ValueKind == JsonValueKind.Object) return ReadObject(new ObjectReader(value, key, scope.Problems));

        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0 && Rules.AdapterId(text[..colon]) is null && Rules.PlatformId(text[(colon + 1)..]) is null)
            return new NotifyChat(text[..colon], text[(colon + 1)..]);
        scope.Problems.Error(
            key, ObjectReader.Shown(value), "is no chat; allowed: \"ADAPTER:CHAT\" or { \"adapter\": ..., \"chat\": ..., \"thread\": ... }.");
        return null;
    }

    private static NotifyChat ReadObject(ObjectReader reader)
    {
        var read = new NotifyChat(reader.RequiredText("adapter", Rules.AdapterId), reader.RequiredText("chat", Rules.PlatformId),
            reader.Text("thread", null, Rules.PlatformId));
        reader.RejectUnknown();
        return read;
    }
}
