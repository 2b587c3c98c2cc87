using PluginGateway.Loading;

namespace PluginGateway.Tests.Loading;

/// <summary>Finding a plugin and keeping a private copy of it.</summary>
public sealed class PluginFilesTests : IDisposable
{
    private readonly PluginYard _yard = new();

    public void Dispose() => _yard.Dispose();

    [Theory]
    [InlineData("../LoadingAlpha")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("a\0b")]
    [InlineData("/etc")]
    public void A_name_that_is_a_path_is_refused(string name) => Assert.Equal("path-outside", _yard.Refused(name).Code.Word());

    [Fact]
    public void A_plugin_that_is_not_there_names_where_it_was_looked_for_and_what_is_there()
    {
        _yard.Place("LoadingAlpha");
        var refused = _yard.Refused("LoadingAlfa");
        Assert.Equal("plugin-not-found", refused.Code.Word());
        Assert.Contains(_yard.Plugins, refused.Message, StringComparison.Ordinal);
        Assert.Contains("'LoadingAlpha'", refused.Message, StringComparison.Ordinal);
        Directory.Move(Path.Combine(_yard.Plugins, "LoadingAlpha"), Path.Combine(_yard.Plugins, "loadingalpha"));
        Assert.Contains("same case", _yard.Refused("loadingalpha").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_its_DLL_is_not_found()
    {
        File.Delete(_yard.Place("LoadingAlpha"));
        Assert.Equal("plugin-not-found", _yard.Refused("LoadingAlpha").Code.Word());
    }

    [Fact]
    public void A_configured_path_is_looked_at_after_the_plugins_folder()
    {
        var path = _yard.Place("LoadingAlpha");
        var other = Directory.CreateDirectory(Path.Combine(_yard.Root, "other")).FullName;
        Directory.Move(Path.GetDirectoryName(path)!, Path.Combine(other, "LoadingAlpha"));
        Assert.Equal(LoadCode.PluginNotFound, _yard.Refused("LoadingAlpha").Code);
        Assert.NotNull(_yard.Loader.Load(_yard.Request("LoadingAlpha") with { PluginPaths = [other] }));
    }

    [Fact]
    public void A_symbolic_link_that_leads_outside_is_refused_and_one_inside_is_followed()
    {
        var path = _yard.Place("LoadingAlpha");
        var outside = Directory.CreateDirectory(Path.Combine(_yard.Root, "outside")).FullName;
        var library = Path.Combine(Path.GetDirectoryName(path)!, "LoadingLibrary.dll");
        File.Move(library, Path.Combine(outside, "LoadingLibrary.dll"));
        File.CreateSymbolicLink(library, "../../outside/LoadingLibrary.dll");
        Assert.Equal("path-outside", _yard.Refused("LoadingAlpha").Code.Word());

        File.Delete(library);
        var shared = Directory.CreateDirectory(Path.Combine(_yard.Plugins, "shared")).FullName;
        File.Move(Path.Combine(outside, "LoadingLibrary.dll"), Path.Combine(shared, "LoadingLibrary.dll"));
        File.CreateSymbolicLink(library, "../shared/LoadingLibrary.dll");
        var plugin = _yard.Load("LoadingAlpha");
        Assert.Null(new FileInfo(Path.Combine(plugin.Folder, "LoadingLibrary.dll")).LinkTarget);

        Directory.Move(Path.GetDirectoryName(path)!, Path.Combine(outside, "LoadingAlpha"));
        Directory.CreateSymbolicLink(Path.Combine(_yard.Plugins, "LoadingAlpha"), Path.Combine(outside, "LoadingAlpha"));
        Assert.Equal("path-outside", _yard.Refused("LoadingAlpha").Code.Word());
    }

    [Fact]
    public void The_private_copy_belongs_to_the_owner_alone()
    {
        _yard.Place("LoadingAlpha");
        var plugin = _yard.Load("LoadingAlpha");
        if (OperatingSystem.IsWindows()) return;
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Assert.Equal(Owner, File.GetUnixFileMode(plugin.Folder));
        Assert.Equal(Owner, File.GetUnixFileMode(Path.GetDirectoryName(plugin.Folder)!));
        foreach (var file in Directory.EnumerateFiles(plugin.Folder)) Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(file) & ~(UnixFileMode.UserRead | UnixFileMode.UserExecute));
    }

    [Fact]
    public void A_copy_is_used_again_and_a_damaged_one_is_replaced()
    {
        var found = new FoundPlugin("LoadingAlpha", Path.GetDirectoryName(_yard.Place("LoadingAlpha"))!);
        var first = _yard.Staging.Stage(found, _yard.Data);
        var born = Directory.GetCreationTimeUtc(first.Folder);
        Assert.Equal(first, _yard.Staging.Stage(found, _yard.Data));
        Assert.Equal(born, Directory.GetCreationTimeUtc(first.Folder));
        File.Delete(first.MainPath);
        Assert.Equal(first, _yard.Staging.Stage(found, _yard.Data));
        Assert.True(File.Exists(first.MainPath));
    }

    [Fact]
    public void Only_copies_that_nothing_was_loaded_from_are_removed()
    {
        _yard.Place("LoadingAlpha");
        new PluginStaging().Stage(new FoundPlugin("LoadingBeta", Path.GetDirectoryName(_yard.Place("LoadingBeta"))!), _yard.Data);
        var plugin = _yard.Load("LoadingAlpha");
        _yard.Loader.RemoveUnusedCopies(_yard.Data);
        Assert.Equal([plugin.Folder], Directory.GetDirectories(Path.Combine(_yard.Data, "staging")));
    }

    [Fact]
    public void A_data_directory_that_cannot_be_written_is_worth_another_try()
    {
        _yard.Place("LoadingAlpha");
        File.WriteAllText(_yard.Data, "a file, not a folder");
        var refused = _yard.Refused("LoadingAlpha");
        Assert.Equal("staging-failed", refused.Code.Word());
        Assert.True(refused.Code.IsRetryable());
    }
}
