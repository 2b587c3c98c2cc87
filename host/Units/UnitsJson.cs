using System.Text.Json.Serialization;

namespace PluginGateway.Units;

/// <summary>Handlers that write the files of the units and the answer to an action as JSON, generated at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(AdapterOverrides))]
[JsonSerializable(typeof(CrashLoopLog))]
[JsonSerializable(typeof(AdapterControlResult))]
internal sealed partial class UnitsJson : JsonSerializerContext;

/// <summary>Metadata for reading the files of the units, generated at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(AdapterOverrides))]
[JsonSerializable(typeof(CrashLoopLog))]
internal sealed partial class UnitsMetadata : JsonSerializerContext;
