using PluginGateway.Configuration.Options;
using PluginGateway.Guard;
using PluginGateway.Guard.Calls;
using PluginGateway.Loading;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Supervision.Generations;

internal abstract partial class SupervisedUnit
{
    /// <summary>Does work of the host's own that could block, bounded like a load and on a thread of its own.</summary>
    protected void BeginWork<T>(Operation operation, Func<T> work, ICallSink? sink)
        where T : class => _work.Start(new WorkCall<T>(operation, work, sink), null, Spec.Timeouts.Load);

    protected ICallSink StepSink(int generation, UnitStep step) => new PostingSink(call => Post(new StepEnded(generation, step, FailureMapping.Of(call))));

    /// <summary>A reload or the end of a hung call has taken away what this generation was to be made from.</summary>
    protected static Failure Discarded { get; } = new("discarded", "What it was loaded from has been discarded meanwhile; it is loaded anew.");

    private static bool HoldsCredential(LoadedPlugin plugin) => plugin.Manifest.Adapter?.Traits.CredentialSetting is not null;

    private bool IsInUse(LoadedPlugin plugin) => (_loadedFrom == plugin && _instance is not null) || _retired.AreIn(plugin);

    private void BeginCreate(int generation)
    {
        if (Plugin is not { } plugin)
        {
            Post(new StepEnded(generation, UnitStep.Create, Discarded));
            return;
        }

        _loadedFrom = plugin;
        _instance = Create(plugin, generation, StepSink(generation, UnitStep.Create));
    }

    private void BeginTeardown(int generation)
    {
        if (_instance is not { } instance)
        {
            Post(new TeardownEnded(generation));
            return;
        }

        _instance = null;
        BeginTeardown(instance, _loadedFrom!, generation);
    }

    private void BeginTeardown(IGuardedInstance instance, LoadedPlugin plugin, int generation) =>
        _retired.BeginTeardown(instance, plugin, TeardownBound, () => Post(new TeardownEnded(generation)));

    private void BeginLoad(BeginStep step)
    {
        if (step.FreshContext) _plugins.Renew(null);
        if (Plugin is { } plugin)
        {
            Post(new StepEnded(step.Generation, UnitStep.Load) { HoldsCredential = HoldsCredential(plugin) });
            return;
        }

        var spec = Spec;
        var request = RequestFor(spec, step.FreshContext);
        _permit = Services.Turns.Acquire(
            _ => _plugins.BeginLoad(request, spec.Timeouts.Load, (loaded, failure) =>
            {
                if (loaded is not null) Post(new PluginArrived(spec, loaded));
                Post(new StepEnded(step.Generation, UnitStep.Load, failure) { HoldsCredential = loaded is not null && HoldsCredential(loaded) });
            }),
            PluginKind == PluginKind.Handler, _loadsSlowly);
    }

    private LoadRequest RequestFor(UnitSpec spec, bool isFresh) => new()
    {
        Name = spec.Plugin,
        Kind = PluginKind,
        ContextName = Id,
        DataDirectory = Services.DataDirectory,
        PluginPaths = spec.PluginPaths,
        Sha256 = spec.Sha256,
        RequiresPin = spec.RequiresPin,
        Isolated = PluginKind == PluginKind.Adapter && IsolationOf(spec) == IsolationMode.Process,
        Fresh = isFresh,
    };

    private IsolationMode IsolationOf(UnitSpec spec) => State.IsPromoted && ReferenceEquals(spec, Spec) ? IsolationMode.Process : spec.Isolation;
}
