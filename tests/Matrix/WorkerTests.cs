using System.Diagnostics;

namespace PluginGateway.MatrixTests;

/// <summary>The same sins once more, each in a process of its own. There is no exception to "the neighbours go on": whatever happens, it happens to a
/// process that is nobody else's.</summary>
public sealed class WorkerTests
{
    /// <summary>What the gateway does by itself whoever runs the adapter needs to be seen once.</summary>
    private static readonly string[] Once = ["unloading-hangs"];

    /// <summary>The log drops lines then, those by which a test knows of its neighbours' sins among them.</summary>
    private const string FloodsLog = "flood-log";

    /// <summary>Few start at once: a process that starts takes a processor for a while.</summary>
    private static readonly Dictionary<string, string[]> Gateways = new()
    {
        ["creation"] = ["construct", "validate"],
        ["connect"] = ["connect"],
        ["run"] = ["run-direct", "run-after"],
        ["send"] = ["send"],
        ["typing"] = ["typing"],
        ["answer"] = ["answer"],
        ["http"] = ["http"],
        ["disconnect"] = ["disconnect"],
        ["dispose"] = ["dispose"],
        ["turn"] = ["turn", "handler-construct"],
    };

    public static TheoryData<string> Phases => [.. Gateways.Keys];

    public static TheoryData<string> Groups =>
        ["threads and pools", "exceptions and calls", "ends", "hooks and probes", "floods and surroundings", "a flood of lines"];

    [Theory, MemberData(nameof(Phases))]
    public void Every_call_ends_at_its_deadline_or_with_a_reason_and_nobody_else_notices(string phase)
    {
        var rows = Rows.Where(row => Gateways[phase].Contains(row.Phase)).ToArray();
        using var run = Group.Run([.. rows.Select(static row => row.Who)]);
        Assert.Multiple([.. rows.Select(row => (Action)(() => Cell.Check(run, row))), () => Assert.True(run.Complaints.Count == 0,
            string.Join("\n", run.Complaints) + "\n"
                + string.Join('\n', run.Log.Where(static line => line.Message.Contains("healthy", StringComparison.Ordinal)).TakeLast(50)))]);
    }

    [Theory, MemberData(nameof(Groups))]
    public void Many_sins_at_once(string group) =>
        SoloTests.Check([.. Solos(group).SelectMany(SoloTests.Of)
            .Where(solo => !Once.Contains(solo.Sin) && solo.Sin == FloodsLog == (group == "a flood of lines"))
            .Select(static solo => solo.Apart)]);

    private static IEnumerable<Row> Rows =>
        new[] { CreationGroup.All, ConnectGroup.All, WorkGroup.All, SendGroup.All, CapabilityGroup.All, DisconnectGroup.All }
        .SelectMany(static rows => rows).Select(static row => row.Apart);

    private static TheoryData<Solo>[] Solos(string group) => group switch
    {
        "threads and pools" => [SoloTests.Threads, SoloTests.Pools],
        "exceptions and calls" => [SoloTests.Exceptions, SoloTests.Calls],
        "ends" => [SoloTests.Ends],
        "hooks and probes" => [SoloTests.Hooks, SoloTests.Probes],
        _ => [SoloTests.Floods, SoloTests.Surroundings, DescriptorTests.Rows],
    };
}

/// <summary>What no guard in the same process can stop, and what a worker can say that none should: the process ends or is ended, the adapter comes
/// back, nobody else notices.</summary>
public sealed class EmptyProcessTests
{
    /// <summary>Sins with what the log says of the end of their process.</summary>
    private static readonly (string Sin, string Logs, bool IsProbed)[] Fatal =
    [
        ("exit", "exit code 3", false), ("exit-after-hook", "", false), ("ends-with-0", "exit code 0", false), ("fail-fast", "SIGABRT", false),
        ("stack-overflow", "SIGABRT", false),
        ("native-crash", "SIGSEGV", false), ("closes-event-queue", "", false), ("kill", "SIGKILL", false), ("async-local-throws", "", false),
        ("closes-everything", "", true), ("closes-connection", "", true), ("stops-itself", "3 probes ", true), ("stops-runtime", "3 probes ", true),
        ("collects", "", false), ("thread-bomb", "", false), ("opens-everything", "", false), ("eats-memory", "", false),
        ("eats-native-memory", "", false),
        ("says-garbage", "does not keep to the protocol", false), ("says-too-much", "does not keep to the protocol", false), ("says-half", "", true),
        ("answers-nothing", "does not keep to the protocol", false),
        ("asks-without-end", "its process", false),
    ];

