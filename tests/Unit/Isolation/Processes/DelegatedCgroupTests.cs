using PluginGateway.Isolation.Processes;

namespace PluginGateway.Tests.Isolation.Processes;

public sealed class DelegatedCgroupTests
{
    private const int Me = 4711;

    [Fact]
    public void The_gateway_leaves_the_group_before_its_children_get_limits_each_by_itself()
    {
        using var folder = new GroupFolder(processes: Me);

        var cgroup = Divide(folder);

        Assert.Equal(
            ["gateway/cgroup.procs = 4711", "cgroup.subtree_control = +memory", "cgroup.subtree_control = +pids", "cgroup.subtree_control = +cpu"],
            folder.Written);
        Assert.Equal(["memory", "pids", "cpu"], cgroup.Controllers);
        Assert.Equal(folder.Path, cgroup.Folder);
        Assert.Equal($"Workers have control groups beneath '{folder.Path}': whatever they start ends with them; limited there: memory, processes, share of the processors; not limited there: nothing", cgroup.Summary);
        Assert.Equal(["gateway"], Children(folder));
    }

    [Fact]
    public void One_that_the_service_manager_has_started_beneath_stays_where_it_is()
    {
        using var folder = new GroupFolder();

        var cgroup = DelegatedCgroup.Divide(new CgroupLocation(folder.Path, true), Me, folder.Write);

        Assert.Equal(["cgroup.subtree_control = +memory", "cgroup.subtree_control = +pids", "cgroup.subtree_control = +cpu"], folder.Written);
        Assert.Equal(3, cgroup.Controllers.Count);
        Assert.Empty(Children(folder));
    }

    [Theory]
    [InlineData("cpu pids", "pids, cpu", "limited there: processes, share of the processors; not limited there: memory ('memory' is not delegated)")]
    [InlineData("cpu memory pids", "memory, cpu",
        "limited there: memory, share of the processors; not limited there: processes (Device or resource busy)")]
    public void A_controller_that_is_missing_or_refused_does_not_cost_the_others(string available, string enabled, string says)
    {
        using var folder = new GroupFolder(available, Me) { Refuses = static (_, text) => text == "+pids" };
        if (!available.Contains("memory", StringComparison.Ordinal)) folder.Refuses = static (_, _) => false;

        var cgroup = Divide(folder);

        Assert.Equal(enabled, string.Join(", ", cgroup.Controllers));
        Assert.Contains(says, cgroup.Summary);
    }

    [Fact]
    public void Where_no_controller_is_delegated_nothing_is_moved_and_what_they_start_still_ends_with_them()
    {
        using var folder = new GroupFolder("hugetlb", Me);

        var cgroup = Divide(folder);

        Assert.Empty(folder.Written);
        Assert.Empty(cgroup.Controllers);
        Assert.Equal(folder.Path, cgroup.Folder);
        Assert.Contains(
            "limited there: nothing; not limited there: memory ('memory' is not delegated), processes ('pids' is not delegated), share of the processors ('cpu' is not delegated)",
            cgroup.Summary);
    }

    [Fact]
    public void A_group_with_other_processes_in_it_is_not_the_gateways_alone_so_nobody_is_moved()
    {
        using var folder = new GroupFolder(processes: [1, Me, 17, 18, 19]);

        var cgroup = Divide(folder);

        Assert.Empty(folder.Written);
        Assert.Empty(cgroup.Controllers);
        Assert.NotNull(cgroup.Folder);
        Assert.Contains("memory (other processes are in the group: 1, 17, 18 and more)", cgroup.Summary);
    }

    [Fact]
    public void A_gateway_that_may_not_move_limits_nothing()
    {
        using var folder = new GroupFolder(processes: Me) { Refuses = static (path, _) => path.EndsWith("cgroup.procs", StringComparison.Ordinal) };

        var cgroup = Divide(folder);

        Assert.Empty(cgroup.Controllers);
        Assert.Contains("memory (the gateway cannot move to a group of its own: Device or resource busy)", cgroup.Summary);
    }

    [Fact]
    public void Where_no_group_can_be_made_there_is_none_and_the_reason_is_said()
    {
        using var folder = new GroupFolder(processes: Me);
        File.Delete(folder.At("cgroup.kill"));

        var cgroup = Divide(folder);

        Assert.Null(cgroup.Folder);
        Assert.Equal(
            "Workers have no control groups (this kernel cannot end a group at once: that takes Linux 5.14): what they start in a session of its own outlives them, and neither the number of processes nor the memory of all together is limited",
            cgroup.Summary);
    }

    [Fact]
    public void Empty_groups_that_a_killed_gateway_left_are_taken_away_and_nothing_else()
    {
        using var folder = new GroupFolder(processes: Me);
        Directory.CreateDirectory(folder.At("worker-17", "made-by-the-worker"));
        Directory.CreateDirectory(folder.At("worker-18"));
        Directory.CreateDirectory(folder.At("another"));
        // A group with processes cannot be removed; here a file keeps its folder.
        folder.Child("worker-19", "cgroup.procs");

        Divide(folder);

        Assert.Equal(["another", "gateway", "worker-19"], Children(folder));
    }

    private static DelegatedCgroup Divide(GroupFolder folder) => DelegatedCgroup.Divide(new CgroupLocation(folder.Path, false), Me, folder.Write);

    private static IEnumerable<string?> Children(GroupFolder folder) =>
        Directory.GetDirectories(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal);
}
