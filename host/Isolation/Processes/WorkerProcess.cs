using System.Globalization;
using PluginGateway.Configuration.Options;
using PluginGateway.Isolation.Sandbox;
using PluginGateway.Posix;
using PluginGateway.Threads;

namespace PluginGateway.Isolation.Processes;

/// <summary>Process of one generation. The thread that starts the process stays until its end: it reads the output of the process, kills the
/// processes left behind, and reaps it. The kernel kills a child when the thread that started it ends, so this thread outlives the process.</summary>
internal sealed class WorkerProcess
{
    private static readonly TimeSpan WithoutNotice = TimeSpan.FromMilliseconds(50);

    private readonly object _gate = new();
    private readonly string _name;
    private readonly WorkerOutput _output;
    private readonly Action<string> _onLine;
    private int _pid;
    private WorkerCgroup? _cgroup;
    private bool _wantsEnd;
    private ProcessEndStatus? _end;
    private Exception? _failure;

    private WorkerProcess(string name, int output, Action<string> onLine)
    {
        _name = name;
        _onLine = onLine;
        _output = new WorkerOutput(output, onLine);
    }

    /// <summary>The process; 0 when it has not started or has ended.</summary>
    public int Id
    {
        get
        {
            using (UninterruptibleLock.Enter(_gate)) return _pid;
        }
    }

    /// <summary>Starts the process, and returns it with the gateway's end of the channel.</summary>
    /// <param name="name">Name of its threads in the gateway.</param>
    /// <param name="layout">Layout of the workers' files.</param>
    /// <param name="rules">Files that it may use.</param>
    /// <param name="limits">Limits of its resources.</param>
    /// <param name="ownFolder">Its home.</param>
    /// <param name="temporaryFolder">For its temporary files.</param>
    /// <param name="onLine">Called with each line of its output, on its monitor's thread.</param>
    /// <exception cref="IOException">The process could not be started.</exception>
    public static (WorkerProcess Process, int Connection) Start(
        string name, WorkerLayout layout, LandlockRules rules, WorkerOptions limits, string ownFolder, string temporaryFolder, Action<string> onLine)
    {
        var (ours, theirs) = LibC.SocketPair();
        var (read, write) = LibC.Pipe();
        var process = new WorkerProcess(name, read, onLine);
        var environment = WorkerEnvironment.Of(layout.Environment, limits, ownFolder, temporaryFolder);
        LoopThread.Start($"{name} monitor", () => process.Run(layout, rules, limits, environment, theirs, write));
        if (process.WaitForStart() is not { } failure) return (process, ours);
        LibC.Close(ours);
        throw failure is SandboxException ? failure : new IOException(failure.Message);
    }

    /// <summary>Ends the process with everything that is in its group. Any thread; returns at once.</summary>
    public void End()
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            _wantsEnd = true;
            if (_pid > 0) KillAll();
        }
    }

    /// <summary>Waits for the end of the process and returns it; null: it did not end within this time.</summary>
    public ProcessEndStatus? WaitForEnd(TimeSpan atMost)
    {
        var until = Environment.TickCount64 + (long)atMost.TotalMilliseconds;
        using (UninterruptibleLock.Enter(_gate))
        {
            while (_end is null)
            {
                var left = until - Environment.TickCount64;
                if (left <= 0) break;
                UninterruptibleLock.Wait(_gate, TimeSpan.FromMilliseconds(left));
            }

            return _end;
        }
    }

    private Exception? WaitForStart()
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            while (_pid == 0 && _end is null && _failure is null) UninterruptibleLock.Wait(_gate);
            return _failure;
        }
    }

    private void Run(WorkerLayout layout, LandlockRules landlock, WorkerOptions limits, IReadOnlyList<string> environment, int connection, int output)
    {
        int pid;
        var rules = -1;
        try
        {
            (rules, var unruled) = landlock.Create();
            if (unruled is not null) _onLine(unruled);
            var options = (rules < 0 ? 0 : SandboxOptions.Files) | (limits.UnixSockets ? SandboxOptions.UnixSockets : 0)
                | (limits.AllowChmod ? SandboxOptions.Modes : 0);
            string[] arguments = ["plugin-gateway", WorkerLayout.Verb, _name, WorkerLayout.Restrict, SandboxArgument.Text(options)];
            // Descriptors 3 and 4: WorkerLayout.Descriptor and RulesDescriptor.
            ReadOnlySpan<int> others = rules < 0 ? [connection] : [connection, rules];
            pid = Spawn.Start(layout.Executable, arguments, environment, output, others);
        }
        catch (Exception failure)
        {
            _output.Close();
            using (UninterruptibleLock.Enter(_gate))
            {
                _failure = failure;
                Monitor.PulseAll(_gate);
            }

            return;
        }
        finally
        {
            LibC.Close(connection);
            LibC.Close(output);
            if (rules >= 0) LibC.Close(rules);
        }

        var (cgroup, problem) = WorkerCgroup.Create(pid, limits, DelegatedCgroup.OfProcess);
        if (problem is not null) _onLine(problem);
        using (UninterruptibleLock.Enter(_gate))
        {
            (_pid, _cgroup) = (pid, cgroup);
            if (_wantsEnd) KillAll();
            Monitor.PulseAll(_gate);
        }

        MonitorProcess(pid);
        cgroup?.Remove();
    }

    /// <summary>Kills the processes on the caller's thread: the gateway may end before the monitor would do it.</summary>
    private void KillAll()
    {
        LibCProcess.KillGroup(_pid);
        _cgroup?.Kill();
    }

    private void MonitorProcess(int pid)
    {
        var handle = LibCProcess.OpenProcess(pid);
        while (!LibCProcess.HasEnded(pid)) _output.ReadUntil(handle, WithoutNotice);
        _output.Drain();
        _output.Close();
        if (handle >= 0) LibC.Close(handle);
        using (UninterruptibleLock.Enter(_gate))
        {
            // The process has not been reaped, so the number of its group is not in use again.
            LibCProcess.KillGroup(pid);
            _end = ProcessEndStatus.Of(LibCProcess.Reap(pid));
            _pid = 0;
            Monitor.PulseAll(_gate);
        }
    }
}
