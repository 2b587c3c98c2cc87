using PluginGateway.Configuration.Options;
using PluginGateway.Threads;

namespace PluginGateway.Guard;

/// <summary>Something that runs for one generation outside this process.</summary>
internal interface IExternalProcess
{
    /// <summary>Its process, or 0 when it has none any more.</summary>
    int ProcessId { get; }

    /// <summary>Ends it for good, whatever it is doing; its open calls fail. Any thread; returns at once. Again: nothing.</summary>
    void Kill();
}

/// <summary>What one generation has outside this process, and the end of it: cut when the generation has been disposed or given up.</summary>
/// <param name="limits">What it may use there.</param>
internal sealed class WorkerHandle(WorkerOptions limits)
{
    private readonly object _gate = new();
    private IExternalProcess? _held;
    private bool _cut;

    /// <summary>What it may use there.</summary>
    public WorkerOptions Limits { get; } = limits;

    /// <summary>True when nothing that it could hold is wanted any more.</summary>
    public bool IsKilled
    {
        get
        {
            using (UninterruptibleLock.Enter(_gate)) return _cut;
        }
    }

    /// <summary>The process; 0: there is none.</summary>
    public int ProcessId => Volatile.Read(ref _held)?.ProcessId ?? 0;

    /// <summary>Takes hold. What comes when the worker has been killed is ended at once.</summary>
    public void Attach(IExternalProcess held)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            _held = held;
            if (!_cut) return;
        }

        held.Kill();
    }

    /// <summary>Ends what it holds. Any thread; returns at once.</summary>
    public void Kill()
    {
        IExternalProcess? held;
        using (UninterruptibleLock.Enter(_gate))
        {
            _cut = true;
            held = _held;
        }

        held?.Kill();
    }
}
