using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using PluginGateway.Plugins.Feishu;

namespace PluginGateway.Tests.Plugins.Feishu;

/// <summary>A WebSocket that opens well and then carries anything: the connection ends as one that is tried again, or what is no frame is passed
/// over, and nobody is left to the operator.</summary>
public sealed class OddFrameTests
{
    private const string MagicOfTheProtocol = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private const string KeyHeader = "Sec-WebSocket-Key: ";
    private const int FinText = 0x81, FinBinary = 0x82, Binary = 0x02, Continuation = 0x00, FinClose = 0x88, FinPing = 0x89;

    public static TheoryData<string, bool> Forms => new()
    {
        { "garbage", true },
        { "masked by the server", true },
        { "a reserved bit", true },
        { "an unknown kind", true },
        { "a continuation of nothing", true },
        { "a ping of 200 bytes", true },
        { "a close without a reason", true },
        { "a close with a reason of nonsense", true },
        { "a message that is announced with 2^62 bytes", true },
        { "parts without end", true },
        { "the half of a frame, and gone", true },
        { "a message to itself, and a page", false },
        { "no bytes at all", false },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task What_comes_over_a_good_connection_ends_it_for_another_try_or_is_passed_over(string form, bool ends)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var serving = ServeAsync(listener, form, over.Token);
        var address = new Uri($"ws://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/ws?service_id=1");
        using var socket = await FrameSocket.OpenAsync(address, new Redaction([]), TimeProvider.System, over.Token);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(over.Token);
        if (!ends) patience.CancelAfter(TimeSpan.FromSeconds(1));
        else patience.CancelAfter(TimeSpan.FromSeconds(60));
        try
        {
            Assert.Null(await socket.ReadAsync(patience.Token));
        }
        catch (OperationCanceledException)
        {
            Assert.False(ends, "It neither ends nor is it passed over.");
        }

        Assert.Equal(ends, socket.Ended.IsCompleted);
        if (ends) Assert.Equal(FaultRetry.WithBackoff, (await socket.Ended).Retry);
        await over.CancelAsync();
        await serving;
    }

    private static async Task ServeAsync(TcpListener listener, string form, CancellationToken token)
    {
        try
        {
            using var client = await listener.AcceptTcpClientAsync(token);
            var stream = client.GetStream();
            var buffer = new byte[8192];
            var request = Encoding.Latin1.GetString(buffer, 0, await stream.ReadAsync(buffer, token));
            var key = request.Split("\r\n").Single(static line => line.StartsWith(KeyHeader, StringComparison.OrdinalIgnoreCase))[KeyHeader.Length..];
#pragma warning disable CA5350 // RFC 6455 wants it.
            var accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + MagicOfTheProtocol)));
#pragma warning restore CA5350
            await stream.WriteAsync(Encoding.ASCII.GetBytes(
                $"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"), token);
            await SayAsync(stream, form, token);
            if (form.EndsWith("and gone", StringComparison.Ordinal)) return;
            while (await stream.ReadAsync(buffer, token) > 0)
            {
                // Until the client has gone.
            }
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or SocketException)
        {
            // The client has gone, or the test is over.
        }
    }

    private static async Task SayAsync(NetworkStream stream, string form, CancellationToken token)
    {
        byte[] said = form switch
        {
            "garbage" => "<html>no frame</html>"u8.ToArray(),
            "masked by the server" => [FinBinary, 0x81, 1, 2, 3, 4, 0x41],
            "a reserved bit" => [0xF2, 1, 0x41],
            "an unknown kind" => [0x83, 1, 0x41],
            "a continuation of nothing" => [Continuation | 0x80, 1, 0x41],
            "a ping of 200 bytes" => [FinPing, 126, 0, 200, .. new byte[200]],
            "a close without a reason" => [FinClose, 0],
            "a close with a reason of nonsense" => [FinClose, 4, 0xFF, 0xFF, 0xC3, 0x28],
            "a message that is announced with 2^62 bytes" => [FinBinary, 127, 0x40, 0, 0, 0, 0, 0, 0, 0, .. new byte[5 * 1024 * 1024]],
            "the half of a frame, and gone" => [FinBinary, 100, 1, 2, 3],
            "a message to itself, and a page" => [FinBinary, 3, 0xFF, 0xFF, 0xFF, FinText, 6, .. "<html>"u8, FinBinary, 0],
            "no bytes at all" => [],
            _ => [Binary, 0],
        };
        await stream.WriteAsync(said, token);
        if (form != "parts without end") return;
        var part = new byte[] { Continuation, 126, 0xFF, 0xFF }.Concat(new byte[0xFFFF]).ToArray();
        while (true) await stream.WriteAsync(part, token);
    }
}
