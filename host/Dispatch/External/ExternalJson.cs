using System.Text.Json.Serialization;

namespace PluginGateway.Dispatch.External;

/// <summary>Handlers that write the state of a delivery as JSON, generated at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(DeliveryReport))]
internal sealed partial class ExternalJson : JsonSerializerContext;
