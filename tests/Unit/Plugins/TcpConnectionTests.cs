extern alias irc;

using System.Net;
using System.Net.Sockets;
using PluginGateway.PeerTests.Servers;
using TcpConnection = irc::PluginGateway.Plugins.Shared.TcpConnection;

namespace PluginGateway.Tests.Plugins;

/// <summary>How a plugin connects to a name: an address that swallows what is sent to it must not eat the time of the connect.</summary>
public sealed class TcpConnectionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_address_that_answers_nothing_does_not_hold_up_the_next()
    {
        using var good = new TcpListener(IPAddress.Loopback, 0);
        good.Start();
        var port = ((IPEndPoint)good.LocalEndpoint).Port;
        using var dead = new DeafPort(IPAddress.Parse("127.0.0.2"), port);
        using var alsoDead = new DeafPort(IPAddress.Parse("127.0.0.3"), port);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(100)); // the kernel gives up after two minutes
        using var socket = await TcpConnection.ConnectAsync(
            [IPAddress.Parse("127.0.0.2"), IPAddress.Parse("127.0.0.3"), IPAddress.Loopback], port, limit.Token);
        Assert.Equal(IPAddress.Loopback, ((IPEndPoint)socket.RemoteEndPoint!).Address);
        Assert.True(socket.NoDelay);
    }

    [Fact]
    public async Task A_refused_address_gives_way_and_when_all_refuse_that_is_the_reason()
    {
        using var good = new TcpListener(IPAddress.Loopback, 0);
        good.Start();
        var port = ((IPEndPoint)good.LocalEndpoint).Port;
        using (var socket = await TcpConnection.ConnectAsync([IPAddress.IPv6Loopback, IPAddress.Parse("127.0.0.2"), IPAddress.Loopback], port, Token))
            Assert.Equal(IPAddress.Loopback, ((IPEndPoint)socket.RemoteEndPoint!).Address);
        good.Stop();
        var refused = await Assert.ThrowsAsync<SocketException>(() => TcpConnection.ConnectAsync("127.0.0.1", port, Token));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    }

    [Fact]
    public async Task A_connect_that_is_cancelled_ends()
    {
        using var dead = new DeafPort(IPAddress.Parse("127.0.0.2"), 0);
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => TcpConnection.ConnectAsync([IPAddress.Parse("127.0.0.2")], dead.Port, limit.Token).WaitAsync(TimeSpan.FromSeconds(30), Token));
    }

    /// <summary>The kernel would try for two minutes; a client that cancels by its own, longer timeout could not tell this from a silent
    /// server.</summary>
    [Fact]
    public async Task A_connect_that_nobody_answers_fails_as_one_after_eight_seconds()
    {
        using var dead = new DeafPort(IPAddress.Parse("127.0.0.2"), 0);
        var unreached = await Assert.ThrowsAsync<SocketException>(
            () => TcpConnection.ConnectInTimeAsync("127.0.0.2", dead.Port, Token).WaitAsync(TimeSpan.FromSeconds(60), Token));
        Assert.Equal(SocketError.TimedOut, unreached.SocketErrorCode);
    }

    [Fact]
    public void Families_take_turns_beginning_with_the_resolvers_first()
    {
        IPAddress[] given = [IPAddress.Parse("2001:db8::1"), IPAddress.Parse("2001:db8::2"), IPAddress.Parse("192.0.2.1"),
            IPAddress.Parse("192.0.2.2"), IPAddress.Parse("192.0.2.3")];
        Assert.Equal(["2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2", "192.0.2.3"],
            TcpConnection.InOrder(given).Select(static address => address.ToString()));
    }
}
