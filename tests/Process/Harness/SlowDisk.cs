using System.Globalization;

namespace PluginGateway.ProcessTests.Harness;

/// <summary>A gateway whose disk takes as long as the test says for every call of one kind.</summary>
internal sealed class SlowDisk
{
    private readonly string _file;

    /// <param name="folder">Folder of the test.</param>
    /// <param name="configuration">Configuration of the gateway.</param>
    /// <param name="kind">Kind of calls: sync, rename, or write or read of a file in the media folder.</param>
    public SlowDisk(TempFolder folder, string configuration, string kind = "sync")
    {
        _file = folder["disk-seconds"];
        Takes(0);
        Gateway = GatewayProcess.StartBehind(
            folder, [Python.Find(), "-I", "-S", Path.Combine(Repository.Root, "tests/Process/Harness/slow-disk.py"), kind, _file], configuration);
    }

    public GatewayProcess Gateway { get; }

    /// <summary>Every such call takes so many seconds from now on, the one under way too.</summary>
    public void Takes(double seconds)
    {
        File.WriteAllText(_file + ".new", seconds.ToString(CultureInfo.InvariantCulture));
        File.Move(_file + ".new", _file, overwrite: true);
    }
}
