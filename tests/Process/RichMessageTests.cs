using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>Edits, deletions, reactions and files, through an adapter that can all of it and one that can none.</summary>
public sealed class RichMessageTests
{
    private static readonly JsonObject Rich = new()
    {
        ["id"] = RichPlatform.Id,
        ["plugin"] = "Rich",
        ["allow"] = Plans.Everybody,
        ["timeouts"] = new JsonObject { ["sendSeconds"] = 1, ["editSeconds"] = 1, ["fetchSeconds"] = 1 },
    };

    private static JsonObject In(string isolation)
    {
        var rich = Rich.DeepClone().AsObject();
        rich["isolation"] = isolation;
        return rich;
    }

    [Theory]
    [InlineData("inProcess")]
    [InlineData("process")]
    public async Task A_program_edits_reacts_to_and_deletes_what_it_sent_and_reacts_to_what_was_said(string isolation)
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder, Plans.With([In(isolation), Plans.Healthy]));
        using var api = new ApiClient(gateway.Address);
        var platform = new RichPlatform(folder);
        platform.Hang("send");
        Assert.Equal(HttpStatusCode.Accepted, (await api.PostAsync(new { to = "rich:room", text = "Working ...", key = "k" })).Status);
        // The message has no id on the platform yet.
        var edit = await api.SendAsync(HttpMethod.Patch, "/api/messages/k", new { text = "Done", key = "e" });
        Assert.Equal(HttpStatusCode.Accepted, edit.Status);
        Assert.Equal(HttpStatusCode.OK, (await api.SendAsync(HttpMethod.Patch, "/api/messages/k", new { text = "Done", key = "e" })).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await api.SendAsync(HttpMethod.Patch, "/api/messages/k", new { text = "Undone", key = "e" })).Status);
        // What may have arrived is parked, and what is about it too: the operator has both sent again.
        api.WaitFor("e", "parked");
        platform.Hang(null);
        Resend(gateway);
        Assert.Equal(
            HttpStatusCode.Accepted, (await api.SendAsync(HttpMethod.Put, "/api/messages/k/reaction", new { emoji = "+1", key = "r" })).Status);
        Assert.Equal(HttpStatusCode.Accepted, (await api.SendAsync(HttpMethod.Delete, "/api/messages/k?key=d", null)).Status);
        api.WaitFor("d", "delivered");
        var sent = platform.Deeds.Single(static deed => deed.Did == "send").Message;
        Assert.Equal([("send", sent), ("edit", sent), ("react", sent), ("delete", sent)], platform.Deeds
            .Where(static deed => !deed.Did.StartsWith("hangs", StringComparison.Ordinal)).Select(static deed => (deed.Did, deed.Message)));
        var report = (await api.GetAsync("/api/messages/e")).Json;
        Assert.Equal(("edit", "m1", "delivered"),
            (report.GetProperty("kind").GetString(), report.GetProperty("about").GetString(), report.GetProperty("state").GetString()));

        platform.Write("1", "Hello");
        platform.WaitFor(static deeds => deeds.Any(static deed => deed.Of("text") == "Hello"));
        Assert.Equal(
            HttpStatusCode.Accepted, (await api.SendAsync(HttpMethod.Put, "/api/messages/i1/reaction", new { emoji = "eyes", key = "r2" })).Status);
        api.WaitFor("r2", "delivered");
        Assert.Equal(("theirs-1", "eyes"), (platform.Deeds[^1].Message, platform.Deeds[^1].Of("text")));

        await api.PostAsync(new { to = "healthy:room", text = "Text only", key = "w" });
        foreach (var (method, path, body) in ((HttpMethod, string, object?)[])[(HttpMethod.Patch, "w", new { text = "t", key = "x" }),
            (HttpMethod.Put, "w/reaction", new { emoji = "e", key = "x" }), (HttpMethod.Delete, "w?key=x", null)])
        {
            var refused = await api.SendAsync(method, $"/api/messages/{path}", body);
            Assert.Equal((HttpStatusCode.UnprocessableEntity, "unsupported"), (refused.Status, refused.Json.GetProperty("reason").GetString()));
        }

        Assert.Equal(HttpStatusCode.NotFound, (await api.SendAsync(HttpMethod.Patch, "/api/messages/nobody", new { text = "t", key = "x" })).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await api.SendAsync(HttpMethod.Delete, "/api/messages/k", null)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await api.SendAsync(HttpMethod.Put, "/api/messages/k/reaction", new { key = "x" })).Status);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await api.SendAsync(HttpMethod.Post, "/api/messages/k", new { key = "x" })).Status);
        Bound.Until(() => gateway.Status().IsIdle, Bound.Replies, () => gateway.Said);
        gateway.Status().AssertBalances();
    }

    [Theory]
    [InlineData("inProcess")]
    [InlineData("process")]
    public async Task Limits_of_a_connection_on_captions_and_edits_are_kept_and_an_edit_beyond_is_rejected_with_a_sentence(string isolation)
    {
        using var folder = new TempFolder();
        var platform = new RichPlatform(folder);
        platform.Tell("""{ "maxCaption": 10, "maxEdits": 1 }""");
        using var gateway = GatewayProcess.StartReady(folder, Plans.With([In(isolation)]));
        using var api = new ApiClient(gateway.Address);
        var file = folder["file"];
        File.WriteAllText(file, "content");
        foreach (var text in (string[])["short", "longer than ten"])
            Assert.Equal(0, Command.Run(
                folder.Path, "send", "--to", "rich:room", text, "--attach", file, "--wait", "--data", gateway.Data).ExitCode);
        Assert.Equal([("short", "file"), ("", "file"), ("longer than ten", null)],
            platform.Deeds.Select(static deed => (deed.Of("text"), deed.Of("file"))));

        await api.PostAsync(new { to = "rich:room", text = "first", key = "k" });
        foreach (var key in (string[])["e1", "e2"])
        {
            Assert.Equal(
                HttpStatusCode.Accepted, (await api.SendAsync(HttpMethod.Patch, "/api/messages/k", new { text = $"edit {key}", key })).Status);
            api.WaitFor(key, key == "e1" ? "delivered" : "rejected");
        }

        Assert.Contains("the platform takes 1 edits of a message, and has taken 1 of this one",
            (await api.GetAsync("/api/messages/e2")).Json.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal("edit e1", Assert.Single(platform.Deeds, static deed => deed.Did == "edit").Of("text"));
        Bound.Until(() => gateway.Status().IsIdle, Bound.Replies, () => gateway.Said);
        gateway.Status().AssertBalances();
    }

    [Fact]
    public async Task An_edit_that_hangs_ends_at_its_deadline_and_is_made_after_a_kill_and_the_next_start()
    {
        using var folder = new TempFolder();
        var platform = new RichPlatform(folder);
        var plan = Plans.With([Rich.DeepClone().AsObject()]);
        using (var gateway = GatewayProcess.StartReady(folder, plan))
        {
            using var api = new ApiClient(gateway.Address);
            await api.PostAsync(new { to = "rich:room", text = "Draft", key = "k" });
            api.WaitFor("k", "delivered");
            platform.Hang("edit");
            await api.SendAsync(HttpMethod.Patch, "/api/messages/k", new { text = "Final", key = "e" });
            // Whether it arrived is not known: it is made again, because that changes nothing.
            platform.WaitFor(static deeds => deeds.Count(static deed => deed.Did == "hangs in edit") > 1);
            Assert.Equal("pending", (await api.GetAsync("/api/messages/e")).Json.GetProperty("state").GetString());
            gateway.Kill();
        }

        platform.Hang(null);
        using var next = GatewayProcess.StartReady(folder, plan);
        using var again = new ApiClient(next.Address);
        again.WaitFor("e", "delivered");
        Assert.Equal(("edit", "Final"), (platform.Deeds[^1].Did, platform.Deeds[^1].Of("text")));
        next.Status().AssertBalances();
    }

    [Theory]
    [InlineData("inProcess")]
    [InlineData("process")]
    public async Task Files_go_both_ways_survive_a_kill_and_are_nobody_elses_to_read(string isolation)
    {
        using var folder = new TempFolder();
        var platform = new RichPlatform(folder);
        var plan = Plans.With([In(isolation), Plans.Healthy]).Replace("\"gateway\":{", "\"gateway\":{\"media\":{\"maxFileMegabytes\":1},", StringComparison.Ordinal);
        string id;
        using (var gateway = GatewayProcess.StartReady(folder, plan))
        {
            using var api = new ApiClient(gateway.Address);
            platform.Write("1", "Look", "the first file", "the second");
            platform.WaitFor(static deeds => deeds.Count(static deed => deed.Did == "send") == 2);
            Assert.Equal([("", "the first file"), ("Look", "the second")],
                platform.Deeds.Where(static deed => deed.Did == "send").Select(static deed => (deed.Of("text")!, deed.Of("content")!)));

            var media = folder["data/media"];
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(media));
            Assert.All(
                Directory.GetFiles(media), static file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
            Assert.DoesNotContain(Directory.GetFiles(media), static file => file.EndsWith(".part", StringComparison.Ordinal));

            platform.Write("2", "Hangs", "never");
            platform.Hang("fetch");
            platform.WaitFor(static deeds =>
                deeds.Any(static deed => deed.Did == "send" && deed.Of("text")!.Contains("could not be fetched", StringComparison.Ordinal)));
            platform.Hang("send");
            id = (await api.UploadAsync("uploaded")).Json.GetProperty("id").GetString()!;
            Assert.Equal(id, (await api.UploadAsync("uploaded")).Json.GetProperty("id").GetString());
            var files = new[] { new { id, kind = "image", name = "a.png" } };
            Assert.Equal(
                HttpStatusCode.Accepted, (await api.PostAsync(new { to = "rich:other", text = "caption", key = "k", attachments = files })).Status);
            Assert.Equal(
                HttpStatusCode.OK, (await api.PostAsync(new { to = "rich:other", text = "caption", key = "k", attachments = files })).Status);
            Assert.Equal(HttpStatusCode.UnprocessableEntity,
                (await api.PostAsync(new { to = "healthy:room", text = "t", key = "k2", attachments = files })).Status);
            var large = (await api.UploadAsync(new string('x', 100_001))).Json.GetProperty("id").GetString();
            Assert.Equal(HttpStatusCode.UnprocessableEntity,
                (await api.PostAsync(new { to = "rich:other", key = "k3", attachments = new[] { new { id = large } } })).Status);
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await api.UploadAsync(new string('x', (1 << 20) + 1))).Status);
            Assert.Equal(HttpStatusCode.BadRequest,
                (await api.PostAsync(new { to = "rich:other", key = "k3", attachments = new[] { new { id = new string('0', 64) } } })).Status);
            Assert.Equal(HttpStatusCode.BadRequest,
                (await api.PostAsync(new { to = "rich:other", key = "k3", attachments = new[] { new { id = "/etc/passwd" } } })).Status);
            platform.WaitFor(static deeds => deeds.Any(static deed => deed.Did == "hangs in send"));
            gateway.Kill();
        }

        platform.Hang(null);
        using var next = GatewayProcess.StartReady(folder, plan);
        using var again = new ApiClient(next.Address);
        again.WaitFor("k", "parked");
        Resend(next);
        again.WaitFor("k", "delivered");
        Assert.Equal(("uploaded", "a.png", "Image", "caption"),
            platform.Deeds[^1] is var sent ? (sent.Of("content"), sent.Of("file"), sent.Of("kind"), sent.Of("text")) : default);

        var attached = folder.Write("plot.txt", "from a shell");
        var told = Command.Run(folder.Path, "send", "--to", "rich:room", "A plot", "--attach", attached, "--wait", "--data", next.Data);
        Assert.True(told.ExitCode == 0, told.Said);
        Assert.Equal(("from a shell", "plot.txt"), (platform.Deeds[^1].Of("content"), platform.Deeds[^1].Of("file")));
        next.Status().AssertBalances();
    }

    [Fact]
    public async Task A_backend_gets_files_with_the_turns_token_and_answers_with_a_reaction_and_a_file()
    {
        using var folder = new TempFolder();
        var port = FreePort.Next();
        using var listener = new HttpListener();
        listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        listener.Start();
        var handler = new JsonObject
        {
            ["plugin"] = "Webhook",
            ["settings"] = new JsonObject { ["url"] = $"http://127.0.0.1:{port}/", ["secret"] = "a-secret-of-the-tests" }
        };
        using var gateway = GatewayProcess.StartReady(folder, Plans.With([Rich.DeepClone().AsObject()], handler: handler));
        using var api = new ApiClient(gateway.Address);
        var platform = new RichPlatform(folder);
        platform.Write("1", "Look", "the bytes");
        var request = await listener.GetContextAsync();
        var turn = (await JsonDocument.ParseAsync(request.Request.InputStream)).RootElement;
        var token = turn.GetProperty("token").GetString()!;
        Assert.Equal(
            ["edit", "delete", "react", "attach", "fetch"], turn.GetProperty("capabilities").EnumerateArray().Select(static one => one.GetString()));
        Assert.Equal("theirs-1", turn.GetProperty("messageId").GetString());
        var url = turn.GetProperty("attachments")[0].GetProperty("url").GetString()!;
        Assert.Empty(platform.Deeds);
        using (var file = await api.DownloadAsync(url, token))
        {
            Assert.Equal("the bytes", await file.Content.ReadAsStringAsync());
            Assert.Equal(("attachment", "text/plain"),
                (file.Content.Headers.ContentDisposition?.DispositionType, file.Content.Headers.ContentType?.MediaType));
        }

        using (var other = await api.DownloadAsync(url[..^1] + "1", token)) Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
        using (var other = await api.DownloadAsync("/api/attachments/i2/0", token)) Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
        var id = (await api.UploadAsync("an answer", token)).Json.GetProperty("id").GetString();
        Assert.Equal(HttpStatusCode.Accepted, (await api.PostAsync(new { text = "Thinking", key = "draft" }, token)).Status);
        Assert.Equal(HttpStatusCode.Accepted,
            (await api.SendAsync(HttpMethod.Patch, "/api/messages/draft", new { text = "Thought", key = "e" }, token)).Status);
        await api.PostAsync(new { to = "rich:elsewhere", text = "Not yours", key = "theirs" });
        Assert.Equal(
            HttpStatusCode.NotFound, (await api.SendAsync(HttpMethod.Patch, "/api/messages/m3", new { text = "Mine", key = "e2" }, token)).Status);
        var answer = JsonSerializer.SerializeToUtf8Bytes(new
        {
            replies = new object[] { new { react = "+1" }, new { text = "Here", attachments = new[] { new { id, kind = "audio", name = "a.ogg" } } } }
        });
        request.Response.OutputStream.Write(answer);
        request.Response.Close();
        platform.WaitFor(static deeds => deeds.Any(static deed => deed.Of("text") == "Here"));
        var deeds = platform.Deeds.Where(static deed => deed.Of("text") != "Not yours").ToArray();
        Assert.Equal(["fetch", "send", "edit", "react", "send"], deeds.Select(static deed => deed.Did));
        Assert.Equal((deeds[1].Message, "Thought"), (deeds[2].Message, deeds[2].Of("text")));
        Assert.Equal(("theirs-1", "+1"), (deeds[3].Message, deeds[3].Of("text")));
        Assert.Equal(("an answer", "a.ogg", "Audio"), (deeds[4].Of("content"), deeds[4].Of("file"), deeds[4].Of("kind")));
        Bound.Until(() => gateway.Status().IsIdle, Bound.Replies, () => gateway.Said);
        gateway.Status().AssertBalances();
        Assert.DoesNotContain(token, gateway.Said, StringComparison.Ordinal);
    }

    private static void Resend(GatewayProcess gateway)
    {
        var command = Command.Run(Path.GetTempPath(), "outbox", "resend", "--all-parked", "--data", gateway.Data);
        Assert.True(command.ExitCode == 0, command.Said);
    }
}
