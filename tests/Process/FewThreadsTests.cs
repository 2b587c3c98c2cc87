using System.Diagnostics;
using System.Globalization;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>A user who may have no more threads, for a while.</summary>
public sealed class FewThreadsTests
{
    /// <summary>Nobody's: the limit counts every process of a user.</summary>
    private const string User = "64911";

    [Fact]
    public async Task Threads_that_could_not_be_started_are_started_once_there_are_some_and_status_says_so_meanwhile()
    {
        if (!Environment.IsPrivilegedProcess) Assert.Skip("It takes another user to run out of threads alone.");
        using var folder = new TempFolder();
        File.SetUnixFileMode(folder.Path, (UnixFileMode)Convert.ToInt32("0755", 8));
        Run("chown", User, folder.Path);
        Directory.CreateDirectory(folder["data"]);
        Run("chown", $"{User}:{User}", folder["data"]);
        using var gateway = GatewayProcess.StartBehind(
            folder, ["setpriv", $"--reuid={User}", $"--regid={User}", "--clear-groups"], Plans.With([Plans.Healthy]));
        gateway.WaitUntilReady();
        using var client = new ChatClient(gateway.Address);
        await client.SendAsync("before", "b1", "text");
        Bound.Until(() => gateway.Status().Outbound("delivered") >= 1, Bound.Replies, () => gateway.Said);

        var hard = File.ReadLines($"/proc/{gateway.Id}/limits").Single(static line => line.StartsWith("Max processes", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[3];
        // None that runs is taken away.
        Limit(gateway, "1");
        // Each reconnect takes threads for the old instance and the new one.
        var reconnect = ControlVerb(gateway, "healthy");
        Bound.Until(() => gateway.Status() is var status
            && status.Json.ToString().Contains("threads wait because the system gives no more", StringComparison.Ordinal),
            Bound.Start * 2, () => $"{reconnect}\n{gateway.Said}");
        Assert.False(gateway.HasExited, gateway.Said);

        Limit(gateway, hard);
        Bound.Until(() => gateway.Adapter("healthy").GetProperty("state").GetString() == "connected", Bound.Start * 2, () => gateway.Said);
        Bound.Until(
            () => !gateway.Status().Json.ToString().Contains("threads wait because", StringComparison.Ordinal), Bound.Start, () => gateway.Said);
        await client.SendAsync("after", "a1", "text");
        Bound.Until(() => gateway.Status().Outbound("delivered") >= 2, Bound.Replies, () => gateway.Said);
        Assert.Equal(0, gateway.Stop());
    }

    private static string ControlVerb(GatewayProcess gateway, string id)
    {
        using var command = ChildProcess.Start(Repository.Executable, ["adapter", "reconnect", id, "--data", gateway.Data], "/tmp");
        command.WaitForExit(Bound.Command);
        return command.Said;
    }

    private static void Limit(GatewayProcess gateway, string most) =>
        Run("setpriv", $"--reuid={User}", $"--regid={User}", "--clear-groups", "prlimit", "--pid", gateway.Id.ToString(CultureInfo.InvariantCulture),
            $"--nproc={most}:");

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
