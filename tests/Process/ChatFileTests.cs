using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>Files on the chat page, both ways.</summary>
public sealed class ChatFileTests(ITestOutputHelper output)
{
    private const int Largest = 15 * 1024 * 1024;
    private const int Kills = 4;
    private const int FilesToSend = 24;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task On_the_chat_page_files_come_back_byte_for_byte_and_go_out_from_a_shell(bool isolated)
    {
        using var folder = new TempFolder();
        var plan = Plans.With([], isolated: isolated);
        var content = RandomNumberGenerator.GetBytes(700_000);
        string answered;
        using (var gateway = GatewayProcess.StartReady(folder, plan))
        {
            using var chat = new ChatClient(gateway.Address);
            using var replies = chat.Listen("room");
            var id = await chat.UploadAsync("room", "größe.bin", content);
            var posted = new { conversation = "room", id = "1", attachments = new[] { id } };
            for (var i = 0; i < 2; i++) Assert.Equal(HttpStatusCode.Accepted, (await chat.PostAsync("/chat/messages", posted)).Status);
            replies.WaitFor(1, Bound.Replies);
            Bound.Until(() => gateway.Status().IsIdle, Bound.Replies, () => gateway.Said);
            Assert.Equal(["user:  <größe.bin>", "gateway:  <größe.bin>"], await chat.TalkAsync("room"));
            answered = FileOf((await chat.HistoryAsync("room")).GetProperty("messages")[1]);
            gateway.Kill();
        }

        using var next = GatewayProcess.StartReady(folder, plan);
        using var again = new ChatClient(next.Address);
        using (var file = await again.DownloadAsync(answered))
        {
            Assert.Equal(content, await file.Content.ReadAsByteArrayAsync());
            Assert.Equal(("attachment", "größe.bin"),
                (file.Content.Headers.ContentDisposition!.DispositionType, file.Content.Headers.ContentDisposition.FileNameStar));
            Assert.Equal("nosniff", string.Join(',', file.Headers.GetValues("X-Content-Type-Options")));
        }

        var largest = folder["largest.bin"];
        await File.WriteAllBytesAsync(largest, new byte[Largest], TestContext.Current.CancellationToken);
        Send(next, 0, "--to", "web:room", "The largest", "--key", "large", "--attach", largest, "--wait");
        var served = FileOf((await again.HistoryAsync("room")).GetProperty("messages")[2]);
        using (var file = await again.DownloadAsync(served)) Assert.Equal(Largest, (await file.Content.ReadAsByteArrayAsync()).Length);
        await File.WriteAllBytesAsync(largest, new byte[Largest + 1], TestContext.Current.CancellationToken);
        Send(next, 1, "--to", "web:room", "Too large", "--attach", largest, "--wait");

        using var api = new ApiClient(next.Address);
        await api.SendAsync(HttpMethod.Delete, "/api/messages/large?key=d", null);
        api.WaitFor("d", "delivered");
        using (var gone = await again.DownloadAsync(served)) Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        next.Status().AssertBalances();
        Assert.Equal(0, next.Stop());
    }

    [Fact]
    public async Task On_the_chat_page_a_kill_at_any_moment_leaves_no_message_without_its_file()
    {
        using var folder = new TempFolder();
        var contents = Enumerable.Range(0, FilesToSend).Select(static _ => RandomNumberGenerator.GetBytes(50_000)).ToArray();
        for (var i = 0; i < FilesToSend; i++) await File.WriteAllBytesAsync(folder[$"f{i}"], contents[i], TestContext.Current.CancellationToken);
        var plan = Plans.With([]);
        for (var kill = 0; kill < Kills; kill++)
        {
            using var gateway = GatewayProcess.StartReady(folder, plan);
            for (var i = kill * FilesToSend / Kills; i < (kill + 1) * FilesToSend / Kills; i++)
                Send(gateway, 0, "--to", "web:room", $"{i}", "--key", $"f-{i}", "--attach", folder[$"f{i}"]);
            await Task.Delay(Random.Shared.Next(30), TestContext.Current.CancellationToken);
            gateway.Kill();
            StoreCopy.AssertSound(gateway.Data);
        }

        using var last = GatewayProcess.StartReady(folder, plan);
        using var chat = new ChatClient(last.Address);
        last.Await(static status => status.IsIdle, Bound.Replies).AssertBalances();
        var messages = (await chat.HistoryAsync("room")).GetProperty("messages").EnumerateArray().ToArray();
        Assert.Equal(Enumerable.Range(0, FilesToSend), messages.Select(static message => int.Parse(message.GetProperty("text").GetString()!, null)));
        for (var i = 0; i < FilesToSend; i++)
        {
            using var file = await chat.DownloadAsync(FileOf(messages[i]));
            Assert.Equal(contents[i], await file.Content.ReadAsByteArrayAsync());
        }

        output.WriteLine($"{Directory.GetFiles(folder["data/adapters/web/files"]).Length} files on disk for {FilesToSend} messages");
    }

    private static string FileOf(JsonElement message) => message.GetProperty("files").EnumerateArray().Single().GetProperty("id").GetString()!;

    private static void Send(GatewayProcess gateway, int exitCode, params string[] arguments)
    {
        var command = Command.Run(Path.GetTempPath(), ["send", "--data", gateway.Data, .. arguments]);
        Assert.True(command.ExitCode == exitCode, command.Said);
    }
}
