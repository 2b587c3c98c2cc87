using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PluginGateway.Shutdown;

/// <summary>JSON of Shutdown, generated at build time: nothing is reflected or loaded when it is first written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ShutdownReport))]
internal sealed partial class ShutdownJson : JsonSerializerContext
{
    /// <summary>Serialiser for the control socket: one line.</summary>
    public static ShutdownJson Line => field ??= new(Written(indented: false));

    /// <summary>Serialiser for files and terminals: indented.</summary>
    public static ShutdownJson Indented => field ??= new(Written(indented: true));

    private static JsonSerializerOptions Written(bool indented) =>
        new(Default.Options) { WriteIndented = indented, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
