using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PluginGateway.Instance;

/// <summary>JSON of Instance, generated at build time: nothing is reflected or loaded when it is first written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(PidFile))]
[JsonSerializable(typeof(CredentialHolder))]
internal sealed partial class InstanceJson : JsonSerializerContext
{
    /// <summary>Serialiser for the control socket: one line.</summary>
    public static InstanceJson Line => field ??= new(Written(indented: false));

    /// <summary>Serialiser for files and terminals: indented.</summary>
    public static InstanceJson Indented => field ??= new(Written(indented: true));

    private static JsonSerializerOptions Written(bool indented) =>
        new(Default.Options) { WriteIndented = indented, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
