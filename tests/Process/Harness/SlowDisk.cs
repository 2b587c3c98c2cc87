using System.Globalization;

namespace PluginGateway.ProcessTests.Harness;

/// <summary>A gateway whose disk takes as long as the test says for every fsync.</summary>
internal sealed class SlowDisk
{
    private readonly string _file;

    public SlowDisk(TempFolder folder, string configuration)
    {
        _file = folder["fsync-seconds"];
        Takes(0);
        Gateway = GatewayProcess.StartBehind(
            folder, [Python.Find(), "-I", "-S", Path.Combine(Repository.Root, "tests/Process/Harness/slow-disk.py"), _file], configuration);
    }

    public GatewayProcess Gateway { get; }

    /// <summary>Every fsync takes so many seconds from now on, the one under way too.</summary>
    public void Takes(double seconds)
    {
        File.WriteAllText(_file + ".new", seconds.ToString(CultureInfo.InvariantCulture));
        File.Move(_file + ".new", _file, overwrite: true);
    }
}
