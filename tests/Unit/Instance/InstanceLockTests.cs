using System.Diagnostics;
using PluginGateway.Instance;
using PluginGateway.Store;

namespace PluginGateway.Tests.Instance;

public sealed class InstanceLockTests
{
    [Fact]
    public void The_second_is_refused_until_the_first_lets_go()
    {
        using var directory = new TemporaryDirectory();
        using (var first = InstanceLock.TryAcquire(directory.Path))
        {
            Assert.NotNull(first);
            Assert.Null(InstanceLock.TryAcquire(directory.Path));
            Assert.True(InstanceLock.IsHeld(directory.Path));
        }

        Assert.False(InstanceLock.IsHeld(directory.Path));
        using var second = InstanceLock.TryAcquire(directory.Path);
        Assert.NotNull(second);
    }

    [Fact]
    public void What_it_creates_is_for_the_owner_only()
    {
        using var directory = new TemporaryDirectory();
        var data = Path.Combine(directory.Path, "new", "data");

        using var held = InstanceLock.TryAcquire(data);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(data));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(DataDirectory.Lock(data)));
    }

    [Fact]
    public void Nothing_is_held_and_nothing_created_where_there_is_nothing()
    {
        var data = Path.Combine(Path.GetTempPath(), $"gw-none-{Guid.NewGuid():N}");

        Assert.False(InstanceLock.IsHeld(data));
        Assert.False(Directory.Exists(data));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Lock_file_that_is_removed_or_replaced_is_taken_again_unless_somebody_else_has_it(bool isReplaced)
    {
        using var directory = new TemporaryDirectory();
        var path = DataDirectory.Lock(directory.Path);
        using var held = InstanceLock.TryAcquire(directory.Path)!;
        Assert.Equal(LockState.Ours, held.Check());
        Replace();
        Assert.Equal(LockState.Retaken, held.Check());
        Assert.Equal(LockState.Ours, held.Check());
        Assert.Null(InstanceLock.TryAcquire(directory.Path));
        Replace();
        using (InstanceLock.TryAcquire(directory.Path)) Assert.Equal(LockState.Lost, held.Check());

        void Replace()
        {
            File.Delete(path);
            if (isReplaced) File.Create(path).Dispose();
        }
    }

    [Fact]
    public void Lock_of_a_folder_that_is_gone_is_lost()
    {
        using var directory = new TemporaryDirectory();
        var data = Path.Combine(directory.Path, "data");
        using var held = InstanceLock.TryAcquire(data)!;
        Directory.Move(data, data + ".moved");
        Assert.Equal(LockState.Lost, held.Check());
    }

    [Fact]
    public void Somebody_who_only_looks_does_not_make_a_start_fail()
    {
        using var directory = new TemporaryDirectory();
        using (InstanceLock.TryAcquire(directory.Path)) { }
        // The runtime takes the same shared lock for such a stream that a look takes.
        var look = new FileStream(DataDirectory.Lock(directory.Path), FileMode.Open, FileAccess.Read, FileShare.Read);
        var looker = new Thread(() =>
        {
            Thread.Sleep(50);
            look.Dispose();
        });
        looker.Start();

        using var held = InstanceLock.TryAcquire(directory.Path);

        Assert.NotNull(held);
        looker.Join();
    }

    [Fact]
    [Original("gateway.pid, gateway.lock")]
    public void A_lock_of_another_process_is_seen_and_freed_by_its_death()
    {
        using var directory = new TemporaryDirectory();
        using (InstanceLock.TryAcquire(directory.Path)) { }
        using var holder = Process.Start(new ProcessStartInfo("flock", ["--no-fork", DataDirectory.Lock(directory.Path), "sleep", "60"]))!;
        try
        {
            Assert.True(SpinWait.SpinUntil(() => InstanceLock.IsHeld(directory.Path), TimeSpan.FromSeconds(20)));
            Assert.Null(InstanceLock.TryAcquire(directory.Path));
        }
        finally
        {
            holder.Kill();
            holder.WaitForExit();
        }

        using var held = InstanceLock.TryAcquire(directory.Path);
        Assert.NotNull(held);
    }
}
