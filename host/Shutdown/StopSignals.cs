using System.Runtime.InteropServices;
using PluginGateway.Posix;
using PluginGateway.Threads;

namespace PluginGateway.Shutdown;

/// <summary>Signal of the operating system to this process.</summary>
internal enum StopSignal
{
    /// <summary>SIGTERM: stop.</summary>
    Terminate,

    /// <summary>SIGINT: stop.</summary>
    Interrupt,

    /// <summary>SIGHUP: re-read the configuration; a closed terminal does not end a service.</summary>
    Hangup,

    /// <summary>SIGQUIT: ignored.</summary>
    Quit,
}

/// <summary>Takes the process's signals. A handler only posts; it runs on a thread the runtime makes for it (SIGHUP: on the pool).</summary>
internal sealed class StopSignals : IDisposable
{
    private static readonly (PosixSignal Signal, StopSignal Meaning)[] Ours =
    [
        (PosixSignal.SIGTERM, StopSignal.Terminate),
        (PosixSignal.SIGINT, StopSignal.Interrupt),
        (PosixSignal.SIGHUP, StopSignal.Hangup),
        (PosixSignal.SIGQUIT, StopSignal.Quit),
    ];

    private const int Hangup = 1, Interrupt = 2, Quit = 3, Terminate = 15;

    private readonly Action<StopSignal> _post;
    private readonly object _gate = new();
    private readonly Queue<PosixSignalContext> _seen = new();
    private readonly SignalHandlers _handlers;
    private PosixSignalRegistration[] _registrations;

    /// <summary>Registers. <paramref name="post"/> is called once a signal, and must return at once.</summary>
    public StopSignals(Action<StopSignal> post)
    {
        _post = post;
        _registrations = Register();
        _handlers = new SignalHandlers(Hangup, Interrupt, Quit, Terminate);
    }

    /// <summary>Restores handlers that a plugin has replaced natively, registers anew, and only then disposes the old registrations: the latest
    /// registration runs first, and one that a plugin made since could hang. The control loop calls it every 250 ms. Returns how many native
    /// handlers had been replaced.</summary>
    public int Renew()
    {
        var restored = _handlers.Restore();
        var old = _registrations;
        _registrations = Register();
        foreach (var registration in old) registration.Dispose();
        return restored;
    }

    /// <summary>Gives the signals back.</summary>
    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
    }

    private PosixSignalRegistration[] Register() =>
        [.. Ours.Select(our => PosixSignalRegistration.Create(our.Signal, context => Take(context, our.Meaning)))];

    private void Take(PosixSignalContext context, StopSignal signal)
    {
        context.Cancel = true;
        if (IsNew(context)) _post(signal);
    }

    /// <summary>Returns false for a signal seen before: during a renewal two registrations receive the same signal, with the same context, and a
    /// second SIGTERM has another meaning than the first.</summary>
    private bool IsNew(PosixSignalContext context)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (_seen.Any(seen => ReferenceEquals(seen, context))) return false;
            _seen.Enqueue(context);
            if (_seen.Count > 8) _seen.Dequeue();
            return true;
        }
    }
}
