using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PluginGateway.Control.Verbs;

/// <summary>JSON of Control/Verbs, generated at build time: nothing is reflected or loaded when it is first written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(PairingLine))]
[JsonSerializable(typeof(PairingLine[]))]
[JsonSerializable(typeof(StateLine[]))]
[JsonSerializable(typeof(StateForgotten))]
internal sealed partial class VerbsJson : JsonSerializerContext
{
    /// <summary>Serialiser for the control socket: one line.</summary>
    public static VerbsJson Line => field ??= new(Written(indented: false));

    /// <summary>Serialiser for files and terminals: indented.</summary>
    public static VerbsJson Indented => field ??= new(Written(indented: true));

    private static JsonSerializerOptions Written(bool indented) =>
        new(Default.Options) { WriteIndented = indented, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
