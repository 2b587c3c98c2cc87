using System.Text.Json.Serialization;

namespace PluginGateway.Control.Verbs;

/// <summary>Handlers that write the answers of other verbs as JSON, generated at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(PairingLine))]
[JsonSerializable(typeof(PairingLine[]))]
[JsonSerializable(typeof(StateLine[]))]
[JsonSerializable(typeof(StateForgotten))]
[JsonSerializable(typeof(TurnLine[]))]
[JsonSerializable(typeof(TurnStopped))]
[JsonSerializable(typeof(MemoryLine[]))]
[JsonSerializable(typeof(MemoryKey[]))]
[JsonSerializable(typeof(MemoryDropped))]
internal sealed partial class VerbsJson : JsonSerializerContext;