    [Fact]
    public void Hurts_no_process_but_its_own()
    {
        var sinners = Fatal.Select(static row => (row.Logs, Who: new Wrongdoer(row.Sin, "http") { Isolated = true, IsProbed = row.IsProbed }))
            .ToArray();
        Environment.SetEnvironmentVariable("SECRET_OF_ANOTHER", "inherited by the gateway");
        using var run = new Experiment(
            [.. sinners.Select(static row => row.Who), new Wrongdoer("looks-around", "run") { Isolated = true, UsesUnixSockets = true }]);
        SoloTests.Guarded(run, () =>
        {
            var gateway = run.Gateway;
            gateway.Neighbour.WaitUntilConnected(Bound.Start);
            foreach (var (_, who) in sinners)
                run.Expect(gateway.Await(line => Group.IsConnected(who, line), Bound.Start) is not null, $"{who.Id} did not connect");
            foreach (var (_, who) in sinners)
                new Thread(() => gateway.Get($"/hooks/{who.Id}", TimeSpan.FromSeconds(1))) { IsBackground = true }.Start();
            foreach (var (_, who) in sinners)
                run.Expect(gateway.Await(line => Group.Begins(who, line), TimeSpan.FromSeconds(30)) is not null, $"{who.Id} was never committed");
            run.Neighbour();
            run.Ask();
            foreach (var (logs, who) in sinners.Where(static row => row.Logs.Length > 0 || row.Who.IsProbed))
            {
                var end = gateway.Await(
                    line => line.Event == LogLine.Waits && line.Message.Contains($"'{who.Id}'", StringComparison.Ordinal), TimeSpan.FromSeconds(40));
                run.Expect(end is not null && end.Message.Contains(logs, StringComparison.Ordinal),
                    $"{who.Id}: the log does not say '{logs}' but '{end?.Message}'");
                var back = gateway.Await(line => end is not null && line.Time > end.Time && Group.IsConnected(who, line), TimeSpan.FromSeconds(40));
                run.Expect(back is not null, $"{who.Id} did not come back");
            }

            run.Neighbour();
            run.Stop();
            run.Expect(!Children(gateway.Id).Any(), "processes are left");
            foreach (var line in run.Log.Where(static line => (line.Message.Contains(": can ", StringComparison.Ordinal) && !IsRootsToRead(line))
                || line.Message.EndsWith("has not its own folder", StringComparison.Ordinal)
                || line.Message.EndsWith("has the secret of another", StringComparison.Ordinal)))
                run.Complaints.Add(line.Message);
            run.Expect(run.Log.Count(static line => line.Message.Contains(": cannot read", StringComparison.Ordinal) || IsRootsToRead(line)) == 7,
                "it did not look around");
            run.Expect(run.Log.Count(static line => line.Message.Contains("cannot ask on the control socket: ", StringComparison.Ordinal)) == 3,
                "it was not refused on the control socket");
        });
        foreach (var (_, who) in sinners) SoloTests.Add(run, who.Sin, "http (process)", "ends its own process or nothing");
        Assert.True(run.Complaints.Count == 0, string.Join("\n", run.Complaints) + "\n" + run.Gateway.Said);
    }

    /// <summary>The kernel asks no rules of root when it reads what it may know of a process (CAP_PERFMON).</summary>
    private static bool IsRootsToRead(LogLine line) =>
        Environment.IsPrivilegedProcess && line.Message.Contains(": can read /proc/", StringComparison.Ordinal);

    private static IEnumerable<int> Children(int gateway) =>
        Process.GetProcessesByName("plugin-gateway").Select(static process => process.Id).Where(pid => Parent(pid) == gateway);

    private static int Parent(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], null);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
