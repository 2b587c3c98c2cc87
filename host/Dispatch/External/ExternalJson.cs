using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PluginGateway.Dispatch.External;

/// <summary>JSON of Dispatch/External, generated at build time: nothing is reflected or loaded when it is first written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(DeliveryReport))]
internal sealed partial class ExternalJson : JsonSerializerContext
{
    /// <summary>One line: for the control socket.</summary>
    public static ExternalJson Line => field ??= new(Written(indented: false));

    /// <summary>For files and for people.</summary>
    public static ExternalJson Indented => field ??= new(Written(indented: true));

    private static JsonSerializerOptions Written(bool indented) => new(Default.Options) { WriteIndented = indented, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
