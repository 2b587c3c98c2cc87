using System.Diagnostics;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>A plugin's hook for first-chance exceptions that never returns runs on the thread that throws, so that the threads which decide for the
/// gateway throw nothing.</summary>
public sealed class FirstChanceTests
{
    private static readonly Sinner Hook = new("first-chance-hangs", "run");

    [Fact]
    public async Task Gateway_whose_folder_is_removed_ends_with_70_under_a_hook_that_hangs()
    {
        using var folder = new TempFolder();
        using var gateway = StartHooked(folder);
        await ParkedMessageTests.Converse(gateway, "before", "text", 2);
        Directory.Delete(folder["data"], recursive: true);
        // The last steps of the stop meet the folder that is gone, and the hook: the watchdog ends the process then.
        Assert.Equal(70, gateway.WaitForExit(2 * Bound.Stop));
        Assert.Contains("was moved or removed", gateway.Said, StringComparison.Ordinal);
    }

    [Fact]
    public void Messages_that_cannot_be_sent_stop_no_command_under_a_hook_that_hangs()
    {
        using var folder = new TempFolder();
        using var gateway = StartHooked(folder);
        var refused = Command.Run(folder.Path, "send", "--to", $"web:{new string('7', 600)}", "text", "--data", gateway.Data);
        Assert.True(refused.ExitCode == 1, refused.Said);
        Assert.Contains("1 to 512 characters", refused.Error, StringComparison.Ordinal);
        Assert.Equal("ready", gateway.Status().State);
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public void Control_socket_answers_again_when_descriptors_are_free_again_under_a_hook_that_hangs()
    {
        using var folder = new TempFolder();
        using var gateway = StartHooked(folder);
        if (!TryLimit(gateway, "10:")) Assert.Skip("prlimit is not there.");
        _ = Command.Run(folder.Path, "status", "--data", gateway.Data);
        Bound.Until(() => gateway.Said.Contains("control socket", StringComparison.Ordinal), Bound.Replies, () => gateway.Said);
        Assert.True(TryLimit(gateway, "1024:"));
        Bound.Until(() => Command.Run(folder.Path, "status", "--data", gateway.Data).Output.Contains("ready", StringComparison.Ordinal),
            Bound.Replies, () => gateway.Said);
        Assert.Equal(0, gateway.Stop());
    }

    private static GatewayProcess StartHooked(TempFolder folder)
    {
        var gateway = GatewayProcess.StartReady(folder, Plans.With([Hook.Json]));
        Bound.Until(() => gateway.Said.Contains($"begins {Hook.Sin}", StringComparison.Ordinal), Bound.Start, () => gateway.Said);
        return gateway;
    }

    private static bool TryLimit(GatewayProcess gateway, string descriptors)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo("prlimit", ["--pid", $"{gateway.Id}", $"--nofile={descriptors}"]) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
