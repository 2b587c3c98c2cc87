using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;

namespace PluginGateway.Plugins.WebChat;

/// <summary>Message of a conversation: a line of the log.</summary>
/// <param name="Conversation">The id of the conversation.</param>
/// <param name="Id">The visitor's own id, or the key of the reply. The two sides count apart.</param>
/// <param name="FromUser">True for the visitor's side.</param>
/// <param name="Text">The text of the message.</param>
/// <param name="Time">The time of arrival, in milliseconds since 1970.</param>
internal sealed record ChatEntry(
    [property: JsonPropertyName("c"), JsonRequired] string Conversation,
    [property: JsonPropertyName("id"), JsonRequired] string Id,
    [property: JsonPropertyName("u")] bool FromUser,
    [property: JsonPropertyName("text"), JsonRequired] string Text,
    [property: JsonPropertyName("t")] long Time);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(ChatEntry))]
internal sealed partial class ChatJson : JsonSerializerContext
{
    /// <summary>Options for JSON in which every script stays readable and short; characters with a meaning in HTML are still escaped.</summary>
    public static JsonWriterOptions WriterOptions { get; } = new() { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };
}
