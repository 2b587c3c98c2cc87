using System.Net.Http;
using System.Net.Sockets;
using PluginGateway.Guard.Calls;

namespace PluginGateway.Tests.Guard.Calls;

/// <summary>Which exceptions say that nobody was reached.</summary>
public sealed class UnreachableTests
{
    [Theory]
    [InlineData(SocketError.ConnectionRefused, true)]
    [InlineData(SocketError.HostNotFound, true)]
    [InlineData(SocketError.TryAgain, true)]
    [InlineData(SocketError.NetworkUnreachable, true)]
    [InlineData(SocketError.HostUnreachable, true)]
    [InlineData(SocketError.TimedOut, true)]
    [InlineData(SocketError.ConnectionReset, false)]
    [InlineData(SocketError.AccessDenied, false)]
    public void A_socket_error_says_so_when_the_other_side_was_never_there(SocketError error, bool isUnreachable)
    {
        var exception = new SocketException((int)error);
        Assert.Equal(isUnreachable, CallFailure.Of(exception).Fault?.Code == PluginFault.UnreachableCode);
        Assert.Equal(isUnreachable, CallFailure.Of(new HttpRequestException("failed", exception)).Fault?.Code == PluginFault.UnreachableCode);
        Assert.Equal(isUnreachable, CallFailure.Of(new InvalidOperationException("could not connect", new IOException("io", exception))).Fault?.Code
            == PluginFault.UnreachableCode);
    }

    [Fact]
    public void A_name_that_does_not_resolve_says_so_and_an_answer_of_a_server_does_not()
    {
        Assert.True(Unreachable.Is(new HttpRequestException(HttpRequestError.NameResolutionError)));
        Assert.False(Unreachable.Is(new HttpRequestException(HttpRequestError.InvalidResponse)));
        Assert.False(Unreachable.Is(new Odd()));
        Assert.Equal("unauthorized", CallFailure.Of(
            new PluginException(new PluginFault("unauthorized", "no"), new SocketException((int)SocketError.ConnectionRefused))).Fault?.Code);
    }

    /// <summary>Of a chain that never ends only the beginning is read.</summary>
    [Fact]
    public void Causes_are_read_to_a_bounded_depth()
    {
        Exception deep = new SocketException((int)SocketError.ConnectionRefused);
        for (var i = 0; i < 3000; i++) deep = new InvalidOperationException("again", deep);
        Assert.False(Unreachable.Is(deep));
    }

    private sealed class Odd : SocketException
    {
        public override string Message => throw new InvalidOperationException("asked for its message");
    }
}
