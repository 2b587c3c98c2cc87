using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PluginGateway.Dispatch.External;

/// <summary>JSON of Dispatch/External, generated at build time: the first use needs no reflection and loads no assembly.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(DeliveryReport))]
internal sealed partial class ExternalJson : JsonSerializerContext
{
    /// <summary>Options for one line, as on the control socket.</summary>
    public static ExternalJson Line => field ??= new(Written(indented: false));

    /// <summary>Options for files and for display.</summary>
    public static ExternalJson Indented => field ??= new(Written(indented: true));

    private static JsonSerializerOptions Written(bool indented) =>
        new(Default.Options) { WriteIndented = indented, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
