using System.Text.Json;
using PluginGateway.Instance;
using PluginGateway.Posix;

namespace PluginGateway.Tests.Instance;

public sealed class PidFileTests
{
    private static readonly DateTimeOffset Started = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void What_is_written_is_read_and_only_the_owner_may()
    {
        using var directory = new TemporaryDirectory();
        var file = PidFile.Of(ProcessIdentity.Current, Started, "0.1.0", "http://127.0.0.1:8780");

        file.Write(directory.Path);

        Assert.Equal(file, PidFile.Read(directory.Path));
        Assert.True(PidFile.Read(directory.Path)!.Process.IsRunning);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(DataDirectory.PidFile(directory.Path)));
        Assert.Single(Directory.GetFiles(directory.Path));
        using var json = JsonDocument.Parse(File.ReadAllText(DataDirectory.PidFile(directory.Path)));
        Assert.Equal(["pid", "processStart", "startedUtc", "version", "http", "stopSeconds"],
            json.RootElement.EnumerateObject().Select(property => property.Name));
    }

    [Fact]
    public void Ours_is_removed_and_anothers_is_left()
    {
        using var directory = new TemporaryDirectory();
        PidFile.Of(ProcessIdentity.Current with { Start = "another boot/1" }, Started, "0.1.0", null).Write(directory.Path);
        PidFile.RemoveIfOurs(directory.Path);
        Assert.True(File.Exists(DataDirectory.PidFile(directory.Path)));

        PidFile.Of(ProcessIdentity.Current, Started, "0.1.0", null).Write(directory.Path);
        PidFile.RemoveIfOurs(directory.Path);
        Assert.False(File.Exists(DataDirectory.PidFile(directory.Path)));
    }

    [Fact]
    public void A_number_that_is_used_again_is_another_process()
    {
        Assert.True(ProcessIdentity.Current.IsRunning);
        Assert.False((ProcessIdentity.Current with { Start = "another boot/1" }).IsRunning);
        Assert.False(new ProcessIdentity(int.MaxValue, "1/1").IsRunning);
    }

    [Theory]
    [Original("gateway.pid, gateway.lock")]
    [InlineData("")]
    [InlineData("4711")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("{\"process\":")]
    public void A_file_that_says_nothing_is_no_obstacle(string content)
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(DataDirectory.PidFile(directory.Path), content);

        Assert.Null(PidFile.Read(directory.Path));
        PidFile.RemoveIfOurs(directory.Path);
        PidFile.Of(ProcessIdentity.Current, Started, "0.1.0", null).Write(directory.Path);
        Assert.NotNull(PidFile.Read(directory.Path));
    }
}
