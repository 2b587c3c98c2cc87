using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary><c>run --replace</c>, in the real executable.</summary>
public sealed class ReplaceTests
{
    private const string Quick =
        """{ "gateway": { "shutdownBudgetSeconds": 4, "lastResortGraceSeconds": 0.5, "timeouts": { "storeCloseSeconds": 1 } } }""";

    [Fact]
    public void The_one_that_runs_is_asked_to_stop_and_its_place_is_taken()
    {
        using var folder = new TempFolder();
        using var first = GatewayProcess.StartReady(folder);
        using var second = GatewayProcess.Start(folder, port: first.Port, more: ["run", "--replace"]);

        Assert.True(first.WaitForExit(Bound.Start + Bound.Stop) == 0, first.Said);
        second.WaitUntilReady();
        Assert.Equal(second.Id, second.Status().Json.GetProperty("pid").GetInt32());
        Assert.Equal("stop", second.Status().Json.GetProperty("lastShutdown").GetProperty("reason").GetString());
        Assert.Equal(0, second.Stop());
    }

    [Fact]
    public void One_that_does_not_stop_within_its_own_budget_is_killed_and_its_place_is_taken()
    {
        using var folder = new TempFolder();
        using var first = GatewayProcess.StartReady(folder, Quick);
        first.Send(Signal.Stop);
        using var second = GatewayProcess.Start(folder, Quick, port: first.Port, more: ["run", "--replace"]);

        Assert.Equal(128 + 9, first.WaitForExit(Bound.Start));
        second.WaitUntilReady();
        Assert.True(second.Said.Contains($"Process {first.Id} did not stop within", StringComparison.Ordinal), second.Said);
        Assert.Equal(second.Id, second.Status().Json.GetProperty("pid").GetInt32());
        Assert.Equal(0, second.Stop());
    }

    [Fact]
    public void A_process_that_only_has_the_number_is_never_signalled()
    {
        using var folder = new TempFolder();
        using var first = GatewayProcess.StartReady(folder, Quick);
        using var bystander = ChildProcess.Start("sleep", ["300"], folder.Path);
        first.Send(Signal.Stop);
        var pidFile = folder["data", "gateway.pid"];
        File.WriteAllText(pidFile, File.ReadAllText(pidFile).Replace($"\"pid\": {first.Id}", $"\"pid\": {bystander.Id}", StringComparison.Ordinal));

        using var second = GatewayProcess.Start(folder, Quick, port: first.Port, more: ["run", "--replace"]);

        Assert.Equal(1, second.WaitForExit(Bound.Start));
        Assert.Contains($"The place of process {bystander.Id} cannot be taken", second.Said, StringComparison.Ordinal);
        Assert.False(bystander.HasExited);
        Assert.False(first.HasExited);
        first.Kill();
    }

    [Fact]
    public void Two_at_once_take_each_others_place_and_one_of_them_runs()
    {
        using var folder = new TempFolder();
        using var first = GatewayProcess.StartReady(folder, Quick);
        using var second = GatewayProcess.Start(folder, port: first.Port, more: ["run", "--replace", "--config", folder["plugins.json"]]);
        using var third = GatewayProcess.Start(folder, port: first.Port, more: ["run", "--replace", "--config", folder["plugins.json"]]);

        Assert.True(first.WaitForExit(Bound.Start + Bound.Stop) == 0, first.Said);
        Bound.Until(() => second.HasExited || third.HasExited, Bound.Start + Bound.Stop, () => second.Said + third.Said);
        var (ended, running) = second.HasExited ? (second, third) : (third, second);
        running.WaitUntilReady();
        Assert.True(ended.WaitForExit(Bound.Stop) == 0, ended.Said);
        Assert.DoesNotContain("stop it first", ended.Said + running.Said, StringComparison.Ordinal);
        Assert.Equal(running.Id, running.Status().Json.GetProperty("pid").GetInt32());
        Assert.Equal(0, running.Stop());
    }

    [Fact]
    public void Where_nobody_runs_it_is_a_start_like_any_other()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.Start(folder, more: ["run", "--replace"]);
        gateway.WaitUntilReady();
        Assert.Equal(0, gateway.Stop());
    }
}
