using System.Text.Json.Serialization;
using PluginGateway.Control.Verbs;
using PluginGateway.Dispatch.External;
using PluginGateway.Reloading;
using PluginGateway.Status;
using PluginGateway.Units;

namespace PluginGateway.Cli;

/// <summary>Metadata for reading the answers of the running gateway, generated at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(UnitReport[]))]
[JsonSerializable(typeof(ReloadReport))]
[JsonSerializable(typeof(AdapterControlResult))]
[JsonSerializable(typeof(DeliveryReport))]
[JsonSerializable(typeof(PairingLine))]
[JsonSerializable(typeof(PairingLine[]))]
[JsonSerializable(typeof(StateLine[]))]
[JsonSerializable(typeof(StateForgotten))]
[JsonSerializable(typeof(TurnLine[]))]
[JsonSerializable(typeof(TurnStopped))]
[JsonSerializable(typeof(MemoryLine[]))]
[JsonSerializable(typeof(MemoryKey[]))]
[JsonSerializable(typeof(MemoryDropped))]
[JsonSerializable(typeof(OutboxLine[]))]
[JsonSerializable(typeof(InboxLine[]))]
[JsonSerializable(typeof(OutboxContent))]
[JsonSerializable(typeof(InboxContent))]
[JsonSerializable(typeof(MessageChanges))]
[JsonSerializable(typeof(MessageCount))]
internal sealed partial class AnswerMetadata : JsonSerializerContext;
