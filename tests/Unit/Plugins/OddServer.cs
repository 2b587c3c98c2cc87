using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PluginGateway.Tests.Plugins;

/// <summary>A server on loopback that answers every connection in one odd form. A request for an access token it answers well, where that is not the
/// subject.</summary>
internal sealed class OddServer : IDisposable
{
    public const string EndlessHeaders = "headers without end", EndlessBody = "a body without end", ClosedAtOnce = "closed at once";

    private const string NoAnswer = "no answer", DrippingHeaders = "headers in drops",
        DrippingBody = "a body in drops", CutBody = "a body that is cut", NoHttp = "another protocol", BrokenChunks = "broken chunks";

    public static readonly string[] Forms =
        [NoAnswer, ClosedAtOnce, EndlessHeaders, EndlessBody, DrippingHeaders, DrippingBody, CutBody, NoHttp, BrokenChunks];

    public const string Redirect = "a redirect to another host", NoContent = "no content", Partial = "a part",
        ShortLength = "more than was announced", EndlessTrailers = "trailers without end";

    private const string NotModified = "not modified", Switching = "another protocol by agreement", Informational = "nothing but announcements",
        Bomb = "a bomb of zeros", EndlessChunks = "chunks without end",
        EndlessStatus = "a status line without end", TwoLengths = "two lengths", OddCharset = "an unknown charset", Wide = "UTF-16",
        FutureVersion = "a version to come", NoStatus = "a status that is no number";

    /// <summary>Those of HTTP only.</summary>
    public static readonly string[] HttpForms =
    [
        Redirect, NoContent, NotModified, Partial, Switching, Informational, ShortLength, Bomb, EndlessChunks, EndlessTrailers, EndlessStatus,
        TwoLengths, OddCharset, Wide, FutureVersion, NoStatus,
    ];

    private const string TokenPath = "tenant_access_token";
    private static readonly TimeSpan Drop = TimeSpan.FromMilliseconds(50);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly TcpListener _elsewhere = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly string _form;
    private readonly bool _givesToken;
    private long _sent;

    public OddServer(string form, bool givesToken = false)
    {
        (_form, _givesToken) = (form, givesToken);
        _listener.Start();
        _elsewhere.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Odd, and still a whole body as far as HTTP goes.</summary>
    public static bool IsWholeBody(string form) => form is Bomb or OddCharset or Wide or FutureVersion or TwoLengths;

    /// <summary>Somebody has gone where a redirect led.</summary>
    public bool IsFollowed => _elsewhere.Pending();

    /// <summary>Bytes that clients took.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
        _elsewhere.Dispose();
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
            case NoAnswer:
                await Task.Delay(Timeout.Infinite, _end.Token);
                break;
            default:
                await AnswerHttpAsync(stream);
                break;
        }
    }

    private async Task AnswerHttpAsync(NetworkStream stream)
    {
        const string good = """{"ok":true,"code":0,"result":{"id":1},"replies":[]}""";
        const string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        var elsewhere = $"http://127.0.0.1:{((IPEndPoint)_elsewhere.LocalEndpoint).Port}/";
        switch (_form)
        {
            case Informational:
                while (true)
                {
                    await SendAsync(stream, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
                    await Task.Delay(1, _end.Token);
                }

            case EndlessChunks:
                await SendAsync(stream, chunked);
                while (true) await SendAsync(stream, $"10000\r\n{new string('x', 0x10000)}\r\n");
            case EndlessTrailers:
                await SendAsync(stream, $"{chunked}1\r\nx\r\n0\r\n");
                for (var i = 0; ; i++) await SendAsync(stream, $"X-{i}: {new string('x', 4000)}\r\n");
            case EndlessStatus:
                await SendAsync(stream, "HTTP/1.1 200 ");
                while (true) await SendAsync(stream, new string('O', 4000));
            case Switching:
                await SendAsync(stream, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\nConnection: Upgrade\r\n\r\n");
                await DripAsync(stream);
                break;
            case Bomb:
                var zeros = Gzip(64 * 1024 * 1024);
                await SendAsync(stream, $"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\nContent-Length: {zeros.Length}\r\n\r\n");
                await stream.WriteAsync(zeros, _end.Token);
                break;
            default:
                await SendAsync(stream, _form switch
                {
                    Redirect => $"HTTP/1.1 307 Temporary Redirect\r\nLocation: {elsewhere}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
                    NoContent => "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
                    NotModified => "HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n",
                    Partial => "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-3/1000\r\nConnection: close\r\nContent-Length: 4\r\n\r\nabcd",
                    ShortLength => $"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 8\r\n\r\n{good}",
                    TwoLengths => $"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\nContent-Length: -{good.Length}\r\n\r\n<a>",
                    OddCharset => "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=\"utf-\0\u00ff\"\r\nConnection: close\r\n\r\n<a>",
                    Wide => "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-16\r\nConnection: close\r\n\r\n"
                        + $"{string.Join('\0', good.ToCharArray())}\0",
                    FutureVersion => $"HTTP/9.9 200 OK\r\nConnection: close\r\n\r\n<a>",
                    _ => $"HTTP/1.1 two hundred\r\nConnection: close\r\n\r\n{good}",
                });
                break;
        }
    }

    private static byte[] Gzip(int zeros)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(new byte[zeros]);
        return bytes.ToArray();
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
