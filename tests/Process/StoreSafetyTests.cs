using System.Diagnostics;
using System.Net;
using System.Text.Json;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>An operator's hand in the data directory, while the gateway runs and while it is down.</summary>
public sealed class StoreSafetyTests
{
    [Fact]
    public async Task Store_that_is_replaced_under_its_gateway_takes_no_message_and_what_was_accepted_is_restored()
    {
        using var folder = new TempFolder();
        using (var gateway = GatewayProcess.StartReady(folder))
        {
            await ParkedMessageTests.Converse(gateway, "before", "text", 2);
            Assert.Equal(0, Command.Run(folder.Path, "backup", folder["backup.db"], "--data", gateway.Data).ExitCode);
            await ParkedMessageTests.Converse(gateway, "later", "text", 3);
            // Within a second of the last commit the files are taken to be the same.
            await Task.Delay(1100);
            File.Move(folder["backup.db"], folder["data", "gateway.db"], overwrite: true);
            File.Delete(folder["data", "gateway.db-wal"]);
            File.Delete(folder["data", "gateway.db-shm"]);
            using var client = new ChatClient(gateway.Address);
            Assert.NotEqual(HttpStatusCode.Accepted, await client.PostAsync("late", "l1", "text"));
            Assert.Equal(70, gateway.WaitForExit(Bound.Stop));
            Assert.Contains("was replaced by another file", gateway.Said, StringComparison.Ordinal);
        }

        var rescued = Assert.Single(Directory.GetFiles(folder["data"], "gateway.db.rescued-*Z"));
        var restore = Command.Run(folder.Path, "restore", rescued, "--data", folder["data"]);
        Assert.True(restore.ExitCode == 0, restore.Said);
        using var again = GatewayProcess.StartReady(folder);
        Assert.InRange(again.Status().Inbound("accepted"), 5, 6);
        again.Status().AssertBalances();
        Assert.Equal(0, again.Stop());
    }

