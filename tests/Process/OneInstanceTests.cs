using System.Globalization;
using System.Net;
using System.Net.Sockets;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

public sealed class OneInstanceTests
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

    [Theory]
    [InlineData("", "http://192.0.2.7:18799")] // TEST-NET-1 (RFC 5737): no machine has it
    [InlineData("", "http://[2001:db8::7]:18799")]
    [InlineData("unshare --net", "http://[::1]:18799")] // no IPv6, not even of its own
    [InlineData("setpriv --bounding-set -net_bind_service", "http://127.0.0.1:81")] // no right to the port
    [InlineData("setpriv --bounding-set -dac_override", "unix:FOLDER/closed/http.sock")] // no right to the folder in which a dead gateway left it
    public void An_address_that_cannot_be_listened_on_ends_the_start_with_1_and_one_line(string behind, string address)
    {
        using var folder = new TempFolder();
        var plan = folder.Write("plugins.json", """{ "gateway": { "httpToken": "0123456789abcdef0123456789abcdef" } }""");
        address = address.Replace("FOLDER", folder.Path, StringComparison.Ordinal);
        LeaveSocket(folder);
        string[] arguments = ["--config", plan, "--data", folder["data"], "--http", address];
        var (exitCode, said) = StartBehind(folder, behind.Split(' ', StringSplitOptions.RemoveEmptyEntries), arguments);
        File.SetUnixFileMode(folder["closed"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        Assert.True(exitCode == 1, said);
        Assert.Single(said.Split('\n'), line => line.Contains($"Cannot listen on {address}", StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled", said, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["data", "gateway.pid"]));
    }

    /// <summary>A socket that nobody listens on, in a folder in which nothing may be changed.</summary>
    private static void LeaveSocket(TempFolder folder)
    {
        Directory.CreateDirectory(folder["closed"]);
        using (var left = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            left.Bind(new UnixDomainSocketEndPoint(folder["closed", "first.sock"]));
            File.Move(folder["closed", "first.sock"], folder["closed", "http.sock"]); // by its first name it would be removed now
        }

        File.SetUnixFileMode(folder["closed"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    private static (int ExitCode, string Said) StartBehind(TempFolder folder, string[] behind, string[] arguments)
    {
        if (Environment.UserName != "root" && behind is ["setpriv", ..]) behind = []; // has no such right anyway
        string[] command = [.. behind, Repository.Executable, .. arguments];
        if (behind.Length > 0)
        {
            using var trial = ChildProcess.Start(behind[0], [.. behind[1..], "true"], folder.Path);
            Assert.SkipUnless(trial.WaitForExit(Bound.Command) == 0, $"'{string.Join(' ', behind)}' is not possible here: {trial.Said}");
        }

        using var start = ChildProcess.Start(command[0], command[1..], folder.Path);
        return (start.WaitForExit(Bound.Start), start.Said);
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
