using System.Diagnostics;

namespace PluginGateway.Tests.Configuration;

internal static class Fifo
{
    public static void Make(string path)
    {
        using var make = Process.Start("mkfifo", path);
        Assert.True(make.WaitForExit(TimeSpan.FromSeconds(30)) && make.ExitCode == 0);
    }
}
