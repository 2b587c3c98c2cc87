using PluginGateway.Guard.Lanes;
using PluginGateway.Loading;
using PluginGateway.Supervision.Generations;

namespace PluginGateway.Supervision;

/// <summary>Earlier generations of one unit: those that drain, and those that are torn down, until the last call has returned. Only the supervisor's
/// thread.</summary>
internal sealed class RetiredGenerations(TimeProvider clock)
{
    private readonly List<Draining> _draining = [];
    private readonly List<IGeneration> _zombies = [];
    private TeardownOutcome? _lastTeardown;

    /// <summary>Outcome of the last teardown. Any thread.</summary>
    public TeardownOutcome? LastTeardown => Volatile.Read(ref _lastTeardown);

    /// <summary>True while calls of a generation that is to be torn down may go on.</summary>
    public bool IsDraining => _draining.Count > 0;

    /// <summary>Generations that are being torn down, or have calls that have not come back.</summary>
    public int Count => _zombies.Count;

    /// <summary>Number of generations with abandoned calls.</summary>
    public int Zombies => _zombies.Count(static zombie => zombie.Instance.Abandoned().Count > 0);

    /// <summary>True while a generation may be in this plugin's code.</summary>
    public bool AreIn(LoadedPlugin plugin) =>
        _zombies.Exists(zombie => zombie.Plugin == plugin) || _draining.Exists(draining => draining.Generation.Plugin == plugin);

    public void AddAbandoned(List<AbandonedCall> list)
    {
        foreach (var zombie in _zombies) list.AddRange(zombie.Instance.Abandoned());
        foreach (var draining in _draining) list.AddRange(draining.Generation.Instance.Abandoned());
    }

    /// <summary>Lets a generation end its open calls.</summary>
    public void Drain(IGeneration generation, TimeSpan bound) => _draining.Add(new Draining(generation, bound, clock.GetTimestamp()));

    /// <summary>Takes out the generations without open calls and those whose time is over; the caller tears them down.</summary>
    public IEnumerable<IGeneration> TakeDrained(bool hurry)
    {
        for (var i = _draining.Count - 1; i >= 0; i--)
        {
            var draining = _draining[i];
            var hasTime = draining.Bound <= TimeSpan.Zero || clock.GetElapsedTime(draining.Since) < draining.Bound;
            if (!hurry && draining.Generation.Instance.IsServing && hasTime) continue;
            _draining.RemoveAt(i);
            yield return draining.Generation;
        }
    }

    /// <summary>Tears a generation down.</summary>
    /// <param name="generation">The generation.</param>
    /// <param name="bound">Its time; zero or less: no deadline.</param>
    /// <param name="ended">Called on any thread: must only post.</param>
    public void BeginTeardown(IGeneration generation, TimeSpan bound, Action ended)
    {
        generation.Close();
        _zombies.Add(generation);
        var instance = generation.Instance;
        var started = clock.GetTimestamp();
        instance.BeginTeardown(bound, new PostingSink(_ =>
        {
            var overran = instance.Abandoned().Select(static call => FailureMapping.Name(call.Operation)).ToArray();
            Volatile.Write(ref _lastTeardown, new TeardownOutcome(bound, clock.GetElapsedTime(started), overran));
            ended();
        }));
    }

    /// <summary>Forgets the generations whose calls have all returned.</summary>
    public void CollectGarbage() => _zombies.RemoveAll(static zombie => !zombie.Instance.HasOpenCalls);

    /// <summary>Retired generation that may end its open calls.</summary>
    private sealed record Draining(IGeneration Generation, TimeSpan Bound, long Since);
}

/// <summary>Outcome of one teardown.</summary>
/// <param name="Bound">Time granted; zero or less = no deadline.</param>
/// <param name="Used">Time used.</param>
/// <param name="Overran">The operations that had to be abandoned.</param>
internal sealed record TeardownOutcome(TimeSpan Bound, TimeSpan Used, IReadOnlyList<string> Overran);
