using System.Diagnostics;
using System.Net;
using System.Text.Json;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>The disk and the file under the real executable.</summary>
public sealed class StoreFaultTests
{
    [Fact]
    public async Task While_the_disk_fails_messages_are_refused_and_status_says_why_and_it_recovers_by_itself()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder);
        await ParkedMessageTests.Converse(gateway, "before", "text", 2);
        using var client = new ChatClient(gateway.Address);
        // Every write beyond this size of a file fails with EFBIG: for the database an I/O error.
        Limit(gateway, "1000:");
        Bound.Until(() => client.PostAsync("during", "d1", "text").Result is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests,
            Bound.Replies, () => gateway.Said);
        Bound.Until(() => Reason(gateway, "the store cannot write [store-io]"), Bound.Replies, () => $"{gateway.Status().Json}\n{gateway.Said}");
        Assert.Equal("degraded", gateway.Status().State);

        Limit(gateway, "unlimited:");
        Bound.Until(() => gateway.Status().State == "ready", Bound.Replies, () => $"{gateway.Status().Json}\n{gateway.Said}");
        await ParkedMessageTests.Converse(gateway, "after", "text", 2);
        var status = gateway.Status();
        status.AssertBalances();
        Assert.True(status.Inbound("refused") > 0);
        Assert.Equal(status.Outbound("owed"), status.Outbound("delivered"));
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public async Task While_another_program_holds_the_lock_messages_are_refused_and_the_gateway_still_answers_and_stops()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder);
        using var client = new ChatClient(gateway.Address);
        using var store = new StoreFile(gateway.Data);
        store.Run("BEGIN EXCLUSIVE");
        Assert.NotEqual(HttpStatusCode.Accepted, await client.PostAsync("locked", "m1", "text"));
        Bound.Until(() => Reason(gateway, "the store cannot write [store-busy]"), Bound.Replies, () => $"{gateway.Status().Json}\n{gateway.Said}");
        store.Run("ROLLBACK");
        Bound.Until(() => gateway.Status().State == "ready", Bound.Replies, () => $"{gateway.Status().Json}\n{gateway.Said}");
        await ParkedMessageTests.Converse(gateway, "locked", "text", 1);
        store.Run("BEGIN EXCLUSIVE");
        // Code 0 says that the store was closed, and nobody can close it now.
        Assert.Equal(1, gateway.Stop());
        store.Run("ROLLBACK");
        using var next = GatewayProcess.StartReady(folder);
        Assert.Equal(1, next.Status().Json.GetProperty("messages").GetProperty("inbound").GetProperty("handled").GetInt64());
        Assert.Equal(0, next.Stop());
    }

    [Fact]
    public async Task Damaged_store_is_refused_with_the_remedy_and_the_remedy_works()
    {
        using var folder = new TempFolder();
        using (var gateway = GatewayProcess.StartReady(folder))
        {
            await ParkedMessageTests.Converse(gateway, "damaged", "text", 40);
            Assert.Equal(0, gateway.Stop());
        }

        var database = folder["data", "gateway.db"];
        using (var file = File.OpenWrite(database))
        {
            // The last page: rows, or an index of them.
            file.Position = file.Length - 4096;
            file.Write(Enumerable.Repeat((byte)0xA5, 4096).ToArray());
        }

        using (var refused = GatewayProcess.Start(folder))
        {
            Assert.Equal(78, refused.WaitForExit(Bound.Start));
            Assert.Contains("plugin-gateway recover --data", refused.Said, StringComparison.Ordinal);
        }

        var recover = Command.Run(folder.Path, "recover", "--data", folder["data"]);
        // It says whether anything was lost.
        Assert.Equal(recover.Output.Contains(" lost", StringComparison.Ordinal) ? 1 : 0, recover.ExitCode);
        Assert.Contains("The damaged store is kept as", recover.Output, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(folder["data"], "gateway.db.damaged-*Z"));
        Assert.Contains("The store is sound", Command.Run(folder.Path, "recover", "--data", folder["data"]).Output, StringComparison.Ordinal);
        using var again = GatewayProcess.StartReady(folder);
        await ParkedMessageTests.Converse(again, "again", "text", 3);
        again.Status().AssertBalances();
        Assert.Contains("A gateway runs in", Command.Run(folder.Path, "recover", "--data", folder["data"]).Error, StringComparison.Ordinal);
        Assert.Equal(0, again.Stop());
    }

    [Fact]
    public async Task Backup_of_a_running_gateway_starts_elsewhere()
    {
        using var folder = new TempFolder();
        using var elsewhere = new TempFolder();
        using (var gateway = GatewayProcess.StartReady(folder))
        {
            await ParkedMessageTests.Converse(gateway, "kept", "text", 5);
            Directory.CreateDirectory(elsewhere["data"]);
            var backup = Command.Run(folder.Path, "backup", elsewhere["data", "gateway.db"], "--data", gateway.Data, "--json");
            Assert.True(backup.ExitCode == 0, backup.Said);
            Assert.Equal(0, JsonDocument.Parse(backup.Output).RootElement.GetProperty("pending").GetInt64());
            Assert.Contains("exists; it was left alone",
                Command.Run(folder.Path, "backup", elsewhere["data", "gateway.db"], "--data", gateway.Data).Error, StringComparison.Ordinal);
            Assert.Equal(0, gateway.Stop());
        }

        using var second = GatewayProcess.StartReady(elsewhere);
        var status = second.Status();
        status.AssertBalances();
        Assert.Equal(5, status.Inbound("accepted"));
        Assert.Equal(0, second.Stop());
    }

    private static bool Reason(GatewayProcess gateway, string reason) =>
        gateway.Status().Json.GetProperty("reasons").EnumerateArray().Any(said => said.GetString()!.Contains(reason, StringComparison.Ordinal));

    private static void Limit(GatewayProcess gateway, string size)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo("prlimit", ["--pid", $"{gateway.Id}", $"--fsize={size}"]) { RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, error);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("prlimit is not there.");
        }
    }
}
