using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PluginGateway.Units;

/// <summary>JSON of Units, generated at build time: nothing is reflected or loaded when it is first written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(AdapterOverrides))]
[JsonSerializable(typeof(CrashLoopLog))]
[JsonSerializable(typeof(AdapterControlResult))]
internal sealed partial class UnitsJson : JsonSerializerContext
{
    /// <summary>One line: for the control socket.</summary>
    public static UnitsJson Line => field ??= new(Written(indented: false));

    /// <summary>For files and for people.</summary>
    public static UnitsJson Indented => field ??= new(Written(indented: true));

    private static JsonSerializerOptions Written(bool indented) => new(Default.Options) { WriteIndented = indented, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
