using System.Text;
using Healthy;
using PluginGateway;

[assembly: ChannelAdapter("healthy", typeof(HealthyAdapter), Inbound = InboundClass.AckGated, Idempotency = Idempotency.Native)]

namespace Healthy;

/// <summary>A well-behaved adapter whose platform is a folder: it needs neither the network nor the thread pool, so whatever delays it is the
/// gateway.</summary>
/// <remarks>In its data folder: files under <c>in</c> are messages (the name is the event id), <c>fatal</c> makes it fail, <c>journal</c> gets a line
/// for whatever it does.</remarks>
public sealed class HealthyAdapter(AdapterContext host) : IChannelAdapter, IServeHttp
{
    private static readonly object Journal = new();

    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _inbox = Path.Combine(host.DataDirectory, "in");
    private volatile bool _closed;

    public Task<ConnectionInfo> ConnectAsync(ConnectContext context, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_inbox);
        Note("connect");
        return Task.FromResult(ConnectionInfo.Empty);
    }

    public Task RunAsync(CancellationToken cancellationToken)
    {
        cancellationToken.Register(() => _end.TrySetResult());
        new Thread(Listen) { IsBackground = true, Name = "healthy" }.Start();
        return _end.Task;
    }

    public Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken)
    {
        Note($"sent {message.Text}");
        return Task.FromResult(SendResult.Sent(message.Key));
    }

    public Task<HttpReply> HandleAsync(HttpCall call, CancellationToken cancellationToken) => Task.FromResult(HttpReply.Json(200, "{}"));

    public Task DisconnectAsync(CancellationToken cancellationToken)
    {
        _closed = true;
        Note("disconnect");
        return Task.CompletedTask;
    }

    public Task DisposeAsync()
    {
        Note("dispose");
        return Task.CompletedTask;
    }

    private void Listen()
    {
        while (!_closed)
        {
            foreach (var file in Directory.GetFiles(_inbox).Order(StringComparer.Ordinal)) Take(file);
            var fatal = Path.Combine(host.DataDirectory, "fatal");
            if (File.Exists(fatal))
            {
                File.Delete(fatal);
                Note("fatal");
                host.ReportFatal(new PluginFault("told-to", "the test told it to fail"));
            }

            Thread.Sleep(10);
        }
    }

    private void Take(string file)
    {
        var message = new InboundMessage(Path.GetFileName(file), new Chat("lobby", ChatKind.Direct), new Sender("tester"), File.ReadAllText(file));
        var answer = host.Inbox.AcceptAsync(message, CancellationToken.None);
        if (!answer.Wait(TimeSpan.FromSeconds(30)))
        {
            Note($"unanswered {message.Text}");
            return;
        }

        Note($"{answer.Result.Kind} {message.Text}");
        if (answer.Result.Acknowledge) File.Delete(file);
        else Thread.Sleep(100);
    }

    private void Note(string what)
    {
        var line = Encoding.UTF8.GetBytes($"{DateTime.UtcNow:O} {host.Generation} {what}\n");
        // Appending seeks and then writes: of two at once one would write over the other.
        lock (Journal)
        {
            using var journal = new FileStream(Path.Combine(host.DataDirectory, "journal"), FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
            journal.Write(line);
        }
    }
}
