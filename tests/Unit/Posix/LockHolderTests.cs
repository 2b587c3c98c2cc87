using PluginGateway.Instance;
using PluginGateway.Posix;

namespace PluginGateway.Tests.Posix;

public sealed class LockHolderTests
{
    [Fact]
    public void The_kernel_says_who_holds_a_lock()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux only.");
        using var directory = new TemporaryDirectory();
        Assert.Null(LockHolder.Of(DataDirectory.Lock(directory.Path)));
        using (InstanceLock.TryAcquire(directory.Path)) Assert.Equal(Environment.ProcessId, LockHolder.Of(DataDirectory.Lock(directory.Path)));
        Assert.Null(LockHolder.Of(DataDirectory.Lock(directory.Path)));
    }

    [Fact]
    public void Only_a_lock_of_flock_on_that_very_file_counts()
    {
        string[] lines =
        [
            "1: POSIX  ADVISORY  WRITE 11 08:01:77 0 EOF",
            "2: FLOCK  ADVISORY  READ 12 08:01:77 0 EOF",
            "3: FLOCK  ADVISORY  WRITE 13 08:01:177 0 EOF",
            "4: FLOCK  ADVISORY  WRITE 14 08:01:77 0 EOF",
            "4: -> FLOCK  ADVISORY  WRITE 15 08:01:77 0 EOF",
            "5: nonsense",
        ];
        Assert.Equal(14, LockHolder.Of(lines, "77"));
        Assert.Equal(13, LockHolder.Of(lines, "177"));
        Assert.Null(LockHolder.Of(lines, "7"));
    }
}
