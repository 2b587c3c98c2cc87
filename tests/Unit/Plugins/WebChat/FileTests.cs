using System.Text;
using PluginGateway.Plugins.WebChat;

namespace PluginGateway.Tests.Plugins.WebChat;

/// <summary>Files that the bot sends, and how they are kept and served.</summary>
public sealed class FileTests
{
    private static readonly byte[] Png = [0x89, .. "PNG\r\n\u001a\n and so on"u8];

    [Fact]
    public async Task Files_are_on_disk_before_the_history_names_them_and_are_served_whole()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        var content = new byte[200_000];
        Random.Shared.NextBytes(content);
        content[7] = (byte)'\n';
        Assert.Equal(SendOutcome.Sent, (await fixture.SendFilesAsync("c", "k1", fixture.FileToSend("größe.bin", content),
            fixture.FileToSend("a.png", Png, kind: AttachmentKind.Image))).Outcome);

        // Not closed: what the next generation reads is what was on disk at that moment.
        await fixture.ConnectAsync();
        var files = (await fixture.MessagesAsync("c")).Single().GetProperty("files").EnumerateArray().ToArray();
        Assert.Equal([("größe.bin", "application/octet-stream", 200_000), ("a.png", "image/png", Png.Length)], files.Select(static file =>
            (file.GetProperty("name").GetString()!, file.GetProperty("type").GetString()!, file.GetProperty("size").GetInt32())));
        var reply = await fixture.GetAsync($"/files/{files[0].GetProperty("id").GetString()}");
        Assert.Equal(content, reply.Body.ToArray());
        Assert.Equal("attachment; filename=\"gr__e.bin\"; filename*=UTF-8''gr%C3%B6%C3%9Fe.bin", reply.Headers["Content-Disposition"]);
        Assert.Equal(Png, (await fixture.GetAsync($"/files/{files[1].GetProperty("id").GetString()}")).Body.ToArray());
    }

    [Theory]
    [InlineData("image/png", "image/png", "inline")]
    [InlineData("IMAGE/WEBP; q=1", "image/webp", "inline")]
    [InlineData("image/svg+xml", "application/octet-stream", "attachment")]
    [InlineData("text/html", "application/octet-stream", "attachment")]
    [InlineData("application/pdf", "application/octet-stream", "attachment")]
    [InlineData("nonsense", "application/octet-stream", "attachment")]
    [InlineData(null, "application/octet-stream", "attachment")]
    public async Task Only_pictures_are_shown_by_a_browser_and_nothing_runs(string? contentType, string served, string disposition)
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        await fixture.SendFilesAsync("c", "k1", fixture.FileToSend("f", "<script>alert(1)</script>"u8.ToArray(), contentType, AttachmentKind.Image));
        var reply = await fixture.GetAsync($"/files/{(await IdsAsync(fixture)).Single()}");
        Assert.Equal((served, "nosniff"), (reply.ContentType, reply.Headers["X-Content-Type-Options"]));
        Assert.StartsWith($"{disposition}; ", reply.Headers["Content-Disposition"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../../etc/passwd", "passwd")]
    [InlineData("C:\\temp\\a.txt", "a.txt")]
    [InlineData("cod\u202Eexe.gpj", "codexe.gpj")]
    [InlineData("a\r\nSet-Cookie: x", "aSet-Cookie: x")]
    [InlineData("..", "file")]
    [InlineData("", "file")]
    [InlineData(null, "file")]
    public void A_name_is_one_segment_without_characters_that_deceive(string? given, string name) => Assert.Equal(name, FileType.NameOf(given));

    [Fact]
    public void A_long_name_keeps_its_extension()
    {
        var name = FileType.NameOf(string.Concat(Enumerable.Repeat("🎉", 100)) + ".tar");
        Assert.InRange(name.Length, 90, 100);
        Assert.EndsWith(".tar", name, StringComparison.Ordinal);
        Assert.Equal(name, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(name)));
    }

    [Fact]
    public async Task The_same_key_keeps_its_files_once_also_after_a_restart_and_side_by_side()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        var file = fixture.FileToSend("a.png", Png);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => fixture.SendFilesAsync("c", "k1", file)));
        await fixture.ReconnectAsync();
        Assert.Equal(SendOutcome.Sent, (await fixture.SendFilesAsync("c", "k1", file)).Outcome);
        Assert.Single(await fixture.HistoryAsync("c"));
        Assert.Equal(await IdsAsync(fixture), fixture.Attached.Select(static name => name.Split('-')[1]));
        Assert.Equal(Png, (await fixture.GetAsync($"/files/{(await IdsAsync(fixture)).Single()}")).Body.ToArray());
    }

    [Fact]
    public async Task Ids_cannot_be_guessed_and_lead_nowhere_else()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        await fixture.SendFilesAsync("room", "k1", fixture.FileToSend("a", Png), fixture.FileToSend("a", Png));
        var ids = await IdsAsync(fixture, "room");
        Assert.All(ids, static id => Assert.Matches("^[0-9a-f]{32}$", id));
        Assert.Equal(2, ids.Distinct().Count());
        // No hexadecimal digit is in either, so that neither is in a name by chance.
        Assert.All(fixture.Attached, static name => Assert.DoesNotMatch("room|k1", name));
        foreach (var path in (string[])["", "x", "../history-1.jsonl", $"{ids[0]}/", ids[0].ToUpperInvariant(), fixture.Attached[0]])
            Assert.Equal(404, (await fixture.GetAsync($"/files/{path}")).Status);
    }

    [Fact]
    public async Task Files_go_with_the_message_that_is_deleted_or_forgotten()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync("""{"messagesPerConversation":2,"maxConversations":2}""");
        await fixture.SendFilesAsync("c", "k1", fixture.FileToSend("a", Png));
        var id = (await IdsAsync(fixture)).Single();
        await fixture.DeleteAsync("c", "k1");
        Assert.Equal(404, (await fixture.GetAsync($"/files/{id}")).Status);
        Assert.Empty(fixture.Attached);
        foreach (var key in (string[])["k2", "k3", "k4"]) await fixture.SendFilesAsync("c", key, fixture.FileToSend(key, Png));
        Assert.Equal(2, fixture.Attached.Length);
        await fixture.ReplyAsync("d", "k5");
        await fixture.ReplyAsync("e", "k6");
        Assert.Empty(fixture.Attached);
    }

    [Fact]
    public async Task The_oldest_files_of_a_conversation_and_of_all_make_room_and_the_history_says_so()
    {
        const string settings = """{"fileMegabytesPerConversation":2,"fileMegabytes":3}""";
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync(settings);
        var large = new byte[900_000];
        foreach (var key in (string[])["k1", "k2", "k3"]) await fixture.SendFilesAsync("c", key, fixture.FileToSend(key, large));
        Assert.Equal("k1", await RemovedAsync(fixture, "c"));
        await fixture.SendFilesAsync("d", "k4", fixture.FileToSend("k4", large));
        await fixture.SendFilesAsync("d", "k5", fixture.FileToSend("k5", large));
        Assert.Equal("k1 k2", await RemovedAsync(fixture, "c"));
        await fixture.ReconnectAsync(settings);
        Assert.Equal("k1 k2", await RemovedAsync(fixture, "c"));
        Assert.Equal(3, fixture.Attached.Length);

        var refused = await fixture.SendFilesAsync("d", "k6", [.. Enumerable.Range(0, 3).Select(_ => fixture.FileToSend("part", large))]);
        Assert.Equal((SendOutcome.NotSent, SendErrorKind.InvalidMessage), (refused.Outcome, refused.Error!.Kind));
        Assert.DoesNotContain(await fixture.HistoryAsync("d"), static message => message.Contains("k6", StringComparison.Ordinal));
        Assert.InRange(fixture.Attached.Length, 1, 3);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_or_is_too_large_is_refused_for_good_and_leaves_nothing()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        var good = fixture.FileToSend("good", Png);
        var missing = new OutboundAttachment(Path.Combine(fixture.Folder, "missing"), AttachmentKind.File);
        foreach (var bad in (OutboundAttachment[])[missing, fixture.FileToSend("large", new byte[ChatFiles.MaxBytes + 1])])
        {
            var refused = await fixture.SendFilesAsync("c", "k1", good, bad);
            Assert.Equal((SendOutcome.NotSent, SendErrorKind.InvalidMessage, SendRetryKind.Never),
                (refused.Outcome, refused.Error!.Kind, refused.Error.Retry.Kind));
        }

        Assert.Empty(fixture.Attached);
        Assert.Empty(await fixture.HistoryAsync("c"));
        Directory.Delete(Path.Combine(fixture.Folder, "files"));
        Assert.Equal(SendRetryKind.WithBackoff, (await fixture.SendFilesAsync("c", "k1", good)).Error!.Retry.Kind);
    }

    [Fact]
    public async Task What_a_kill_leaves_that_no_message_names_is_removed_after_a_day()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        await fixture.SendFilesAsync("c", "k1", fixture.FileToSend("a", Png));
        var named = fixture.Attached.Single();
        foreach (var (id, hours) in ((char, int)[])[('1', 25), ('2', 23)])
        {
            var path = Path.Combine(fixture.Folder, "files", $"0123456789abcdef-{new string(id, 32)}");
            await File.WriteAllTextAsync(path, "half a fi");
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(-hours));
        }

        File.SetLastWriteTimeUtc(Path.Combine(fixture.Folder, "files", named), DateTime.UtcNow.AddDays(-30));
        await fixture.ReconnectAsync();
        Assert.Equal([$"0123456789abcdef-{new string('2', 32)}", named], fixture.Attached.OrderByDescending(name => name != named));
        Assert.Equal(404, (await fixture.GetAsync($"/files/{new string('2', 32)}")).Status);
    }

    [Fact]
    public async Task Only_the_owner_may_read_the_files()
    {
        if (OperatingSystem.IsWindows()) return;
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        await fixture.SendFilesAsync("c", "k1", fixture.FileToSend("a", Png));
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(owner | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(fixture.Folder, "files")));
        Assert.Equal(owner, File.GetUnixFileMode(Path.Combine(fixture.Folder, "files", fixture.Attached.Single())));
    }

    private static async Task<string[]> IdsAsync(ChatFixture fixture, string conversation = "c") =>
        [.. (await fixture.MessagesAsync(conversation)).SelectMany(static message => message.GetProperty("files").EnumerateArray())
            .Select(static file => file.GetProperty("id").GetString()!)];

    private static async Task<string> RemovedAsync(ChatFixture fixture, string conversation) => string.Join(' ',
        (await fixture.MessagesAsync(conversation)).Select(static message => message.GetProperty("files")[0])
            .Where(static file => file.TryGetProperty("removed", out _)).Select(static file => file.GetProperty("name").GetString()));
}
