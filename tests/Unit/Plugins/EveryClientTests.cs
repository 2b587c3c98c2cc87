extern alias irc;

using System.Text.Json;
using PluginGateway.Plugins.Feishu;
using PluginGateway.Plugins.Irc;
using PluginGateway.Plugins.Telegram;
using PluginGateway.Plugins.Webhook;
using PluginGateway.Testing;
using Telegram.Bot.Requests;
using Wire = PluginGateway.Plugins.Irc.IrcSocket;

namespace PluginGateway.Tests.Plugins;

/// <summary>Every client of the adapters and handlers that come with the gateway, against every odd form of an answer: it ends, in its time or at the
/// deadline of its call, takes a bounded number of bytes, and leaves nobody waiting for the operator.</summary>
public sealed class EveryClientTests
{
    /// <summary>A limit of 16 MiB, and what the kernel buffers on both sides.</summary>
    private const long MostBytes = 64 * 1024 * 1024;
    private const long LargestFile = 1024 * 1024;
    private const string Telegram = "telegram", TelegramFile = "telegram file", Feishu = "feishu", FeishuFile = "feishu file",
        FeishuSocket = "feishu long connection", Irc = "irc", Webhook = "webhook", Unreached = "unreachable";

    /// <summary>The deadline that the guard gives a call whose client has none of its own.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(3);

