using System.Net;
using System.Net.Sockets;

namespace PluginGateway.Plugins.Shared;

/// <summary>Connects to a name by all of its addresses (Happy Eyeballs, RFC 8305): an address that answers nothing holds the next one up for a
/// quarter of a second, not for the whole time of the connect.</summary>
internal static class TcpConnection
{
    private const int MostAddresses = 16;
    private static readonly TimeSpan Stagger = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(8);

    /// <summary>Time for a connection of an HTTP client together with its TLS: longer than that for the connection alone, so that who did not answer
    /// the connect is told from who is silent after it.</summary>
    public static readonly TimeSpan WithTls = TimeSpan.FromSeconds(15);

    /// <summary>A connected socket, without delay of small packets and with keep-alive.</summary>
    /// <exception cref="SocketException">No address of the name can be reached.</exception>
    public static async Task<Socket> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        var isAddress = IPAddress.TryParse(host.Trim('[', ']'), out var address);
        var addresses = InOrder(isAddress ? [address!] : await Dns.GetHostAddressesAsync(host, cancellationToken));
        if (addresses.Count == 0) throw new SocketException((int)SocketError.HostNotFound);
        return await ConnectAsync(addresses, port, cancellationToken);
    }

    /// <summary>As <see cref="ConnectAsync(string, int, CancellationToken)"/>; no answer within 8 s is a failure to connect.</summary>
    /// <exception cref="SocketException">No address of the name can be reached.</exception>
    public static async Task<Socket> ConnectInTimeAsync(string host, int port, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Longest);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return await ConnectAsync(host, port, both.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new SocketException((int)SocketError.TimedOut);
        }
    }

    /// <summary>Connection for an HTTP client.</summary>
    public static async ValueTask<Stream> OpenAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken) =>
        new PromptStream(await ConnectInTimeAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancellationToken), ownsSocket: true);

    /// <summary>Orders addresses: IPv6 and IPv4 in turn, beginning with the resolver's first.</summary>
    internal static IReadOnlyList<IPAddress> InOrder(IReadOnlyCollection<IPAddress> addresses)
    {
        var first = addresses.Where(address => address.AddressFamily == addresses.First().AddressFamily).ToArray();
        var others = addresses.Except(first).ToArray();
        return [.. first.Select(static (address, index) => (address, index: 2 * index))
            .Concat(others.Select(static (address, index) => (address, index: (2 * index) + 1)))
            .OrderBy(static entry => entry.index).Select(static entry => entry.address).Take(MostAddresses)];
    }

    /// <summary>A socket that is connected to one of these addresses, tried in this order.</summary>
    internal static async Task<Socket> ConnectAsync(IReadOnlyList<IPAddress> addresses, int port, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var attempts = new List<Task<Socket>>();
        Socket? winner = null;
        try
        {
            for (var next = 0; winner is null;)
            {
                if (next < addresses.Count) attempts.Add(TryAsync(addresses[next++], port, over.Token));
                winner = await FirstAsync(attempts, next < addresses.Count ? Stagger : Timeout.InfiniteTimeSpan, over.Token);
                var isOver = winner is null && next == addresses.Count
                    && attempts.TrueForAll(static attempt => attempt.IsFaulted || attempt.IsCanceled);
                if (isOver) await attempts[0];
            }

            return winner;
        }
        finally
        {
            await over.CancelAsync();
            foreach (var attempt in attempts) _ = DiscardAsync(attempt, winner);
        }
    }

    /// <summary>The socket of the first attempt that succeeds; null when one more has failed, or after the wait.</summary>
    private static async Task<Socket?> FirstAsync(List<Task<Socket>> attempts, TimeSpan wait, CancellationToken cancellationToken)
    {
        var open = attempts.Where(static attempt => !attempt.IsCompleted).ToArray();
        if (open.Length > 0)
        {
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny([.. open, Task.Delay(wait, enough.Token)]);
            await enough.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
        }

        return attempts.Find(static attempt => attempt.IsCompletedSuccessfully)?.Result;
    }

    private static async Task<Socket> TryAsync(IPAddress address, int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.NoDelay = true;
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            await socket.ConnectAsync(address, port, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task DiscardAsync(Task<Socket> attempt, Socket? winner)
    {
        try
        {
            if (await attempt is { } socket && socket != winner) socket.Dispose();
        }
        catch (Exception failed) when (failed is SocketException or OperationCanceledException)
        {
            // It had closed its socket itself.
        }
    }
}
