using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PluginGateway.Hosting;
using PluginGateway.Instance;
using PluginGateway.Posix;

namespace PluginGateway.Tests.Hosting;

/// <summary><c>run --replace</c> against processes that hold the real lock, and against files that name the wrong ones.</summary>
public sealed class TakeoverTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryDirectory _directory = new();
    private readonly List<Process> _processes = [];

    private string Data => _directory.Path;

    [Fact]
    public void One_that_cannot_be_asked_is_sent_a_signal_and_its_lock_is_taken()
    {
        var holder = Hold("");
        Name(holder);
        using var taken = Takeover.From(Data, TimeProvider.System, NullLogger.Instance);
        Assert.NotNull(taken);
        Assert.True(holder.WaitForExit(Patience));
        Assert.True(InstanceLock.IsHeld(Data));
    }

    [Fact]
    public void One_that_outlives_its_budget_is_killed()
    {
        var holder = Hold("trap '' TERM;");
        Name(holder);
        // Each look at the clock takes a quarter of a second of its budget.
        var clock = new FakeTimeProvider { AutoAdvanceAmount = TimeSpan.FromSeconds(0.25) };
        using var taken = Takeover.From(Data, clock, NullLogger.Instance);
        Assert.NotNull(taken);
        Assert.True(holder.WaitForExit(Patience));
        Assert.Equal(128 + 9, holder.ExitCode);
    }

    /// <summary>The file of a hostile directory can name any process of ours.</summary>
    [Fact]
    public void A_process_that_does_not_hold_the_lock_is_not_touched_whatever_the_file_says()
    {
        var holder = Hold("");
        var innocent = Start("sleep", "600");
        Name(innocent);
        Assert.Null(Takeover.From(Data, TimeProvider.System, NullLogger.Instance));
        Assert.False(innocent.HasExited);
        Assert.False(holder.HasExited);
    }

    [Fact]
    public void A_process_that_only_has_the_number_of_the_holder_is_not_touched()
    {
        var holder = Hold("");
        Write(new ProcessIdentity(holder.Id, "of another boot"));
        Assert.Null(Takeover.From(Data, TimeProvider.System, NullLogger.Instance));
        Assert.False(holder.HasExited);
    }

    [Fact]
    public void One_that_nobody_names_keeps_its_lock()
    {
        var holder = Hold("");
        Assert.Null(Takeover.From(Data, TimeProvider.System, NullLogger.Instance));
        Assert.False(holder.HasExited);
    }

    [Fact]
    public void One_that_has_ended_meanwhile_leaves_its_lock()
    {
        var ended = Start("true");
        Assert.True(ended.WaitForExit(Patience));
        DataDirectory.Prepare(Data);
        Write(new ProcessIdentity(ended.Id, "ended"));
        using var taken = Takeover.From(Data, TimeProvider.System, NullLogger.Instance);
        Assert.NotNull(taken);
    }

    /// <summary>Of several starts at once the last one runs.</summary>
    [Fact]
    public void Another_start_that_was_faster_is_replaced_too()
    {
        // Who gets a lock that is freed is for the kernel to say: now and then it is not the one that waits, but the one that asks at that moment.
        var tries = 0;
        while (!ReplacesOneThatWasFaster()) Assert.True(++tries < 10, "The takeover was faster ten times.");
    }

    /// <summary>Takes over from one whose lock another start gets when it ends. False: the takeover got it before the other start.</summary>
    private bool ReplacesOneThatWasFaster()
    {
        var first = Hold("");
        Name(first);
        var second = Start("flock", "-xF", DataDirectory.Lock(Data), "sleep", "600");
        Assert.True(SpinWait.SpinUntil(() => WaitsForALock(second.Id), Patience), "The second start does not wait for the lock.");
        using var isTaken = new ManualResetEventSlim();
        var wasFaster = false;
        var naming = new Thread(() =>
        {
            first.WaitForExit();
            while (!wasFaster && !isTaken.IsSet) wasFaster = LockHolder.Of(DataDirectory.Lock(Data)) == second.Id;
            if (wasFaster) Name(second);
        });
        naming.Start();
        using var taken = Takeover.From(Data, TimeProvider.System, NullLogger.Instance);
        isTaken.Set();
        naming.Join();
        Assert.NotNull(taken);
        if (wasFaster) Assert.True(second.WaitForExit(Patience), "The second start holds no lock and runs.");
        else second.Kill(entireProcessTree: true);
        return wasFaster;
    }

    /// <summary>Returns true while a process is in the kernel's list of those that wait for a lock (proc(5), /proc/locks: lines with an
    /// arrow).</summary>
    private static bool WaitsForALock(int pid) => File.ReadLines("/proc/locks").Any(line => line.Contains("->") && line.Contains($" {pid} "));

    /// <summary>Between the lock and the pid file of a start the file names the one before, or nobody.</summary>
    [Fact]
    public void One_that_has_the_lock_and_is_not_named_yet_is_asked_when_it_is()
    {
        var ended = Start("true");
        Assert.True(ended.WaitForExit(Patience));
        var holder = Hold("");
        Write(new ProcessIdentity(ended.Id, "ended"));
        using var naming = new Timer(_ => Name(holder), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        using var taken = Takeover.From(Data, TimeProvider.System, NullLogger.Instance);
        Assert.NotNull(taken);
        Assert.True(holder.WaitForExit(Patience));
    }

    public void Dispose()
    {
        foreach (var process in _processes)
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
            process.Dispose();
        }

        _directory.Dispose();
    }

    /// <summary>A process that holds the lock; returns when it does, and is as its script makes it.</summary>
    /// <param name="setup">Commands of the shell that becomes the process.</param>
    private Process Hold(string setup)
    {
        DataDirectory.Prepare(Data);
        var isSetUp = Path.Combine(Data, "set-up");
        File.Delete(isSetUp);
        var process = Start("flock", "-xnF", DataDirectory.Lock(Data), "sh", "-c", $"{setup} : > \"$0\"; exec sleep 600", isSetUp);
        Assert.True(
            SpinWait.SpinUntil(() => LockHolder.Of(DataDirectory.Lock(Data)) == process.Id && File.Exists(isSetUp), Patience),
            "The lock is not held.");
        return process;
    }

    private void Name(Process process) => Write(ProcessIdentity.Of(process.Id)!);

    private void Write(ProcessIdentity process) =>
        new PidFile(process.Pid, process.Start, DateTimeOffset.UtcNow, "1.0", null) { StopSeconds = 1 }.Write(Data);

    private Process Start(string program, params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments))!;
        _processes.Add(process);
        return process;
    }
}
