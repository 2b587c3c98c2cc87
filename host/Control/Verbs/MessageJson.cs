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
    /// <summary>One line: for the control socket.</summary>
    public static MessageJson Line => field ??= new(Written(indented: false));

    /// <summary>For people.</summary>
    public static MessageJson Indented => field ??= new(Written(indented: true));

    private static JsonSerializerOptions Written(bool indented) =>
        new(Default.Options) { WriteIndented = indented, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
