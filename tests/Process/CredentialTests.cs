using System.Globalization;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>One session a credential on one machine, in the real executable.</summary>
public sealed class CredentialTests
{
    private const string Token = "s3cret-token-of-the-bot";

    [Fact]
    public void Two_gateways_never_use_one_credential_and_the_second_takes_over_when_the_first_is_killed()
    {
        using var folder = new TempFolder();
        using var other = new TempFolder();
        var shared = new Dictionary<string, string> { ["GATEWAY_LOCK_DIR"] = folder["locks"] };
        using var first = GatewayProcess.Start(folder, Configuration("bot"), environment: shared);
        Await(first, "bot", "connected");
        using var second = GatewayProcess.Start(other, Configuration("twin"), environment: shared);
        Await(second, "twin", "waiting");

        var twin = second.Adapter("twin");
        Assert.Equal("credential-in-use", twin.GetProperty("code").GetString());
        var reason = twin.GetProperty("reason").GetString()!;
        Assert.Contains("'bot'", reason, StringComparison.Ordinal);
        Assert.Contains($"pid {first.Id}", reason, StringComparison.Ordinal);
        Assert.Contains(first.Data, reason, StringComparison.Ordinal);
        // It keeps trying, and never creates one.
        var attempt = Attempt(second);
        Bound.Until(() => Attempt(second) > attempt, Bound.Replies, () => "it does not try again");
        Assert.False(File.Exists(Journal(second, "twin")));

        first.Kill();
        Await(second, "twin", "connected");
        Assert.Contains("create", File.ReadAllText(Journal(second, "twin")), StringComparison.Ordinal);
        var file = Assert.Single(Directory.GetFiles(folder["locks"]));
        Assert.DoesNotContain(Token, file + ReadBeside(file) + first.Said + second.Said, StringComparison.Ordinal);
        Assert.Contains(second.Id.ToString(CultureInfo.InvariantCulture), ReadBeside(file), StringComparison.Ordinal);
        Assert.Equal(0, second.Stop());
    }

    [Fact]
    public void Two_adapters_of_one_gateway_never_use_one_credential_and_disabling_the_holder_frees_it()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.Start(folder, Configuration("a", "b"));
        Bound.Until(() => States(gateway, "a", "b") is "connected waiting" or "waiting connected", Bound.Start, () => $"not one connected and one waiting:\n{gateway.Said}");
        var holder = State(gateway, "a") == "connected" ? "a" : "b";
        var waiter = holder == "a" ? "b" : "a";
        Assert.Contains($"adapter '{holder}' of this gateway", gateway.Adapter(waiter).GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.False(File.Exists(Journal(gateway, waiter)));

        Assert.Equal(0, Command.Run(folder.Path, "adapter", "reconnect", holder, "--data", gateway.Data).ExitCode);
        Await(gateway, holder, "connected");
        Assert.False(File.Exists(Journal(gateway, waiter)));

        Assert.Equal(0, Command.Run(folder.Path, "adapter", "disable", holder, "--data", gateway.Data).ExitCode);
        Await(gateway, waiter, "connected");
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public void Check_names_adapters_that_share_a_credential_without_naming_it()
    {
        using var folder = new TempFolder();
        var check = Command.Run(folder.Path, "check", "--config", folder.Write("plugins.json", Configuration("a", "b")));
        Assert.Equal(0, check.ExitCode);
        Assert.Contains("warning: adapters[1].settings.token: is the credential of adapter 'a' too", check.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, check.Said, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_declared_credential_is_locked_and_who_waits_for_one_holds_none()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.Start(folder, Configuration(("a", "1", "shared"), ("b", "2", "shared"), ("c", "2", "own")));
        // 'a' and 'c' have no credential in common; 'b' wants one of each of them. So either 'b' runs alone, or the two others do.
        Bound.Until(() => States(gateway, "a", "b", "c") is "connected waiting connected" or "waiting connected waiting", Bound.Start, () => gateway.Said);
        if (State(gateway, "b") == "connected")
        {
            Assert.Contains("setting 'account' is in use by adapter 'b'", gateway.Adapter("a").GetProperty("reason").GetString(), StringComparison.Ordinal);
            Assert.Contains("setting 'token' is in use by adapter 'b'", gateway.Adapter("c").GetProperty("reason").GetString(), StringComparison.Ordinal);
            Assert.Equal(0, Command.Run(folder.Path, "adapter", "disable", "b", "--data", gateway.Data).ExitCode);
            Bound.Until(() => States(gateway, "a", "c") == "connected connected", Bound.Start, () => gateway.Said);
        }
        else
        {
            Assert.Equal("credential-in-use", gateway.Adapter("b").GetProperty("code").GetString());
            Assert.False(File.Exists(Journal(gateway, "b")));
        }

        Assert.Equal(0, gateway.Stop());
        var check = Command.Run(folder.Path, "check", "--config", folder.Write("check.json", Configuration(("a", "1", "shared"), ("b", "2", "shared"))));
        Assert.Contains("adapters[1].settings.account: is the credential of adapter 'a' too", check.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("settings.token: is the credential", check.Output, StringComparison.Ordinal);
    }

    /// <summary>Not with a FileStream, which wants a lock of its own.</summary>
    private static string ReadBeside(string path)
    {
        using var cat = ChildProcess.Start("cat", [path], Path.GetTempPath());
        Assert.Equal(0, cat.WaitForExit(Bound.Command));
        return cat.Said;
    }

    private static int Attempt(GatewayProcess gateway) =>
        gateway.Adapter("twin") is var twin && twin.GetProperty("reconnect") is { ValueKind: System.Text.Json.JsonValueKind.Object } next
        ? next.GetProperty("attempt").GetInt32()
        : 0;

    private static string States(GatewayProcess gateway, params string[] ids) => string.Join(' ', ids.Select(id => State(gateway, id)));

    private static string State(GatewayProcess gateway, string id) =>
        gateway.Status() is var status && status.Json.GetProperty("adapters").GetArrayLength() > 0
        ? status.Adapter(id).GetProperty("state").GetString()!
        : "";

    private static void Await(GatewayProcess gateway, string id, string state) =>
        Bound.Until(() => State(gateway, id) == state, Bound.Start, () => $"'{id}' is not {state}:\n{gateway.Said}");

    private static string Journal(GatewayProcess gateway, string id) => Path.Combine(gateway.Data, "adapters", id, "journal");

    private static string Configuration(params string[] ids) => Configuration([.. ids.Select(static id => (id, Token, ""))]);

    private static string Configuration(params (string Id, string Token, string Account)[] adapters)
    {
        var listed = adapters.Select(static adapter =>
            $$"""{ "id": "{{adapter.Id}}", "plugin": "Exclusive", "settings": { "token": "{{adapter.Token}}", "account": "{{adapter.Account}}" } }""");
        return $$"""{ "gateway": { "pluginPaths": ["{{Asset.Folder("")}}"], "reconnect": { "firstSeconds": 0.2, "capSeconds": 0.5 } }, "adapters": [ {{string.Join(", ", listed)}} ] }""";
    }
}
