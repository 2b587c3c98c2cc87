using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Text;
using PluginGateway.Configuration.Secrets;
using PluginGateway.Isolation.Processes;
using PluginGateway.Isolation.Sandbox;
using PluginGateway.Loading;
using PluginGateway.Posix;

namespace PluginGateway.Isolation.Worker;

/// <summary>The verb that makes the executable a worker: it runs one generation of one adapter for the gateway at the other end of descriptor 3, and
/// ends with that channel.</summary>
internal static class WorkerRun
{
    private static readonly List<IDisposable> Signals = [];

    private static volatile WorkerPeer? _peer;

    /// <summary>Runs the worker and does not return: the process ends with its channel. Null: this process is no worker.</summary>
    public static int? RunIfWorker(IReadOnlyList<string> arguments)
    {
        if (arguments is not [WorkerLayout.Verb, var name, ..]) return null;
        LibCProcess.DieWithParent();
        // A gateway that had ended before sends no such signal; it closed its end of the channel before this process got another parent.
        if (LibC.HasHungUp(WorkerLayout.Descriptor)) LibCProcess.Exit(ExitCodes.Failed);
        if (arguments is [_, _, WorkerLayout.Restrict, var wanted]) Restrict(name, SandboxArgument.Of(wanted));
        Run(arguments is [_, _, WorkerLayout.Restricted, var inForce] ? SandboxArgument.Of(inForce) : SandboxOptions.None);
        return 0;
    }

    /// <summary>Applies the rules and starts this process's program anew: rules bind the calling thread, from which all new threads then
    /// descend.</summary>
    private static void Restrict(string name, SandboxOptions wanted)
    {
        var (inForce, problem) = WorkerSandbox.Restrict(wanted, WorkerLayout.RulesDescriptor);
        if (problem is not null) Descriptor.TryWrite(Descriptor.StandardOutput, Encoding.UTF8.GetBytes(problem + "\n"), TimeSpan.FromSeconds(1));
        LibC.Close(WorkerLayout.RulesDescriptor);
        LibCProcess.StartOver(Environment.ProcessPath!, ["plugin-gateway", WorkerLayout.Verb, name, WorkerLayout.Restricted,
            SandboxArgument.Text(inForce)]);
    }

    /// <summary>Reports an unhandled exception to the gateway, which replaces this generation and ends this process with it.</summary>
    public static bool IsContained(object thrown)
    {
        if (_peer is not { } peer || thrown is not Exception exception) return false;
        peer.TellUnhandled(exception.GetType().FullName ?? "an exception", FaultText.WithoutMessages(exception));
        return true;
    }

    private static void Run(SandboxOptions inForce)
    {
        PluginText.IsWorker = true;
        LibCProcess.HideMemory();
        LibCProcess.Limit(ProcessLimit.CoreDump, 0);
        IgnoreSignals();
        Trace.Listeners.Clear();
        ExceptionHandling.SetUnhandledExceptionHandler(IsContained);
        var peer = new WorkerPeer(WorkerLayout.Descriptor, inForce);
        _peer = peer;
        peer.ServeUntilTheEnd();
    }

    /// <summary>Ignores the signals that a service manager sends to every process of the service: the gateway decides when this one ends.</summary>
    private static void IgnoreSignals()
    {
        foreach (var signal in new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP, PosixSignal.SIGQUIT })
            Signals.Add(PosixSignalRegistration.Create(signal, static context => context.Cancel = true));
    }
}