    public static TheoryData<string, string> ClientsAndForms
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var client in (string[])[Telegram, TelegramFile, Feishu, FeishuFile, FeishuSocket, Irc, Webhook])
            {
                foreach (var form in OddServer.Forms) data.Add(client, form);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(ClientsAndForms))]
    public async Task An_odd_form_of_an_answer_ends_and_passes(string client, string form)
    {
        using var server = new OddServer(form, givesToken: client == FeishuFile);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Deadline);
        var end = await AskAsync(client, server.Port, deadline.Token).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.True(end is "passing" or "cancelled" or "failed", $"{client}, {form}: {end}");
        // A client with a time of its own does not wait for the deadline's sake only; a backend that sends more than is allowed has answered.
        if (client is Telegram or Feishu or Webhook) Assert.NotEqual("cancelled", end);
        if (end == "failed") Assert.True(client == Webhook && form is OddServer.EndlessBody or OddServer.EndlessHeaders, $"{client}, {form}");
        Assert.InRange(server.Sent, 0, MostBytes);
    }

    public static TheoryData<string, string> HttpClientsAndForms
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var client in (string[])[Telegram, TelegramFile, Feishu, FeishuFile, FeishuSocket, Webhook])
            {
                foreach (var form in OddServer.HttpForms) data.Add(client, form);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(HttpClientsAndForms))]
    public async Task An_odd_form_of_HTTP_ends_and_passes_and_nobody_follows_it_elsewhere(string client, string form)
    {
        using var server = new OddServer(form, givesToken: client == FeishuFile);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Deadline);
        var end = await AskAsync(client, server.Port, deadline.Token).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        // What a file has in it nobody can say but who knows its length; a backend may answer without content.
        var isTaken = (client, form) switch
        {
            (TelegramFile or FeishuFile, OddServer.ShortLength or OddServer.EndlessTrailers) => true,
            (TelegramFile or FeishuFile, _) when OddServer.IsWholeBody(form) => true,
            (Webhook, OddServer.NoContent or OddServer.Partial) => true,
            _ => false,
        };
        // Of an answer that is none a backend is told by the turn that failed; the message stays.
        if (isTaken) Assert.True(end.StartsWith("taken", StringComparison.Ordinal) || end == "passing", $"{client}, {form}: {end}");
        else Assert.True(end is "passing" or "cancelled" or "failed", $"{client}, {form}: {end}");
        Assert.False(server.IsFollowed, $"{client} follows a redirect with what it bears.");
        Assert.InRange(server.Sent, 0, MostBytes);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task What_speaks_no_TLS_or_breaks_off_in_it_passes(string form)
    {
        foreach (var client in (string[])[Irc, Telegram])
        {
            using var server = new OddServer(form);
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            deadline.CancelAfter(Deadline);
            var asking = client == Irc ? AskIrcAsync(server.Port, deadline.Token, tls: true) : AskTelegramAsync(server.Port, deadline.Token, "https");
            var end = await asking.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
            Assert.True(end is "passing" or "cancelled", $"{client}, {form}: {end}");
            Assert.InRange(server.Sent, 0, MostBytes);
        }
    }

    [Theory]
    [InlineData(Telegram)]
    [InlineData(TelegramFile)]
    [InlineData(Feishu)]
    [InlineData(FeishuSocket)]
    [InlineData(Irc)]
    public async Task Only_a_connect_that_is_refused_says_that_nobody_was_reached(string client)
    {
        Assert.Equal(Unreached, await AskAsync(client, FreePort.Next(), TestContext.Current.CancellationToken));
        // Accepted, and then closed: what the theories above do with every other form of an answer too.
        using var server = new OddServer(OddServer.ClosedAtOnce);
        Assert.Equal("passing", await AskAsync(client, server.Port, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_connect_that_is_refused_is_that_with_TLS_too()
    {
        var token = TestContext.Current.CancellationToken;
        Assert.Equal(
            (Unreached, Unreached), (await AskIrcAsync(FreePort.Next(), token, tls: true), await AskTelegramAsync(FreePort.Next(), token, "https")));
    }

    public static TheoryData<string> Forms => [.. OddServer.Forms];

    private static Task<string> AskAsync(string client, int port, CancellationToken token) => client switch
    {
        Telegram => AskTelegramAsync(port, token),
        TelegramFile => AskTelegramFileAsync(port, token),
        Feishu => AskFeishuAsync(port, token),
        FeishuFile => AskFeishuFileAsync(port, token),
        FeishuSocket => AskFeishuSocketAsync(port, token),
        Irc => AskIrcAsync(port, token),
        _ => AskWebhookAsync(port, token),
    };

    private static async Task<string> AskTelegramAsync(int port, CancellationToken token, string scheme = "http")
    {
        using var api = new BotApi(SettingsOfTelegram(port, scheme), TimeProvider.System);
        var failure = (await api.CallAsync(new GetMeRequest(), TimeSpan.FromSeconds(1), token)).Failure;
        return failure is null ? "taken for an answer" : Told(PluginGateway.Plugins.Telegram.Faults.Of("getMe", failure));
    }

    private static async Task<string> AskTelegramFileAsync(int port, CancellationToken token)
    {
        using var api = new BotApi(SettingsOfTelegram(port), TimeProvider.System);
        try
        {
            var (written, failure) = await api.DownloadAsync("documents/a.bin", new MemoryStream(), LargestFile, token);
            if (failure is not null) return Told(PluginGateway.Plugins.Telegram.Faults.Of("the download", failure));
            return written < 0 ? "passing" : "taken for the file";
        }
        catch (OperationCanceledException)
        {
            return "cancelled";
        }
    }

    private static async Task<string> AskFeishuAsync(int port, CancellationToken token)
    {
        using var api = new OpenApi(SettingsOfFeishu(port), TimeProvider.System);
        var answer = await api.LogInAsync(token);
        return answer.IsGood ? "taken for an answer" : Told(PluginGateway.Plugins.Feishu.Faults.OfCall(answer, "The platform gave no access token"));
    }

    private static async Task<string> AskFeishuFileAsync(int port, CancellationToken token)
    {
        using var api = new OpenApi(SettingsOfFeishu(port), TimeProvider.System);
        var path = Path.GetTempFileName();
        try
        {
            var (fetched, answer) = await api.DownloadAsync(
                "/open-apis/im/v1/messages/om_1/resources/k?type=file", new Attachment("om_1/file/k", AttachmentKind.File), path, LargestFile, token);
            return fetched is not null ? "taken for the file" : answer.IsGood ? "no reason" : "passing";
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static async Task<string> AskFeishuSocketAsync(int port, CancellationToken token)
    {
        try
        {
            var address = new Uri($"ws://127.0.0.1:{port}/ws?service_id=1");
            using var socket = await FrameSocket.OpenAsync(address, new Redaction([]), TimeProvider.System, token);
            return "taken for a connection";
        }
        catch (PluginException failed)
        {
            return Told(failed.Fault);
        }
        catch (OperationCanceledException)
        {
            return "cancelled";
        }
    }

    private static async Task<string> AskIrcAsync(int port, CancellationToken token, bool tls = false)
    {
        var settings = new PluginGateway.Plugins.Irc.IrcSettings { Server = "127.0.0.1", Port = port, Tls = tls, Nick = "bot" };
        try
        {
            return await AskIrcAsync(settings, token);
        }
        catch (PluginException failed)
        {
            return Told(failed.Fault);
        }
        catch (OperationCanceledException)
        {
            return "cancelled";
        }
    }

    private static async Task<string> AskIrcAsync(PluginGateway.Plugins.Irc.IrcSettings settings, CancellationToken token)
    {
        using var ircSocket = await Wire.OpenAsync(settings, TimeProvider.System, token);
        var registration = new PluginGateway.Plugins.Irc.Registration(settings);
        ircSocket.Post(registration.Begin());
        while (!registration.IsDone)
        {
            if (await ircSocket.ReadAsync(token) is not { } line) return Told(await ircSocket.Ended);
            if (registration.Take(line) is { Count: > 0 } answer) ircSocket.Post(answer);
        }

        return "taken for an IRC server";
    }

    private static async Task<string> AskWebhookAsync(int port, CancellationToken token)
    {
        var handler = new WebhookHandler(ContextOfBackend(port));
        try
        {
            await handler.HandleAsync(new FakeTurn("hello"), token);
            return "taken for an answer";
        }
        catch (RetryLaterException)
        {
            return "passing";
        }
        catch (InvalidOperationException failed) when (IsTold(failed.Message))
        {
            return "failed";
        }
        finally
        {
            await handler.DisposeAsync();
        }
    }

    private static FakeHandlerContext ContextOfBackend(int port) =>
        new($$"""{ "url": "http://127.0.0.1:{{port}}/", "secret": "a-secret-of-the-tests", "timeoutSeconds": 1 }""");

    private static bool IsTold(string message) =>
        message.Contains("bytes", StringComparison.Ordinal) || message.Contains("no JSON", StringComparison.Ordinal);

    private static FeishuSettings SettingsOfFeishu(int port) =>
        new() { BaseUrl = new Uri($"http://127.0.0.1:{port}"), AppId = "cli_0123456789abcdef", AppSecret = "secret", RequestTimeoutSeconds = 1 };

    private static TelegramSettings SettingsOfTelegram(int port, string scheme = "http") =>
        new() { Token = "4711:AAsecretsecretsecretsecretsecret_x", ApiUrl = $"{scheme}://127.0.0.1:{port}" };

    private static string Told(PluginFault fault) => fault.Retry == FaultRetry.WithBackoff
        ? fault.Code == PluginFault.UnreachableCode ? Unreached : "passing"
        : $"waits for the operator: {fault.Message}";

    [Theory]
    [InlineData(200, "<html>")]
    [InlineData(200, "{\"error\":\"upstream\"}")]
    [InlineData(302, "")]
    [InlineData(407, "")]
    [InlineData(403, "<html>")]
    [InlineData(421, "")]
    [InlineData(425, "")]
    [InlineData(499, "")]
    [InlineData(404, "\uFEFF<!doctype html>")]
    [InlineData(404, "404 page not found\n")]
    [InlineData(403, "")]
    [InlineData(404, "")]
    [InlineData(413, "")]
    [InlineData(400, "\uFEFF")]
    [InlineData(502, "")]
    [InlineData(429, "")]
    [InlineData(408, "")]
    public async Task What_something_before_the_backend_answers_puts_the_turn_off(int status, string body)
    {
        var address = new Uri($"http://127.0.0.1:{FreePort.Next()}/");
        using var listener = new System.Net.HttpListener();
        listener.Prefixes.Add(address.ToString());
        listener.Start();
        var handler = new WebhookHandler(ContextOfBackend(address.Port));
        var handling = handler.HandleAsync(new FakeTurn("hello"), TestContext.Current.CancellationToken);
        var call = await listener.GetContextAsync().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        call.Response.StatusCode = status;
        call.Response.OutputStream.Write(System.Text.Encoding.UTF8.GetBytes(body));
        call.Response.Close();
        await Assert.ThrowsAsync<RetryLaterException>(() => handling);
        await handler.DisposeAsync();
    }
}
