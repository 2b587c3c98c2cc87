using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PluginGateway.Tests.Plugins;

/// <summary>A server on loopback that answers every connection in one odd form. A request for an access token it answers well, where that is not the
/// subject.</summary>
internal sealed class OddServer : IDisposable
{
    public const string EndlessHeaders = "headers without end", EndlessBody = "a body without end";

    private const string NoAnswer = "no answer", ClosedAtOnce = "closed at once", DrippingHeaders = "headers in drops",
        DrippingBody = "a body in drops", CutBody = "a body that is cut", NoHttp = "another protocol", BrokenChunks = "broken chunks";

    public static readonly string[] Forms =
        [NoAnswer, ClosedAtOnce, EndlessHeaders, EndlessBody, DrippingHeaders, DrippingBody, CutBody, NoHttp, BrokenChunks];

    private const string TokenPath = "tenant_access_token";
    private static readonly TimeSpan Drop = TimeSpan.FromMilliseconds(50);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly string _form;
    private readonly bool _givesToken;
    private long _sent;

    public OddServer(string form, bool givesToken = false)
    {
        (_form, _givesToken) = (form, givesToken);
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Bytes that clients took.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token));
        }
        catch (Exception over) when (over is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using (client)
            {
                var stream = client.GetStream();
                if (_form == ClosedAtOnce) return;
                if (_form == NoHttp) await SendAsync(stream, "SSH-2.0-OpenSSH_9.2\r\n");
                var request = new byte[64 * 1024];
                var asked = Encoding.Latin1.GetString(request, 0, await stream.ReadAsync(request, _end.Token));
                if (_givesToken && asked.Contains(TokenPath, StringComparison.Ordinal))
                {
                    const string good = """{"code":0,"msg":"ok","tenant_access_token":"t-1","expire":7200}""";
                    await SendAsync(stream, $"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {good.Length}\r\n\r\n{good}");
                    return;
                }

                await AnswerAsync(stream);
            }
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or SocketException)
        {
            // The client has gone, or the test is over.
        }
    }

    private async Task AnswerAsync(NetworkStream stream)
    {
        const string head = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n";
        switch (_form)
        {
            case EndlessHeaders:
                await SendAsync(stream, head);
                for (var i = 0; ; i++) await SendAsync(stream, $"X-{i}: {new string('x', 4000)}\r\n");
            case EndlessBody:
                await SendAsync(stream, head + "\r\n");
                while (true) await SendAsync(stream, new string('x', 64 * 1024));
            case DrippingHeaders:
                await SendAsync(stream, head + "X-Slow: ");
                await DripAsync(stream);
                break;
            case DrippingBody:
                await SendAsync(stream, head + "\r\n");
                await DripAsync(stream);
                break;
            case CutBody:
                await SendAsync(stream, head + "Content-Length: 1000\r\n\r\n{\"ok\":true,");
                break;
            case BrokenChunks:
                await SendAsync(stream, head + "Transfer-Encoding: chunked\r\n\r\nZZZZ\r\nno chunk\r\n");
                break;
            default:
                await Task.Delay(Timeout.Infinite, _end.Token);
                break;
        }
    }

    private async Task DripAsync(NetworkStream stream)
    {
        while (true)
        {
            await SendAsync(stream, "x");
            await Task.Delay(Drop, _end.Token);
        }
    }

    private async Task SendAsync(NetworkStream stream, string text)
    {
        await stream.WriteAsync(Encoding.Latin1.GetBytes(text), _end.Token);
        Interlocked.Add(ref _sent, text.Length);
    }
}
