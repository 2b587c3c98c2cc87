using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using PluginGateway.Cli.Checks;
using PluginGateway.Cli.Messages;
using PluginGateway.Control;
using PluginGateway.Reloading;
using PluginGateway.Status;

namespace PluginGateway.Cli;

/// <summary>The JSON of the commands' own answers.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(CheckReport))]
[JsonSerializable(typeof(StopResult))]
[JsonSerializable(typeof(AdapterResult))]
[JsonSerializable(typeof(SendCommandResult))]
[JsonSerializable(typeof(MessageFailure))]
[JsonSerializable(typeof(BackupResult))]
[JsonSerializable(typeof(RecoverResult))]
[JsonSerializable(typeof(RestoreResult))]
[JsonSerializable(typeof(DllReport))]
[JsonSerializable(typeof(PluginReport[]))]
[JsonSerializable(typeof(PinnedPlugin[]))]
[JsonSerializable(typeof(ReloadReport))]
internal sealed partial class CliJson : JsonSerializerContext
{
    public static CliJson Indented =>
        field ??= new(new JsonSerializerOptions(Default.Options) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
