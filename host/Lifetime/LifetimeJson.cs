using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using PluginGateway.Dispatch;

namespace PluginGateway.Lifetime;

/// <summary>The JSON of everything in this folder, generated at build time: nothing is reflected or loaded when a status is asked for.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(PidFile))]
[JsonSerializable(typeof(ShutdownReport))]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(ControlRequest))]
[JsonSerializable(typeof(StopAccepted))]
[JsonSerializable(typeof(OperatorWords))]
[JsonSerializable(typeof(StartLedger))]
[JsonSerializable(typeof(AdapterAnswer))]
[JsonSerializable(typeof(DeliveryReport))]
[JsonSerializable(typeof(PairingLine))]
[JsonSerializable(typeof(PairingLine[]))]
[JsonSerializable(typeof(StateLine[]))]
[JsonSerializable(typeof(StateForgotten))]
[JsonSerializable(typeof(UnitReport[]))]
[JsonSerializable(typeof(ReloadReport))]
[JsonSerializable(typeof(CredentialHolder))]
internal sealed partial class LifetimeJson : JsonSerializerContext
{
    /// <summary>One line: for the control socket.</summary>
    public static LifetimeJson Line => field ??= new(Written(indented: false));

    /// <summary>For files and for people.</summary>
    public static LifetimeJson Indented => field ??= new(Written(indented: true));

    private static JsonSerializerOptions Written(bool indented) => new(Default.Options) { WriteIndented = indented, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
