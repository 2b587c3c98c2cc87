using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PluginGateway.Status;

/// <summary>JSON of Status, generated at build time: nothing is reflected or loaded when it is first written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(UnitReport[]))]
internal sealed partial class StatusJson : JsonSerializerContext
{
    /// <summary>Serialiser for the control socket: one line.</summary>
    public static StatusJson Line => field ??= new(Written(indented: false));

    /// <summary>Serialiser for files and terminals: indented.</summary>
    public static StatusJson Indented => field ??= new(Written(indented: true));

    private static JsonSerializerOptions Written(bool indented) =>
        new(Default.Options) { WriteIndented = indented, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
