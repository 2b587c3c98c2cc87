using PluginGateway.Configuration.Options;
using PluginGateway.Threads;

namespace PluginGateway.Guard;

/// <summary>Process that runs one generation outside the gateway.</summary>
internal interface IExternalProcess
{
    /// <summary>Process id; 0 once the process has ended.</summary>
    int ProcessId { get; }

    /// <summary>Kills the process; its open calls fail. Any thread; returns at once. A second call does nothing.</summary>
    void Kill();
}

/// <summary>Handle of the worker of one generation. The worker is killed when the generation has been disposed or abandoned.</summary>
/// <param name="limits">Limits of the worker.</param>
internal sealed class WorkerHandle(WorkerOptions limits)
{
    /// <summary>Stable code of the fault of a worker that has ended.</summary>
    public const string EndedCode = "worker-ended";

    private readonly object _gate = new();
    private IExternalProcess? _held;
    private bool _cut;

    /// <summary>Limits of the worker.</summary>
    public WorkerOptions Limits { get; } = limits;

    /// <summary>True once the worker has been killed: a process attached later is killed at once.</summary>
    public bool IsKilled
    {
        get
        {
            using (UninterruptibleLock.Enter(_gate)) return _cut;
        }
    }

    /// <summary>Process id of the worker; 0: none.</summary>
    public int ProcessId => Volatile.Read(ref _held)?.ProcessId ?? 0;

    /// <summary>Attaches the worker's process. A process attached after <see cref="Kill"/> is killed at once.</summary>
    public void Attach(IExternalProcess held)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            _held = held;
            if (!_cut) return;
        }

        held.Kill();
    }

    /// <summary>Kills the worker. Any thread; returns at once.</summary>
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
