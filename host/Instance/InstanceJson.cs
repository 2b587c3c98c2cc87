using System.Text.Json.Serialization;

namespace PluginGateway.Instance;

/// <summary>Handlers that write the files of a running gateway as JSON, generated at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(PidFile))]
[JsonSerializable(typeof(CredentialHolder))]
internal sealed partial class InstanceJson : JsonSerializerContext;

/// <summary>Metadata for reading the files of a running gateway, generated at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(PidFile))]
[JsonSerializable(typeof(CredentialHolder))]
internal sealed partial class InstanceMetadata : JsonSerializerContext;
