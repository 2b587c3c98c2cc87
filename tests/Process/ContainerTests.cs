using System.Globalization;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>As pid 1 of a process namespace of its own, which is what a container without an init is.</summary>
public sealed class ContainerTests
{
    [Fact]
    public void As_pid_1_it_stops_on_a_signal_and_takes_orphans_off_the_table()
    {
        using var folder = new TempFolder();
        string[] namespaces = ["--pid", "--fork", "--mount-proc", "--kill-child"];
        using (var trial = Try("unshare", [.. namespaces, "true"], folder))
        {
            Assert.SkipUnless(trial?.WaitForExit(Bound.Command) is 0, $"No process namespace can be made here: {trial?.Said}");
        }

        var port = FreePort.Next();
        using var unshare = ChildProcess.Start(
            "unshare", [.. namespaces, Repository.Executable, "--data", folder["data"], "--http", $"http://127.0.0.1:{port}"], folder.Path);
        Bound.Until(() => unshare.Said.Contains("Ready.", StringComparison.Ordinal), Bound.Start, () => unshare.Said);
        var gateway = Assert.Single(ChildrenOf(unshare.Id));
        Assert.Contains("pid 1;", unshare.Said, StringComparison.Ordinal);

        // A process of the namespace whose parent ends at once: its end is the gateway's to see.
        using (var entered = ChildProcess.Start(
            "nsenter", ["--target", $"{gateway}", "--pid", "--mount", "sh", "-c", "(sleep 1; exit 3) & (sleep 0.2; exit 4) & exit 0"], folder.Path))
            Assert.Equal(0, entered.WaitForExit(Bound.Command));
        Bound.Until(() => ChildrenOf(gateway).Count > 0, Bound.Command, () => "nothing was inherited");
        Bound.Until(() => ChildrenOf(gateway).Any(IsDead), Bound.Command, () => "nothing has ended");
        Bound.Until(() => ChildrenOf(gateway).Count == 0, Bound.Command, () => "zombies are not reaped");

        Libc.Send(gateway, Signal.Terminate);
        Assert.True(unshare.WaitForExit(Bound.Stop) == 0, unshare.Said);
        Assert.False(File.Exists(folder["data", "gateway.pid"]));
        Assert.Contains("exit code 0", unshare.Said, StringComparison.Ordinal);
    }

    private static ChildProcess? Try(string file, string[] arguments, TempFolder folder)
    {
        try
        {
            return ChildProcess.Start(file, arguments, folder.Path);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static List<int> ChildrenOf(int parent) =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Select(static folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid > 0 && Stat(pid) is [_, var ppid, ..] && ppid == parent.ToString(CultureInfo.InvariantCulture)),
    ];

    private static bool IsDead(int pid) => Stat(pid) is ["Z", ..];

    private static string[] Stat(int pid)
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
}
