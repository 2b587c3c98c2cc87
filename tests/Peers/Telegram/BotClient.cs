using System.Collections.Concurrent;
using Telegram.Bot;
using Telegram.Bot.Exceptions;
using Telegram.Bot.Polling;
using Telegram.Bot.Types;
using Telegram.Bot.Types.Enums;

namespace PluginGateway.PeerTests.Telegram;

/// <summary>A bot written with a library that many use: the fake must be a Bot API to it.</summary>
internal interface IBotClient : IDisposable
{
    /// <summary>What it saw, a line each.</summary>
    string Said { get; }
}

/// <summary>grammY or Telegraf, in a process of its own.</summary>
internal sealed class NodeClient(string library, string address, string token) : IBotClient
{
    private readonly ChildProcess _process =
        ChildProcess.Start(Installed.Program("node"), ["telegram-bot.mjs", library, address, token], Installed.NodeFolder);

    public string Said => _process.Said;

    public void Dispose() => _process.Dispose();
}

/// <summary>Telegram.Bot as its documentation says, except that a rate limit is not slept through.</summary>
internal sealed class DotNetClient : IBotClient
{
    private static readonly byte[] Png = [0x89, .. "PNG\r\n\u001a\n and so on"u8];

    private readonly ConcurrentQueue<string> _said = [];
    private readonly CancellationTokenSource _end = new();
    private readonly TelegramBotClient _bot;

    public DotNetClient(string address, string token)
    {
        _bot = new TelegramBotClient(new TelegramBotClientOptions(token, address) { RetryCount = 0 });
        _ = StartAsync();
    }

    public string Said => string.Join('\n', _said);

    public void Dispose() => _end.Cancel();

    private async Task StartAsync()
    {
        var me = await _bot.GetMe(_end.Token);
        _said.Enqueue($"ready {me.Username}");
        _bot.StartReceiving((_, update, _) => ServeAsync(update), (_, error, _, _) => Tell(error), new ReceiverOptions(), _end.Token);
    }

    private Task Tell(Exception error)
    {
        _said.Enqueue(error is ApiRequestException refused
            ? $"error {refused.ErrorCode} {refused.Message}{(refused.Parameters?.RetryAfter is { } wait ? $" retry_after={wait}" : "")}"
            : error.Message);
        return Task.CompletedTask;
    }

    private async Task ServeAsync(Update update)
    {
        if (update.Message is not { } message) return;
        if (message.Document is { } document)
        {
            using var bytes = new MemoryStream();
            await _bot.GetInfoAndDownloadFile(document.FileId, bytes, _end.Token);
            _said.Enqueue($"got {bytes.Length} bytes");
        }

        switch (message.Text)
        {
            case null:
                break;
            case "/photo":
                await _bot.SendPhoto(message.Chat, InputFile.FromStream(new MemoryStream(Png), "a.png"), "a picture", cancellationToken: _end.Token);
                break;
            case "/edit":
                var draft = await _bot.SendMessage(message.Chat, "draft", ParseMode.Html, cancellationToken: _end.Token);
                await _bot.EditMessageText(message.Chat, draft.Id, "final", cancellationToken: _end.Token);
                await _bot.SetMessageReaction(message.Chat, draft.Id, ["👍"], cancellationToken: _end.Token);
                break;
            case "/delete":
                await _bot.DeleteMessage(
                    message.Chat, (await _bot.SendMessage(message.Chat, "not for long", cancellationToken: _end.Token)).Id, _end.Token);
                break;
            case "/type":
                await _bot.SendChatAction(message.Chat, ChatAction.Typing, cancellationToken: _end.Token);
                break;
            case var text when text.StartsWith("/send ", StringComparison.Ordinal):
                try
                {
                    await _bot.SendMessage(text["/send ".Length..], "hello", cancellationToken: _end.Token);
                    _said.Enqueue("sent");
                }
                catch (ApiRequestException refused)
                {
                    await Tell(refused);
                }

                break;
            default:
                await _bot.SendMessage(message.Chat, message.Text, cancellationToken: _end.Token);
                break;
        }
    }
}
