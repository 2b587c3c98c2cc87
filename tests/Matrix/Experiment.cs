using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PluginGateway.MatrixTests;

/// <summary>What a run with wrongdoers showed. Everything is measured by the test's own clock or by the log's times.</summary>
internal sealed class Experiment : IDisposable
{
    private static readonly TimeSpan Lateness = TimeSpan.FromSeconds(1);

    /// <summary>So long something is waited for that is judged by a smaller bound.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TempFolder _folder = new();

    public Gateway Gateway { get; }

    /// <summary>The complaints of the healthy neighbour, of the stop and of the restart. Empty: the promise held.</summary>
    public List<string> Complaints { get; } = [];

    /// <summary>The status while the sins were active.</summary>
    public Status? While { get; private set; }

    /// <summary>True: the gateway is started again even when nothing is left to do.</summary>
    public bool AlwaysRestart { get; init; }

    public int ExitCode { get; private set; }

    public TimeSpan StopTook { get; private set; }

    public IReadOnlyList<LogLine> Log { get; private set; } = [];

    public Experiment(IReadOnlyList<Wrongdoer> wrongdoers, Action<JsonObject>? change = null) => Gateway = Gateway.Start(_folder, wrongdoers, change);

    /// <summary>Sends, fails and comes back while the sins are active. Awaiting code (a handler's, HTTP) may be late under a starved pool; the rest
    /// may not.</summary>
    public void Neighbour(bool mayBeLate = false)
    {
        var neighbour = Gateway.Neighbour;
        var echo = TimeSpan.FromSeconds(mayBeLate ? 30 : 3);
        Expect(Talk(echo), "a message of the healthy adapter was not accepted, answered and sent in time");
        var generation = neighbour.Generation;
        var now = DateTime.UtcNow;
        neighbour.Fail();
        var failed = neighbour.Await(static what => what == "fatal", now, Patience);
        if (failed is null)
        {
            Complaints.Add("the healthy adapter did not get to report a fatal error");
            return;
        }

        var reported = now + failed.Value;
        var queued = Gateway.Await(line => line.Event == LogLine.Waits && line.Message.Contains("'healthy'", StringComparison.Ordinal)
            && line.Time >= reported.AddMilliseconds(-50), Patience);
        Expect(queued is not null && queued.Time - reported < Machine.Within(Lateness, reported, queued.Time),
            "the reconnect of the healthy adapter was not queued within 1 s");
        Expect(neighbour.Await(static what => what == "disconnect", reported, Patience, generation) < Machine.Within(Lateness, reported),
            "the healthy adapter was not disconnected within 1 s");
        Expect(neighbour.Await(static what => what == "dispose", reported, Patience, generation) < Machine.Within(Lateness, reported),
            "the healthy adapter was not disposed within 1 s");
        Expect(neighbour.Await(static what => what == "connect", reported, Patience, generation + 1) < Machine.Within(Lateness * 4, reported),
            "the healthy adapter was not connected again");
        Expect(Talk(echo), "after its reconnect a message of the healthy adapter was not accepted, answered and sent in time");
    }

    /// <summary>Asks for the status and remembers it.</summary>
    /// <remarks>The time includes the start of the command, a process of its own that has to compete for the processors; what the gateway itself took
    /// shows in its answer.</remarks>
    public Status Ask()
    {
        var (clock, asked) = (Stopwatch.StartNew(), DateTime.UtcNow);
        While = Answer(Gateway);
        Expect(While.State is "starting" or "ready" or "degraded", $"status says '{While.State}'");
        Expect(clock.Elapsed < TimeSpan.FromSeconds(20), $"status took {clock.Elapsed.TotalSeconds:0.0} s");
        Expect(While.Json.GetProperty("ageSeconds").GetDouble() < Machine.Within(Lateness, asked).TotalSeconds,
            $"the supervisor's snapshot is {While.Json.GetProperty("ageSeconds")} s old");
        Balanced(While);
        return While;
    }

    /// <summary>The same without the command, within the two seconds that the command would wait.</summary>
    public void AskDirectly()
    {
        var (clock, asked) = (Stopwatch.StartNew(), DateTime.UtcNow);
        if (ControlSocket.Status(Gateway.Data, TimeSpan.FromSeconds(10)) is not { } json)
        {
            Complaints.Add("the control socket does not answer");
            return;
        }

        Expect(
            clock.Elapsed < Machine.Within(TimeSpan.FromSeconds(2), asked), $"the control socket answered after {clock.Elapsed.TotalSeconds:0.0} s");
        While = new Status(json);
        // The books are the store's, which may be slow on a machine that is slow for everybody.
        if (!While.HasMessages) While = Answer(Gateway);
        Expect(json.GetProperty("ageSeconds").GetDouble() < Machine.Within(Lateness, asked).TotalSeconds,
            $"the supervisor's snapshot is {json.GetProperty("ageSeconds")} s old");
        Balanced(While);
    }

    /// <summary>Asks until the status shows all of this.</summary>
    public void AskFor(IReadOnlyList<string> wanted, TimeSpan bound)
    {
        for (var clock = Stopwatch.StartNew(); !Shows(Ask(), wanted) && clock.Elapsed < bound;) Thread.Sleep(200);
    }

