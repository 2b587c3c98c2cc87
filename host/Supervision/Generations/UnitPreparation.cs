using PluginGateway.Guard.Calls;
using PluginGateway.Loading;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Supervision.Generations;

/// <summary>Preparation of a generation: loads the plugin, claims the credential, and gives that back when the unit is disabled. Only the
/// supervisor's thread.</summary>
internal sealed class UnitPreparation(SupervisedUnit unit, IUnitRole role, LifecycleCalls calls, UnitPlugins plugins)
{
    /// <summary>Failure of a generation whose plugin was discarded by a reload or at the end of a hung call.</summary>
    private static readonly Failure Discarded = new("discarded", "What it was loaded from has been discarded meanwhile; it is loaded anew.");

    public void Begin(BeginStep step)
    {
        if (step.Step == UnitStep.Load) BeginLoad(step);
        else if (plugins.Next is { } plugin) BeginClaim(step, plugin.Manifest);
        else EndDiscarded(step);
    }

    public void EndDiscarded(BeginStep step) => unit.Post(new StepEnded(step.Generation, step.Step, Discarded));

    /// <summary>Gives back the unit's credential lock, which no generation can use any more. Called repeatedly.</summary>
    public void GiveBack()
    {
        if (role.Reclaim(unit.Id) is { } held) BeginWork(() => Freed(held), null);
    }

    private static bool HoldsCredential(LoadedPlugin plugin) => plugin.Manifest.Adapter is { Traits.CredentialSettings.Count: > 0 };

    private static object Freed(IDisposable held)
    {
        held.Dispose();
        return held;
    }

    private static Failure? FailureOf(WorkCall<CredentialClaim> call) => call.Value is { } claim ? claim.Failure : FailureMapping.Of(call);

    private void BeginLoad(BeginStep step)
    {
        if (step.FreshContext) plugins.Renew(null);
        if (plugins.Next is { } plugin)
        {
            unit.Post(new StepEnded(step.Generation, UnitStep.Load) { HoldsCredential = HoldsCredential(plugin) });
            return;
        }

        var spec = unit.Spec;
        plugins.BeginLoad(spec, unit.IsIsolated, step.FreshContext, (loaded, failure) =>
        {
            if (loaded is not null) unit.Post(new PluginArrived(spec, loaded));
            unit.Post(new StepEnded(step.Generation, UnitStep.Load, failure) { HoldsCredential = loaded is not null && HoldsCredential(loaded) });
        });
    }

    private void BeginClaim(BeginStep step, PluginManifest manifest)
    {
        var (id, settings) = (unit.Id, unit.Spec.Settings);
        var sink = new PostingSink(call => unit.Post(new StepEnded(step.Generation, UnitStep.Claim, FailureOf((WorkCall<CredentialClaim>)call))));
        BeginWork(() => role.Claim(id, manifest, settings), sink);
    }

    /// <summary>Runs work on a thread of its own, bounded like a load, because it accesses files.</summary>
    private void BeginWork<T>(Func<T> work, ICallSink? sink)
        where T : class => calls.Start(new WorkCall<T>(Operation.Claim, work, sink), null, unit.Spec.Timeouts.Load);
}
