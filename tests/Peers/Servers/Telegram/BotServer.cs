using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace PluginGateway.PeerTests.Servers.Telegram;

/// <summary>A Bot API server on loopback, which a test steers: it has bots, forgets nothing when it is restarted, and fails in every way that a test
/// asks for.</summary>
internal sealed class BotServer : IDisposable
{
    /// <summary>The name under which answers in a file's place are scripted.</summary>
    public const string FileScript = "file";

    /// <summary>What Telegram's own server takes; the parts of a form come on top.</summary>
    private const long LargestUpload = (50 * 1024 * 1024) + (64 * 1024);


    private readonly ConcurrentDictionary<string, BotAccount> _bots = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ConcurrentQueue<BotReply>> _scripts = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _asked = [];
    private volatile TaskCompletionSource? _silence;
    private WebApplication? _web;

    /// <summary>On a port that the kernel gives to nobody while the server is down.</summary>
    public BotServer()
    {
        while (_web is null)
        {
            try
            {
                Start(FreePort.Next());
            }
            catch (IOException)
            {
                // Taken: another one.
            }
        }
    }

    public int Port { get; private set; }

    public string Address => $"http://127.0.0.1:{Port}";

    /// <summary>It was started with --local: it takes 2,000 MB.</summary>
    public bool IsLocal { get; set; }

    /// <summary>The methods that were asked for, in order, lower case.</summary>
    public IReadOnlyList<string> Asked => [.. _asked];

    /// <summary>A bot that this server knows.</summary>
    public BotAccount Add(string token) => _bots[token] = new BotAccount(token);

    /// <summary>Its token is not accepted any more.</summary>
    public void Revoke(BotAccount bot) => _bots.TryRemove(bot.Token, out _);

    /// <summary>The next answers to a method; after these it is served again.</summary>
    public void Script(string method, params BotReply[] replies)
    {
        var script = _scripts.GetOrAdd(method.ToLowerInvariant(), static _ => []);
        foreach (var reply in replies) script.Enqueue(reply);
    }

    public int CountOf(string method) => _asked.Count(asked => asked.Equals(method, StringComparison.OrdinalIgnoreCase));

    /// <summary>From now on it takes requests and answers none.</summary>
    public void Silence() => _silence ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Speak() => Interlocked.Exchange(ref _silence, null)?.TrySetResult();

    /// <summary>Ends as a killed process does: every connection is cut.</summary>
    public void Kill()
    {
        if (Interlocked.Exchange(ref _web, null) is not { } web) return;
        using var now = new CancellationTokenSource();
        now.Cancel();
        // Off this thread: the server's own continuations must not wait for a test.
        Task.Run(async () =>
        {
            try
            {
                await web.StopAsync(now.Token);
            }
            catch (OperationCanceledException)
            {
                // It was given no time.
            }

            await web.DisposeAsync();
        }).Wait(TimeSpan.FromSeconds(10));
    }

    /// <summary>On the same port, with everything it knew.</summary>
    public void StartAgain() => Start(Port);

    public void Dispose()
    {
        Speak();
        foreach (var bot in _bots.Values) bot.Webhook?.Dispose();
        Kill();
    }

    private void Start(int port)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port, static listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Limits.MaxRequestBodySize = 2048L * 1024 * 1024;
        });
        var web = builder.Build();
        web.Run(ServeAsync);
        web.StartAsync().GetAwaiter().GetResult();
        (_web, Port) = (web, port);
    }

    private async Task ServeAsync(HttpContext context)
    {
        var parts = context.Request.Path.Value!.Split('/', 4);
        if (_silence is { } silence) await silence.Task.WaitAsync(context.RequestAborted);
        if (parts.Length == 4 && parts[1] == "file") await ServeFileAsync(context, BotOf(parts[2]), parts[3]);
        else if (parts.Length == 3) await WriteAsync(context, await AnswerAsync(context, BotOf(parts[1]), parts[2]));
        else await WriteAsync(context, BotReply.Fail(404, "Not Found"));
    }

    private BotAccount? BotOf(string part) => part.StartsWith("bot", StringComparison.Ordinal) ? _bots.GetValueOrDefault(part[3..]) : null;

    private async Task<BotReply> AnswerAsync(HttpContext context, BotAccount? bot, string method)
    {
        if (!IsLocal && context.Request.ContentLength > LargestUpload) return BotReply.Fail(413, "Request Entity Too Large");
        var request = await BotRequest.ReadAsync(method, context);
        _asked.Enqueue(request.Method);
        if (bot is null) return BotReply.Fail(401, "Unauthorized");
        var scripted = _scripts.TryGetValue(request.Method, out var script) && script.TryDequeue(out var next) ? next : null;
        if (scripted is { AfterTheDeed: false }) return scripted;
        var done = request.Method switch
        {
            "getupdates" when bot.Webhook is not null =>
                await bot.Updates.ConflictAsync("can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"),
            "getupdates" => await bot.Updates.PollAsync(request, context.RequestAborted),
            "setwebhook" => SetWebhook(bot, request),
            "deletewebhook" => SetWebhook(bot, null),
            _ => bot.Answer(request),
        };
        return scripted ?? done;
    }

    private static BotReply SetWebhook(BotAccount bot, BotRequest? request)
    {
        var secret = request?.Text("secret_token");
        if (secret is { Length: > 256 }) return BotReply.Bad("secret token is too long");
        if (secret is not null && secret.Any(static c => !char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-')))
            return BotReply.Bad("secret token contains unallowed characters");
        if (request is not null) bot.Updates.Allow(request);
        bot.Webhook?.Dispose();
        bot.Webhook = request?.Text("url") is { Length: > 0 } url ? new Webhook(url, secret, bot.Updates) : null;
        if (bot.Webhook is not null) bot.Updates.Terminate("terminated by setWebhook request");
        return BotReply.Ok(true);
    }

    private async Task ServeFileAsync(HttpContext context, BotAccount? bot, string path)
    {
        // An absolute path is one on the disk of a server with --local, which serves no files.
        if (bot is not null && _scripts.TryGetValue(FileScript, out var script) && script.TryDequeue(out var scripted))
            await WriteAsync(context, scripted);
        else if (path.StartsWith('/') || bot?.FileAt(path) is not { } bytes) await WriteAsync(context, BotReply.Fail(404, "Not Found"));
        else await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    private static async Task WriteAsync(HttpContext context, BotReply reply)
    {
        if (reply.Delay > TimeSpan.Zero) await Task.Delay(reply.Delay, context.RequestAborted);
        var body = Encoding.UTF8.GetBytes(reply.Body);
        context.Response.StatusCode = reply.Status;
        context.Response.ContentType = reply.Body.StartsWith('<') ? "text/html" : "application/json";
        context.Response.ContentLength = body.Length;
        if (reply.RetryAfter is { } wait) context.Response.Headers.RetryAfter = wait;
        if (!reply.IsCut)
        {
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
            return;
        }

        await context.Response.Body.WriteAsync(body.AsMemory(0, body.Length / 2), context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        context.Abort();
    }
}
