using System.Globalization;
using System.Net;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

public sealed class OneInstance
{
    [Fact]
    [Original("exit code")]
    public void A_second_start_on_the_same_data_directory_names_the_holder_in_one_sentence_and_ends_with_1()
    {
        using var folder = new TempFolder();
        using var first = GatewayProcess.StartReady(folder);
        var second = Command.Run(folder.Path, "--data", first.Data, "--http", $"http://127.0.0.1:{FreePort.Next()}");

        Assert.True(second.ExitCode == 1, second.Said);
        var said = Assert.Single(second.Said.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(first.Id.ToString(CultureInfo.InvariantCulture), said, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, first.Answer("/readyz"));
        Assert.True(File.Exists(folder["data", "gateway.pid"]));
    }

    [Fact]
    public void An_address_that_this_machine_does_not_have_ends_the_start_with_1_and_one_line()
    {
        using var folder = new TempFolder();
        var plan = folder.Write("plugins.json", """{ "gateway": { "httpToken": "0123456789abcdef0123456789abcdef" } }""");
        // TEST-NET-1 (RFC 5737): no machine has it.
        var start = Command.Run(folder.Path, "--config", plan, "--data", folder["data"], "--http", "http://192.0.2.7:18799");

        Assert.True(start.ExitCode == 1, start.Said);
        Assert.Single(start.Said.Split('\n'), static line => line.Contains("Cannot listen on http://192.0.2.7:18799", StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", start.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled", start.Said, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["data", "gateway.pid"]));
    }

    [Fact]
    public void A_port_that_is_taken_ends_the_start_with_a_sentence_that_names_it()
    {
        using var folder = new TempFolder();
        using var other = new TempFolder();
        using var first = GatewayProcess.StartReady(folder);
        using var second = GatewayProcess.Start(other, port: first.Port);

        Assert.Equal(1, second.WaitForExit(Bound.Start));
        Assert.DoesNotContain("   at ", second.Said, StringComparison.Ordinal);
        Assert.Contains(first.Port.ToString(CultureInfo.InvariantCulture), second.Said, StringComparison.Ordinal);
    }

    [Fact]
    public void The_data_directory_and_everything_in_it_belongs_to_its_owner_alone()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder);
        const UnixFileMode others = (UnixFileMode)0b111_111;

        Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(gateway.Data));
        var entries = Directory.GetFileSystemEntries(gateway.Data, "*", SearchOption.AllDirectories);
        Assert.Contains(entries, e => Path.GetFileName(e) == "gateway.lock");
        Assert.All(entries, e => Assert.True((File.GetUnixFileMode(e) & others) == 0, $"{e} has mode {File.GetUnixFileMode(e)}"));
        Assert.All(Directory.GetFiles(gateway.Data), f => Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode(f)));
    }
}
