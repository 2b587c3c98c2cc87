using System.Text.Json.Serialization;

namespace PluginGateway.Control.Verbs;

/// <summary>Handlers that write the operator's messages as JSON, generated at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(OutboxLine[]))]
[JsonSerializable(typeof(InboxLine[]))]
[JsonSerializable(typeof(OutboxContent))]
[JsonSerializable(typeof(InboxContent))]
[JsonSerializable(typeof(MessageChanges))]
[JsonSerializable(typeof(MessageCount))]
internal sealed partial class MessageJson : JsonSerializerContext;
