using System.Net;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>Stores as executables of earlier commits have left them when they were killed, recorded under <c>tests/Assets/Stores</c>. The chats begin
/// with the first letter of their kind.</summary>
public sealed class UpgradeTests
{
    private static readonly string Plan = Plans.With([new()
    {
        ["id"] = RichPlatform.Id,
        ["plugin"] = "Rich",
        ["required"] = true,
        ["allow"] = Plans.Everybody,
    }]);

    [Fact]
    public async Task A_store_of_schema_two_is_handled_and_delivered_once_with_the_kinds_that_its_chats_had()
    {
        using var folder = new TempFolder();
        Put(folder, "6f9d7ed");
        var files = Directory.CreateDirectory(folder["data", "adapters", RichPlatform.Id, "files"]).FullName;
        File.WriteAllText(Path.Combine(files, "a.txt"), "an attachment");
        File.WriteAllText(Path.Combine(files, "b.png"), "a picture");
        using var gateway = GatewayProcess.StartReady(folder, Plan);
        var status = gateway.Await(static status => status.IsIdle, Bound.Replies);
        status.AssertBalances();
        // Six turns were open, three of them begun; of six sends under way five were messages, for which this adapter has no key.
        Assert.Equal((23, 22, 1), (status.Inbound("accepted"), status.Inbound("handled"), status.Inbound("parked")));
        Assert.Equal((30, 24, 6), (status.Outbound("owed"), status.Outbound("delivered"), status.Outbound("parked")));

        var platform = new RichPlatform(folder);
        var deeds = platform.Deeds.Where(static deed => deed.Did is "send" or "edit" or "react").ToArray();
        Assert.Equal(
            [
                "edit Direct edited later", "edit Direct hang in an edit", "edit Group edited in a group", "react Group 👍",
                "send Channel behind in a channel", "send Channel re: after channel", "send Channel re: after channel in markdown",
                "send Channel stay three", "send Direct after the turn", "send Direct re: after direct", "send Direct re: after direct in markdown",
                "send Direct stay running", "send Group behind in a group", "send Group re: after group", "send Group re: after group in markdown",
                "send Group stay running too", "send Group with a picture",
            ],
            deeds.Select(static deed => $"{deed.Did} {deed.Of("chatKind")} {deed.Of("text")}").Order(StringComparer.Ordinal));
        Assert.Equal(["hang in an edit", "edited later"],
            deeds.Where(static deed => deed.Did == "edit" && deed.Of("chatKind") == "Direct").Select(static deed => deed.Of("text")));
        var kinds = deeds.Where(static deed => deed.Did == "send").ToDictionary(static deed => deed.Of("text")!);
        Assert.Equal(("Markdown", "Plain"), (kinds["re: after group in markdown"].Of("format"), kinds["re: after group"].Of("format")));
        Assert.Equal(("an uploaded picture", "Image", "plot.png"), FileOf(kinds["with a picture"]));
        Assert.Equal(("an attachment", "File"), (FileOf(kinds["after the turn"]).Content, FileOf(kinds["after the turn"]).Kind));
        Assert.Equal(("a picture", "Image"), (FileOf(kinds["behind in a group"]).Content, FileOf(kinds["behind in a group"]).Kind));

        using var store = new StoreFile(gateway.Data);
        Assert.Equal(0, store.Number("""
            SELECT count(*) FROM (SELECT chat, payload FROM outbox UNION ALL SELECT conversation, payload FROM inbox)
            WHERE json_extract(CAST(payload AS TEXT), '$.chat.kind') IS NOT CASE substr(chat, 6, 1) WHEN 'g' THEN 'Group' WHEN 'c' THEN 'Channel'
              ELSE CASE chat WHEN 'rich/p2' THEN 'Group' ELSE 'Direct' END END
            """));
        Assert.Equal(5, store.Number(
            "SELECT count(*) FROM outbox WHERE id > 6 AND state = 4 AND error LIKE 'It may have arrived%' AND CAST(payload AS TEXT) LIKE '%hang %'"));
        Assert.Equal(1, store.Number("SELECT count(*) FROM adapter_state WHERE adapter_id = 'rich' AND key = 'cursor' AND value = 'c5-2'"));

        // A program that repeats a request of then is told that it is known, whatever it says of the kind of the chat.
        using var api = new ApiClient(gateway.Address);
        var repeated = await api.PostAsync(new { to = "rich:p1", text = "a program's", key = "known" });
        Assert.Equal((HttpStatusCode.OK, "m4"), (repeated.Status, repeated.Json.GetProperty("id").GetString()));
        Assert.Equal(HttpStatusCode.OK, (await api.PostAsync(new { to = "rich:p1", kind = "direct", text = "a program's", key = "known" })).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await api.PostAsync(new { to = "rich:p1", text = "another", key = "known" })).Status);
        // An event of then is a duplicate, and a failed turn of then can be run again.
        platform.Write("g5-2", "behind in a group");
        gateway.Await(static status => status.Inbound("duplicates") == 1, Bound.Replies);
        Assert.Equal(0, Command.Run(folder.Path, "inbox", "rerun", "4", "--data", gateway.Data).ExitCode);
        platform.WaitFor(static deeds => deeds[^1].Of("text") == "fail for good" && deeds[^1].Of("chatKind") == "Direct");
        Assert.Equal(0, gateway.Stop());
        using var kept = new StoreFile(folder["data"], "gateway.db.v2.bak");
        Assert.Equal((2, 6, 16), (kept.Number("PRAGMA user_version"), kept.Number("SELECT count(*) FROM inbox WHERE state < 2"),
            kept.Number("SELECT count(*) FROM outbox WHERE state < 2")));
    }

    [Fact]
    public async Task Buttons_of_a_store_of_schema_five_can_be_pressed()
    {
        using var folder = new TempFolder();
        Put(folder, "50446e6b");
        using var gateway = GatewayProcess.StartReady(folder);
        using var chat = new ChatClient(gateway.Address);
        var answer = await chat.PostAsync("/chat/presses", new { conversation = "other", id = "p1", token = "T4WrdxG6vxlg-Mm5EH-BPA" });
        Assert.Equal((HttpStatusCode.Accepted, "stored"), (answer.Status, answer.Json.GetProperty("status").GetString()));
        var status = gateway.Await(static status => status.IsIdle && status.Outbound("delivered") == 4, Bound.Replies);
        status.AssertBalances();
        Assert.Equal(["user: Which? [Red] [Blue]", "gateway: Which? [Red] [Blue]\n\n✓ Red (edited)", "gateway: (Visitor pressed Red)"],
            await chat.TalkAsync("other"));
        Assert.True(File.Exists(folder["data", "gateway.db.v5.bak"]));
        Assert.Equal(0, gateway.Stop());
    }

    /// <summary>Copies a recorded data directory, as if it had been left now.</summary>
    private static void Put(TempFolder folder, string commit)
    {
        var source = Path.Combine(Repository.Root, "tests", "Assets", "Stores", commit);
        foreach (var file in Directory.GetFiles(source, "*", SearchOption.AllDirectories))
        {
            var to = Path.Combine(folder["data"], Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.Copy(file, to);
        }

        using var store = new StoreFile(folder["data"]);
        var age = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - store.Number("SELECT max(accepted_utc) FROM inbox");
        store.Run($"""
            UPDATE inbox SET accepted_utc = accepted_utc + {age}, ended_utc = ended_utc + {age};
            UPDATE outbox SET owed_utc = owed_utc + {age}, due_utc = due_utc + {age}, leased_utc = leased_utc + {age}, ended_utc = ended_utc + {age};
            UPDATE seen SET seen_utc = seen_utc + {age};
            """);
        if (store.Number("PRAGMA user_version") >= 5) store.Run($"UPDATE buttons SET expires_utc = expires_utc + {age}");
    }

    private static (string? Content, string? Kind, string? Name) FileOf(RichPlatform.Deed deed) =>
        (deed.Of("content"), deed.Of("kind"), deed.Of("file"));
}
