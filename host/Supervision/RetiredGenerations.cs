using PluginGateway.Guard.Lanes;
using PluginGateway.Loading;
using PluginGateway.Supervision.Generations;

namespace PluginGateway.Supervision;

/// <summary>The earlier generations of one unit: those whose calls may still end, and those that are torn down, until the last call has come back. Only the supervisor's thread.</summary>
internal sealed class RetiredGenerations(TimeProvider clock)
{
    private readonly List<Draining> _draining = [];
    private readonly List<IGeneration> _zombies = [];
    private TeardownOutcome? _lastTeardown;

    /// <summary>How the last teardown went. Any thread.</summary>
    public TeardownOutcome? LastTeardown => Volatile.Read(ref _lastTeardown);

    /// <summary>True while calls of a generation that is to be torn down may go on.</summary>
    public bool IsDraining => _draining.Count > 0;

    /// <summary>Generations that are being torn down, or have calls that have not come back.</summary>
    public int Count => _zombies.Count;

    /// <summary>Those with calls that outlived their deadline.</summary>
    public int Zombies => _zombies.Count(static zombie => zombie.Instance.Abandoned().Count > 0);

    /// <summary>True while one of them may be in this plugin's code.</summary>
    public bool AreIn(LoadedPlugin plugin) =>
        _zombies.Exists(zombie => zombie.Plugin == plugin) || _draining.Exists(draining => draining.Generation.Plugin == plugin);

    public void AddAbandoned(List<AbandonedCall> list)
    {
        foreach (var zombie in _zombies) list.AddRange(zombie.Instance.Abandoned());
        foreach (var draining in _draining) list.AddRange(draining.Generation.Instance.Abandoned());
    }

    /// <summary>Lets one end what it is doing.</summary>
    public void Drain(IGeneration generation, TimeSpan bound) => _draining.Add(new Draining(generation, bound, clock.GetTimestamp()));

    /// <summary>Those that have nothing to end any more or have had their time; they are the caller's to tear down.</summary>
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

    /// <summary>Tears one down.</summary>
    /// <param name="generation">Which.</param>
    /// <param name="bound">What it is given; zero or less: no deadline.</param>
    /// <param name="ended">Called on any thread: must only post.</param>
    public void BeginTeardown(IGeneration generation, TimeSpan bound, Action ended)
    {
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

    /// <summary>Forgets those whose calls have all come back.</summary>
    public void CollectGarbage() => _zombies.RemoveAll(static zombie => !zombie.Instance.HasOpenCalls);

    /// <summary>A generation that has been retired and may end what it is doing.</summary>
    private sealed record Draining(IGeneration Generation, TimeSpan Bound, long Since);
}

/// <summary>How one teardown went.</summary>
/// <param name="Bound">What it was given; zero or less = no deadline.</param>
/// <param name="Used">What it took.</param>
/// <param name="Overran">The operations that had to be abandoned.</param>
internal sealed record TeardownOutcome(TimeSpan Bound, TimeSpan Used, IReadOnlyList<string> Overran);
