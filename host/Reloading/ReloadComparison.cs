using PluginGateway.Configuration;
using PluginGateway.Configuration.Files;
using PluginGateway.Configuration.Options;
using PluginGateway.Configuration.Secrets;
using PluginGateway.Loading;
using PluginGateway.Supervision;
using PluginGateway.Supervision.Generations;
using PluginGateway.Threads;
using PluginGateway.Units;

namespace PluginGateway.Reloading;

/// <summary>Configuration that was read, and its comparison with the running one.</summary>
/// <param name="Next">The configuration to put in force; null: none.</param>
internal sealed record ReloadReading(
    ConfigurationResult Result, GatewayConfiguration? Next, ConfigurationChange Change, IReadOnlyList<PlannedUnit> Plan)
{
    /// <summary>Time at which the units were compared, by the supervisor's clock.</summary>
    public DateTimeOffset Planned { get; init; }

    /// <summary>Changed settings that list the permitted users and groups: they are put in force at once, without replacing a connection.</summary>
    public IReadOnlyList<string> ChangedRules { get; init; } = [];
}

/// <summary>Reads the configuration and the plugin folders again, compares them with the running units, and plans the change of each unit. Only the
/// reload thread.</summary>
internal sealed class ReloadComparison(
    ConfigurationRequest source, CurrentConfiguration running, UnitRegistry registry, DisabledReasons reasons, PluginLoader loader,
    Supervisor supervisor, TimeProvider clock, ILogger<Reloader> log)
{
    /// <summary>Longest wait for the disk.</summary>
    public static readonly TimeSpan MostTime = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(20);

    private volatile bool _isReading;

    /// <summary>Reads and compares on a thread of its own, which a disk may block. Null: it did not finish, or an earlier one still hangs.</summary>
    public ReloadReading? Read(ReloadRequest request, Func<bool> goesOn)
    {
        if (_isReading) return null;
        _isReading = true;
        var planned = supervisor.Steady.Now;
        ReloadReading? read = null;
        Exception? fault = null;
        using var done = new ManualResetEvent(false);
        LoopThread.Start("reload: reading", () =>
        {
            try
            {
                Volatile.Write(ref read, Compare(request));
            }
            catch (Exception problem)
            {
                Volatile.Write(ref fault, problem);
            }

            _isReading = false;
            try
            {
                done.Set();
            }
            catch (ObjectDisposedException)
            {
                // The caller no longer waits.
            }
        });
        var started = clock.GetTimestamp();
        while (!done.WaitOne(Slice) && goesOn() && clock.GetElapsedTime(started) < MostTime)
        {
        }

        if (Volatile.Read(ref fault) is { } failed) throw new InvalidOperationException("Reading failed.", failed);
        return Volatile.Read(ref read) is { } compared ? compared with { Planned = planned } : null;
    }

    private ReloadReading Compare(ReloadRequest request)
    {
        var inForce = running.Value;
        var result = ConfigurationFile.Load(source.Again(inForce));
        PluginText.Hide(result.Redactor);
        foreach (var problem in result.Problems) log.ConfigurationProblem(problem);
        if (result.Configuration is not { } written) return new(result, null, new(inForce.Gateway, [], []), []);
        var change = ConfigurationChange.Between(inForce.Gateway, written.Gateway);
        var whole = written with { Gateway = change.InForce };
        var next = request.Id is { } id ? ReloadPlan.Only(id, inForce, whole) : whole;
        if (next is null) return new(result, null, change, []);
        // A running unit is not stopped for an entry that has become invalid.
        if (next.Adapters.Any(
            adapter => adapter is { Enabled: true, Blocker: not null } && running.Adapter(adapter.Id) is not { Enabled: true, Blocker: not null }))
            return new(result with { Configuration = null }, null, change, []);
        var isMeant = Meant(request.Id, next, inForce);
        var found = registry.Present.Where(unit => isMeant(unit.Id)).Select(unit => new FoundUnit(
            unit.Id, unit.IsAdapter, unit.Spec, unit.Loaded is { } loaded ? loaded.ContentHash : loader.TriedFor(unit.Id))).ToArray();
        var wanted = WantedUnit.Of(next).Where(unit => isMeant(unit.Id)).ToArray();
        var contents = new Dictionary<string, string?>(StringComparer.Ordinal);
        var plan = ReloadPlan.Of(
            found, wanted, ContentOf, reasons.Of, id => reasons.Of(id, next), isForced: request.Id is not null);
        return new(result, next, change, plan) { ChangedRules = RulesChanged(inForce, next) };

        string? ContentOf(WantedUnit unit)
        {
            if (!contents.TryGetValue(unit.Spec.Plugin, out var content))
                contents.Add(unit.Spec.Plugin, content = loader.ContentOf(unit.Spec.Plugin, unit.Spec.PluginPaths));
            return content;
        }
    }

    /// <summary>Returns the changed keys of adapters on which their generations do not depend.</summary>
    private static string[] RulesChanged(GatewayConfiguration inForce, GatewayConfiguration next)
    {
        var before = inForce.Adapters.ToDictionary(static adapter => adapter.Id, StringComparer.Ordinal);
        // A change of the gateway's words is reported as such.
        var hasSameWords = inForce.Gateway.ControlWords == next.Gateway.ControlWords;
        var pairs = next.Adapters.Where(adapter => before.ContainsKey(adapter.Id)).Select(adapter => (Old: before[adapter.Id], New: adapter)).ToArray();
        return
        [
            .. pairs.Where(static pair => pair.Old.Allow != pair.New.Allow).Select(static pair => $"{pair.New.Path}.allow"),
            .. pairs.Where(pair => hasSameWords && pair.Old.ControlWords != pair.New.ControlWords)
                .Select(static pair => $"{pair.New.Path}.controlWords"),
        ];
    }

    /// <summary>Returns the filter for the units of a request: all, or one adapter and its own handler.</summary>
    private static Func<string, bool> Meant(string? id, params GatewayConfiguration[] configurations)
    {
        if (id is null) return static _ => true;
        var adapter = configurations.SelectMany(static configuration => configuration.Adapters).FirstOrDefault(adapter => adapter.Id == id);
        return adapter is null ? unit => unit == id : unit => unit == id || unit == HandlerIds.Of(id);
    }
}