    [Theory]
    [InlineData("gateway.db")]
    [InlineData("gateway.db-wal")]
    [InlineData(null)]
    public async Task Gateway_whose_store_or_folder_is_removed_ends_with_70_by_itself(string? name)
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder);
        await ParkedMessageTests.Converse(gateway, "before", "text", 2);
        if (name is null) Directory.Move(folder["data"], folder["moved"]);
        else File.Delete(folder["data", name]);
        Assert.Equal(70, gateway.WaitForExit(Bound.Stop));
        Assert.Contains("moved or removed", gateway.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lock_that_is_removed_is_taken_again_and_a_second_gateway_is_refused()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder);
        File.Delete(folder["data", "gateway.lock"]);
        Bound.Until(() => File.Exists(folder["data", "gateway.lock"]), Bound.Replies, () => gateway.Said);
        var second = Command.Run(folder.Path, "--data", gateway.Data, "--http", $"http://127.0.0.1:{FreePort.Next()}");
        Assert.True(second.ExitCode == 1, second.Said);
        Assert.Equal("ready", gateway.Status().State);
        await ParkedMessageTests.Converse(gateway, "after", "text", 2);
        Assert.Equal(0, Command.Run(folder.Path, "stop", "--data", gateway.Data).ExitCode);
        Assert.Equal(0, gateway.WaitForExit(Bound.Stop));
    }

    [Fact]
    public void Lock_that_another_process_has_taken_after_it_was_removed_ends_the_gateway_with_70()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder);
        // Taken before it has the name, so that no moment is left to be faster in.
        using var thief = Process.Start(new ProcessStartInfo("flock", ["--no-fork", folder["theirs"], "sleep", "120"]))!;
        try
        {
            Bound.Until(() => File.Exists(folder["theirs"])
                && Process.Start(new ProcessStartInfo("flock", ["-n", folder["theirs"], "true"]))! is var look && Ended(look) != 0,
                Bound.Command, () => "nobody took it");
            File.Move(folder["theirs"], folder["data", "gateway.lock"], overwrite: true);
            Assert.Equal(70, gateway.WaitForExit(Bound.Stop));
            Assert.Contains("belongs to another process", gateway.Said, StringComparison.Ordinal);
            var second = Command.Run(folder.Path, "--data", gateway.Data, "--http", $"http://127.0.0.1:{FreePort.Next()}");
            Assert.Equal(1, second.ExitCode);
            Assert.Contains($"process {thief.Id} ", second.Said, StringComparison.Ordinal);
        }
        finally
        {
            thief.Kill();
        }
    }

    [Fact]
    public async Task Restore_refuses_under_a_running_gateway_and_an_empty_store_is_refused_with_the_remedy()
    {
        using var folder = new TempFolder();
        using (var gateway = GatewayProcess.StartReady(folder))
        {
            await ParkedMessageTests.Converse(gateway, "before", "text", 2);
            Command.Run(folder.Path, "backup", folder["backup.db"], "--data", gateway.Data);
            var refused = Command.Run(folder.Path, "restore", folder["backup.db"], "--data", gateway.Data);
            Assert.Equal(1, refused.ExitCode);
            Assert.Contains("A gateway runs in", refused.Error, StringComparison.Ordinal);
            Assert.Equal(0, gateway.Stop());
        }

        var accepted = JsonDocument.Parse(File.ReadAllText(folder["data", "shutdown.json"]));
        Assert.Equal(0, accepted.RootElement.GetProperty("owed").GetProperty("outboundPending").GetInt64());
        File.WriteAllBytes(folder["data", "gateway.db"], []);
        using (var empty = GatewayProcess.Start(folder))
        {
            Assert.Equal(78, empty.WaitForExit(Bound.Start));
            Assert.Contains("it is empty, 0 bytes", empty.Said, StringComparison.Ordinal);
        }

        Assert.Equal(0, Command.Run(folder.Path, "restore", folder["backup.db"], "--data", folder["data"], "--json").ExitCode);
        using var again = GatewayProcess.StartReady(folder);
        Assert.Equal(2, again.Status().Inbound("accepted"));
        Assert.Equal(0, again.Stop());
    }

    [Fact]
    public async Task What_root_recovers_or_restores_belongs_to_the_owner_of_the_data_directory()
    {
        if (!Environment.IsPrivilegedProcess) Assert.Skip("Only root can give files away.");
        using var folder = new TempFolder();
        using (var gateway = GatewayProcess.StartReady(folder))
        {
            await ParkedMessageTests.Converse(gateway, "before", "text", 20);
            Assert.Equal(0, gateway.Stop());
        }

        Assert.Equal(0, Command.Run(folder.Path, "backup", folder["data", "backup.db"], "--data", folder["data"]).ExitCode);
        Run("chown", "-R", "4711:4712", folder["data"]);
        File.Delete(folder["data", "gateway.lock"]);
        using (var file = File.OpenWrite(folder["data", "gateway.db"]))
        {
            file.Position = file.Length - 4096;
            file.Write(new byte[4096]);
        }

        Assert.Contains("is kept as", Command.Run(folder.Path, "recover", "--data", folder["data"]).Output, StringComparison.Ordinal);
        Assert.Equal(0, Command.Run(folder.Path, "restore", folder["data", "backup.db"], "--data", folder["data"]).ExitCode);
        Assert.Equal(0, Command.Run(folder.Path, "backup", folder["data", "second.db"], "--data", folder["data"]).ExitCode);
        Assert.Equal(0, Command.Run(folder.Path, "outbox", "list", "--data", folder["data"]).ExitCode);
        Assert.All(Directory.GetFiles(folder["data"]), file => Assert.Equal(("4711:4712", file), (Run("stat", "-c", "%u:%g", file).Trim(), file)));
    }

    [Fact]
    public async Task Store_on_a_read_only_disk_can_be_listed_copied_and_recovered_elsewhere()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["mount"]);
        if (!Environment.IsPrivilegedProcess || Run("mount", "-t", "tmpfs", "tmpfs", folder["mount"]).Length > 0)
            Assert.Skip("Only root can mount a disk.");
        try
        {
            using (var gateway = GatewayProcess.StartReady(folder))
            {
                await ParkedMessageTests.Converse(gateway, "before", "text", 3);
                using (var store = new StoreFile(gateway.Data)) store.Park("id = 2");
                // With its log, as the end of a machine leaves it.
                foreach (var name in (string[])["gateway.db", "gateway.db-wal"]) File.Copy(folder["data", name], folder["mount", name]);
                Assert.Equal(0, gateway.Stop());
            }

            Run("mount", "-o", "remount,ro", folder["mount"]);
            var list = Command.Run(folder.Path, "outbox", "list", "--state", "parked", "--json", "--data", folder["mount"]);
            Assert.True(list.ExitCode == 0, list.Said);
            Assert.Equal(2, JsonDocument.Parse(list.Output).RootElement[0].GetProperty("id").GetInt64());
            var backup = Command.Run(folder.Path, "backup", folder["backup.db"], "--data", folder["mount"]);
            Assert.True(backup.ExitCode == 0, backup.Said);
            var recover = Command.Run(folder.Path, "recover", "--data", folder["mount"], "--to", folder["rescue"]);
            Assert.True(recover.ExitCode == 0, recover.Said);
            var change = Command.Run(folder.Path, "outbox", "drop", "2", "--data", folder["mount"]);
            Assert.Equal(1, change.ExitCode);
        }
        finally
        {
            Run("umount", "-l", folder["mount"]);
        }

        Directory.Move(folder["data"], folder["old"]);
        Directory.Move(folder["rescue"], folder["data"]);
        using var again = GatewayProcess.StartReady(folder);
        Assert.Equal((3, 1), (again.Status().Inbound("accepted"), again.Status().Outbound("parked")));
        Assert.Equal(0, again.Stop());
    }

    private static int Ended(Process process)
    {
        using (process)
        {
            process.WaitForExit();
            return process.ExitCode;
        }
    }

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        return said;
    }
}
