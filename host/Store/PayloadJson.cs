using System.Text.Json.Serialization;

namespace PluginGateway.Store;

/// <summary>Handlers that write payloads as JSON, generated at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(InboundPayload))]
[JsonSerializable(typeof(OutboundPayload))]
internal sealed partial class PayloadJson : JsonSerializerContext;

/// <summary>Metadata for reading payloads, generated at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(InboundPayload))]
[JsonSerializable(typeof(OutboundPayload))]
[JsonSerializable(typeof(FactsPayload))]
internal sealed partial class PayloadMetadata : JsonSerializerContext;
