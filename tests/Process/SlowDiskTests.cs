using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>A disk that takes its time for every call of a kind, under the real executable.</summary>
public sealed class SlowDiskTests
{
    /// <summary>Longer than any test waits.</summary>
    private const double ForEver = 3600;

    [Fact]
    public async Task A_disk_that_does_not_answer_is_named_messages_are_refused_in_time_and_nothing_is_lost_or_said_twice()
    {
        using var folder = new TempFolder();
        var disk = new SlowDisk(folder, Plans.With([], timeouts: new() { ["httpSeconds"] = 2 }));
        using var gateway = disk.Gateway;
        gateway.WaitUntilReady();
        using var client = new ChatClient(gateway.Address, Bound.Replies);
        await client.SendAsync("c", "before", "before");
        Bound.Until(() => gateway.Status().IsIdle, Bound.Replies, () => gateway.Said);

        disk.Takes(ForEver);
        for (var i = 0; i < 3; i++) Assert.Equal(HttpStatusCode.GatewayTimeout, await client.PostAsync("c", $"m{i}", $"text {i}"));
        Bound.Until(
            () => Reasons(gateway.Status()).Contains(
                "the loop 'store writer' has stood still for more than 5 s: it waits for the disk", StringComparison.Ordinal),
            Bound.Replies, () => $"{gateway.Status().Json}\n{gateway.Said}");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, gateway.Answer("/readyz"));
        // Nothing of this process is at fault, and nobody ends it.
        Assert.False(gateway.HasExited, gateway.Said);

        disk.Takes(0);
        gateway.WaitUntilReady();
        // Who was refused repeats it, and what had been accepted after all is not answered twice.
        for (var i = 0; i < 3; i++) Assert.True(await client.PostAsync("c", $"m{i}", $"text {i}") is HttpStatusCode.Accepted or HttpStatusCode.OK);
        var status = gateway.Await(static status => status.IsIdle, Bound.Replies);
        status.AssertBalances();
        Assert.Equal((4, 4), (status.Inbound("handled"), status.Outbound("delivered")));
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public async Task A_disk_that_holds_up_a_fetched_file_is_named_who_asked_is_answered_and_nothing_else_waits()
    {
        using var folder = new TempFolder();
        var rich = new JsonObject { ["id"] = RichPlatform.Id, ["plugin"] = "Rich", ["allow"] = Plans.Everybody };
        var disk = new SlowDisk(folder, Plans.With([rich]), "rename");
        using var gateway = disk.Gateway;
        gateway.WaitUntilReady();
        using var api = new ApiClient(gateway.Address);
        using var client = new ChatClient(gateway.Address, Bound.Replies);
        var platform = new RichPlatform(folder);
        platform.Write("1", "Look", "the bytes");
        Bound.Until(() => gateway.Status().Inbound("handled") == 1, Bound.Replies, () => gateway.Said);
        // The echo has fetched it.
        File.Delete(folder["data/media/in-1-0"]);

        disk.Takes(ForEver);
        var fetched = api.DownloadAsync("/api/attachments/i1/0");
        AwaitStall(gateway, "media fetch");
        await client.SendAsync("c", "meanwhile", "meanwhile");
        using (var answer = await fetched) Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        using (var again = await api.DownloadAsync("/api/attachments/i1/0")) Assert.Equal(HttpStatusCode.BadGateway, again.StatusCode);

        disk.Takes(0);
        gateway.WaitUntilReady();
        using (var answer = await api.DownloadAsync("/api/attachments/i1/0")) Assert.Equal("the bytes", await answer.Content.ReadAsStringAsync());
        Bound.Until(() => gateway.Status().IsIdle, Bound.Replies, () => gateway.Said);
        gateway.Status().AssertBalances();
        Assert.Equal(0, gateway.Stop());
    }

    [Theory]
    [InlineData("write")]
    [InlineData("sync")]
    [InlineData("rename")]
    public async Task A_disk_that_holds_up_an_upload_is_named_uploads_are_refused_in_time_and_nothing_else_waits(string kind)
    {
        using var folder = new TempFolder();
        var disk = new SlowDisk(folder, Plans.With([]), kind);
        using var gateway = disk.Gateway;
        gateway.WaitUntilReady();
        using var api = new ApiClient(gateway.Address);
        using var client = new ChatClient(gateway.Address, Bound.Replies);

        disk.Takes(ForEver);
        var uploads = Enumerable.Range(0, 20).Select(i => api.UploadAsync($"file {i}")).ToArray();
        AwaitStall(gateway, "media transfer");
        if (kind != "sync") await client.SendAsync("c", "meanwhile", "meanwhile");
        foreach (var (status, json) in await Task.WhenAll(uploads))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
            Assert.Matches("did not answer within 10 s|8 uploads of programs are under way", json.ToString());
        }

        // Each that has been answered keeps its place until the disk does answer.
        Assert.Contains("8 uploads of programs are under way", (await api.UploadAsync("one more")).Json.ToString(), StringComparison.Ordinal);

