using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PluginGateway.Units;

/// <summary>JSON of Units, generated at build time: the first use needs no reflection and loads no assembly.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(AdapterOverrides))]
[JsonSerializable(typeof(CrashLoopLog))]
[JsonSerializable(typeof(AdapterControlResult))]
internal sealed partial class UnitsJson : JsonSerializerContext
{
    /// <summary>Options for one line, as on the control socket.</summary>
    public static UnitsJson Line => field ??= new(Written(indented: false));

    /// <summary>Options for files and for display.</summary>
    public static UnitsJson Indented => field ??= new(Written(indented: true));

    private static JsonSerializerOptions Written(bool indented) =>
        new(Default.Options) { WriteIndented = indented, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
