using PluginGateway.Serialization;
using PluginGateway.Status;
using PluginGateway.Supervision;

namespace PluginGateway.Control.Verbs;

/// <summary><c>plugins</c>: the plugin and the state of every adapter and handler.</summary>
internal sealed class PluginsVerb(Supervisor supervisor) : IControlVerb
{
    public string Name => "plugins";

    public ControlReply Execute(ControlRequest request) =>
        ControlReply.Done(JsonText.Line([.. supervisor.Snapshot.Units.Select(Describe)], StatusJson.Default.UnitReportArray));

    private static UnitReport Describe(UnitSnapshot unit) => new(
        unit.Id, unit.Plugin, unit.StateName.ToLowerInvariant(), unit.Code, unit.Reason.Length > 0 ? unit.Reason : null,
        unit.Loaded?.Manifest.AssemblyVersion.ToString(), unit.Loaded?.Manifest.ContractVersion.ToString(), unit.Loaded?.Manifest.Sha256,
        unit.Loaded?.ContentHash, unit.UnloadsPending)
    {
        Isolation = WorkerStatus.ModeOf(unit),
        Worker = WorkerStatus.Of(unit),
    };
}
