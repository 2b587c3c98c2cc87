using System.Text.Json.Serialization;

namespace PluginGateway.Shutdown;

/// <summary>Handlers that write the report on a stop as JSON, generated at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(ShutdownReport))]
internal sealed partial class ShutdownJson : JsonSerializerContext;

/// <summary>Metadata for reading the report on the last stop, generated at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ShutdownReport))]
internal sealed partial class ShutdownMetadata : JsonSerializerContext;
