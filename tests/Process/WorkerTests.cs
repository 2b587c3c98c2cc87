using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>Adapters that run in processes of their own, as an operator sees them.</summary>
public sealed class WorkerTests(ITestOutputHelper output)
{
    private static readonly int InAll = Chance.IsLong ? 1000 : 50;

    [Fact]
    public void Workers_that_are_killed_at_random_moments_under_load_lose_nothing_and_leave_nothing()
    {
        var random = new Random(Chance.Seed(output));
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder, Plan("process"));
        using var chatters = new Chatters(gateway.Address, 4, TimeSpan.FromMilliseconds(15), Bound.Start);
        WaitForWorker(gateway, 0);
        Thread.Sleep(1000);
        var (descriptors, threads, files) = (Descriptors(gateway.Id), Threads(gateway.Id), Files(gateway.Data));
        var clock = Stopwatch.StartNew();
        List<double> gone = [];
        var last = 0;
        for (var kill = 0; kill < InAll; kill++)
        {
            var pid = WaitForWorker(gateway, last);
            // One of three somewhere in its start, the others at their work.
            if (random.Next(3) > 0) Bound.Until(() => gateway.Answer("/chat") == HttpStatusCode.OK, Bound.Start, () => gateway.Said);
            Thread.Sleep(random.Within(TimeSpan.FromMilliseconds(200)));
            var killed = Stopwatch.StartNew();
            Libc.Send(pid, Signal.Kill);
            Bound.Until(() => !Directory.Exists($"/proc/{pid}"), Bound.Command, () => $"process {pid} has not been reaped");
            gone.Add(killed.Elapsed.TotalMilliseconds);
            last = pid;
        }

