using PluginGateway.Configuration.Options;
using PluginGateway.Isolation.Processes;

namespace PluginGateway.Tests.Isolation.Processes;

public sealed class WorkerCgroupTests
{
    private const int Worker = 4712;

    private static readonly WorkerOptions Limits = new() { MemoryMegabytes = 100, Processes = 99, Niceness = 7 };

    [Fact]
    public void A_worker_is_put_into_a_group_with_its_limits()
    {
        using var folder = new GroupFolder(processes: 1);
        folder.Child(
            "worker-4712", "cgroup.procs", "cgroup.kill", "memory.max", "memory.oom.group", "memory.swap.max", "pids.max", "cpu.weight.nice");

        var (cgroup, problem) = WorkerCgroup.Create(Worker, Limits, Group(folder));

        Assert.NotNull(cgroup);
        Assert.Null(problem);
        Assert.Equal($"{556L * 1024 * 1024}", folder.Read("worker-4712", "memory.max"));
        Assert.Equal("1", folder.Read("worker-4712", "memory.oom.group"));
        Assert.Equal("0", folder.Read("worker-4712", "memory.swap.max"));
        Assert.Equal("99", folder.Read("worker-4712", "pids.max"));
        Assert.Equal("7", folder.Read("worker-4712", "cpu.weight.nice"));
        Assert.Equal("4712", folder.Read("worker-4712", "cgroup.procs"));
    }

    [Fact]
    public void A_kernel_without_swap_has_no_limit_of_it_and_that_is_no_problem()
    {
        using var folder = new GroupFolder("memory", 1);
        folder.Child("worker-4712", "cgroup.procs", "cgroup.kill", "memory.max", "memory.oom.group");

        var (cgroup, problem) = WorkerCgroup.Create(Worker, Limits, Group(folder, "memory"));

        Assert.NotNull(cgroup);
        Assert.Null(problem);
        Assert.False(File.Exists(folder.At("worker-4712", "memory.swap.max")));
        Assert.False(File.Exists(folder.At("worker-4712", "pids.max")));
    }

    [Fact]
    public void A_limit_that_is_refused_costs_neither_the_others_nor_the_group_and_is_said()
    {
        using var folder = new GroupFolder(processes: 1);
        folder.Child("worker-4712", "cgroup.procs", "cgroup.kill", "memory.oom.group", "pids.max", "cpu.weight.nice");

        var (cgroup, problem) = WorkerCgroup.Create(Worker, Limits, Group(folder));

        Assert.NotNull(cgroup);
        Assert.StartsWith($"not all limits of its control group are in force: memory.max {556L * 1024 * 1024}: ", problem);
        Assert.Equal("99", folder.Read("worker-4712", "pids.max"));
        Assert.Equal("4712", folder.Read("worker-4712", "cgroup.procs"));
    }

    [Fact]
    public void Where_the_worker_cannot_be_put_into_its_group_there_is_none_left_and_that_is_said()
    {
        using var folder = new GroupFolder("", 1);

        var (cgroup, problem) = WorkerCgroup.Create(Worker, Limits, Group(folder));

        Assert.Null(cgroup);
        Assert.StartsWith("it has no control group: ", problem);
        Assert.False(Directory.Exists(folder.At("worker-4712")));
    }

    [Fact]
    public void Its_end_is_the_end_of_all_that_is_in_it_and_takes_the_group_away_with_those_beneath()
    {
        using var folder = new GroupFolder("", 1);
        folder.Child("worker-4712", "cgroup.procs", "cgroup.kill");
        var (cgroup, _) = WorkerCgroup.Create(Worker, Limits, Group(folder));
        Directory.CreateDirectory(folder.At("worker-4712", "made-by-the-worker"));
        // As the kernel does when the last process is gone.
        var gone = new Thread(() =>
        {
            SpinWait.SpinUntil(() => folder.Read("worker-4712", "cgroup.kill") == "1");
            File.Delete(folder.At("worker-4712", "cgroup.procs"));
            File.Delete(folder.At("worker-4712", "cgroup.kill"));
        });
        gone.Start();

        cgroup!.Remove();

        gone.Join();
        Assert.False(Directory.Exists(folder.At("worker-4712")));
    }

    private static DelegatedCgroup Group(GroupFolder folder, params string[] only)
    {
        if (only.Length > 0) File.WriteAllText(folder.At("cgroup.controllers"), string.Join(' ', only));
        return DelegatedCgroup.Divide(new CgroupLocation(folder.Path, true), 1, folder.Write);
    }
}
