using PluginGateway.Loading;

namespace PluginGateway.Tests.Loading;

/// <summary>Finding a plugin and keeping a private copy of it.</summary>
public sealed class PluginFilesTests : IDisposable
{
    private readonly PluginFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [InlineData("../LoadingAlpha")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("a\0b")]
    [InlineData("/etc")]
    public void A_name_that_is_a_path_is_refused(string name) => Assert.Equal("path-outside", _fixture.Refused(name).Code.Word());

    [Fact]
    public void A_plugin_that_is_not_there_names_where_it_was_looked_for_and_what_is_there()
    {
        _fixture.Place("LoadingAlpha");
        var refused = _fixture.Refused("LoadingAlfa");
        Assert.Equal("plugin-not-found", refused.Code.Word());
        Assert.Contains(_fixture.Plugins, refused.Message, StringComparison.Ordinal);
        Assert.Contains("'LoadingAlpha'", refused.Message, StringComparison.Ordinal);
        Directory.Move(Path.Combine(_fixture.Plugins, "LoadingAlpha"), Path.Combine(_fixture.Plugins, "loadingalpha"));
        Assert.Contains("same case", _fixture.Refused("loadingalpha").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_its_DLL_is_not_found()
    {
        File.Delete(_fixture.Place("LoadingAlpha"));
        Assert.Equal("plugin-not-found", _fixture.Refused("LoadingAlpha").Code.Word());
    }

    [Fact]
    public void A_configured_path_is_looked_at_after_the_plugins_folder()
    {
        var path = _fixture.Place("LoadingAlpha");
        var other = Directory.CreateDirectory(Path.Combine(_fixture.Root, "other")).FullName;
        Directory.Move(Path.GetDirectoryName(path)!, Path.Combine(other, "LoadingAlpha"));
        Assert.Equal(LoadCode.PluginNotFound, _fixture.Refused("LoadingAlpha").Code);
        Assert.NotNull(_fixture.Loader.Load(_fixture.Request("LoadingAlpha") with { PluginPaths = [other] }));
    }

    [Fact]
    public void A_symbolic_link_that_leads_outside_is_refused_and_one_inside_is_followed()
    {
        var path = _fixture.Place("LoadingAlpha");
        var outside = Directory.CreateDirectory(Path.Combine(_fixture.Root, "outside")).FullName;
        var library = Path.Combine(Path.GetDirectoryName(path)!, "LoadingLibrary.dll");
        File.Move(library, Path.Combine(outside, "LoadingLibrary.dll"));
        File.CreateSymbolicLink(library, "../../outside/LoadingLibrary.dll");
        Assert.Equal("path-outside", _fixture.Refused("LoadingAlpha").Code.Word());

        File.Delete(library);
        var shared = Directory.CreateDirectory(Path.Combine(_fixture.Plugins, "shared")).FullName;
        File.Move(Path.Combine(outside, "LoadingLibrary.dll"), Path.Combine(shared, "LoadingLibrary.dll"));
        File.CreateSymbolicLink(library, "../shared/LoadingLibrary.dll");
        var plugin = _fixture.Load("LoadingAlpha");
        Assert.Null(new FileInfo(Path.Combine(plugin.Folder, "LoadingLibrary.dll")).LinkTarget);

        Directory.Move(Path.GetDirectoryName(path)!, Path.Combine(outside, "LoadingAlpha"));
        Directory.CreateSymbolicLink(Path.Combine(_fixture.Plugins, "LoadingAlpha"), Path.Combine(outside, "LoadingAlpha"));
        Assert.Equal("path-outside", _fixture.Refused("LoadingAlpha").Code.Word());
    }

    [Fact]
    public void The_private_copy_belongs_to_the_owner_alone()
    {
        _fixture.Place("LoadingAlpha");
        var plugin = _fixture.Load("LoadingAlpha");
        if (OperatingSystem.IsWindows()) return;
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Assert.Equal(Owner, File.GetUnixFileMode(plugin.Folder));
        Assert.Equal(Owner, File.GetUnixFileMode(Path.GetDirectoryName(plugin.Folder)!));
        foreach (var file in Directory.EnumerateFiles(plugin.Folder))
            Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(file) & ~(UnixFileMode.UserRead | UnixFileMode.UserExecute));
    }

    [Fact]
    public void A_copy_is_used_again_and_a_damaged_one_is_replaced()
    {
        var found = new FoundPlugin("LoadingAlpha", Path.GetDirectoryName(_fixture.Place("LoadingAlpha"))!);
        var first = _fixture.Staging.Stage(found, _fixture.Data);
        var born = Directory.GetCreationTimeUtc(first.Folder);
        Assert.Equal(first, _fixture.Staging.Stage(found, _fixture.Data));
        Assert.Equal(born, Directory.GetCreationTimeUtc(first.Folder));
        File.Delete(first.MainPath);
        Assert.Equal(first, _fixture.Staging.Stage(found, _fixture.Data));
        Assert.True(File.Exists(first.MainPath));
    }

    [Fact]
    public void Only_copies_that_nothing_was_loaded_from_are_removed()
    {
        _fixture.Place("LoadingAlpha");
        new PluginStaging().Stage(new FoundPlugin("LoadingBeta", Path.GetDirectoryName(_fixture.Place("LoadingBeta"))!), _fixture.Data);
        var plugin = _fixture.Load("LoadingAlpha");
        _fixture.Loader.RemoveUnusedCopies(_fixture.Data);
        Assert.Equal([plugin.Folder], Directory.GetDirectories(Path.Combine(_fixture.Data, "staging")));
    }

    [Fact]
    public void A_data_directory_that_cannot_be_written_is_worth_another_try()
    {
        _fixture.Place("LoadingAlpha");
        File.WriteAllText(_fixture.Data, "a file, not a folder");
        var refused = _fixture.Refused("LoadingAlpha");
        Assert.Equal("staging-failed", refused.Code.Word());
        Assert.True(refused.Code.IsRetryable());
    }
}