    /// <summary>What is owed through a wrongdoer does not wait for ever: it is delivered, or parked with a reason.</summary>
    public void Settled()
    {
        var clock = Stopwatch.StartNew();
        var pending = Pending();
        while (pending != 0 && clock.Elapsed < TimeSpan.FromSeconds(20))
        {
            Thread.Sleep(200);
            pending = Pending();
        }

        Expect(
            pending == 0, $"{pending?.ToString(CultureInfo.InvariantCulture) ?? "unknown"} messages that are owed are neither delivered nor parked");
    }

    /// <summary>SIGTERM, then a start without the wrongdoers: everything that was accepted has been answered.</summary>
    public void Stop(int exitCode = 0)
    {
        var clock = Stopwatch.StartNew();
        Gateway.Signal(Signal.Terminate);
        End(exitCode, clock, Gateway.StopBound);
    }

    /// <summary>The process ends, by whatever, with one of these codes.</summary>
    public void End(int exitCode, Stopwatch clock, TimeSpan bound)
    {
        while (!Gateway.HasExited)
        {
            if (clock.Elapsed > TimeSpan.FromSeconds(Gateway.Budget + Gateway.Grace + 5))
            {
                Complaints.Add("the process did not end");
                return;
            }

            Thread.Sleep(5);
        }

        StopTook = clock.Elapsed;
        // A child that a plugin left holds the pipes of the log open.
        foreach (var child in Gateway.Log.Where(static line => line.Message.Contains(": child ", StringComparison.Ordinal)))
            KillIfThere(int.Parse(child.Message.Split(' ')[^1], CultureInfo.InvariantCulture));
        ExitCode = Gateway.WaitForExit(TimeSpan.FromSeconds(5));
        Log = Gateway.Log;
        Expect(ExitCode == exitCode, $"exit code {ExitCode} instead of {exitCode}");
        Expect(StopTook < Machine.Within(bound, DateTime.UtcNow - StopTook), $"the stop took {StopTook.TotalSeconds:0.0} s");
        if (exitCode == 0) Expect(!File.Exists(Path.Combine(Gateway.Data, "gateway.pid")), "the pid file is still there");
        Expect(!Log.Any(static line => line.Event is LogLine.Fault or 6001),
            "the log shows a fault of the host: " + Log.FirstOrDefault(static line => line.Event is LogLine.Fault or 6001)?.Message);
        // What has been answered, and is in a store that was closed, needs no second start to be believed.
        var isSettled = exitCode == 0 && Log.Any(static line => line.Message.Contains("store closed", StringComparison.Ordinal))
            && !Gateway.Neighbour.Accepted.Except(Gateway.Neighbour.Sent).Any();
        if (!isSettled || AlwaysRestart) Restart();
    }

    public void Expect(bool holds, string otherwise)
    {
        if (!holds) Complaints.Add(otherwise);
    }

    public void Dispose()
    {
        Gateway.Dispose();
        _folder.Dispose();
    }

    private static void KillIfThere(int pid)
    {
        try
        {
            Process.GetProcessById(pid).Kill();
        }
        catch (ArgumentException)
        {
            // It went with the process of its adapter.
        }
    }

    /// <summary>The command gives up after two seconds of its own clock: on a machine that is slow for everybody it may ask again, also where it knows
    /// nothing of messages yet.</summary>
    private static Status Answer(Gateway gateway)
    {
        var asked = DateTime.UtcNow;
        while (true)
        {
            var status = gateway.Status();
            if ((status.State != "unresponsive" && status.HasMessages) || DateTime.UtcNow - asked > Machine.Within(TimeSpan.FromSeconds(2), asked)) return status;
        }
    }

    /// <summary>Messages that are owed; null: no answer. Without the command where the control socket answers.</summary>
    private long? Pending() => Status.Of(Gateway.Data) is { HasMessages: true } status ? status.Outbound("pending") : null;

    private void Restart()
    {
        using var next = Gateway.Start(_folder, []);
        var neighbour = next.Neighbour;
        var accepted = neighbour.Accepted;
        var now = DateTime.UtcNow;
        Expect(neighbour.Await(static what => what == "connect", now, Bound.Start) is not null, "the next start does not get going: " + next.Said);
        var answered = accepted.All(
            text => neighbour.Await(what => what == $"sent {text}", DateTime.MinValue.AddYears(1000), TimeSpan.Zero) is not null);
        var clock = Stopwatch.StartNew();
        while (!answered && clock.Elapsed < TimeSpan.FromSeconds(15))
        {
            Thread.Sleep(50);
            answered = accepted.All(neighbour.Sent.Contains);
        }

        Expect(answered, $"accepted and never answered: {string.Join(", ", accepted.Except(neighbour.Sent))}");
        Balanced(Answer(next));
        next.Signal(Signal.Terminate);
        Expect(next.WaitForExit(Gateway.StopBound) == 0, "the next start did not stop well");
    }

    private static bool Shows(Status status, IReadOnlyList<string> wanted) =>
        wanted.All(text => status.Json.ToString().Contains(text, StringComparison.Ordinal));

    private bool Talk(TimeSpan bound)
    {
        var now = DateTime.UtcNow;
        var text = Gateway.Neighbour.Say();
        return Gateway.Neighbour.Await(what => what == $"Stored {text}", now, Patience) < Machine.Within(TimeSpan.FromSeconds(3), now)
            && Gateway.Neighbour.Await(what => what == $"sent {text}", now, Patience) < Machine.Within(bound, now);
    }

    private void Balanced(Status status)
    {
        try
        {
            status.AssertBalances();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Complaints.Add($"the balances do not hold: {(status.Json.TryGetProperty("messages", out var messages) ? messages.ToString() : "none")}");
        }
    }
}
