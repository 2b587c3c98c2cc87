using System.Net.Sockets;
using System.Text;
using Careless;
using PluginGateway;

[assembly: ChannelAdapter("careless", typeof(CarelessAdapter))]

namespace Careless;

/// <summary>How a TCP adapter is written in a hurry: blocking calls, no timeouts, no token, and each side waits for the other's word. It works, as
/// long as the peer does.</summary>
/// <remarks>Lines: we say <c>hello</c>, the peer <c>welcome</c>; the peer says <c>say TEXT</c>, we say <c>TEXT</c>, the peer <c>ok</c>; we say
/// <c>bye</c>, the peer <c>bye</c>.</remarks>
public sealed class CarelessAdapter(AdapterContext host) : IChannelAdapter
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { SendBufferSize = 4096 };
    private readonly object _word = new();
    private readonly Queue<string> _words = new();

    public Task<ConnectionInfo> ConnectAsync(ConnectContext context, CancellationToken cancellationToken)
    {
        _socket.Connect("127.0.0.1", host.Settings.Read(static settings => settings.RequiredWholeNumber("port", 1, 65535)));
        Say("hello");
        while (ReadLine() != "welcome")
        {
        }

        return Task.FromResult(ConnectionInfo.Empty);
    }

    public Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var line = ReadLine();
            if (line.StartsWith("say ", StringComparison.Ordinal))
                host.Inbox.AcceptAsync(
                    new InboundMessage(null, new Chat("peer", ChatKind.Direct), new Sender("peer"), line[4..]), CancellationToken.None).Wait();
            else Hear(line);
        }
    }

    public Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken)
    {
        Say(message.Text);
        WaitFor("ok");
        return Task.FromResult(SendResult.Sent(message.Key));
    }

    public Task DisconnectAsync(CancellationToken cancellationToken)
    {
        Say("bye");
        WaitFor("bye");
        return Task.CompletedTask;
    }

    public Task DisposeAsync()
    {
        WaitFor("the peer's end of the connection");
        _socket.Dispose();
        return Task.CompletedTask;
    }

    private void Say(string line)
    {
        var bytes = Encoding.UTF8.GetBytes(line + "\n");
        for (var sent = 0; sent < bytes.Length;) sent += _socket.Send(bytes, sent, bytes.Length - sent, SocketFlags.None);
    }

    private void Hear(string word)
    {
        lock (_word)
        {
            _words.Enqueue(word);
            Monitor.PulseAll(_word);
        }
    }

    private void WaitFor(string word)
    {
        lock (_word)
        {
            while (!_words.TryDequeue(out var heard) || heard != word) Monitor.Wait(_word);
        }
    }

    private string ReadLine()
    {
        var line = new List<byte>();
        var next = new byte[1];
        while (true)
        {
            // The end of the stream looks to it like a peer that says nothing.
            if (_socket.Receive(next) == 0) Thread.Sleep(10);
            else if (next[0] == '\n') return Encoding.UTF8.GetString(line.ToArray());
            else line.Add(next[0]);
        }
    }
}
