using System.Text.Json.Serialization;

namespace PluginGateway.Status;

/// <summary>Handlers that write the status as JSON, generated at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(UnitReport[]))]
internal sealed partial class StatusJson : JsonSerializerContext;
