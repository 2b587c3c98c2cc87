using System.Text.Json.Serialization;

namespace PluginGateway.Control;

/// <summary>Handlers that write a request and the answer to a stop as JSON, generated at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(ControlRequest))]
[JsonSerializable(typeof(StopAccepted))]
internal sealed partial class ControlJson : JsonSerializerContext;

/// <summary>Metadata for reading the answer to a stop, generated at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(StopAccepted))]
internal sealed partial class ControlMetadata : JsonSerializerContext;
