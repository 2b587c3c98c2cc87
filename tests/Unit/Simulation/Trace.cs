namespace PluginGateway.Tests.Simulation;

/// <summary>Something that must never be so.</summary>
internal sealed class ViolationException(string message) : Exception(message);

/// <summary>What happened, with its virtual time; and the first thing that must never happen.</summary>
internal sealed class Trace(TimeProvider clock)
{
    private const int Shown = 400;

    private readonly DateTimeOffset _start = clock.GetUtcNow();
    private readonly List<(TimeSpan At, string What)> _events = [];

    public string? Violation { get; private set; }

    public void Add(string what) => _events.Add((clock.GetUtcNow() - _start, what));

    /// <summary>Remembered rather than thrown: it may be noticed inside of the code under test, which survives exceptions.</summary>
    public void Require(bool holds, string otherwise)
    {
        if (holds || Violation is not null) return;
        Violation = otherwise;
        Add($"VIOLATION: {otherwise}");
    }

    public void Check()
    {
        if (Violation is { } violation) throw new ViolationException(violation);
    }

    public override string ToString() =>
        string.Join('\n', _events.TakeLast(Shown).Select(static e => FormattableString.Invariant($"{e.At.TotalSeconds,10:0.000} {e.What}")));
}