        var took = clock.Elapsed;
        WaitForWorker(gateway, last);
        gateway.WaitUntilReady();
        chatters.Finish();
        var status = gateway.Await(static status => status.IsIdle, Bound.Replies);
        status.AssertBalances();
        using var store = new StoreCopy(gateway.Data);
        chatters.AssertAnswered(store.ParkedTurns);
        Assert.Equal(chatters.Accepted, status.Inbound("accepted"));
        Assert.Equal(0, status.Outbound("parked") + status.Outbound("rejected"));
        Assert.Single(Children(gateway.Id));
        Bound.Until(() => Descriptors(gateway.Id) <= descriptors + 8, Bound.Command,
            () => $"{descriptors} descriptors have become {Descriptors(gateway.Id)}");
        Bound.Until(() => Threads(gateway.Id) <= threads + 8, Bound.Command, () => $"{threads} threads have become {Threads(gateway.Id)}");
        Assert.True(Files(gateway.Data) <= files + 8, $"{files} files have become {Files(gateway.Data)}");
        gone.Sort();
        var figures = string.Create(CultureInfo.InvariantCulture, $"{InAll} kills in {took.TotalSeconds:0} s, {chatters.Accepted} messages; killed to reaped: median {gone[gone.Count / 2]:0.0} ms, longest {gone[^1]:0} ms; descriptors {descriptors} -> {Descriptors(gateway.Id)}, threads {threads} -> {Threads(gateway.Id)}, files {files} -> {Files(gateway.Data)}; accepted {status.Inbound("accepted")} = handled {status.Inbound("handled")}, owed {status.Outbound("owed")} = delivered {status.Outbound("delivered")}; no process left.");
        Assert.Equal(0, gateway.Stop());
        Assert.Empty(Children(gateway.Id));
        output.WriteLine(figures);
        File.WriteAllText(
            Path.Combine(Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts")).FullName, "worker-kills.md"), figures + "\n");
    }

    [Fact]
    public void No_worker_outlives_a_gateway_that_is_killed_not_even_one_that_is_stopped()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder, Plan("process"));
        var worker = gateway.Status().Adapter("web").GetProperty("worker").GetProperty("pid").GetInt32();
        Assert.Equal([worker], Children(gateway.Id));
        Libc.Send(worker, Signal.Stop);
        gateway.Kill();
        Bound.Until(() => !IsAlive(worker), Bound.Command, () => $"process {worker} lives on");
    }

    /// <summary>It has not asked the kernel yet to end with its gateway, and sees another process as its parent.</summary>
    [Fact]
    public void A_worker_whose_gateway_is_killed_before_the_worker_has_begun_ends()
    {
        for (var met = 0; met < 3;)
        {
            using var folder = new TempFolder();
            using var gateway = GatewayProcess.Start(folder, Plan("process"));
            var worker = WaitForWorker(gateway, 0);
            Libc.Send(worker, Signal.Stop);
            var hasBegun = !Arguments(worker).Contains("restrict");
            gateway.Kill();
            Bound.Until(() => Fields(worker) is not [_, var parent, ..] || parent != gateway.Id.ToString(CultureInfo.InvariantCulture), Bound.Command,
                () => $"process {worker} has no other parent");
            if (IsAlive(worker)) Libc.Send(worker, Signal.Continue);
            Bound.Until(() => !IsAlive(worker), Bound.Command, () => $"process {worker} lives on");
            if (!hasBegun) met++;
        }
    }

    [Fact]
    public void What_a_worker_has_started_ends_with_it_and_where_cgroups_allow_in_whatever_session_it_is()
    {
        using var folder = new TempFolder();
        using var group = ControlGroup.TryMake();
        var plan = JsonNode.Parse(
            Plans.With([new Sinner(group is null ? "child" : "child-in-a-session", "run").Json], timeouts: new JsonObject { ["loadSeconds"] = 60 }))!;
        plan["adapters"]![1]!["isolation"] = "process";
        using var gateway = GatewayProcess.Start(folder, plan.ToJsonString());
        group?.Add(gateway.Id);
        var child = 0;
        Bound.Until(() => int.TryParse(Regex.Match(gateway.Said, "child ([0-9]+)").Groups[1].Value, CultureInfo.InvariantCulture, out child),
            Bound.Start, () => gateway.Said);
        Assert.True(IsAlive(child));
        Libc.Send(WaitForWorker(gateway, 0), Signal.Kill);
        Bound.Until(() => !IsAlive(child), Bound.Command, () => $"process {child} lives on");
        Assert.Equal(0, gateway.Stop());
        Assert.Empty(group?.Workers ?? []);
    }

    [Theory]
    [InlineData("process-bomb", "pids")]
    [InlineData("children-eat-memory", "memory")]
    public void What_a_worker_and_all_it_starts_use_together_is_limited_where_the_control_group_is_delegated(string sin, string controller)
    {
        using var folder = new TempFolder();
        using var group = ControlGroup.TryMake();
        var has = group?.Controllers ?? [];
        var isSeen = has.Contains(controller);
        var who = new Sinner(isSeen ? sin : "child", "run");
        var plan = JsonNode.Parse(Plans.With([who.Json], timeouts: new JsonObject { ["loadSeconds"] = 60 }))!;
        plan["adapters"]![1]!["isolation"] = "process";
        plan["adapters"]![1]!["worker"] = new JsonObject { ["processes"] = 128, ["memoryMegabytes"] = 200, ["niceness"] = 9 };
        using var gateway = GatewayProcess.Start(folder, plan.ToJsonString());
        group?.Add(gateway.Id);
        WaitForWorker(gateway, 0);
        if (group is not null && has.Intersect(["memory", "pids", "cpu"]).Any())
        {
            Bound.Until(
                () => AreInForce(group, has), Bound.Start, () => $"the limits are not in force: {string.Join(", ", group.Workers)}\n{gateway.Said}");
        }

        var says = isSeen
            ? (sin == "process-bomb" ? "processes and not one more" : "its process was ended by signal 9 (SIGKILL)")
            : group is null ? "Workers have no control groups" : "limited there: ";
        Bound.Until(() => gateway.Said.Contains(says, StringComparison.Ordinal), Bound.Start, () => gateway.Said);
        gateway.WaitUntilReady();
        Assert.Equal("connected", gateway.Adapter("web").GetProperty("state").GetString());
        Assert.Equal(0, gateway.Stop());
        Assert.Empty(group?.Workers ?? []);
        Assert.Equal(0, Regex.Count(gateway.Said, "Workers have (no )?control groups") - 1);
        output.WriteLine(isSeen
            ? $"{sin}: seen, '{controller}' is in force."
            : $"{sin}: NOT seen, '{controller}' cannot be had in a control group here (it has: {string.Join(' ', has)}).");
    }

    /// <summary>Of a worker that is there.</summary>
    private static bool AreInForce(ControlGroup group, string[] controllers)
    {
        (string Controller, string File, string Value)[] limits =
            [("memory", "memory.max", $"{(3L * 200 + 256) * 1024 * 1024}"), ("memory", "memory.oom.group", "1"), ("pids", "pids.max", "128"),
                ("cpu", "cpu.weight.nice", "9")];
        try
        {
            return group.Workers.Any(folder => File.ReadAllText(Path.Combine(folder, "cgroup.procs")).Length > 0
                && limits.Where(limit => controllers.Contains(limit.Controller))
                    .All(limit => File.ReadAllText(Path.Combine(folder, limit.File)).Trim() == limit.Value));
        }
        catch (IOException)
        {
            return false;
        }
    }

    [Fact]
    public async Task A_reload_moves_an_adapter_into_a_process_of_its_own_and_back()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder, Plan("inProcess"));
        var adapter = gateway.Status().Adapter("web");
        Assert.Equal("inProcess", adapter.GetProperty("isolation").GetString());
        Assert.Equal(JsonValueKind.Null, adapter.GetProperty("worker").ValueKind);
        Assert.Empty(Children(gateway.Id));
        Reload("process");
        adapter = gateway.Await(static status => status.Adapter("web") is var web && web.GetProperty("state").GetString() == "connected"
            && web.GetProperty("isolation").GetString() == "process", Bound.Start).Adapter("web");
        Assert.Equal([adapter.GetProperty("worker").GetProperty("pid").GetInt32()], Children(gateway.Id));
        Assert.True(adapter.GetProperty("worker").GetProperty("memoryBytes").GetInt64() > 1_000_000);
        using (var client = new ChatClient(gateway.Address))
        using (var stream = client.Listen("moved"))
        {
            stream.WaitUntilOpen();
            await client.SendAsync("moved", "1", "hello from a worker");
            stream.WaitFor(1, Bound.Replies);
        }

        Reload("inProcess");
        gateway.Await(static status => status.Adapter("web") is var web && web.GetProperty("state").GetString() == "connected"
            && web.GetProperty("isolation").GetString() == "inProcess", Bound.Start);
        Bound.Until(() => Children(gateway.Id).Count == 0, Bound.Command, () => "the worker is still there");
        Assert.Equal(0, gateway.Stop());

        void Reload(string isolation)
        {
            folder.Write("plugins.json", Plan(isolation));
            Assert.Equal(0, Command.Run(folder.Path, "reload", "--data", gateway.Data).ExitCode);
        }
    }

    [Fact]
    public void An_adapter_that_wedges_again_and_again_goes_on_in_a_process_of_its_own()
    {
        using var folder = new TempFolder();
        var plan = JsonNode.Parse(Plans.With([new Sinner("sleep", "construct").Json], timeouts: new JsonObject { ["loadSeconds"] = 60 }))!;
        var sinner = plan["adapters"]![1]!;
        sinner["onWedged"] = "process";
        sinner["timeouts"]!["loadSeconds"] = 2;
        plan["gateway"]!["reconnect"] = new JsonObject { ["firstSeconds"] = 0.1, ["capSeconds"] = 0.1 };
        using var gateway = GatewayProcess.Start(folder, plan.ToJsonString());
        Bound.Until(() => gateway.Said.Contains("it goes on in a process of its own", StringComparison.Ordinal), Bound.Start, () => gateway.Said);
        Bound.Until(() => gateway.Said.Contains("runs in process", StringComparison.Ordinal), Bound.Start, () => gateway.Said);
        Assert.Equal("process", gateway.Status().Adapter("construct.sleep").GetProperty("isolation").GetString());
        Bound.Until(() => gateway.Said.Contains("is quarantined", StringComparison.Ordinal), Bound.Start, () => gateway.Said);
        Bound.Until(() => Children(gateway.Id).Count == 0, Bound.Command, () => "a worker is left");
        Assert.Equal(0, gateway.Stop());
    }

    private static string Plan(string isolation)
    {
        var plan = JsonNode.Parse(Plans.With([], timeouts: new JsonObject { ["loadSeconds"] = 60 }))!;
        plan["adapters"]![0]!["isolation"] = isolation;
        plan["gateway"]!["reconnect"] = new JsonObject { ["firstSeconds"] = 0.01, ["capSeconds"] = 0.02 };
        return plan.ToJsonString();
    }

    /// <summary>Another worker than that one.</summary>
    private static int WaitForWorker(GatewayProcess gateway, int otherThan)
    {
        var found = 0;
        Bound.Until(() => (found = Children(gateway.Id).FirstOrDefault(pid => pid != otherThan)) > 0, Bound.Start,
            () => $"there is no worker. It said:\n{gateway.Said}");
        return found;
    }

    private static List<int> Children(int parent)
    {
        List<int> children = [];
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                && Fields(pid) is [not ("Z" or "X"), var of, ..] && of == parent.ToString(CultureInfo.InvariantCulture))
                children.Add(pid);
        }

        return children;
    }

    private static string[] Arguments(int pid) => File.ReadAllText($"/proc/{pid}/cmdline").Split('\0');

    private static bool IsAlive(int pid) => Fields(pid) is [not ("Z" or "X"), ..];

    /// <summary>What the kernel says of a process from its state on; empty: there is none.</summary>
    private static string[] Fields(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return [];
        }
    }

    private static int Descriptors(int pid) => Directory.GetFiles($"/proc/{pid}/fd").Length;

    private static int Threads(int pid) => Directory.GetDirectories($"/proc/{pid}/task").Length;

    private static int Files(string data) => Directory.GetFiles(data, "*", SearchOption.AllDirectories).Length;
}
