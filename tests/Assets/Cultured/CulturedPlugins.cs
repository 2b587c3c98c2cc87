using System.Globalization;
using Cultured;
using PluginGateway;

[assembly: ChannelAdapter("cultured", typeof(CulturedAdapter))]
[assembly: MessageHandler("cultured", typeof(CulturedHandler))]

namespace Cultured;

/// <summary>Says one message to its handler, and writes what numbers, letters and dates look like wherever it is called into the file
/// <c>facts</c>.</summary>
public sealed class CulturedAdapter : IChannelAdapter
{
    private readonly AdapterContext _host;

    public CulturedAdapter(AdapterContext host)
    {
        _host = host;
        Note("construct");
    }

    public Task<ConnectionInfo> ConnectAsync(ConnectContext context, CancellationToken cancellationToken)
    {
        Note("connect");
        return Task.FromResult(ConnectionInfo.Empty);
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Note("run");
        await Task.Yield();
        Note("pool");
        var thread = new Thread(() => Note("thread"));
        thread.Start();
        thread.Join();
        await _host.Inbox.AcceptAsync(new InboundMessage("1", new Chat("c", ChatKind.Direct), new Sender("s"), "hello"), cancellationToken);
        await Task.Delay(Timeout.Infinite, cancellationToken);
    }

    public Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken)
    {
        Note("send");
        File.AppendAllText(Path.Combine(_host.DataDirectory, "facts"), message.Text + "\n");
        return Task.FromResult(SendResult.Sent("m"));
    }

    public Task DisconnectAsync(CancellationToken cancellationToken)
    {
        Note("disconnect");
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => Task.CompletedTask;

    internal static string Facts(string where)
    {
#pragma warning disable CA1304, CA1305, CA1311, CA1308 // What the current culture makes of it is the question.
        var date = new DateTime(2026, 1, 2, 0, 0, 0, DateTimeKind.Utc);
        return $"{where} '{CultureInfo.CurrentCulture.Name}' '{CultureInfo.CurrentUICulture.Name}' {1234.5} {-1} "
            + $"{"TITLE".ToLower()} {"title".ToUpper()} {date:d}";
#pragma warning restore CA1304, CA1305, CA1311, CA1308
    }

    private void Note(string where) => File.AppendAllText(Path.Combine(_host.DataDirectory, "facts"), Facts(where) + "\n");
}

/// <summary>Answers with what it sees.</summary>
public sealed class CulturedHandler(HandlerContext context) : IMessageHandler
{
    public Task HandleAsync(Turn turn, CancellationToken cancellationToken)
    {
        _ = context;
        return turn.ReplyAsync(CulturedAdapter.Facts("turn"), cancellationToken);
    }

    public Task DisposeAsync() => Task.CompletedTask;
}
