using System.Diagnostics;
using PluginGateway.Isolation.Remote;

namespace PluginGateway.Tests.Isolation.Remote;

/// <summary>A worker may put anything at any moment where it should have fetched a file.</summary>
public sealed class FetchedFilesTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("fetched-").FullName;
    private readonly FetchedFiles _fetched;
    private readonly string _own;
    private readonly string _wanted;

    public FetchedFilesTests()
    {
        _own = Directory.CreateDirectory(Path.Combine(_root, "own", ".tmp")).FullName;
        _wanted = Path.Combine(_root, "wanted");
        File.WriteAllText(Path.Combine(_root, "secret"), "of another");
        _fetched = new FetchedFiles(Path.Combine(_root, "own"), ".tmp");
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_file_of_its_own_is_moved()
    {
        File.WriteAllText(Path.Combine(_own, "file"), "fetched");
        Assert.Null(_fetched.Take("file", _wanted));
        Assert.Equal("fetched", File.ReadAllText(_wanted));
        Assert.False(File.Exists(Path.Combine(_own, "file")));
    }

    [Theory]
    [InlineData("pipe")]
    [InlineData("link")]
    [InlineData("second name")]
    [InlineData("link to a pipe")]
    [InlineData("folder")]
    public void What_a_worker_puts_in_place_of_a_fetched_file_is_neither_opened_nor_followed(string kind)
    {
        var (path, secret, pipe) = (Path.Combine(_own, "file"), Path.Combine(_root, "secret"), Path.Combine(_root, "pipe"));
        switch (kind)
        {
            case "pipe":
                Run("mkfifo", path);
                break;
            case "link":
                File.CreateSymbolicLink(path, secret);
                break;
            case "second name":
                Run("ln", secret, path);
                break;
            case "link to a pipe":
                Run("mkfifo", pipe);
                File.CreateSymbolicLink(path, pipe);
                break;
            default:
                Directory.CreateDirectory(path);
                break;
        }

        Assert.NotNull(_fetched.Take("file", _wanted));
        Assert.False(File.Exists(_wanted));
        Assert.Equal("of another", File.ReadAllText(secret));
    }

    [Fact]
    public void A_link_in_place_of_its_folder_is_not_followed()
    {
        Directory.Move(_own, Path.Combine(_root, "elsewhere"));
        File.WriteAllText(Path.Combine(_root, "elsewhere", "file"), "of another");
        File.CreateSymbolicLink(_own, Path.Combine(_root, "elsewhere"));
        Assert.NotNull(_fetched.Take("file", _wanted));
        _fetched.Discard("file");
        Assert.True(File.Exists(Path.Combine(_root, "elsewhere", "file")));
        Assert.False(File.Exists(_wanted));
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
