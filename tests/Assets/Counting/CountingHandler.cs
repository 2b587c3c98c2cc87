using System.Globalization;
using Counting;
using PluginGateway;

[assembly: MessageHandler("counting", typeof(CountingHandler))]

namespace Counting;

/// <summary>Answers with the number of messages so far, which its state keeps. A message <c>send ADAPTER CHAT KEY TEXT</c> is sent by its outbox and
/// answered with the id, or with the exception. By a timer it sends <c>started</c> to the chat of its settings, with the same key at every
/// start.</summary>
public sealed class CountingHandler : IMessageHandler
{
    private readonly HandlerContext _context;

    public CountingHandler(HandlerContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        _context = context;
        _ = AnnounceAsync(context.Settings.Read(static settings => settings.RequiredText("announce")));
    }

    public async Task HandleAsync(Turn turn, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(turn);
        var answer = turn.Messages[^1].Text.Split(' ', 5) is ["send", var adapter, var chat, var key, var text]
            ? await SendAsync(adapter, chat, key, text, cancellationToken)
            : await CountAsync(cancellationToken);
        await turn.ReplyAsync(answer, cancellationToken);
    }

    private async Task<string> CountAsync(CancellationToken cancellationToken)
    {
        var before = await _context.State.GetAsync("count", cancellationToken);
        var count = (int.Parse(before ?? "0", CultureInfo.InvariantCulture) + 1).ToString(CultureInfo.InvariantCulture);
        return await _context.State.SetAsync("count", count, cancellationToken) ? count : "not written";
    }

    private async Task<string> SendAsync(string adapter, string chat, string key, string text, CancellationToken cancellationToken)
    {
        try
        {
            var sent = await _context.Outbox.SendAsync(adapter, new Chat(chat, ChatKind.Unknown), new Reply(text), key, cancellationToken);
            return sent.Id!;
        }
        catch (Exception refused) when (refused is ArgumentException or InvalidOperationException)
        {
            return $"{refused.GetType().Name}: {refused.Message}";
        }
    }

    private async Task AnnounceAsync(string chat)
    {
        try
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), _context.Clock);
            await _context.Outbox.SendAsync("web", new Chat(chat, ChatKind.Unknown), new Reply("started"), "start", CancellationToken.None);
        }
        catch (Exception refused) when (refused is ArgumentException or InvalidOperationException or RetryLaterException)
        {
            _context.Log.Write(PluginLogLevel.Error, "The start was not announced.", refused);
        }
    }
}
