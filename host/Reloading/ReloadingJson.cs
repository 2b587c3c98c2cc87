using System.Text.Json.Serialization;

namespace PluginGateway.Reloading;

/// <summary>Handlers that write reports on reloads as JSON, generated at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(ReloadReport))]
internal sealed partial class ReloadingJson : JsonSerializerContext;
