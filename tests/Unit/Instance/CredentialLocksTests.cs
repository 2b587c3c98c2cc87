using System.Diagnostics;
using System.Text;
using System.Text.Json;
using PluginGateway.Instance;
using PluginGateway.Loading;
using PluginGateway.Posix;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Tests.Instance;

public sealed class CredentialLocksTests : IDisposable
{
    private const string Token = "a-very-secret-token";
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_credential_is_held_by_one_adapter_id_over_its_generations_and_can_be_had_when_it_is_given_back()
    {
        var locks = Locks("/data/one");
        Assert.Null(locks.Claim("a", "telegram", [new("token", Token)]));
        Assert.Null(locks.Claim("a", "telegram", [new("token", Token)]));
        var refused = locks.Claim("b", "telegram", [new("token", Token)]);
        Assert.Equal((CredentialLocks.InUse, FailureKind.Retry), (refused!.Code, refused.Kind));
        Assert.Contains("adapter 'a' of this gateway", refused.Message, StringComparison.Ordinal);

        using (locks.Reclaim("a")) { }
        Assert.Null(locks.Reclaim("a"));
        Assert.Null(locks.Claim("b", "telegram", [new("token", Token)]));
    }

    [Fact]
    public void A_holder_of_this_gateway_is_named_also_before_it_has_written_its_name()
    {
        var locks = Locks("/data/one");
        Assert.Null(locks.Claim("a", "telegram", [new("token", Token)]));
        using (var truncate = Process.Start("truncate", ["-s", "0", Assert.Single(Directory.GetFiles(_folder.Path))])) truncate.WaitForExit();
        Assert.Contains("adapter 'a' of this gateway", locks.Claim("b", "telegram", [new("token", Token)])!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_gateway_is_told_who_holds_it_and_nothing_shows_the_credential()
    {
        Assert.Null(Locks("/data/one").Claim("a", "telegram", [new("token", Token)]));
        var refused = Locks("/data/two").Claim("x", "telegram", [new("token", Token)])!;
        Assert.Contains(
            $"adapter 'a' of the gateway with pid {Environment.ProcessId} and data in '/data/one'", refused.Message, StringComparison.Ordinal);
        var file = Assert.Single(Directory.GetFiles(_folder.Path));
        Assert.DoesNotContain(Token, file + ReadBeside(file) + refused.Message, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public void Another_platform_another_credential_and_another_value_of_the_same_adapter_are_other_locks()
    {
        var locks = Locks("/data/one");
        Assert.Null(locks.Claim("a", "telegram", [new("token", Token)]));
        Assert.Null(locks.Claim("b", "discord", [new("token", Token)]));
        Assert.Null(locks.Claim("c", "telegram", [new("token", Token + "2")]));
        Assert.Null(locks.Claim("a", "telegram", [new("token", Token + "3")]));
        Assert.Null(locks.Claim("d", "telegram", [new("token", Token)]));
        Assert.Equal(4, Directory.GetFiles(_folder.Path).Length);
    }

    [Fact]
    public void A_holder_that_is_killed_leaves_a_lock_that_is_free()
    {
        var locks = Locks("/data/one");
        Assert.Null(locks.Claim("a", "telegram", [new("token", Token)]));
        using (locks.Reclaim("a")) { }
        var file = Assert.Single(Directory.GetFiles(_folder.Path));
        using var holder = Process.Start(new ProcessStartInfo("flock", ["--no-fork", file, "sleep", "60"]))!;
        Assert.True(SpinWait.SpinUntil(() => IsHeld(file), TimeSpan.FromSeconds(20)));
        Assert.Equal(CredentialLocks.InUse, locks.Claim("a", "telegram", [new("token", Token)])?.Code);

        holder.Kill();
        holder.WaitForExit();
        Assert.Null(locks.Claim("a", "telegram", [new("token", Token)]));

        static bool IsHeld(string path)
        {
            using var handle = LockFile.Open(path);
            return !LockFile.TryLock(handle, path);
        }
    }

    [Fact]
    public void A_folder_that_cannot_be_used_is_named_with_the_remedy_and_nothing_runs_without_the_lock()
    {
        var file = Path.Combine(_folder.Path, "no-folder");
        File.WriteAllText(file, "");
        var refused = new CredentialLocks("/data/one", new CredentialFolder(file), TimeProvider.System).Claim("a", "telegram", [new("token", Token)])!;
        Assert.Equal(CredentialLocks.CannotLock, refused.Code);
        Assert.Contains("GATEWAY_LOCK_DIR", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_in_the_place_of_a_lock_is_not_followed()
    {
        var locks = Locks("/data/one");
        Assert.Null(locks.Claim("a", "telegram", [new("token", Token)]));
        using (locks.Reclaim("a")) { }
        var file = Assert.Single(Directory.GetFiles(_folder.Path));
        var precious = Path.Combine(_folder.Path, "precious");
        File.WriteAllText(precious, "content");
        File.Delete(file);
        File.CreateSymbolicLink(file, precious);

        Assert.Equal(CredentialLocks.CannotLock, locks.Claim("a", "telegram", [new("token", Token)])?.Code);
        Assert.Equal("content", File.ReadAllText(precious));
    }

    [Theory]
    [InlineData("/given", "/run/user/7", 7, "/given")]
    [InlineData(null, "/run/user/7", 7, "/run/user/7/plugin-gateway")]
    [InlineData("", "", 7, "/run/user/7/plugin-gateway")]
    // An environment that su has kept.
    [InlineData(null, "/run/user/7", 8, "/var/lock/plugin-gateway-8")]
    [InlineData(null, null, 8, "/var/lock/plugin-gateway-8")]
    public void The_folder_is_the_demanded_one_else_the_users_own(string? demanded, string? runtime, uint user, string path) =>
        Assert.Equal(
            new CredentialFolder(path), CredentialFolder.Choose(demanded, runtime, user, static folder => folder == "/run/user/7" ? 7u : null));

    [Fact]
    public void Neither_the_folder_nor_a_lock_in_it_can_be_opened_by_anybody_else()
    {
        var folder = new CredentialFolder(Path.Combine(_folder.Path, "new", "locks"));
        Assert.Null(new CredentialLocks("/data/one", folder, TimeProvider.System).Claim("a", "telegram", [new("token", Token)]));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder.Path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Assert.Single(Directory.GetFiles(folder.Path))));
    }

    [Fact]
    public void A_folder_in_which_somebody_else_could_remove_or_hold_the_lock_is_refused()
    {
        File.SetUnixFileMode(_folder.Path, (UnixFileMode)0b111_111_111);
        Assert.Equal(CredentialLocks.CannotLock, Locks("/data/one").Claim("a", "telegram", [new("token", Token)])?.Code);
        File.SetUnixFileMode(_folder.Path, (UnixFileMode)0b1_111_111_111);
        Assert.Null(Locks("/data/one").Claim("a", "telegram", [new("token", Token)]));

        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can give a folder away.");
        var foreign = new CredentialFolder(Path.Combine(_folder.Path, "foreign"));
        Directory.CreateDirectory(foreign.Path);
        using (var chown = Process.Start("chown", ["4711", foreign.Path])) chown.WaitForExit();
        var refused = new CredentialLocks("/data/one", foreign, TimeProvider.System).Claim("b", "telegram", [new("token", Token + "2")]);
        Assert.Contains("4711", refused!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_adapter_with_several_credentials_has_all_of_their_locks_or_none_and_is_told_which_setting_is_taken()
    {
        var locks = Locks("/data/one");
        Assert.Null(locks.Claim("a", "slack", [new("app", "1"), new("bot", "2")]));
        Assert.Null(locks.Claim("a", "slack", [new("app", "1"), new("bot", "2")]));
        var refused = locks.Claim("b", "slack", [new("app", "3"), new("bot", "2")])!;
        Assert.Equal(CredentialLocks.InUse, refused.Code);
        Assert.Contains("setting 'bot' is in use by adapter 'a' of this gateway", refused.Message, StringComparison.Ordinal);
        Assert.Null(locks.Reclaim("b"));
        Assert.Null(Locks("/data/two").Claim("c", "slack", [new("app", "3")]));
        Assert.Contains("setting 'app'", Locks("/data/two").Claim("d", "slack", [new("app", "1")])!.Message, StringComparison.Ordinal);

        Assert.Null(locks.Claim("a", "slack", [new("app", "1")]));
        Assert.Null(Locks("/data/three").Claim("e", "slack", [new("bot", "2")]));
        using (locks.Reclaim("a")) { }
        Assert.Null(Locks("/data/three").Claim("f", "slack", [new("app", "1")]));
    }

    [Fact]
    public void A_refused_change_of_the_credentials_leaves_none_locked()
    {
        var (one, two) = (Locks("/data/one"), Locks("/data/two"));
        Assert.Null(one.Claim("a", "slack", [new("app", "1"), new("bot", "2")]));
        Assert.Null(two.Claim("x", "slack", [new("app", "3")]));
        Assert.Equal(CredentialLocks.InUse, one.Claim("a", "slack", [new("app", "3"), new("bot", "2")])?.Code);
        Assert.Null(two.Claim("y", "slack", [new("app", "1"), new("bot", "2")]));
    }

    [Theory]
    [InlineData("""{ "token": "x" }""", "token=x")]
    [InlineData("""{ "token": 7, "account": "me" }""", "token=7 account=me")]
    [InlineData("""{ "token": "x", "account": "x" }""", "token=x")]
    [InlineData("""{ "token": "", "account": null }""", "")]
    [InlineData("{}", "")]
    public void The_credentials_are_the_values_of_the_declared_settings(string settings, string credentials)
    {
        var declared = new AdapterDeclaration("p", "T", new AdapterTraits { CredentialSettings = ["token", "account"] }, AdapterCapabilities.None);
        var found = CredentialLocks.CredentialsOf(declared, JsonElement.Parse(settings));
        Assert.Equal(credentials, string.Join(' ', found.Select(static credential => $"{credential.Setting}={credential.Value}")));
        Assert.DoesNotContain(found, static credential => $"{credential}".Contains(credential.Value, StringComparison.Ordinal));
        Assert.Empty(CredentialLocks.CredentialsOf(declared with { Traits = new AdapterTraits() }, JsonElement.Parse(settings)));
    }

    /// <summary>Not with a FileStream, which wants a lock of its own.</summary>
    private static string ReadBeside(string path)
    {
        using var handle = LockFile.Open(path);
        var bytes = new byte[4096];
        return Encoding.UTF8.GetString(bytes, 0, RandomAccess.Read(handle, bytes, 0));
    }

    private CredentialLocks Locks(string dataDirectory) => new(dataDirectory, new CredentialFolder(_folder.Path), TimeProvider.System);
}
