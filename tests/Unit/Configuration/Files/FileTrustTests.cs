using System.Diagnostics;
using PluginGateway.Configuration.Files;
using PluginGateway.Configuration.Secrets;
using PluginGateway.Posix;

namespace PluginGateway.Tests.Configuration.Files;

public sealed class FileTrustTests : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode ByAll = Private | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    private static readonly Accounts Nobody = new([], []);

    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_only_this_user_can_change_is_trusted_below_a_sticky_folder_too() =>
        Assert.Empty(Trust().Faults(_folder.Write("plugins.json", "{}")));

    [Fact]
    public void A_file_or_a_folder_above_it_that_everybody_may_write_is_named()
    {
        var path = _folder.Write("etc/plugins.json", "{}");
        File.SetUnixFileMode(Path.GetDirectoryName(path)!, ByAll);
        Assert.Equal($"'{Path.GetDirectoryName(path)}' has mode 0722: everybody may write it", Assert.Single(Trust().Faults(path)));
        File.SetUnixFileMode(path, ByAll);
        Assert.Equal(2, Trust().Faults(path).Count);
    }

    [Fact]
    public void A_sticky_folder_is_fine_above_and_not_in_its_own_place()
    {
        var path = _folder.Write("shared/plugins.json", "{}");
        File.SetUnixFileMode(Path.GetDirectoryName(path)!, ByAll | UnixFileMode.StickyBit);
        Assert.Empty(Trust().Faults(path));
        Assert.Single(Trust().Faults(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void A_folder_is_looked_at_where_a_link_leads_to()
    {
        var real = _folder.Write("real/plugins/file", "");
        File.SetUnixFileMode(_folder.Path + "/real", ByAll);
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "link"), Path.GetDirectoryName(real)!);
        Assert.Contains("/real'", Assert.Single(Trust().Faults(Path.Combine(_folder.Path, "link"))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("me:x:500:77:", "", true)]
    [InlineData("me:x:500:77:", "mine:x:77:me", true)]
    [InlineData("me:x:500:77:", "mine:x:77:me,you", false)]
    [InlineData("me:x:500:77:|you:x:501:77:", "mine:x:77:", false)]
    [InlineData("", "", true)]
    [InlineData("", "mine:x:77:somebody", false)]
    public void A_group_in_which_nobody_else_is_may_write(string passwd, string group, bool isTrusted)
    {
        Assert.SkipUnless(Environment.UserName == "root", "Only root gives files away.");
        var path = _folder.Write("plugins.json", "{}", Private | UnixFileMode.GroupWrite);
        Run("chown", $"500:77 {path}");
        var trust = new FileTrust([500], [], new Accounts(passwd.Split('|'), group.Split('|')));
        Assert.Equal(isTrusted, trust.Faults(path).Count == 0);
    }

    [Fact]
    public void What_belongs_to_another_user_is_named_unless_nobody_can_tell_whose_it_is()
    {
        Assert.SkipUnless(Environment.UserName == "root", "Only root gives files away.");
        var path = _folder.Write("plugins.json", "{}");
        Run("chown", $"501 {path}");
        Assert.Equal($"'{path}' belongs to user 'you'", Assert.Single(new FileTrust([500], [], new Accounts(["you:x:501:501:"], [])).Faults(path)));
        Assert.Empty(new FileTrust([501], [], Nobody).Faults(path));
        Assert.Empty(new FileTrust([500], [501], Nobody).Faults(path));
    }

    private static FileTrust Trust() => new([FileFacts.Of("/proc/self")!.Value.User], [], Nobody);

    private static void Run(string file, string arguments)
    {
        using var process = Process.Start(file, arguments);
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(30)) && process.ExitCode == 0);
    }
}
