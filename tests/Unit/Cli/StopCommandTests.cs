using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using PluginGateway.Control;
using PluginGateway.Instance;
using PluginGateway.Posix;
using PluginGateway.Tests.Status;

namespace PluginGateway.Tests.Cli;

public sealed class StopCommandTests
{
    private readonly CommandFixture _commandFixture = new();

    [Fact]
    public void Stopping_what_does_not_run_is_fine_and_restarting_it_is_not()
    {
        using var directory = new TemporaryDirectory();

        Assert.Equal(0, _commandFixture.Invoke("stop", "--data", directory.Path));
        Assert.Equal($"No gateway runs in '{directory.Path}'.\n", _commandFixture.Output);
        Assert.Equal(1, _commandFixture.Invoke("restart", "--data", directory.Path));
    }

    [Fact]
    public void It_asks_over_the_control_socket_and_returns_when_the_lock_is_free()
    {
        using var directory = new TemporaryDirectory();
        using var gateway = new Gateway(directory.Path, freesLock: true);

        Assert.Equal(0, _commandFixture.Invoke("stop", "--data", directory.Path, "--json"));

        Assert.Contains("\"outcome\": \"stopped\"", _commandFixture.Output);
        Assert.Contains("\"via\": \"control\"", _commandFixture.Output);
        Assert.Contains("\"reason\": \"stop\"", _commandFixture.Output);
        Assert.False(InstanceLock.IsHeld(directory.Path));
    }

    [Fact]
    public void One_that_does_not_end_in_budget_and_grace_is_told_and_how_to_kill_it()
    {
        using var directory = new TemporaryDirectory();
        using var gateway = new Gateway(directory.Path, freesLock: false);
        var start = Stopwatch.GetTimestamp();

        Assert.Equal(1, _commandFixture.Invoke("stop", "--data", directory.Path));

        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 3, 15);
        Assert.Contains($"kill -KILL {Environment.ProcessId}", _commandFixture.Error);
    }

    [Fact]
    public void One_that_does_not_answer_is_stopped_by_signal()
    {
        using var directory = new TemporaryDirectory();
        using (InstanceLock.TryAcquire(directory.Path)) { }
        using var holder = Process.Start(new ProcessStartInfo("flock", ["--no-fork", DataDirectory.Lock(directory.Path), "sleep", "60"]))!;
        Assert.True(SpinWait.SpinUntil(() => InstanceLock.IsHeld(directory.Path), TimeSpan.FromSeconds(20)));
        PidFile.Of(ProcessIdentity.Of(holder.Id)!, Samples.Now, "0.1.0", null).Write(directory.Path);

        Assert.Equal(0, _commandFixture.Invoke("stop", "--data", directory.Path, "--json"));

        Assert.Contains("\"via\": \"signal\"", _commandFixture.Output);
        Assert.True(holder.WaitForExit(20_000));
    }

    [Fact]
    public void A_signal_goes_to_nobody_when_the_pid_file_names_another_process()
    {
        using var directory = new TemporaryDirectory();
        using var held = InstanceLock.TryAcquire(directory.Path);
        PidFile.Of(ProcessIdentity.Current with { Start = "another boot/1" }, Samples.Now, "0.1.0", null).Write(directory.Path);

        Assert.Equal(1, _commandFixture.Invoke("stop", "--data", directory.Path));

        Assert.Contains("names no process", _commandFixture.Error);
    }

    [Fact]
    public void A_restart_is_not_asked_by_signal()
    {
        using var directory = new TemporaryDirectory();
        using var held = InstanceLock.TryAcquire(directory.Path);
        PidFile.Of(ProcessIdentity.Current, Samples.Now, "0.1.0", null).Write(directory.Path);

        Assert.Equal(1, _commandFixture.Invoke("restart", "--data", directory.Path));

        Assert.Contains("a signal cannot ask for a restart", _commandFixture.Error);
    }

    [Fact]
    public void A_restart_is_done_when_another_process_holds_the_lock()
    {
        using var directory = new TemporaryDirectory();
        using var gateway = new Gateway(directory.Path, freesLock: true);
        using var done = new ManualResetEventSlim();
        var manager = new Thread(() =>
        {
            SpinWait.SpinUntil(() => !InstanceLock.IsHeld(directory.Path), TimeSpan.FromSeconds(20));
            // The old process is seen to be gone before the next one holds the lock.
            Thread.Sleep(500);
            using var next = InstanceLock.TryAcquire(directory.Path);
            PidFile.Of(new ProcessIdentity(4711, "next"), Samples.Now, "0.1.0", null).Write(directory.Path);
            done.Wait(TimeSpan.FromSeconds(30));
        });
        manager.Start();

        Assert.Equal(0, _commandFixture.Invoke("restart", "--data", directory.Path));

        Assert.Equal($"Restarted; pid {Environment.ProcessId} is now pid 4711.\n", _commandFixture.Output);
        done.Set();
        manager.Join();
    }

    /// <summary>As much of a gateway as these commands see: lock, pid file, control socket, and at the end a report.</summary>
    private sealed class Gateway : IControlVerb, IDisposable
    {
        private readonly string _directory;
        private readonly bool _freesLock;
        private readonly InstanceLock _lock;
        private readonly ControlServer _server;

        public Gateway(string directory, bool freesLock)
        {
            (_directory, _freesLock, _lock) = (directory, freesLock, InstanceLock.TryAcquire(directory)!);
            PidFile.Of(ProcessIdentity.Current, DateTimeOffset.UtcNow, "0.1.0", null).Write(directory);
            _server = new ControlServer(directory, [this, new Renamed("restart", this)], () => { }, NullLogger.Instance);
        }

        public string Name => "stop";

        public ControlReply Execute(ControlRequest request)
        {
            if (_freesLock)
            {
                var end = new Thread(() =>
                {
                    Thread.Sleep(200);
                    (Samples.Shutdown with { Reason = request.Verb, StartedUtc = DateTimeOffset.UtcNow }).Write(_directory);
                    _lock.Dispose();
                });
                end.Start();
            }

            return ControlReply.Done("""{"budgetSeconds":0.2,"graceSeconds":0.1}""");
        }

        public void Dispose()
        {
            _server.Dispose();
            _lock.Dispose();
        }

        private sealed record Renamed(string Name, IControlVerb Verb) : IControlVerb
        {
            public ControlReply Execute(ControlRequest request) => Verb.Execute(request);
        }
    }
}