        disk.Takes(0);
        gateway.WaitUntilReady();
        Bound.Until(() => api.UploadAsync("after").GetAwaiter().GetResult().Status == HttpStatusCode.OK, Bound.Replies, () => gateway.Said);
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public async Task A_disk_that_holds_up_a_download_is_named_who_asked_is_answered_and_nothing_else_waits()
    {
        using var folder = new TempFolder();
        var rich = new JsonObject { ["id"] = RichPlatform.Id, ["plugin"] = "Rich", ["allow"] = Plans.Everybody };
        var disk = new SlowDisk(folder, Plans.With([rich]), "read");
        using var gateway = disk.Gateway;
        gateway.WaitUntilReady();
        using var api = new ApiClient(gateway.Address);
        using var client = new ChatClient(gateway.Address, Bound.Replies);
        new RichPlatform(folder).Write("1", "Look", "the bytes");
        Bound.Until(() => gateway.Status().Inbound("handled") == 1 && gateway.Status().IsIdle, Bound.Replies, () => gateway.Said);

        disk.Takes(ForEver);
        var downloads = Enumerable.Range(0, 40).Select(_ => api.DownloadAsync("/api/attachments/i1/0")).ToArray();
        AwaitStall(gateway, "media transfer");
        await client.SendAsync("c", "meanwhile", "meanwhile");
        foreach (var answer in await Task.WhenAll(downloads))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.Matches("did not answer within 10 s|16 downloads of programs are under way", await answer.Content.ReadAsStringAsync());
            answer.Dispose();
        }

        disk.Takes(0);
        gateway.WaitUntilReady();
        Bound.Until(() => Downloaded() == "the bytes", Bound.Replies, () => gateway.Said);
        Assert.Equal(0, gateway.Stop());

        string Downloaded()
        {
            using var answer = api.DownloadAsync("/api/attachments/i1/0").GetAwaiter().GetResult();
            return answer.Content.ReadAsStringAsync().GetAwaiter().GetResult();
        }
    }

    [Fact]
    public async Task Bulk_verbs_go_on_until_all_is_done_however_slow_the_disk_is()
    {
        const int Many = 1_200, Keys = 250;
        using var folder = new TempFolder();
        using (var first = GatewayProcess.StartReady(folder))
        {
            await ParkedMessageTests.Converse(first, "c", "text", 1);
            Assert.Equal(0, first.Stop());
        }

        using (var store = new StoreFile(folder["data"])) Fill(store, Many, Keys);
        var disk = new SlowDisk(folder, Plans.With([]));
        using var gateway = disk.Gateway;
        gateway.WaitUntilReady();
        disk.Takes(1);
        Assert.Equal($"{Many} messages are owed again.\n", Run("outbox", "retry", "--all"));
        var dropped = JsonDocument.Parse(Run("inbox", "drop", "--all", "--confirm", $"{Many}", "--json")).RootElement;
        Assert.Equal(Many, dropped.GetProperty("done").GetArrayLength());
        Assert.Equal($"{Keys} keys of the state of adapter 'gone' are forgotten.\n", Run("state", "forget", "gone"));
        disk.Takes(0);

        // An id that is configured no more: what it owes is kept, and shown.
        var status = gateway.Await(static status => status.Outbound("parked") == 0, Bound.Replies);
        status.AssertBalances();
        var left = Assert.Single(status.Json.GetProperty("unconfigured").EnumerateArray());
        Assert.Equal(("gone", Many), (left.GetProperty("id").GetString(), left.GetProperty("owed").GetInt32()));
        var shown = Command.Run(folder.Path, "status", "--data", gateway.Data).Output;
        Assert.Contains($"gone is not configured any more: {Many} messages to be delivered through it", shown, StringComparison.Ordinal);
        Assert.Equal(0, gateway.Stop());

        string Run(params string[] words)
        {
            var command = Command.Run(folder.Path, [.. words, "--data", folder["data"]]);
            Assert.True(command.ExitCode == 0, $"exit code {command.ExitCode}: {command.Said}");
            return command.Output;
        }
    }

    private static void AwaitStall(GatewayProcess gateway, string loop) => Bound.Until(
        () => Reasons(gateway.Status()).Contains(
            $"the loop '{loop}' has stood still for more than 5 s: it waits for the disk of the media folder", StringComparison.Ordinal),
        Bound.Replies, () => $"{gateway.Status().Json}\n{gateway.Said}");

    private static string Reasons(Status status) =>
        string.Join('\n', status.Json.GetProperty("reasons").EnumerateArray().Select(static reason => reason.GetString()));

    /// <summary>Parked messages and state of an adapter that is configured no more.</summary>
    private static void Fill(StoreFile store, int messages, int keys) => store.Run($"""
        BEGIN IMMEDIATE;
        INSERT INTO outbox (key, inbox_id, adapter_id, chat, payload, state, owed_utc, due_utc, ended_utc)
          WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {messages - 1})
          SELECT 'parked.' || i, 0, 'gone', 'gone/c' || (i % 100), (SELECT payload FROM outbox WHERE id = 1), 4,
            unixepoch() * 1000 - 9000000, unixepoch() * 1000 - 9000000, unixepoch() * 1000 - 8000000 + i FROM n;
        INSERT INTO inbox (adapter_id, generation, conversation, payload, state, attempt, reason, accepted_utc, ended_utc)
          WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {messages - 1})
          SELECT 'gone', 1, 'gone/c' || (i % 100), (SELECT payload FROM inbox WHERE id = 1), 3, 3, 'three attempts',
            unixepoch() * 1000 - 9000000, unixepoch() * 1000 - 8000000 + i FROM n;
        INSERT INTO totals VALUES ('Owed', {messages}), ('OutboundParked', {messages}), ('Accepted', {messages}), ('InboundParked', {messages})
          ON CONFLICT DO UPDATE SET value = value + excluded.value;
        INSERT INTO adapter_state (adapter_id, key, value)
          WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < {keys + 99}) SELECT 'gone', 'k' || i, 'v' FROM n;
        INSERT INTO usage (adapter_id, seen, state_keys, state_bytes) VALUES ('gone', 0, {keys}, {keys * 5}) ON CONFLICT DO NOTHING;
        COMMIT;
        """);
}
