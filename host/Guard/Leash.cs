using PluginGateway.Configuration;
using PluginGateway.Threads;

namespace PluginGateway.Guard;

/// <summary>Something that runs for one generation outside this process.</summary>
internal interface ILeashed
{
    /// <summary>Its process, or 0 when it has none any more.</summary>
    int ProcessId { get; }

    /// <summary>Ends it for good, whatever it is doing; its open calls fail. Any thread; returns at once. Again: nothing.</summary>
    void End();
}

/// <summary>What one generation has outside this process, and the end of it: cut when the generation has been disposed or given up.</summary>
/// <param name="limits">What it may use there.</param>
internal sealed class Leash(WorkerOptions limits)
{
    private readonly object _gate = new();
    private ILeashed? _held;
    private bool _cut;

    /// <summary>What it may use there.</summary>
    public WorkerOptions Limits { get; } = limits;

    /// <summary>True when nothing that it could hold is wanted any more.</summary>
    public bool IsCut
    {
        get
        {
            using (Held.On(_gate)) return _cut;
        }
    }

    /// <summary>The process; 0: there is none.</summary>
    public int ProcessId => Volatile.Read(ref _held)?.ProcessId ?? 0;

    /// <summary>Takes hold. What comes when the leash has been cut is ended at once.</summary>
    public void Hold(ILeashed held)
    {
        using (Held.On(_gate))
        {
            _held = held;
            if (!_cut) return;
        }

        held.End();
    }

    /// <summary>Ends what it holds. Any thread; returns at once.</summary>
    public void Cut()
    {
        ILeashed? held;
        using (Held.On(_gate))
        {
            _cut = true;
            held = _held;
        }

        held?.End();
    }
}
