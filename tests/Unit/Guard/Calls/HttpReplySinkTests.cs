using PluginGateway.Configuration.Options;
using PluginGateway.Guard.Calls;

namespace PluginGateway.Tests.Guard.Calls;

/// <summary>What a caller on the pool awaits: a task that ends however the call did.</summary>
public sealed class HttpReplySinkTests
{
    [Fact]
    public async Task It_is_the_value_a_timeout_or_a_failure_that_says_why()
    {
        var request = new HttpCall("GET", "", default);
        var slow = new GuardFixture(
            new WebAdapter(static () => new TaskCompletionSource<HttpReply>().Task), new CallTimeouts { Http = TimeSpan.FromSeconds(0.1) }).Created();
        var late = await Assert.ThrowsAsync<TimeoutException>(() => slow.Adapter.HandleAsync(request));
        Assert.StartsWith("Http did not finish within ", late.Message, StringComparison.Ordinal);
        var calls = 0;
        var fixture = new GuardFixture(
            new WebAdapter(() => ++calls == 1 ? Task.FromResult(HttpReply.Empty(204)) : throw new InvalidOperationException("no"))).Created();
        Assert.Equal(204, (await fixture.Adapter.HandleAsync(request)).Status);
        var failed = await Assert.ThrowsAsync<CallFailedException>(() => fixture.Adapter.HandleAsync(request));
        Assert.Equal("Http System.InvalidOperationException: no.", failed.Message);
        fixture.Adapter.Retire();
        var refused = await Assert.ThrowsAsync<CallFailedException>(() => fixture.Adapter.HandleAsync(request));
        Assert.Equal("Http was not entered: the generation had been retired.", refused.Message);
    }

    private sealed class WebAdapter(Func<Task<HttpReply>> onRequest) : IChannelAdapter, IServeHttp
    {
        public Task<HttpReply> HandleAsync(HttpCall call, CancellationToken cancellationToken) => onRequest();

        public Task<ConnectionInfo> ConnectAsync(ConnectContext context, CancellationToken cancellationToken) =>
        Task.FromResult(ConnectionInfo.Empty);

        public Task RunAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken) => Task.FromResult(SendResult.Sent("k"));

        public Task DisconnectAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task DisposeAsync() => Task.CompletedTask;
    }
}
