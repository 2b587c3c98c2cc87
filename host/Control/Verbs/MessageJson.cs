using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PluginGateway.Control.Verbs;

/// <summary>The JSON of the operator's messages.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(OutboxLine[]))]
[JsonSerializable(typeof(InboxLine[]))]
[JsonSerializable(typeof(OutboxContent))]
[JsonSerializable(typeof(InboxContent))]
[JsonSerializable(typeof(MessageChanges))]
[JsonSerializable(typeof(MessageCount))]
internal sealed partial class MessageJson : JsonSerializerContext
{
    /// <summary>Serialiser for the control socket: one line.</summary>
    public static MessageJson Line => field ??= new(Written(indented: false));

    /// <summary>Serialiser for terminals: indented.</summary>
    public static MessageJson Indented => field ??= new(Written(indented: true));

    private static JsonSerializerOptions Written(bool indented) =>
        new(Default.Options) { WriteIndented = indented, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
